/// Jacobians without their zeros are the dense ones, column by column; and they are used where they pay.
module Fluxion.Tests.SparseRowsTests

open Fluxion

let private neighbours (x: Expr) = Expr.square (x[1..] - x[.. x.Shape.Head - 2]) * x[1..]

let private functions: (string * (Expr -> Expr)) list =
    [ "elementwise", (fun x -> sin x * x)
      "shifted", neighbours
      "reversed", Expr.slice [ Slice.Range(None, None, -1) ]
      "every other", Expr.slice [ Slice.Range(Some 1, None, 2) ]
      "padded", (fun x -> Expr.pad [ 2, 1 ] (neighbours x) * 3.0)
      "side by side", (fun x -> Expr.concat 0 [ exp x; neighbours x; x ])
      "stacked", (fun x -> Expr.transpose (Expr.stack 0 [ sin x; Expr.slice [ Slice.Range(None, None, -1) ] x ]))
      "broadcast", (fun x -> Expr.reshape [ 6; 1 ] x * tensor [ [ 1.0; 2.0; 3.0 ] ])
      "partly chosen", (fun x -> Expr.where (Expr.less x (x.Literal 0.0)) (x * x) x)
      "repeated entries", (fun x -> Expr.concat 0 [ x[2..2]; x[2..2]; x[0..0] ])
      "gradient", (fun x -> grad (neighbours >> Expr.sum) x) ]

let private values = [| 0.3; -1.2; 0.7; 2.0; -0.4; 1.1 |]

/// One column of the Jacobian for each entry, by forward mode along it alone.
let private dense (f: Expr -> Expr) (x: Expr) : NDArray =
    let along i =
        Expr.constant (NDArray.ofFloats DType.Float64 [ 6 ] (Array.init 6 (fun j -> if i = j then 1.0 else 0.0)))

    let y = f x

    Array.init 6 (fun i -> Expr.reshape [ -1 ] (snd (jvp f x (along i))))
    |> List.ofArray
    |> Expr.stack 1
    |> Expr.reshape (y.Shape @ [ 6 ])
    |> eval
    |> Expr.value

let private sparse (f: Expr -> Expr) : Expr option =
    let x = Expr.variable "x" [ 6 ]
    SparseRows.tryJacobian (f x) x

let tests =
    testList
        "SparseRows"
        [ testList
              "is the dense Jacobian"
              [ for name, f in functions do
                    testCase name (fun () ->
                        Expect.isTrue (sparse f).IsSome "taken"
                        let x = tensor values
                        Values.close 1e-15 (eval (jacobian f x) |> Expr.value) (dense f x) name) ]

          testCase "second derivatives of a sum over neighbours are a few diagonals" (fun () ->
              let f x = Expr.sum (neighbours x)
              let x = Expr.variable "x" [ 200 ]
              let few = Graph.count (hessian f x)
              let at = Expr.constant (NDArray.ofFloats DType.Float64 [ 6 ] values)
              Values.close 1e-15 (eval (hessian f at) |> Expr.value) (dense (grad f) at) "values"
              Expect.isTrue (few < 120) $"{few} nodes"
              // No tensor of 200 rows of tangents: nothing but the result has as many elements.
              let isLarge (node: Expr) = Shape.size node.Shape >= 200 * 199 && node.Arguments |> Array.length > 1
              let large = Graph.postorder [ hessian f x ] |> Array.filter isLarge
              Expect.isTrue (large.Length <= 2) "large tensors are only added up")

          testCase "derivatives of it are derivatives" (fun () ->
              let third x = jacobian (jacobian (fun (x: Expr) -> x * x * x)) x
              let x = tensor values
              let expected = Array.init 216 (fun i -> if i % 43 = 0 then 6.0 * values[i / 43] else 0.0)
              Values.close 1e-15 (eval (third x) |> Expr.value) (NDArray.ofFloats DType.Float64 [ 6; 6; 6 ] expected) "third")

          testCase "an entry that is not there is zero, whatever its neighbours are" (fun () ->
              let x = tensor [ nan; 1.0; 4.0; 9.0 ]
              let roots = jacobian sqrt x |> eval |> Expr.value
              Expect.equal (roots.Floats[1..3], roots.Floats[5]) ([| 0.0; 0.0; 0.0 |], 0.5) "second row")

          testCase "sums and products need whole rows" (fun () ->
              Expect.isTrue (sparse (fun x -> x * Expr.sum x)).IsNone "sum"
              Expect.isTrue (sparse (fun x -> Expr.matmul (Expr.stack 0 [ x; x ]) x)).IsNone "matmul")

          testCase "what does not move is left to the dense way" (fun () ->
              Expect.isTrue (sparse (fun x -> Expr.sign x)).IsNone "nothing moves"
              let x = tensor values
              Expect.equal (jacobian (fun (x: Expr) -> x.Literal 2.0) x |> eval |> Expr.value).Shape [ 6 ] "constant") ]
