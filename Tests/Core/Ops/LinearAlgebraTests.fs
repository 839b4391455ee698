module Fluxion.Tests.LinearAlgebraTests

open System
open FsCheck.FSharp
open Fluxion

let private matrix (rows: float list list) = tensor rows
let private a = matrix [ [ 4.0; 1.0; -2.0 ]; [ 0.5; 3.0; 1.0 ]; [ 1.0; -1.0; 5.0 ] ]
let private s = matrix [ [ 4.0; 1.0; -2.0 ]; [ 1.0; 3.0; 0.5 ]; [ -2.0; 0.5; 5.0 ] ]
let private tall = matrix [ [ 4.0; 1.0 ]; [ 0.5; 3.0 ]; [ 1.0; -1.0 ] ]
let private sides = matrix [ [ 1.0; 0.0 ]; [ 2.0; -1.0 ]; [ 0.0; 3.0 ] ]
let private weights3 = matrix [ [ 1.0; -2.0; 0.5 ]; [ 0.5; 3.0; -1.0 ]; [ 2.0; 1.0; -3.0 ] ]
let private weights32 = matrix [ [ 1.0; -2.0 ]; [ 0.5; 3.0 ]; [ 2.0; 1.0 ] ]
let private weights22 = matrix [ [ 1.0; 0.3 ]; [ -0.2; 2.0 ] ]

let private holds (tolerance: float) (x: Expr) (expected: float list) (name: string) =
    let actual = (Expr.value (eval x)).Floats
    Expect.equal actual.Length expected.Length name
    Seq.iter2 (fun x y -> Expect.close tolerance x y name) actual expected

let private same (x: Expr) (y: Expr) (name: string) = Values.close 1e-13 (Expr.value (eval x)) (Expr.value (eval y)) name
let private weighted (weights: Expr) (x: Expr) = Expr.sum (weights * x)

// Values and gradients of NumPy 1.23 and PyTorch 1.13.
let private published =
    testList
        "known values"
        [ testCase "solve" (fun () ->
              holds
                  1e-14
                  (Expr.solve a (tensor [ 1.0; 2.0; -1.0 ]))
                  [ 0.04316546762589926; 0.683453237410072; -0.07194244604316548 ]
                  "a vector"

              holds
                  1e-14
                  (Expr.solve a sides)
                  [ 0.14388489208633093
                    0.3453237410071942
                    0.6115107913669064
                    -0.5323741007194245
                    0.0935251798561151
                    0.42446043165467623 ]
                  "a matrix"

              let byMatrix, bySides = grad (fun (a, b) -> weighted weights32 (Expr.solve a b)) (a, sides)

              holds
                  1e-14
                  byMatrix
                  [ 0.18166761554784946
                    -0.37899177061228717
                    0.23319186377516687
                    -0.4198540448216965
                    0.4314476476372859
                    -0.4944878629470524
                    0.03001915014750789
                    -0.3760157341752497
                    0.06987215982609594 ]
                  "gradient by the matrix"

              holds
                  1e-14
                  bySides
                  [ 0.11870503597122303
                    -0.5755395683453237
                    0.2589928057553957
                    1.1079136690647482
                    0.39568345323741005
                    -0.2517985611510791 ]
                  "gradient by the right-hand sides")

          testCase "inverse and determinants" (fun () ->
              same (Expr.matmul (Expr.inverse a) a) (Expr.constant (NDArray.identity DType.Float64 3)) "inverse"
              holds 1e-14 (Expr.determinant a) [ 69.5 ] "determinant"
              let sign, logarithm = Expr.signAndLogDeterminant -a
              holds 1e-14 sign [ -1.0 ] "sign"
              holds 1e-14 logarithm [ 4.241326752570746 ] "logarithm"
              holds 1e-14 (Expr.logDeterminant a) [ 4.241326752570746 ] "logarithm"
              holds 0.0 (Expr.logDeterminant -a) [ nan ] "of a negative determinant"
              same (grad Expr.logDeterminant a) (Expr.transpose (Expr.inverse a)) "gradient of the logarithm"
              // 1e-400 is no float64, and its logarithm is.
              let small = Expr.constant (NDArray.identity DType.Float64 40) * 1e-10
              holds 1e-14 (Expr.logDeterminant small) [ -400.0 * log 10.0 ] "no underflow")

          testCase "cholesky" (fun () ->
              holds
                  1e-14
                  (Expr.cholesky s)
                  [ 2.0; 0.0; 0.0; 0.5; 1.6583123951777; 0.0; -1.0; 0.6030226891555273; 1.9069251784911847 ]
                  "factor"

              holds
                  1e-13
                  (grad (fun s -> weighted weights3 (Expr.cholesky s)) s)
                  [ 0.16839077588967058
                    0.2460551996379835
                    -0.04019084840166707
                    0.24605519963798356
                    0.6908794441509485
                    0.5875501213514412
                    -0.04019084840166706
                    0.5875501213514412
                    -0.7866066361276134 ]
                  "gradient")

          testCase "qr" (fun () ->
              let q, r = Expr.qr tall

              holds
                  1e-14
                  q
                  [ 0.9630868246861535
                    -0.01387017250302112
                    0.1203858530857692
                    0.9154313851993935
                    0.2407717061715384
                    -0.40223500258761224 ]
                  "q"

              holds 1e-14 r [ 4.153311931459037; 1.0834726777719221; 0.0; 3.134658985682771 ] "r"

              let loss x =
                  let q, r = Expr.qr x

                  if x.Shape = [ 3; 2 ] then
                      weighted weights32 q + weighted weights22 r
                  else
                      weighted weights22 q + weighted (Expr.transpose weights32) r

              holds
                  1e-13
                  (grad loss tall)
                  [ 0.912155119675701
                    0.04051084872710641
                    0.13644790022017222
                    2.1822283172855137
                    0.43646750264614737
                    -0.007163974113471992 ]
                  "gradient"

              let wide = a.[0..1, *]
              let q, r = Expr.qr wide
              same (Expr.matmul q r) wide "of a wide matrix"

              holds
                  1e-13
                  (grad loss wide)
                  [ 0.9674709297958259
                    0.12403473458920847
                    1.860521018838127
                    0.3224903099319423
                    3.038850997435607
                    1.2403473458920846 ]
                  "gradient by a wide matrix")

          testCase "eigh" (fun () ->
              let values, vectors = Expr.eigh s
              holds 1e-14 values [ 1.5842066930926233; 3.8393364524664824; 6.576456854440895 ] "values"
              same (Expr.matmul s vectors) (vectors * values) "vectors"

              let loss s =
                  let values, vectors = Expr.eigh s
                  weighted (tensor [ 1.0; -2.0; 0.5 ]) values + weighted weights3 (Expr.square vectors)

              holds
                  1e-13
                  (grad loss s)
                  [ 0.27619248370739635
                    -1.0659523148824481
                    -0.9286175666377724
                    -1.0659523148824481
                    0.1547782615660832
                    -1.3030544145665228
                    -0.9286175666377723
                    -1.3030544145665228
                    -0.9309707452734797 ]
                  "gradient")

          testCase "svd" (fun () ->
              let u, values, vt = Expr.svd tall
              holds 1e-14 values [ 4.427601128173446; 2.940467352275352 ] "values"
              same (Expr.matmul (u * values) vt) tall "of a tall matrix"
              let u, values, vt = Expr.svd (Expr.transpose tall)
              Expect.equal (u.Shape, values.Shape, vt.Shape) ([ 2; 2 ], [ 2 ], [ 2; 3 ]) "thin"
              same (Expr.matmul (u * values) vt) (Expr.transpose tall) "of a wide matrix"

              let loss x =
                  let u, values, vt = Expr.svd x

                  weighted weights32 (Expr.square u)
                  + weighted (tensor [ 1.0; -2.0 ]) values
                  + weighted weights22 (Expr.square vt)

              holds
                  1e-13
                  (grad loss tall)
                  [ 1.9437944560502745
                    -0.282242749260003
                    -0.06908079441035048
                    -2.6893732847229463
                    0.4923142059119022
                    1.3359226058562457 ]
                  "gradient") ]

let private degenerate =
    testList
        "where there is a choice"
        [ testProperty
              "the gradient of the determinant is made of minors, of singular matrices and of those close to singular too"
              (Prop.forAll (Gen.choose (-3, 3) |> Gen.listOfLength 9 |> Arb.fromGen) (fun entries ->
                  // Tenths are not exact, so that what is singular becomes nearly so.
                  let a = entries |> List.map (fun entry -> float entry / 10.0) |> Array.ofList
                  let at i j = a[3 * (i % 3) + j % 3]
                  let minor i j = at (i + 1) (j + 1) * at (i + 2) (j + 2) - at (i + 1) (j + 2) * at (i + 2) (j + 1)
                  let rows = Expr.constant (NDArray.ofFloats DType.Float64 [ 3; 3 ] a)
                  holds 1e-14 (grad Expr.determinant rows) [ for i in 0..8 -> minor (i / 3) (i % 3) ] $"%A{entries}"))

          testCase "a singular matrix has a gradient of the determinant" (fun () ->
              let singular = matrix [ [ 1.0; 2.0; 0.0 ]; [ 2.0; 4.0; 1.0 ]; [ 0.0; 1.0; 3.0 ] ]
              holds 1e-13 (grad Expr.determinant singular) [ 11.0; -6.0; 2.0; -6.0; 3.0; -1.0; 2.0; -1.0; 0.0 ] "rank 3"
              let rankOne = matrix [ [ 1.0; 2.0 ]; [ 2.0; 4.0 ] ]
              holds 1e-14 (Expr.determinant rankOne) [ 0.0 ] "determinant"
              holds 1e-14 (grad Expr.determinant rankOne) [ 4.0; -2.0; -2.0; 1.0 ] "its gradient"
              let sign, logarithm = Expr.signAndLogDeterminant rankOne
              holds 0.0 sign [ 0.0 ] "sign"
              holds 0.0 logarithm [ -infinity ] "logarithm")

          testCase "repeated eigenvalues" (fun () ->
              let identity = Expr.constant (NDArray.identity DType.Float64 3)
              let values x = fst (Expr.eigh x)
              // Symmetric functions of the values have derivatives there: the sum's is I, the product's is the determinant's.
              same (grad (values >> Expr.sum) identity) identity "sum"
              let product x = exp (Expr.sum (log (values x)))
              same (grad product (2.0 * identity)) (4.0 * identity) "product"
              let gradient = grad (fun x -> weighted weights3 (snd (Expr.eigh x))) identity
              holds 0.0 gradient (List.replicate 9 0.0) "vectors turn among themselves as they like")

          testCase "singular values of 0, and repeated ones" (fun () ->
              let nuclear x =
                  let _, values, _ = Expr.svd x
                  Expr.sum values

              let identity = Expr.constant (NDArray.identity DType.Float64 2)
              same (grad nuclear identity) identity "the nuclear norm of the identity"
              let gradient = grad nuclear (matrix [ [ 3.0; 0.0 ]; [ 0.0; 0.0 ]; [ 0.0; 0.0 ] ])
              Expect.isTrue (Expr.toArray (eval gradient) |> Array.forall Double.IsFinite) "finite at a value of 0")

          testCase "only one triangle is read" (fun () ->
              let marked = matrix [ [ 2.0; nan ]; [ 1.0; 4.0 ] ]
              holds 1e-15 (Expr.triangularSolve Triangle.lower marked (tensor [ 2.0; 9.0 ])) [ 1.0; 2.0 ] "lower"
              let transposed = { Triangle.lower with IsTransposed = true }
              holds 1e-15 (Expr.triangularSolve transposed marked (tensor [ 4.0; 8.0 ])) [ 1.0; 2.0 ] "lower, transposed"
              let unit = { Triangle.lower with HasUnitDiagonal = true }
              holds 1e-15 (Expr.triangularSolve unit marked (tensor [ 2.0; 9.0 ])) [ 2.0; 7.0 ] "unit diagonal")

          testCase "NaN and infinity make a matrix of NaN" (fun () ->
              for bad in [ nan; infinity ] do
                  let x = matrix [ [ 2.0; bad ]; [ 1.0; 4.0 ] ]

                  for name, result in
                      [ "inverse", Expr.inverse x
                        "cholesky", Expr.cholesky x
                        "eigh", fst (Expr.eigh x)
                        "determinant", Expr.determinant x ] do
                      Expect.isTrue (Expr.toArray (eval result) |> Array.forall Double.IsNaN) $"{name} with {bad}") ]

let private batches =
    testList
        "batches"
        [ testCase "of matrices, and of right-hand sides of one" (fun () ->
              let stacked = Expr.stack 0 [ a; a + s ]
              same (Expr.determinant stacked) (Expr.stack 0 [ Expr.determinant a; Expr.determinant (a + s) ]) "determinant"
              let right = Expr.stack 0 [ sides; 2.0 * sides; sides + 1.0 ]
              let each = Expr.stack 0 [ Expr.solve a sides; Expr.solve a (2.0 * sides); Expr.solve a (sides + 1.0) ]
              same (Expr.solve a right) each "one matrix"
              same (Expr.solve stacked sides) (Expr.stack 0 [ Expr.solve a sides; Expr.solve (a + s) sides ]) "one right-hand side"
              let vector = tensor [ 1.0; 2.0; 3.0 ]
              same (Expr.solve stacked vector) (Expr.stack 0 [ Expr.solve a vector; Expr.solve (a + s) vector ]) "one vector"
              let values, vectors = Expr.eigh stacked
              Expect.equal (values.Shape, vectors.Shape) ([ 2; 3 ], [ 2; 3; 3 ]) "eigh")

          testCase "compiled, and said to allocate" (fun () ->
              let x = Expr.variable "x" [ 3; 3 ]
              let loss = Expr.sum (Expr.solve x sides) + Expr.logDeterminant x
              let value = Expr.value a
              let compiled = Compile.expressions [| loss |] [| x |] [| value |]
              Values.close 1e-14 compiled[0] (Values.interpret [| loss |] [| x |] [| value |] |> Array.head) "compiled"
              let text = Plan.explain loss
              Expect.isTrue (text.Contains "solve to [3, 2], matrix by matrix, which allocates") text)

          testCase "a system and its gradients factor the matrix once" (fun () ->
              for dtype in [ DType.Float64; DType.Float32 ] do
                  let x, b = Expr.variableOf "x" dtype [ 3; 3 ], Expr.variableOf "b" dtype [ 3 ]
                  let value, (dx, db) = valueAndGrad (fun (x, b) -> Expr.sum (Expr.square (Expr.solve x b))) (x, b)
                  let roots, inputs = [| value; dx; db |], [| x; b |]
                  let plan = Plan.explain (Expr.sum dx + Expr.sum db + value)
                  Expect.equal (plan.Split("factors to").Length - 1) 1 plan
                  let values = [| Expr.value (eval (Expr.cast dtype a)); Expr.value (eval (Expr.cast dtype sides[*, 0])) |]
                  let tolerance = if dtype = DType.Float64 then 1e-13 else 1e-5

                  for compiled, interpreted in Array.zip (Compile.expressions roots inputs values) (Values.interpret roots inputs values) do
                      Values.close tolerance compiled interpreted $"{dtype}")

          testCase "of no right-hand sides, a matrix is not factored" (fun () ->
              let singular = zeros [ 2; 2 ]
              let solution = compile (fun b -> Expr.solve singular b) (zeros [ 2; 0 ])
              Expect.equal solution.Shape [ 2; 0 ] "shape") ]

let private errors =
    testCase "errors in the user's words" (fun () ->
        let singular = matrix [ [ 1.0; 2.0 ]; [ 2.0; 4.0 ] ]
        let indefinite = matrix [ [ 1.0; 2.0 ]; [ 2.0; 1.0 ] ]

        for x, words in
            [ Expr.solve singular (tensor [ 1.0; 1.0 ]), "solve: the matrix must have an inverse, but it is singular"
              Expr.inverse singular, "inverse: the matrix must have an inverse"
              Expr.cholesky indefinite, "cholesky: the matrix must be positive definite"
              Expr.triangularSolve Triangle.lower (matrix [ [ 0.0 ] ]) (tensor [ 1.0 ]), "triangularSolve: " ] do
            let error = Expect.throws<ArgumentException> (fun () -> eval x |> ignore) words
            Expect.isTrue (error.Message.StartsWith words) error.Message

        for build, words in
            [ (fun () -> Expr.inverse tall), "inverse: a square matrix is needed in the last two axes, but it is [3, 2]"
              (fun () -> Expr.solve a (tensor [ 1.0; 2.0 ])), "solve: right-hand sides must have as many rows"
              (fun () -> fst (Expr.qr (tensor [ 1.0 ]))), "qr: a matrix is needed" ] do
            let error = Expect.throws<ShapeException> (build >> ignore) words
            Expect.isTrue (error.Message.StartsWith words) error.Message)

// 60 by 60: what small matrices do not show.
let private large =
    testCase "larger matrices" (fun () ->
        let n = 60
        let draw key = Expr.constant (Values.draw key Domain.real { Shape = [ n; n ]; DType = DType.Float64 })
        let x = draw 5L
        let identity = Expr.constant (NDArray.identity DType.Float64 n)
        let close x y name = Values.close 1e-11 (Expr.value (eval x)) (Expr.value (eval y)) name
        close (Expr.matmul x (Expr.solve x identity)) identity "solve"
        let positive = Expr.matmul x (Expr.transpose x) + identity
        let l = Expr.cholesky positive
        close (Expr.matmul l (Expr.transpose l)) positive "cholesky"
        let _, tangent = jvp Expr.cholesky positive x
        let product = Expr.matmul tangent (Expr.transpose l)
        close (product + Expr.transpose product) ((x + Expr.transpose x) / 2.0) "the tangent of cholesky"
        let _, back = vjp Expr.cholesky positive
        close (Expr.sum (back x * x)) (Expr.sum (x * tangent)) "the cotangent of cholesky"
        let q, r = Expr.qr x
        close (Expr.matmul q r) x "qr"
        close (Expr.matmul (Expr.transpose q) q) identity "q"
        let values, vectors = Expr.eigh positive
        close (Expr.matmul (vectors * values) (Expr.transpose vectors)) positive "eigh"
        let u, values, vt = Expr.svd x
        close (Expr.matmul (u * values) vt) x "svd")

let tests = testList "LinearAlgebra" [ published; degenerate; batches; errors; large ]
