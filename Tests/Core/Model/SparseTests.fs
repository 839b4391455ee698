/// Sparse Jacobians and Hessians are the dense ones without their zeros, found from few derivatives.
module Fluxion.Tests.SparseTests

open FsCheck.FSharp
open Fluxion

let private point (count: int) : Expr = tensor (Array.init count (fun i -> 0.5 + sin (float i)))

let private rosenbrock (x: Expr) : Expr =
    let n = x.Shape.Head
    Expr.sum (100.0 * Expr.square (x[1..] - Expr.square x[.. n - 2]) + Expr.square (1.0 - x[.. n - 2]))

let private rows (x: Expr) = Expr.reshape [ -1; 4 ] x

let private matrix = tensor [ for i in 0..3 -> [ for j in 0..1 -> float (i + 2 * j) + 1.0 ] ]

// Mostly zeros, which count.
let private band = tensor (Array2D.init 12 12 (fun i j -> if abs (i - j) <= 1 then float (i + j) + 1.0 else 0.0))

let private triangle = tensor [ [ 1.0; 0.0; 0.0 ]; [ 2.0; 3.0; 0.0 ]; [ 4.0; 5.0; 6.0 ] ]

// Each with the number of colours that it needs.
let private scalars: (string * int * (Expr -> Expr)) list =
    [ "diagonal", 1, (fun x -> Expr.sum (exp x))
      "tridiagonal", 3, rosenbrock
      "two neighbours on each side", 5, (fun x -> Expr.sum (x[2..] * x[1 .. x.Shape.Head - 2] * exp x[.. x.Shape.Head - 3]))
      "arrow, its head first", 2, (fun x -> Expr.sum (x * x * x[0..0]))
      "arrow, its head last", 2, (fun x -> Expr.sum (exp (x * x[-1])))
      "two arrows", 3, (fun x -> Expr.sum (sin (x * x[3] * x[5])))
      "blocks", 4, (fun x -> Expr.sum (exp (Expr.sumOver [ 1 ] (rows x * rows x))))
      "squares of a band's product", 5, (fun x -> Expr.sum (Expr.square (Expr.matmul band x)))
      "full", 12, (fun x -> log (Expr.sum (exp x) + Expr.square (Expr.sum x)))
      "linear: nothing", 0, Expr.sum ]

let private tensors: (string * int * (Expr -> Expr)) list =
    [ "elementwise", 1, (fun x -> sin x * x)
      "neighbours", 2, (fun x -> x[1..] * x[.. x.Shape.Head - 2])
      "sums of rows", 1, (fun x -> Expr.sumOver [ 1 ] (Expr.square (rows x)))
      "largest of each column", 1, (fun x -> Expr.maxOver [ 0 ] (rows x))
      "softmax of rows", 4, (fun x -> Expr.softmax 1 (rows x))
      "logSoftmax of columns", 3, (fun x -> Expr.logSoftmax 0 (rows x))
      "a product from the left", 2, (fun x -> Expr.matmul (rows x) matrix)
      "a product from the right", 2, (fun x -> Expr.matmul (Expr.transpose matrix) (Expr.transpose (rows x)))
      "a product with a vector", 1, (fun x -> Expr.matmul (rows x * rows x) (tensor [ 1.0; 2.0; 3.0; 4.0 ]))
      "a product of both", 6, (fun x -> Expr.matmul (rows x) (Expr.transpose (rows x)))
      "gathered", 1, (fun x -> Expr.gather 0 (tensor [ 3; 3; 0 ]) (sin x))
      "scattered", 1, (fun x -> Expr.scatterAdd 0 3 (tensor [ for i in 0..11 -> i % 3 ]) (sin x))
      "padded", 1, (fun x -> Expr.pad [ 1, 2 ] (exp x))
      "side by side", 2, (fun x -> Expr.concat 0 [ exp x; x[1..] * x[0] ])
      "a product with a band of constants", 3, (fun x -> Expr.matmul band (exp x))
      "a vector times a band of constants", 3, (fun x -> Expr.matmul (exp x) band)
      "a matrix times a triangle of constants", 3, (fun x -> Expr.matmul (Expr.reshape [ 4; 3 ] x) triangle)
      "a triangle of constants times a matrix", 3, (fun x -> Expr.matmul triangle (Expr.reshape [ 3; 4 ] x))
      "a tall column and a long row", 3, (fun x -> Expr.concat 0 [ x * x[0]; Expr.reshape [ 1 ] (Expr.sum (exp x)) ])
      "two of each, beside a diagonal",
      5,
      (fun x -> Expr.concat 0 [ exp x * x[0] * x[1]; Expr.stack 0 [ Expr.sum (exp x); Expr.sum x ** 2.0 ] ])
      "a long row alone", 2, (fun x -> Expr.concat 0 [ exp x; Expr.reshape [ 1 ] (Expr.sum (exp x)) ])
      "a tall column alone", 2, (fun x -> exp (x * x[5]))
      "one result", 1, (fun x -> Expr.sum (exp x))
      "running totals of rows", 4, (fun x -> Expr.cumsum 1 (exp (rows x)))
      "sorted rows", 4, (fun x -> Expr.sort 1 (rows x))
      "a loop", 12, (fun x -> fst (scan (fun s v -> s * v, ()) x (tensor [ 1.0; 2.0 ])))
      "not at all", 0, Expr.sign ]

let private values (x: Expr) : NDArray = Expr.value (eval x)

let private isDense (name: string) (colours: int) (sparse: Sparse) (dense: Expr) =
    let dense = values dense
    let shape = [ sparse.Pattern.RowCount; sparse.Pattern.ColumnCount ]
    Values.close 1e-13 (values (Sparse.toDense sparse)) (NDArray.reshape shape dense) name
    Expect.equal sparse.Colours colours "colours"

/// A matrix of numbers of which some, anywhere, are zero; as a function it is quadratic, with exactly these second derivatives.
let private quadratic (size: int) (places: (int * int) list) (x: Expr) : Expr =
    let part pick = Expr.gather 0 (tensor [| for place in places -> pick place % size |]) x
    Expr.sum (part fst * part snd * tensor [| for i, j in places -> float (1 + i + j) |])

let private places =
    Gen.listOf (Gen.zip (Gen.choose (0, 11)) (Gen.choose (0, 11))) |> Gen.filter (List.isEmpty >> not)

let tests =
    testList
        "Sparse"
        [ testList
              "Hessian"
              [ for name, colours, f in scalars do
                    testCase name (fun () -> isDense name colours (Sparse.hessian f (point 12)) (hessian f (point 12))) ]

          testList
              "Jacobian"
              [ for name, colours, f in tensors do
                    testCase name (fun () -> isDense name colours (Sparse.jacobian f (point 12)) (jacobianReverse f (point 12))) ]

          testProperty
              "any pattern of second derivatives is found whole"
              (Prop.forAll (Arb.fromGen places) (fun places ->
                  let f = quadratic 12 places
                  let sparse = Sparse.hessian f (point 12)
                  isDense "random" sparse.Colours sparse (hessian f (point 12))))

          testProperty
              "any pattern of first derivatives is found whole"
              (Prop.forAll (Arb.fromGen places) (fun places ->
                  let f x = grad (quadratic 12 places) (sin x)
                  let sparse = Sparse.jacobian f (point 12)
                  isDense "random" sparse.Colours sparse (jacobianReverse f (point 12))))

          testCase "the number of colours does not follow the size" (fun () ->
              for size in [ 10; 1000; 20_000 ] do
                  let sparse = Sparse.hessian rosenbrock (point size)
                  Expect.equal (sparse.Colours, sparse.Pattern.Count) (3, 3 * size - 2) $"colours and entries at {size}"
                  // No tensor of one entry for each pair of entries.
                  let largest = Graph.postorder [ sparse.Values ] |> Array.map (fun node -> Shape.size node.Shape) |> Array.max
                  Expect.isTrue (largest <= 3 * size) $"{largest} elements at {size}")

          testCase "an arrow's Jacobian has 3 colours at any size, and no tensor of all its entries" (fun () ->
              let arrow (x: Expr) = Expr.concat 0 [ Expr.reshape [ 1 ] (Expr.sum (exp x)); x[1..] * x[0] ]

              for size in [ 10; 1000; 10_000 ] do
                  let sparse = Sparse.jacobian arrow (point size)
                  Expect.equal (sparse.Colours, sparse.Pattern.Count) (3, 3 * size - 2) $"colours and entries at {size}"
                  let largest = Graph.postorder [ sparse.Values ] |> Array.map (fun node -> Shape.size node.Shape) |> Array.max
                  Expect.isTrue (largest <= 3 * size) $"{largest} elements at {size}")

          testCase "compiles, and runs at other points" (fun () ->
              let run = compile (Sparse.hessian rosenbrock)
              let x = point 30

              for at in [ x; 2.0 * x |> eval ] do
                  Values.close 1e-13 (values (Sparse.toDense (run at))) (values (hessian rosenbrock at)) "values")

          testCase "several tensors are counted one after another" (fun () ->
              let f (a: Expr, b: Expr) = Expr.sum (a * Expr.square b)
              let at = point 3, point 3 + 1.0
              isDense "both" 2 (Sparse.hessian f at) (hessian f at)
              let first = Sparse.jacobian (fun (a: Expr, b: Expr) -> a * Expr.square b) at
              Expect.equal first.Pattern.Columns [| 0; 3; 1; 4; 2; 5 |] "columns")

          testCase "float32 stays float32" (fun () ->
              let x = Expr.cast DType.Float32 (point 5)
              Expect.equal (eval (Sparse.jacobian sin x)).Values.Type { Shape = [ 5 ]; DType = DType.Float32 } "type")

          testCase "is MathNet's sparse matrix" (fun () ->
              let sparse = eval (Sparse.hessian rosenbrock (point 6))
              let matrix = Sparse.toMatrix sparse
              Expect.equal (matrix.ToRowMajorArray()) (values (Sparse.toDense sparse)).Floats "entries"
              Expect.equal (matrix.Storage.IsDense) false "without zeros")

          testCase "a function without a derivative is named" (fun () ->
              Expect.throws<NotDifferentiableException>
                  (fun () -> Sparse.jacobian (fun x -> Expr.less x (x.Literal 0.0)) (point 3) |> ignore)
                  "jacobian"
              |> ignore) ]
