module Fluxion.Tests.UnivariateTests

open System
open Fluxion

let private gradientAt (f: Expr -> Expr) (points: float list) = grad (f >> Expr.sum) (tensor points) |> eval |> Expr.toArray |> List.ofArray

let private conventions =
    testList
        "derivatives where there is none"
        [ testCase "abs at 0 has the middle" (fun () -> Expect.equal (gradientAt abs [ -2.0; 0.0; 2.0 ]) [ -1.0; 0.0; 1.0 ] "gradient")
          testCase "relu at 0 has none" (fun () -> Expect.equal (gradientAt Expr.relu [ -2.0; 0.0; 2.0 ]) [ 0.0; 0.0; 1.0 ] "gradient")
          testCase "sign is flat" (fun () -> Expect.equal (gradientAt Expr.sign [ -2.0; 0.0; 2.0 ]) [ 0.0; 0.0; 0.0 ] "gradient")
          testCase "sqrt at 0 is vertical" (fun () -> Expect.equal (gradientAt sqrt [ 0.0 ]) [ infinity ] "gradient") ]

let private stability =
    testList
        "far out"
        [ testCase "sigmoid, softplus and logSigmoid neither overflow nor lose their derivative" (fun () ->
              let far = [ -800.0; -40.0; 40.0; 800.0 ]
              let at f = f (tensor far) |> eval |> Expr.toArray |> List.ofArray
              Expect.equal (at Expr.sigmoid |> List.head, at Expr.sigmoid |> List.last) (0.0, 1.0) "sigmoid"
              Expect.equal (at Expr.softplus) [ 0.0; Math.Exp -40.0; 40.0; 800.0 ] "softplus"
              Expect.equal (at Expr.logSigmoid) [ -800.0; -40.0; -(Math.Exp -40.0); 0.0 ] "logSigmoid"
              Expect.equal (gradientAt Expr.softplus far |> List.map (Math.Round: float -> float)) [ 0.0; 0.0; 1.0; 1.0 ] "softplus'"
              Expect.equal (gradientAt Expr.logSigmoid far |> List.map (Math.Round: float -> float)) [ 1.0; 1.0; 0.0; 0.0 ] "logSigmoid'") ]

/// The limits of derivatives at ∞ and at -∞, from mathematics, by the row that has them; NaN where there is none, or the function ends before.
let private limits: (string * (Expr -> Expr) * float * float) list =
    [ "negate", (fun x -> -x), -1.0, -1.0
      "abs", abs, 1.0, -1.0
      "sign", Expr.sign, 0.0, 0.0
      "floor", Expr.floor, 0.0, 0.0
      "ceil", Expr.ceil, 0.0, 0.0
      "round", Expr.round, 0.0, 0.0
      "clamp", Expr.clamp -1.0 1.5, 0.0, 0.0
      "clamp", Expr.clamp 0.0 infinity, 1.0, 0.0
      "reciprocal", Expr.reciprocal, 0.0, 0.0
      "rsqrt", Expr.rsqrt, 0.0, nan
      "square", Expr.square, infinity, -infinity
      "sqrt", sqrt, 0.0, nan
      "exp", exp, infinity, 0.0
      "log", log, 0.0, nan
      "expm1", Expr.expm1, infinity, 0.0
      "log1p", Expr.log1p, 0.0, nan
      "sin", sin, nan, nan
      "cos", cos, nan, nan
      "tan", tan, nan, nan
      "tanh", tanh, 0.0, 0.0
      "sigmoid", Expr.sigmoid, 0.0, 0.0
      "softplus", Expr.softplus, 1.0, 0.0
      "softplus", Expr.logSigmoid, 0.0, 1.0
      "relu", Expr.relu, 1.0, 0.0
      "leakyRelu", Expr.leakyRelu 0.01, 1.0, 0.01
      "elu", Expr.elu 0.5, 1.0, 0.0
      "silu", Expr.silu, 1.0, 0.0
      "gelu", Expr.gelu, 1.0, 0.0
      "geluTanh", Expr.geluTanh, 1.0, 0.0
      "mish", Expr.mish, 1.0, 0.0
      "exp2", Expr.exp2, infinity, 0.0
      "log2", Expr.log2, 0.0, nan
      "log10", Expr.log10, 0.0, nan
      "cbrt", Expr.cbrt, 0.0, 0.0
      "asin", Expr.asin, nan, nan
      "acos", Expr.acos, nan, nan
      "atan", Expr.atan, 0.0, 0.0
      "sinh", Expr.sinh, infinity, infinity
      "cosh", Expr.cosh, infinity, -infinity
      "asinh", Expr.asinh, 0.0, 0.0
      "acosh", Expr.acosh, 0.0, nan
      "atanh", Expr.atanh, nan, nan
      "erf", Expr.erf, 0.0, 0.0
      "erfc", Expr.erfc, 0.0, 0.0
      "lgamma", Expr.lgamma, infinity, nan
      "polygamma", Expr.digamma, 0.0, nan
      "polygamma", Expr.polygamma 1, 0.0, nan
      "erfinv", Expr.erfinv, nan, nan ]

let private atInfinity =
    // Where the limit is no number, nothing is promised.
    let isLimit (limits: float list) (actual: NDArray) (message: string) =
        for limit, found in Seq.zip limits actual.Floats do
            if not (Double.IsNaN limit) then
                Expect.close 1e-9 found limit message

    testList
        "derivatives at infinity"
        [ for name, cases in List.groupBy (fun (name, _, _, _) -> name) limits do
              testCase name (fun () ->
                  for dtype, (_, f, above, below) in List.allPairs [ DType.Float64; DType.Float32 ] cases do
                      let x = tensor [ infinity; -infinity ] |> Expr.cast dtype |> eval
                      let one = ones [ 2 ] |> Expr.cast dtype |> eval
                      let both x = grad (f >> Expr.sum) x, snd (jvp f x one)
                      let reverse, forward = both x
                      let compiledReverse, compiledForward = compile both x

                      for derivative in [ eval reverse; eval forward; compiledReverse; compiledForward ] do
                          isLimit [ above; below ] (Expr.value derivative) $"{name} of {dtype}")

          testCase "of every function of one number" (fun () ->
              let isOfOneNumber (row: IRow) =
                  row.Cases
                  |> List.exists (fun (primitive, arguments) ->
                      match arguments with
                      | [ _, domain ] -> domain.DType.IsNone && primitive.Rule.IsElementwise
                      | _ -> false)

              let rows = Ops.all |> List.filter isOfOneNumber |> List.map (fun row -> row.Name)
              let known = limits |> List.map (fun (name, _, _, _) -> name)
              Expect.equal (List.except known rows) [] "rows without a limit in the table"
              Expect.isTrue (rows.Length > 30) $"{rows.Length} rows")

          testCase "of the activations far out, and once more" (fun () ->
              for f in [ Expr.silu; Expr.gelu; Expr.geluTanh; Expr.mish ] do
                  Expect.equal (gradientAt f [ 1e200; -1e200 ]) [ 1.0; 0.0 ] "where squares overflow"
                  Expect.equal (gradientAt (grad (f >> Expr.sum)) [ infinity; -infinity ]) [ 0.0; 0.0 ] "second"

              Expect.equal (Expr.geluTanh (tensor [ infinity; -infinity ]) |> eval |> Expr.toArray) [| infinity; 0.0 |] "geluTanh") ]

let tests = testList "Univariate" [ conventions; stability; atInfinity ]
