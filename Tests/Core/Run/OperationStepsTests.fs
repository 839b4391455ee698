module Fluxion.Tests.OperationStepsTests

open System
open Fluxion
open Fluxion.Kernels

let private numberTypes = [ DType.Float64; DType.Float32; DType.Int64; DType.Int32 ]
let private allTypes = DType.Bool :: numberTypes

let private isEval (work: Work) =
    match work with
    | Work.Eval _ -> true
    | _ -> false

let private isLoop (work: Work) =
    match work with
    | Work.Loop _ -> true
    | _ -> false

// The compiled values are the interpreted ones to the bit, in every tier and at every width.
let private same (name: string) (roots: Expr[]) (variables: Expr[]) (values: NDArray[]) =
    let expected = Values.interpret roots variables values

    for tier, width in Paths.tiers do
        let plan = Compile.planAt tier width roots variables
        Expect.isTrue (plan.Program.Steps |> Array.forall (isEval >> not)) $"{name}: compiled"

        Array.iteri2
            (fun i actual expected -> Expect.isTrue (NDArray.identical actual expected) $"{name}, root {i}: {actual} should be {expected}")
            (plan.Run values)
            expected

// All trials of a row in one plan.
let private together (row: IRow) =
    let trials =
        Trial.all row
        |> List.mapi (fun i trial ->
            let variables = Values.variables $"x{i}_" trial.Types
            Expr.Apply(trial.Primitive, variables), variables, trial.Values)

    let roots = trials |> Seq.map (fun (root, _, _) -> root) |> Array.ofSeq
    let variables = trials |> Seq.collect (fun (_, variables, _) -> variables) |> Array.ofSeq
    let values = trials |> Seq.collect (fun (_, _, values) -> values) |> Array.ofSeq
    roots, variables, values

let private every =
    testList
        "every row is compiled, and allocates nothing"
        [ for row in Ops.all do
              testCase row.Name (fun () ->
                  let roots, variables, values = together row
                  let plan tier = Compile.planAt tier Simd.Width roots variables

                  for work in (plan Tier.Interpreted).Program.Steps do
                      match work with
                      | Work.Eval(primitive, arguments, _, _) ->
                          let types = arguments |> Array.map (fun argument -> string argument.Slot.DType)
                          Expect.isTrue false $"{primitive.Name}({primitive.AttributeText}) of {types} has a compiled form"
                      | _ -> ()

                  for tier in [ Tier.Interpreted; Tier.Emitted ] do
                      let stepper = CompiledStepper(plan tier, values, [], false)
                      Expect.allocatesNothing (fun () -> stepper.Run 1) $"a step of {row.Name}, {tier}") ]

// What conversions must get right: limits of every type, their neighbours, halves, and what is no number.
let private edges =
    [| for sign in [ 1.0; -1.0 ] do
           for x in
               [ 0.0
                 0.5
                 0.99999999
                 1.0
                 1.5
                 2.5
                 16777217.0
                 2147483647.0
                 2147483648.0
                 2147483649.0
                 4294967296.0
                 9007199254740993.0
                 9.2233720368547748e18
                 9223372036854775808.0
                 1e19
                 3.4028235677973366e38
                 1e39
                 1e300
                 1e-40
                 5e-324
                 infinity
                 nan ] -> sign * x |]

let private integerEdges =
    [| 0L
       1L
       -1L
       2L
       7L
       -3L
       16777217L
       -16777219L
       int64 Int32.MaxValue
       int64 Int32.MinValue
       int64 Int32.MaxValue + 1L
       (1L <<< 53) + 1L
       -(1L <<< 53) - 3L
       // Rounded to float64 first, this float32 would be off.
       (1L <<< 60) + (1L <<< 36) + 1L
       -(1L <<< 60) - (1L <<< 36) - 1L
       0x7FF8000000000001L
       0x7FFFFF4000000001L
       Int64.MaxValue
       Int64.MaxValue - 511L
       Int64.MinValue
       Int64.MinValue + 1L |]

let private valueOf (dtype: DType) (shape: Shape) (key: int64) =
    let count = Shape.size shape
    let pick (from: 'a[]) i = if i < from.Length then Some from[i] else None

    if dtype.IsFloating then
        let draw i = Math.ScaleB(Philox.normal key (int64 i), int (Philox.foldIn key (int64 i) % 70L))
        NDArray.ofFloats dtype shape (Array.init count (fun i -> pick edges i |> Option.defaultWith (fun () -> draw i)))
    else
        let draw i = Philox.foldIn key (int64 i) >>> int (abs (Philox.foldIn (key + 1L) (int64 i) % 60L))
        NDArray.ofInts dtype shape (Array.init count (fun i -> pick integerEdges i |> Option.defaultWith (fun () -> draw i)))

let private conversions =
    testList
        "conversions"
        [ testCase "of every type to every other" (fun () ->
              for size in [ 1; 7; 8; 100 ] do
                  let variables = Array.ofList (allTypes |> List.map (fun dtype -> Expr.variableOf $"{dtype}" dtype [ size ]))
                  let values = allTypes |> List.mapi (fun i dtype -> valueOf dtype [ size ] (int64 i)) |> Array.ofList

                  let roots =
                      [| for x in variables do
                             for dtype in allTypes -> Expr.cast dtype x |]

                  same $"{size} numbers" roots variables values)
          testCase "known values" (fun () ->
              let cast (target: DType) (value: NDArray) =
                  let x = Expr.variableOf "x" value.DType value.Shape
                  (Compile.plan [| Expr.cast target x |] [| x |]).Run [| value |] |> Array.head

              let ofFloats dtype data = NDArray.ofFloats dtype [ Array.length data ] data
              let ofInts dtype data = NDArray.ofInts dtype [ Array.length data ] data
              let outside = [| nan; infinity; -infinity; 1e300; -1e300; -0.9; 1.9; -1.9; 2147483648.0 |]

              Expect.equal
                  (cast DType.Int64 (ofFloats DType.Float64 outside)).Ints
                  [| 0L; Int64.MaxValue; Int64.MinValue; Int64.MaxValue; Int64.MinValue; 0L; 1L; -1L; 2147483648L |]
                  "float64 to int64"

              for dtype in [ DType.Float64; DType.Float32 ] do
                  Expect.equal
                      (cast DType.Int32 (ofFloats dtype outside)).Ints
                      [| 0L; 2147483647L; -2147483648L; 2147483647L; -2147483648L; 0L; 1L; -1L; 2147483647L |]
                      $"{dtype} to int32"

              let power n = Math.ScaleB(1.0, n)
              let large = ofInts DType.Int64 [| (1L <<< 60) + (1L <<< 36) + 1L; (1L <<< 53) + 1L; Int64.MaxValue |]
              Expect.equal (cast DType.Float32 large).Floats [| power 60 + power 37; power 53; power 63 |] "int64 to float32, rounded once"
              Expect.equal (cast DType.Float64 large).Floats [| power 60 + power 36; power 53; power 63 |] "int64 to float64"
              Expect.equal (cast DType.Int32 large).Ints [| 1L; 1L; -1L |] "int64 to int32 wraps")
          testCase "of one width are part of the loop" (fun () ->
              for whole, floating in [ DType.Int64, DType.Float64; DType.Int32, DType.Float32 ] do
                  let x, n = Expr.variableOf "x" floating [ 50 ], Expr.variableOf "n" whole [ 50 ]
                  let counted = Expr.cast floating (Expr.cast whole (2.0 * x) * n + n.Literal 3.0)
                  let root = x * counted + Expr.cast floating (Expr.less n (n.Literal 0.0))
                  let plan = Compile.plan [| root |] [| x; n |]
                  Expect.equal plan.Program.Steps.Length 1 "one loop"
                  same "fused" [| root |] [| x; n |] [| valueOf floating [ 50 ] 3L; valueOf whole [ 50 ] 4L |]) ]

// The four operations of one integer type, comparisons and choices, for x and y of one shape.
let private arithmetic (x: Expr) (y: Expr) =
    [| x + y
       x - y
       x * y
       -x
       Expr.maximum x y
       Expr.minimum x y
       Expr.less x y
       Expr.lessEqual x y
       Expr.equal x y
       Expr.notEqual x y
       Expr.where (Expr.less x y) (x * x) y |]

let private integers =
    testList
        "integers"
        [ for dtype in [ DType.Int64; DType.Int32 ] do
              let x, y = Expr.variableOf "x" dtype [ 60 ], Expr.variableOf "y" dtype [ 60 ]

              let plans = Paths.tiers |> List.map (fun (tier, width) -> Compile.planAt tier width (arithmetic x y) [| x; y |])

              testProperty $"{dtype} arithmetic is a loop, and wraps" (fun (left: int64 list) (right: int64 list) shift ->
                  let fill (drawn: int64 list) shift =
                      let all = Array.append (Array.ofList drawn) integerEdges
                      NDArray.ofInts dtype [ 60 ] (Array.init 60 (fun i -> all[(i + abs (shift % 30)) % all.Length]))

                  let values = [| fill left 0; fill right shift |]
                  let expected = Values.interpret (arithmetic x y) [| x; y |] values

                  for plan in plans do
                      Expect.isTrue (plan.Program.Steps |> Array.forall isLoop) "loops alone"

                      Array.iteri2
                          (fun i actual expected -> Expect.isTrue (NDArray.identical actual expected) $"root {i}: {actual}, {expected}")
                          (plan.Run values)
                          expected)

              testCase $"{dtype} quotients and powers, also broadcast" (fun () ->
                  let divisors = [| 1L; -1L; 3L; -7L; Int64.MaxValue; 2L |]

                  for left, right in [ [ 6 ], [ 6 ]; [ 5; 6 ], [ 6 ]; [ 21 ], []; [], [ 6 ]; [ 21; 1 ], [ 6 ]; [ 0 ], [] ] do
                      let x, y = Expr.variableOf "x" dtype left, Expr.variableOf "y" dtype right
                      let z = Expr.variableOf "z" dtype right

                      let take (from: int64[]) shape =
                          NDArray.ofInts dtype shape (Array.init (Shape.size shape) (fun i -> from[i % from.Length]))

                      let values = [| take integerEdges left; take divisors right; take [| 0L; 1L; 2L; 5L; 31L; 64L |] right |]
                      same $"{Shape.show left} and {Shape.show right}" [| x / y; Expr.Pow(x, z); (x + x) / y |] [| x; y; z |] values)

              testCase $"{dtype} sums and maxima along any axes" (fun () ->
                  for shape in [ []; [ 1 ]; [ 100 ]; [ 7; 33 ]; [ 3; 4; 5 ]; [ 0; 3 ] ] do
                      let x = Expr.variableOf "x" dtype shape
                      let axes = [ for axis in 0 .. shape.Length - 1 -> [ axis ] ] @ [ [ 0 .. shape.Length - 1 ] ]

                      let roots =
                          [| for axes in axes do
                                 Expr.sumOver axes (x * x)
                                 Expr.sumOver axes x + x.Literal 1.0

                                 if axes |> List.forall (fun axis -> shape[axis] > 0) then
                                     Expr.maxOver axes x

                             for axis in 0 .. shape.Length - 1 do
                                 if shape[axis] > 0 then
                                     Expr.argMax axis x |]

                      same (Shape.show shape) roots [| x |] [| valueOf dtype shape 5L |])

          testCase "errors of a compiled plan name the op" (fun () ->
              let x, y = Expr.variableOf "x" DType.Int32 [ 2 ], Expr.variableOf "y" DType.Int32 [ 2 ]
              let value (data: int[]) = NDArray([ 2 ], Buffer.Int32 data)

              for root, word in [ x / y, "divide"; Expr.Pow(x, y - y.Literal 1.0), "power" ] do
                  let plan = Compile.plan [| root |] [| x; y |]
                  let run () = plan.Run [| value [| 6; 7 |]; value [| 2; 0 |] |] |> ignore
                  let error = Expect.throws<ArgumentException> run word
                  Expect.isTrue (error.Message.StartsWith $"{word}: ") $"names the op: {error.Message}"

              let quotient = (Compile.plan [| x / y |] [| x; y |]).Run [| value [| -7; 7 |]; value [| 2; -2 |] |]
              Expect.equal quotient[0].Ints [| -3L; -3L |] "cut towards zero")

          testCase "bools are scattered as alternatives" (fun () ->
              let x, i = Expr.variableOf "x" DType.Bool [ 4 ], Expr.variableOf "i" DType.Int64 [ 4 ]

              let values =
                  [| NDArray([ 4 ], Buffer.Bool [| true; true; false; false |])
                     NDArray([ 4 ], Buffer.Int64 [| 1L; 1L; 0L; 1L |]) |]

              same "scatterAdd of bools" [| Expr.scatterAdd 0 3 i x |] [| x; i |] values
              let result = (Compile.plan [| Expr.scatterAdd 0 3 i x |] [| x; i |]).Run values
              Expect.equal result[0].Ints [| 0L; 1L; 0L |] "true where any is") ]

let private largest =
    testCase "positions of the largest: the first of several, and NaN before all" (fun () ->
        for dtype in [ DType.Float64; DType.Float32 ] do
            let x = Expr.variableOf "x" dtype [ 6; 4 ]

            let rows =
                [ [ 1.0; 3.0; 3.0; 2.0 ]
                  [ nan; 9.0; nan; infinity ]
                  [ infinity; 1.0; nan; 2.0 ]
                  [ -infinity; -infinity; -infinity; -infinity ]
                  [ -0.0; 0.0; -1.0; 0.0 ]
                  [ 1.0; 2.0; 3.0; 4.0 ] ]

            let value = NDArray.ofFloats dtype [ 6; 4 ] (rows |> Seq.concat |> Array.ofSeq)
            same $"{dtype}" [| Expr.argMax 1 x; Expr.argMax 0 x; Expr.argMax 1 (x + x) |] [| x |] [| value |]
            let positions = (Compile.plan [| Expr.argMax 1 x |] [| x |]).Run [| value |]
            Expect.equal positions[0].Ints [| 1L; 0L; 2L; 0L; 0L; 3L |] $"{dtype}")

let private random =
    testList
        "random numbers"
        [ testCase "are the interpreter's, to the bit" (fun () ->
              let keys = Expr.variableOf "keys" DType.Int64 [ 4 ]
              let values = [| NDArray([ 4 ], Buffer.Int64 [| 0L; -1L; 42L; Int64.MinValue + 12345678901L |]) |]

              let roots =
                  [| for dtype in [ DType.Float64; DType.Float32 ] do
                         for shape in [ []; [ 0 ]; [ 1 ]; [ 7 ]; [ 8 ]; [ 9 ]; [ 5; 23 ] ] do
                             for row in [ Sampling.uniform; Sampling.normal ] do
                                 Expr.Apply(Row.at row { Shape = shape; DType = dtype }, [| keys |])

                     Random.foldInTo (keys * keys) keys
                     Random.foldIn 7 keys |]

              same "keys" roots [| keys |] values)
          testCase "eight at a time are eight in turn, also where the counter carries" (fun () ->
              for key in [ 0L; -5L; 1L <<< 40 ] do
                  for index in [ 0L; 3L; (1L <<< 32) - 5L; Int64.MaxValue - 8L ] do
                      let inTurn (element: int64 -> int64 -> float) = [ for i in 0L .. 7L -> element key (index + i) ]
                      let lanes (eight: System.Runtime.Intrinsics.Vector512<float>) = [ for i in 0..7 -> eight[i] ]
                      Expect.equal (lanes (Philox.uniformEight key index)) (inTurn Philox.uniform) "uniform"
                      Expect.equal (lanes (Philox.uniform24Eight key index)) (inTurn Philox.uniform24) "uniform, of 24 bits"
                      Expect.equal (lanes (Philox.normalEight key index)) (inTurn Philox.normal) "normal") ]

let tests = testList "Run/OperationSteps" [ every; conversions; integers; largest; random ]
