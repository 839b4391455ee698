/// A gradient and its function have at most five times the arithmetic of the function: row by row, on losses, on loops, on random graphs.
module Fluxion.Tests.GradientCostTests

open FsCheck
open FsCheck.FSharp
open Fluxion
open Fluxion.Testing

/// The arithmetic of value and gradient, for that of the function as it was written.
let private ratio (f: 'a -> Expr) (x: 'a) : float = float (Cost.flops (valueAndGrad f x)) / float (Cost.flops (f x))

let private atMost (bound: float) (name: string) (f: 'a -> Expr) (x: 'a) =
    let ratio = ratio f x
    Expect.isTrue (ratio <= bound) $"{name}: {ratio} times the arithmetic of the function, and at most {bound} were promised"

// Twenty times as long along all axes that are longer than 1, so that what is done once does not count: where the op goes with such shapes.
let private enlarged (primitive: Primitive) (types: TensorType list) : TensorType list =
    let larger =
        [ for t in types -> { t with Shape = t.Shape |> List.map (fun size -> if size > 1 then 20 * size else size) } ]

    try
        primitive.Infer(Array.ofList larger) |> ignore
        larger
    with :? System.ArgumentException ->
        types

/// Σ weights · op(arguments) of each sample of a row, and the arguments that it has derivatives by. Where nothing is computed there is nothing to compare.
let private ofRow (row: IRow) : (string * (Expr list -> Expr) * Expr list) list =
    [ for primitive, arguments in row.Cases do
          let types =
              [ for shape, domain in arguments -> { TensorType.Shape = shape; DType = defaultArg domain.DType DType.Float64 } ]
              |> enlarged primitive

          let inputs = Values.variables "x" (Array.ofList types)
          let result = primitive.Infer(Array.ofList types)
          let moving = inputs |> Array.filter (fun input -> input.DType.IsFloating)
          let isEmpty = result :: types |> List.exists (fun t -> Shape.size t.Shape = 0)

          if not isEmpty && result.DType.IsFloating && moving.Length > 0 then
              let weights = Expr.variableOf "weights" result.DType result.Shape

              let sum (values: Expr list) =
                  let replacements = Array.zip moving (Array.ofList values)
                  (Graph.substituteAll replacements [| Expr.sum (weights * Expr.Apply(primitive, inputs)) |])[0]

              let shapes = types |> List.map (fun t -> Shape.show t.Shape) |> String.concat ", "
              $"{row.Name}({primitive.AttributeText}) of {shapes}", sum, List.ofArray moving ]

let private rows =
    testList
        "of each row"
        [ for row in Ops.all @ ControlFlow.rows @ CustomRule.rows do
              testCase row.Name (fun () ->
                  for name, f, inputs in ofRow row do
                      atMost 5.0 name f inputs) ]

let private v (name: string) (shape: Shape) = Expr.variable name shape
let private total (terms: Expr list) = List.reduce (+) terms

// Functions of which parts of a tensor are used one by one, or again and again.
let private structures: (string * Shape * (Expr -> Expr)) list =
    [ "entries one by one", [ 1000 ], (fun x -> total [ for i in 0..998 -> x[i] * x[i + 1] ])
      "the first two of many entries", [ 1000 ], (fun x -> x[0] * x[1])
      "rows one by one", [ 200; 50 ], (fun x -> total [ for i in 0..199 -> Expr.sum (sin x[i]) ])
      "entries of a matrix", [ 30; 30 ], (fun x -> total [ for i in 0..29 -> x[i, i] * x[i, 0] ])
      "short slices", [ 1000 ], (fun x -> total [ for i in 0..9..990 -> Expr.sum (x[i .. i + 8] * x[i .. i + 8]) ])
      "steps backwards",
      [ 60; 40 ],
      (fun x -> total [ for i in 0..9 -> Expr.sum (exp (Expr.slice [ Slice.At i; Slice.Range(None, None, -3) ] x)) ])
      "rows of a table",
      [ 500; 8 ],
      (fun x -> total [ for i in 0..40 -> Expr.sum (exp (Expr.gather 0 (Expr.variableOf $"i{i}" DType.Int64 [ 2 ]) x)) ])
      "the same again and again", [ 100 ], (fun x -> Seq.fold (fun s _ -> s * x + s) x [ 1..20 ] |> Expr.sum)
      "side by side", [ 100 ], (fun x -> Expr.sum (sin (Expr.concat 0 [ for _ in 1..20 -> x ])))
      "powers", [ 100 ], (fun x -> Expr.sum (x ** -1.0) + Expr.sum (x ** 0.5) + Expr.sum (x ** 3.0))
      "the largest of each row", [ 40; 30 ], (fun x -> Expr.sum (Expr.maxOver [ 1 ] x))
      "the largest few", [ 500 ], (fun x -> Expr.sum (fst (Expr.topK 10 0 x)))
      "a product of three", [ 20; 20 ], (fun x -> Expr.sum (Expr.einsum "ij,jk,kl->il" [ x; x; x ]))
      "a Gaussian process",
      [ 30; 30 ],
      (fun x ->
          let factor = Expr.cholesky (Expr.matmul x (Expr.transpose x) + eye 30)
          let white = Expr.triangularSolve Triangle.lower factor (v "y" [ 30; 1 ])
          Expr.sum (log (Expr.diagonal 0 factor)) + Expr.sum (Expr.square white)) ]

let private states (w: Expr) = full 0.3 w.Shape
let private logistic (w: Expr) (x: Expr) = w * x * (1.0 - x)

// A loop, choice or checkpoint works its step out again on the way back, which adds one to the bound for each that stands in another.
let private nested: (string * int * Shape * (Expr -> Expr)) list =
    let inputs = v "xs" [ 50; 16 ]

    [ "scan", 1, [ 16; 16 ], (fun w -> Expr.sum (fst (scan (fun h x -> tanh (Expr.matmul h w + x), ()) (zeros [ 16 ]) inputs)))
      "scan with outputs", 1, [ 16 ], (fun w -> Expr.sum (snd (scan (fun h x -> h * w + x, h * h) (zeros [ 16 ]) inputs)))
      "repeat", 1, [ 16 ], (fun w -> Expr.sum (repeat 50 (fun _ x -> logistic w x) (states w)))
      "whileLoop", 1, [ 16 ], (fun w -> Expr.sum (whileLoop 50 (fun x -> Expr.less (Expr.sum x) (scalar 9.0)) (logistic w) (states w)))
      "cond", 1, [ 160 ], (fun w -> Expr.sum (cond (Expr.less (Expr.sum w) (scalar 1.0)) (fun w -> sin w * w) exp w))
      "checkpoint", 1, [ 160 ], (fun w -> Expr.sum (checkpoint (fun w -> w * w * w + w * w) w))
      "checkpoint of what costs most", 1, [ 40; 30 ], (fun w -> Expr.sum (checkpoint (Expr.maxOver [ 1 ]) w))
      "checkpoint in checkpoint", 2, [ 160 ], (fun w -> Expr.sum (checkpoint (fun w -> checkpoint (fun w -> w * w * w) (w * w)) w))
      "loop in loop", 2, [ 16 ], (fun w -> Expr.sum (repeat 10 (fun _ x -> repeat 10 (fun _ y -> logistic w y) x) (states w)))
      "fixedPoint", 1, [ 16 ], (fun w -> Expr.sum (fixedPoint (fun x -> cos (w * x)) (states w)))
      "root", 1, [ 16 ], (fun w -> Expr.sum (root (fun x -> x * x - w) (states w))) ]

/// The sum of all outputs of a random graph, each with weights.
let private lossOf (grown: RandomExpression) : Expr =
    let outputs =
        [ for i, output in Array.indexed grown.Outputs ->
              Expr.sum (Expr.cast DType.Float64 (Expr.variableOf $"c{i}" output.DType output.Shape * output)) ]

    (Rewrite.simplifyAll [| total outputs |])[0]

// Random graphs are small, and much of them moves numbers only, whose derivatives add: there each element made counts as an operation.
let private randomGraph (grown: RandomExpression) =
    let inputs = grown.Variables |> Array.filter (fun variable -> variable.DType.IsFloating)
    let nodes = Graph.postorder grown.Outputs

    if inputs.Length > 0 && nodes |> Array.forall (fun node -> Shape.size node.Shape > 0) then
        let loss = lossOf grown

        let made =
            Graph.postorder [ loss ]
            |> Array.filter (fun node -> node.IsApplication)
            |> Array.sumBy (fun node -> int64 (Shape.size node.Shape))

        let both = Cost.flops (loss :: List.ofArray (Rewrite.simplifyAll (Reverse.gradientAll loss inputs)))
        let own = Cost.flops loss
        Expect.isTrue (both <= 5L * (own + made)) $"{both} flops with the gradient, {own} without, and {made} elements"

let tests =
    testList
        "GradientCost"
        [ rows

          testList
              "of losses"
              [ for loss in Losses.benchmarks @ Losses.adBench do
                    testCase loss.Name (fun () -> atMost 5.0 loss.Name loss.Function loss.Parameters) ]

          testList
              "of parts"
              [ for name, shape, f in structures do
                    testCase name (fun () -> atMost 5.0 name f (v "x" shape)) ]

          testList
              "of loops and choices"
              [ for name, levels, shape, f in nested do
                    testCase name (fun () -> atMost (5.0 + float levels) name f (v "w" shape)) ]

          testPropertyWith (Config.Quick.WithMaxTest 200) "of random graphs" (Prop.forAll Generators.expressions randomGraph) ]
