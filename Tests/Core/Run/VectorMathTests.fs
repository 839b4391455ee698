/// docs/vector-maths.md promises how far a function may be off and how long its tape is; here that is measured.
module Fluxion.Tests.VectorMathTests

open System
open System.IO
open System.IO.Compression
open System.Text.RegularExpressions
open Fluxion

// ---- Functions, and how far they are off -----------------------------------------------------------------------

let private unaries =
    [ "exp", Unary.Exp
      "expm1", Unary.Expm1
      "log", Unary.Log
      "log1p", Unary.Log1p
      "sin", Unary.Sin
      "cos", Unary.Cos
      "tan", Unary.Tan
      "tanh", Unary.Tanh
      "sigmoid", Unary.Sigmoid
      "silu", Unary.Silu
      "geluTanh", Unary.GeluTanh
      "exp2", Unary.Exp2
      "log2", Unary.Log2
      "log10", Unary.Log10
      "cbrt", Unary.Cbrt
      "asin", Unary.Asin
      "acos", Unary.Acos
      "atan", Unary.Atan
      "sinh", Unary.Sinh
      "cosh", Unary.Cosh
      "asinh", Unary.Asinh
      "acosh", Unary.Acosh
      "atanh", Unary.Atanh
      "erf", Unary.Erf
      "erfc", Unary.Erfc
      "erfinv", Unary.InverseErf
      "lgamma", Unary.LogGamma
      "digamma", Unary.Digamma ]

let private binaries =
    [ "pow", Binary.Power; "atan2", Binary.Atan2; "hypot", Binary.Hypot; "logAddExp", Binary.LogAddExp ]

/// A function's tape and the number of its result.
let private compile dtype name =
    let tape = Tape dtype
    let x = tape.Add(Instruction.Input 0)

    match List.tryFind (fst >> (=) name) unaries with
    | Some(_, unary) -> tape, VectorMath.unary tape unary x
    | None -> tape, VectorMath.binary tape (List.find (fst >> (=) name) binaries |> snd) (x, tape.Add(Instruction.Input 1))

/// A function's float32 values, by its tape.
let run32 name inputs = compile DType.Float32 name ||> Scalar.float32 <| inputs

/// A function's float64 values, by its tape.
let run64 name inputs = compile DType.Float64 name ||> Scalar.float64 <| inputs

/// The instructions that take time in a loop: constants and inputs stand in registers.
let private length (tape: Tape) =
    tape.Instructions
    |> Seq.filter (function
        | Instruction.Input _
        | Instruction.Bits _ -> false
        | _ -> true)
    |> Seq.length

/// How far a result is off, in units of the last place of the true value, which lies `rest` of them from the nearest float64.
let private error64 (nearest: float) (rest: float) (actual: float) =
    let exponent = if nearest = 0.0 then -1074 else Math.ILogB nearest - 52
    // Just below a power of 2 the units are half as large.
    let isBelow = Double.IsPow2(abs nearest) && rest * nearest < 0.0
    let exponent = max -1074 (if isBelow then exponent - 1 else exponent)

    if Double.IsFinite actual then
        abs (Math.ScaleB(actual - nearest, -exponent) - rest)
    else
        infinity

let private error32 (exact: float) (actual: float32) =
    if Double.IsNaN exact || Single.IsInfinity(float32 exact) || float32 exact = 0.0f then
        let same = actual.Equals(float32 exact) && Single.IsNegative actual = Single.IsNegative(float32 exact)

        if same || Double.IsNaN exact && Single.IsNaN actual then
            0.0
        else
            infinity
    else
        Math.ScaleB(float actual - exact, -(max -149 (Math.ILogB exact - 23))) |> abs

let rec private above (folder: string) =
    match Path.GetDirectoryName folder with
    | null -> raise (DirectoryNotFoundException "The tests run inside the repository: no Fluxion.slnx above them.")
    | parent ->
        if File.Exists(Path.Combine(parent, "Fluxion.slnx")) then
            parent
        else
            above parent

let private root = above AppContext.BaseDirectory

let private ofBits (text: string) = BitConverter.UInt64BitsToDouble(Convert.ToUInt64(text, 16))

/// Lines of the table, by function: arguments, the nearest float64, and the rest. docs/vector-maths/table.py wrote it.
let private table =
    lazy
        (use file = File.OpenRead(Path.Combine(root, "Tests/Core/Run/VectorMathTable.csv.gz"))
         use reader = new StreamReader(new GZipStream(file, CompressionMode.Decompress))

         reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
         |> Array.map (_.Split(','))
         |> Array.groupBy Array.head
         |> Map)

/// The largest error over the table, and where.
let private worst64 name =
    let lines = table.Value[name]
    let count = lines[0].Length - 3
    let inputs = [| for i in 1..count -> lines |> Array.map (fun line -> ofBits line[i]) |]

    Array.zip lines (run64 name inputs)
    |> Array.map (fun (line, actual) -> error64 (ofBits line[count + 1]) (float line[count + 2]) actual, line[1])
    |> Array.max

/// The largest error over floats at a step through all their bits, against the float64 function.
let private worst32 name =
    // Far arguments are found one by one in whole numbers, so there are fewer of them.
    let step = if List.contains name [ "sin"; "cos"; "tan" ] then 20011u else 4001u
    let tape, result = compile DType.Float32 name
    let exactTape, exactResult = compile DType.Float64 name
    let random = Random 3

    let worstOf (bits: uint32[]) =
        let x = bits |> Array.map BitConverter.UInt32BitsToSingle

        let inputs =
            if name = "pow" then
                // Exponents for which most results are neither 0 nor infinite.
                [| x |> Array.map abs
                   x
                   |> Array.map (fun x -> float32 ((random.NextDouble() - 0.5) * 300.0 / max 1e-3 (abs (Math.Log2(float (abs x)))))) |]
            elif List.exists (fst >> (=) name) binaries then
                // Both of a size, more or less: else the larger decides alone.
                [| x; x |> Array.map (fun x -> x * float32 (Math.Exp(20.0 * (random.NextDouble() - 0.5)))) |]
            else
                [| x |]

        let exact = Scalar.float64 exactTape exactResult (inputs |> Array.map (Array.map float))
        let actual = Scalar.float32 tape result inputs
        Array.map2 error32 exact actual |> Array.zip <| bits |> Array.max

    seq { 0u .. step .. UInt32.MaxValue - step } |> Seq.chunkBySize 4096 |> Seq.map worstOf |> Seq.max

// ---- The promises ----------------------------------------------------------------------------------------------

/// Rows `| name | float32 ulp | instructions | float64 ulp | instructions |` of the page.
let private promises =
    lazy
        ([ for line in File.ReadLines(Path.Combine(root, "docs/vector-maths.md")) do
               let m = Regex.Match(line, @"^\| (\w+) \| ([\d.]+) \| (\d+) \| ([\d.]+) \| (\d+) \|$")

               if m.Success then
                   m.Groups[1].Value, (float m.Groups[2].Value, int m.Groups[3].Value, float m.Groups[4].Value, int m.Groups[5].Value) ]
         |> Map)

let private keepsItsPromise name =
    testCase name (fun () ->
        let ulp32, length32, ulp64, length64 = promises.Value[name]
        let (worst32, at32), (worst64, at64) = worst32 name, worst64 name
        let measured32, measured64 = length (fst (compile DType.Float32 name)), length (fst (compile DType.Float64 name))
        let row = $"measured: | {name} | {worst32:F3} | {measured32} | {worst64:F3} | {measured64} |"
        Expect.isTrue (worst32 <= ulp32) $"float32 is off by at most {ulp32}, the worst at bits {at32:x}; {row}"
        Expect.isTrue (worst64 <= ulp64) $"float64 is off by at most {ulp64}, the worst at bits {at64}; {row}"
        Expect.equal (measured32, measured64) (length32, length64) $"the lengths of the tapes; {row}")

// ---- Edges -----------------------------------------------------------------------------------------------------

/// The same number, sign of 0 included, or both NaN.
let same (expected: float) (actual: float) =
    expected.Equals actual && Double.IsNegative expected = Double.IsNegative actual
    || Double.IsNaN expected && Double.IsNaN actual

/// Values that IEEE 754 or the function's definition fix to the bit.
let private edges =
    [ "exp", [ 0.0, 1.0; -0.0, 1.0; infinity, infinity; -infinity, 0.0; nan, nan; 1e4, infinity; -1e4, 0.0 ]
      "expm1", [ 0.0, 0.0; -0.0, -0.0; infinity, infinity; -infinity, -1.0; nan, nan; 1e4, infinity; -1e4, -1.0 ]
      "log", [ 0.0, -infinity; -0.0, -infinity; 1.0, 0.0; infinity, infinity; -infinity, nan; -1e-40, nan; nan, nan ]
      "log1p", [ 0.0, 0.0; -0.0, -0.0; -1.0, -infinity; infinity, infinity; -infinity, nan; -1.5, nan; nan, nan ]
      "sin", [ 0.0, 0.0; -0.0, -0.0; infinity, nan; -infinity, nan; nan, nan ]
      "cos", [ 0.0, 1.0; -0.0, 1.0; infinity, nan; -infinity, nan; nan, nan ]
      "tan", [ 0.0, 0.0; -0.0, -0.0; infinity, nan; -infinity, nan; nan, nan ]
      "tanh", [ 0.0, 0.0; -0.0, -0.0; infinity, 1.0; -infinity, -1.0; nan, nan ]
      "sigmoid", [ 0.0, 0.5; -0.0, 0.5; infinity, 1.0; -infinity, 0.0; nan, nan; 1e4, 1.0; -1e4, 0.0 ]
      "silu", [ 0.0, 0.0; -0.0, -0.0; infinity, infinity; -infinity, -0.0; nan, nan; 1e4, 1e4; -1e4, -0.0 ]
      "geluTanh", [ 0.0, 0.0; -0.0, -0.0; infinity, infinity; -infinity, -0.0; nan, nan; 1e4, 1e4; -1e4, -0.0 ]
      "exp2",
      [ 0.0, 1.0
        -0.0, 1.0
        10.0, 1024.0
        -3.0, 0.125
        infinity, infinity
        -infinity, 0.0
        nan, nan
        2e3, infinity
        -2e3, 0.0 ]
      "log2",
      [ 0.0, -infinity
        -0.0, -infinity
        1.0, 0.0
        1024.0, 10.0
        0.125, -3.0
        infinity, infinity
        -1.0, nan
        nan, nan ]
      "log10", [ 0.0, -infinity; -0.0, -infinity; 1.0, 0.0; 10.0, 1.0; 1e3, 3.0; infinity, infinity; -1.0, nan; nan, nan ]
      "cbrt",
      [ 0.0, 0.0
        -0.0, -0.0
        27.0, 3.0
        -8.0, -2.0
        0.125, 0.5
        infinity, infinity
        -infinity, -infinity
        nan, nan ]
      "asin", [ 0.0, 0.0; -0.0, -0.0; 1.0001, nan; -1.0001, nan; infinity, nan; nan, nan ]
      "acos", [ 1.0, 0.0; 1.0001, nan; -1.0001, nan; -infinity, nan; nan, nan ]
      "atan", [ 0.0, 0.0; -0.0, -0.0; nan, nan ]
      "sinh", [ 0.0, 0.0; -0.0, -0.0; infinity, infinity; -infinity, -infinity; nan, nan; 1e4, infinity; -1e4, -infinity ]
      "cosh", [ 0.0, 1.0; -0.0, 1.0; infinity, infinity; -infinity, infinity; nan, nan; -1e4, infinity ]
      "asinh", [ 0.0, 0.0; -0.0, -0.0; infinity, infinity; -infinity, -infinity; nan, nan ]
      "acosh", [ 1.0, 0.0; 0.5, nan; -2.0, nan; -infinity, nan; infinity, infinity; nan, nan ]
      "atanh", [ 0.0, 0.0; -0.0, -0.0; 1.0, infinity; -1.0, -infinity; 1.5, nan; -1.5, nan; infinity, nan; nan, nan ]
      "erf", [ 0.0, 0.0; -0.0, -0.0; infinity, 1.0; -infinity, -1.0; 10.0, 1.0; nan, nan ]
      "erfc", [ 0.0, 1.0; -0.0, 1.0; infinity, 0.0; -infinity, 2.0; 30.0, 0.0; -10.0, 2.0; nan, nan ]
      "erfinv", [ 0.0, 0.0; -0.0, -0.0; 1.0, infinity; -1.0, -infinity; 1.5, nan; -1.5, nan; infinity, nan; nan, nan ]
      "lgamma",
      [ 0.0, infinity
        -0.0, infinity
        -3.0, infinity
        1.0, 0.0
        2.0, 0.0
        infinity, infinity
        -infinity, infinity
        nan, nan ]
      "digamma", [ 0.0, -infinity; -0.0, infinity; -3.0, nan; infinity, infinity; -infinity, nan; nan, nan ] ]

let private edgeCase (name, values: (float * float) list) =
    testCase name (fun () ->
        for x, expected in values do
            let actual = (run64 name [| [| x |] |])[0]
            Expect.isTrue (same expected actual) $"{name} {x:R} is {expected:R} as float64, but was {actual:R}"
            let actual = (run32 name [| [| float32 x |] |])[0]
            Expect.isTrue (same expected (float actual)) $"{name} {x:R} is {expected:R} as float32, but was {actual:R}")

let private powers =
    testCase "pow at every pair of special values is as C99 asks" (fun () ->
        let sizes =
            [ 0.0; 5e-324; 1e-300; 0.5; 1.0 - Math.ScaleB(1.0, -53); 1.0; 2.0; 2.5; 3.0; 4503599627370497.0 ]
            @ [ 9007199254740991.0; 9007199254740992.0; 1e300; infinity; nan ]

        let values =
            [| for size in sizes do
                   yield! [ size; -size ] |]

        let x, y = Array.allPairs values values |> Array.unzip

        for x, y, actual in Array.zip3 x y (run64 "pow" [| x; y |]) do
            let expected = Math.Pow(x, y)
            let isNear = Double.IsFinite expected && expected <> 0.0 && abs (actual - expected) <= 3e-16 * abs expected
            Expect.isTrue (isNear || same expected actual) $"{x:R}^{y:R} is {expected:R}, but was {actual:R}"

        let x, y = Array.map float32 x, Array.map float32 y

        for x, y, actual in Array.zip3 x y (run32 "pow" [| x; y |]) do
            let expected = float32 (Math.Pow(float x, float y)) |> float
            let isNear = Double.IsFinite expected && expected <> 0.0 && abs (float actual - expected) <= 2e-7 * abs expected
            Expect.isTrue (isNear || same expected (float actual)) $"{x:R}^{y:R} is {expected:R}, but was {actual:R}")

let private circle =
    testCase "no sine or cosine is larger than 1" (fun () ->
        for name in [ "sin"; "cos" ] do
            let near =
                Array.init 100_000 (fun i -> (float (i / 4 % 2) + 0.5) * Math.PI + float (i - 50_000) * 1e-12 * float (i % 4))

            let near = Array.append near (near |> Array.map (fun x -> x - Math.PI / 2.0))
            Expect.isTrue (run64 name [| near |] |> Array.forall (fun y -> abs y <= 1.0)) $"{name}, float64"
            let all = Array.init 100_000 (fun i -> float32 i * 1e-4f)
            Expect.isTrue (run32 name [| all |] |> Array.forall (fun y -> abs y <= 1.0f)) $"{name}, float32")

// ---- Lanes -----------------------------------------------------------------------------------------------------

let private values = [| 0.0; -0.0; 1.0; -1.0; 2.5; -0.5; 1.7; 4503599627370495.5; infinity; -infinity; nan |]

let private runLane lane =
    let x, y = Array.allPairs values values |> Array.unzip
    let tape = Tape DType.Float64
    let arguments = [| tape.Add(Instruction.Input 0), DType.Float64; tape.Add(Instruction.Input 1), DType.Float64 |]
    Array.zip3 x y (Scalar.float64 tape (VectorMath.lane tape arguments lane) [| x; y |])

let private laneCase name lane (expected: float -> float -> float) =
    testCase name (fun () ->
        for x, y, actual in runLane lane do
            Expect.isTrue (same (expected x y) actual) $"{name} of {x:R} and {y:R} is {expected x y:R}, but was {actual:R}")

let private x, y = Lane.Argument 0, Lane.Argument 1
let private asNumber lane = Lane.Convert(DType.Float64, lane)
let private ofBool condition = if condition then 1.0 else 0.0

let private lanes =
    testList
        "lanes"
        [ laneCase "maximum" (Lane.Binary(Binary.Maximum, x, y)) (fun x y -> Math.Max(x, y))
          laneCase "minimum" (Lane.Binary(Binary.Minimum, x, y)) (fun x y -> Math.Min(x, y))

          for bound in [ 0.0; -0.0; 1.0; nan; infinity ] do
              let name = BitConverter.DoubleToInt64Bits bound

              laneCase $"maximum with a constant, {name:x}" (Lane.Binary(Binary.Maximum, x, Lane.Literal bound)) (fun x _ ->
                  Math.Max(x, bound))

              laneCase $"minimum with a constant, {name:x}" (Lane.Binary(Binary.Minimum, x, Lane.Literal bound)) (fun x _ ->
                  Math.Min(x, bound))

          for exponent in [ 0.0; 1.0; 2.0; 3.0; -1.0; 0.5 ] do
              laneCase $"power {exponent}" (Lane.Binary(Binary.Power, x, Lane.Literal exponent)) (fun x _ -> Math.Pow(x, exponent))

          testCase "power -0.5, a root and a quotient, each rounded" (fun () ->
              for x, _, actual in runLane (Lane.Binary(Binary.Power, x, Lane.Literal -0.5)) do
                  let expected = Math.Pow(x, -0.5)
                  let isNear = Double.IsFinite expected && abs (actual - expected) <= 1.5 * (Math.BitIncrement expected - expected)
                  Expect.isTrue (isNear || same expected actual) $"{x:R}^-0.5 is {expected:R}, but was {actual:R}")

          laneCase "divide" (Lane.Binary(Binary.Divide, x, y)) (/)
          laneCase "negate" (Lane.Unary(Unary.Negate, x)) (fun x _ -> -x)
          laneCase "abs" (Lane.Unary(Unary.Abs, x)) (fun x _ -> Math.Abs x)
          laneCase "sqrt" (Lane.Unary(Unary.Sqrt, x)) (fun x _ -> Math.Sqrt x)
          laneCase "copySign" (Lane.Binary(Binary.CopySign, x, y)) (fun x y -> Math.CopySign(x, y))
          laneCase "floor" (Lane.Unary(Unary.Floor, x)) (fun x _ -> Math.Floor x)
          laneCase "ceiling" (Lane.Unary(Unary.Ceiling, x)) (fun x _ -> Math.Ceiling x)
          laneCase "round" (Lane.Unary(Unary.Round, x)) (fun x _ -> Math.Round x)
          laneCase "sign" (Lane.Unary(Unary.Sign, x)) (fun x _ -> if Double.IsNaN x then nan else float (Math.Sign x))
          laneCase "less" (asNumber (Lane.Compare(Comparison.Less, x, y))) (fun x y -> ofBool (x < y))
          laneCase "lessEqual" (asNumber (Lane.Compare(Comparison.LessEqual, x, y))) (fun x y -> ofBool (x <= y))
          laneCase "equal" (asNumber (Lane.Compare(Comparison.Equal, x, y))) (fun x y -> ofBool (x = y))
          laneCase "notEqual" (asNumber (Lane.Compare(Comparison.NotEqual, x, y))) (fun x y -> ofBool (x <> y))
          laneCase "select" (Lane.Select(Lane.Compare(Comparison.Less, x, y), x, y)) (fun x y -> if x < y then x else y)
          laneCase "a number as bool" (asNumber (Lane.Convert(DType.Bool, x))) (fun x _ -> ofBool (x <> 0.0))

          testCase "a lane of two types is refused" (fun () ->
              let tape = Tape DType.Float64
              let argument = tape.Add(Instruction.Input 0), DType.Float64
              let convert () = VectorMath.lane tape [| argument |] (Lane.Convert(DType.Float32, x)) |> ignore
              let error = Expect.throws<InvalidOperationException> convert "float32 in a loop of float64"
              Expect.isTrue (error.Message.Contains "float32") error.Message) ]

let tests =
    testList
        "VectorMath"
        [ testList
              "is as near as docs/vector-maths.md says"
              [ for name in List.map fst unaries @ List.map fst binaries -> keepsItsPromise name ]
          testList "edges" [ for edge in edges -> edgeCase edge ]
          powers
          circle
          lanes ]
