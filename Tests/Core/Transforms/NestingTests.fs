/// Transforms inside transforms, in any order: what loops, choices, maps, rules and equations make of a function without changing it, under every
/// derivative, beside the derivative of the function itself.
module Fluxion.Tests.NestingTests

open FsCheck
open Fluxion

type private Field = Expr -> Expr

let private a = tensor [ [ 0.5; -0.3; 0.2 ]; [ 0.1; 0.4; -0.6 ]; [ -0.2; 0.7; 0.3 ] ]
let private v, w = tensor [ 0.7; -0.4; 1.1 ], tensor [ 0.3; 0.9; -0.5 ]
let private point = tensor [ 0.4; -0.9; 1.3 ]
let private field: Field = fun x -> sin (Expr.matmul a x) * x + 0.5 * exp (0.3 * x)
let private along (f: Field) x = Expr.sum (f x * w)
let private once = tensor [ 1.0 ]

/// Ways to write the same function.
let private same: (string * (Field -> Field)) list =
    [ "checkpoint", (fun f x -> checkpoint f x)
      "the first side", (fun f x -> cond (Expr.less (Expr.sum x) (scalar 100.0)) f (fun x -> x * x) x)
      "the second side", (fun f x -> cond (Expr.less (scalar 100.0) (Expr.sum x)) (fun x -> x * x) f x)
      "a carry", (fun f x -> fst (scan (fun c row -> f c + 0.0 * row, ()) x once))
      "rows", (fun f x -> (snd (scan (fun (c: Expr) row -> c, f row) (scalar 0.0) (Expr.reshape [ 1; 3 ] x)))[0])
      "a sum of rows",
      (fun f x ->
          let step (c: Expr) (k: Expr) = c * 1.0, k * f c
          scan step x (tensor [ 0.2; 0.3; 0.5 ]) |> snd |> Expr.sumOver [ 0 ])
      "a loop backwards", (fun f x -> fst (scanBack (fun c row -> f c + 0.0 * row, ()) x once))
      "a loop around what it closes over", (fun f x -> fst (scan (fun (c: Expr) row -> row * f x + 0.0 * c, ()) x once))
      "a loop that ends",
      (fun f x ->
          whileLoop 3 (fun (_, k: Expr) -> Expr.less k (scalar 0.5)) (fun (c, k) -> f c, k + 1.0) (x, scalar 0.0)
          |> fst)
      "loops that end apart",
      (fun f x ->
          let loop (most: Expr) =
              let step (c: Expr, k: Expr) = 0.0 * c + most * f x, k + 1.0
              fst (whileLoop 4 (fun (_, k: Expr) -> Expr.less k most) step (0.0 * x, scalar 0.0))

          (vmap loop (tensor [ 0.5; 2.0; 1.0 ]))[2])
      "repeat", (fun f x -> repeat 1 (fun _ c -> f c) x)
      "a map", (fun f x -> (vmap f (Expr.stack 0 [ 2.0 * x; x ]))[1])
      "a map around what it closes over", (fun f x -> (vmap (fun (k: Expr) -> k * f x) (tensor [ 2.0; 1.0 ]))[1])
      "choices by example",
      (fun f x ->
          let choose (k: Expr) = cond (Expr.less k (scalar 1.5)) f (fun x -> k * x * x) x
          (vmap choose (tensor [ 3.0; 1.0 ]))[1])
      "a rule forwards", (fun f -> Custom.withJvp (fun x t -> snd (jvp f x t)) f)
      "a rule backwards", (fun f -> Custom.withVjp (fun x _ c -> snd (vjp f x) c) f)
      "a fixed point", (fun f x -> fixedPoint (fun y -> 0.2 * y + 0.8 * f x) (zeros [ 3 ]))
      "a root", (fun f x -> root (fun y -> 2.0 * (y - f x)) (zeros [ 3 ]))
      "a root in a loop", (fun f x -> fst (scan (fun c row -> root (fun y -> row * (y - f c)) (zeros [ 3 ]), ()) x once))
      "linearize", (fun f x -> fst (linearize f x))
      "a series of order 0", (fun f x -> List.head (taylor 0 f x v)) ]

/// Derivatives of a field, as fields.
let private derivatives: (string * (Field -> Field)) list =
    [ "grad", (fun f x -> grad (along f) x)
      "jvp", (fun f x -> snd (jvp f x v))
      "vjp", (fun f x -> snd (vjp f x) w)
      "jacobianForward", (fun f x -> Expr.matmul (jacobianForward f x) v)
      "jacobianReverse", (fun f x -> Expr.matmul w (jacobianReverse f x))
      "linearize", (fun f x -> snd (linearize f x) v)
      "taylor", (fun f x -> (taylor 1 f x v)[1])
      "vmap of grad", (fun f x -> (vmap (grad (along f)) (Expr.stack 0 [ 0.5 * x; x ]))[1])
      "vmap over directions", (fun f x -> (vmap (fun v -> snd (jvp f x v)) (Expr.stack 0 [ w; v ]))[1])
      "sparse jacobian", (fun f x -> Expr.matmul (Sparse.toDense (Sparse.jacobian f x)) v)
      "divergence", (fun f x -> divergence f x * v) ]

/// Second ones.
let private second: (string * (Field -> Field)) list =
    [ "hvp", (fun f x -> hvp (along f) x v)
      "vhp", (fun f x -> vhp (along f) x v)
      "hessian", (fun f x -> Expr.matmul (hessian (along f) x) v)
      "sparse hessian", (fun f x -> Expr.matmul (Sparse.toDense (Sparse.hessian (along f) x)) v)
      "taylor of order 2", (fun f x -> (taylor 2 f x v)[2])
      "laplacian", (fun f x -> laplacian (along f) x * v)
      "grad of grad", (fun f x -> grad (fun y -> Expr.sum (grad (along f) y * v)) x)
      // The point of the inner derivative moves with the outer variable, and so does what the function closes over.
      "grad of jvp around its variable", (fun f x -> grad (fun y -> along (fun z -> snd (jvp (fun u -> f (u * z)) x v)) y) x) ]

let private close name (actual: Expr) (expected: Expr) =
    let expected = Expr.toArray expected
    let scale = 1.0 + Array.max (Array.map abs expected)
    Array.iter2 (fun a e -> Expect.close 1e-9 (a / scale) (e / scale) name) (Expr.toArray actual) expected

/// A chain of rewritings and derivatives, of third order at most, beside the derivatives alone.
let private chain (steps: int list) : string * Field * Field =
    let take (items: 'a list) (k: int) = items[k % items.Length]

    let grow (name, order, f, plain) (k: int) =
        if order < 3 && k % 3 = 0 then
            let title, d = take derivatives (k / 3)
            $"{title} of {name}", order + 1, d f, d plain
        elif order < 2 && k % 7 = 0 then
            let title, d = take second (k / 7)
            $"{title} of {name}", order + 2, d f, d plain
        else
            let title, rewritten = take same k
            $"{title} of {name}", order, rewritten f, plain

    let name, _, f, plain = List.fold grow ("f", 0, field, field) steps
    name, f, plain

let tests =
    testList
        "Nesting"
        [ for title, rewritten in same do
              testCase $"{title} under every derivative" (fun () ->
                  for name, d in derivatives @ second do
                      let expected = eval (d field point)
                      let found = d (rewritten field)
                      close $"{name} of {title}, interpreted" (eval (found point)) expected
                      close $"{name} of {title}, compiled" (compile found point) expected)

          testPropertyWith (Config.Quick.WithMaxTest 40) "chains of them" (fun (steps: PositiveInt list) ->
              let steps = steps |> List.truncate 6 |> List.map (fun step -> step.Get)
              let name, f, plain = chain (steps @ [ 3 ])
              close name (eval (f point)) (eval (plain point))) ]
