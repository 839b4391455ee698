/// Transforms as F# calls them. Tests/Api calls the same ones from C#, and compares expressions.
module Fluxion.Tests.Transforms

open Fluxion

/// Σ sin(xᵢ xᵢ₊₁) + exp(x₀) x₂, of three numbers.
let mixed (x: Expr) = sin (x[0] * x[1]) + sin (x[1] * x[2]) + exp x[0] * x[2]

/// A field of three numbers.
let field (x: Expr) = Expr.stack 0 [ x[1] * x[2]; sin x[0]; x[0] * x[1] * x[2] ]

let private line (a: Expr, b: Expr) = Expr.sum (Expr.square (a * tensor [ 1.0; 2.0; 3.0 ] + b))

/// Each transform of one tensor by its C# name, at a point and along a direction.
let ofTensor (name: string, x: Expr, v: Expr) : Expr =
    match name with
    | "Grad" -> grad mixed x
    | "ValueAndGrad" -> snd (valueAndGrad mixed x)
    | "Jvp" -> snd (jvp field x v)
    | "Vjp" -> (snd (vjp field x)) v
    | "Linearize" -> (snd (linearize field x)) v
    | "DirectionalDerivative" -> directionalDerivative mixed x v
    | "Jacobian" -> jacobian field x
    | "JacobianForward" -> jacobianForward field x
    | "JacobianReverse" -> jacobianReverse field x
    | "Hessian" -> hessian mixed x
    | "Hvp" -> hvp mixed x v
    | "Vhp" -> vhp mixed x v
    | "Laplacian" -> laplacian mixed x
    | "Divergence" -> divergence field x
    | "Curl" -> curl field x
    | "Taylor" -> List.last (taylor 3 mixed x v)
    | "NthDerivative" -> nthDerivative 4 sin x
    | "Vmap" -> vmap (fun x -> Expr.sum (x * x)) (Expr.stack 0 [ x; v ])
    | "Checkpoint" -> grad (checkpoint mixed) x
    | "Simplify" -> Rewrite.simplify (log (Expr.sigmoid x) + x * 0.0)
    | _ -> invalidArg (nameof name) name

/// The gradient by a pair.
let ofPair (a: Expr, b: Expr) : struct (Expr * Expr) = let a, b = grad line (a, b) in struct (a, b)

/// The Hessian by a pair: over all their entries.
let hessianOfPair (a: Expr, b: Expr) : Expr = hessian line (a, b)

/// Loops and choices by their C# names: of a number from outside, and rows.
let ofLoop (name: string, a: Expr, rows: Expr) : Expr =
    match name with
    | "Scan" ->
        let carry, outputs = scan (fun c row -> sin (a * c) + row, c * row) (scalar 0.5) rows
        carry + Expr.sum outputs
    | "ScanBack" ->
        let carry, outputs = scanBack (fun c row -> sin (a * c) + row, c * row) (scalar 0.5) rows
        carry + Expr.sum (outputs * rows)
    | "Repeat" -> repeat 5 (fun i x -> sin (a * x) + Expr.cast DType.Float64 i) (scalar 0.5)
    | "WhileLoop" -> whileLoop 100 (fun x -> Expr.less x (scalar 10.0)) (fun x -> x * a) (scalar 1.0)
    | "Cond" -> cond (Expr.less a (scalar 1.0)) (fun x -> Expr.sum x * a) (fun x -> Expr.mean x / a) rows
    | "FixedPoint" -> fixedPoint (fun x -> a + 0.3 * sin x) (scalar 0.0)
    | "Root" -> root (fun x -> x * x * x - a) (scalar 1.5)
    | _ -> invalidArg (nameof name) name

/// The sum of squared differences of neighbours: a tridiagonal Hessian.
let private chain (x: Expr) =
    let n = x.Shape.Head
    Expr.sum (Expr.square (x[1..] - Expr.square x[.. n - 2]))

/// The values of a sparse Hessian, and its number of colours.
let sparseHessian (x: Expr) : struct (Expr * int) =
    let h = Sparse.hessian chain x
    struct (h.Values, h.Colours)

/// The values of a sparse Jacobian, and its number of colours.
let sparseJacobian (x: Expr) : struct (Expr * int) =
    let j = Sparse.jacobian (fun (x: Expr) -> x[1..] * x[.. x.Shape.Head - 2]) x
    struct (j.Values, j.Colours)

/// Draws by their C# names, of the key of 42: [3; 2], with parameters of [2].
let ofDraw (name: string, p: Expr) : Expr =
    let key, shape = Random.key 42, [ 3; 2 ]

    match name with
    | "Uniform" -> Random.uniform (-1.0, 2.0) shape key
    | "UniformBetween" -> Random.uniformBetween p (p + 1.0) shape key
    | "UniformOf" -> Random.uniformOf DType.Float32 (-1.0, 2.0) shape key
    | "Normal" -> Random.normal shape key
    | "NormalWith" -> Random.normalWith p p shape key
    | "NormalOf" -> Random.normalOf DType.Float32 shape key
    | "TruncatedNormal" -> Random.truncatedNormal (1.0, 2.0) shape key
    | "TruncatedNormalOf" -> Random.truncatedNormalOf DType.Float32 (1.0, 2.0) shape key
    | "Exponential" -> Random.exponential p shape key
    | "Gamma" -> Random.gamma p shape key
    | "Beta" -> Random.beta p p shape key
    | "Dirichlet" -> Random.dirichlet p [ 3 ] key
    | "Bernoulli" -> Random.bernoulli p shape key
    | "Categorical" -> Random.categorical p [ 3 ] key
    | "Permutation" -> Random.permutation 6 key
    | "FoldIn" -> Random.normal shape (Random.foldIn 7 key)
    | "Split" -> Random.split 3 key |> List.last |> Random.normal shape
    | _ -> invalidArg (nameof name) name
