namespace Fluxion

/// How an equation is solved: at most so many steps, until a step changes the largest element by no more than the tolerance, relative to 1 + the largest.
/// When steps are at an end, a last one beyond the square root of the tolerance means that there is no solution.
type SolverOptions = { MaxSteps: int; Tolerance: float }

/// Options to start from.
module SolverOptions =
    /// 1,000 steps, 1e-13.
    let defaults: SolverOptions = { MaxSteps = 1000; Tolerance = 1e-13 }

/// Derivatives beside gradient, Jacobian and Hessian, and solutions of equations with theirs.
[<AutoOpen>]
module Derivatives =
    /// The Jacobian by forward mode: one pass for each entry of the point. Of the form that `jacobian` gives, which picks by size.
    let jacobianForward (f: 'a -> Expr) (x: 'a) : 'a = Functions.jacobianBy Functions.jacobianForward f x

    /// The Jacobian by reverse mode: one pass for each entry of the result. Of the form that `jacobian` gives, which picks by size.
    let jacobianReverse (f: 'a -> Expr) (x: 'a) : 'a = Functions.jacobianBy Functions.jacobianReverse f x

    /// The derivative along a direction of the point's form: d/dt f(x + t v) at 0, by forward mode.
    let directionalDerivative (f: 'a -> 'b) (x: 'a) (direction: 'a) : 'b =
        snd (Functions.jvpIn "directionalDerivative" "direction" f x direction)

    /// The value of a function, and its derivative as a linear function of the tangent: traced once, applied as often as wanted.
    let linearize (f: 'a -> 'b) (x: 'a) : 'b * ('a -> 'b) = Functions.linearize f x

    /// The Hessian of a function that gives a scalar, times a vector of the point's form, without forming it: forward over reverse mode, at a
    /// small multiple of a gradient's cost. Raises ShapeException when the result is no scalar. (Pearlmutter, "Fast exact multiplication by the Hessian", 1994.)
    let hvp (f: 'a -> Expr) (x: 'a) (vector: 'a) : 'a =
        snd (Functions.jvpIn "hvp" "vector" (fun x -> snd (Functions.valueAndGradIn "hvp" f x)) x vector)

    /// The same by reverse over forward mode: a vector times the Hessian, which is symmetric.
    let vhp (f: 'a -> Expr) (x: 'a) (vector: 'a) : 'a =
        snd (Functions.valueAndGradIn "vhp" (fun x -> snd (Functions.jvpIn "vhp" "vector" f x vector)) x)

    let private requireVectorField (place: string) (x: Expr) (y: Expr) =
        if y.Type <> x.Type then
            TensorType.mismatch
                x.Type
                y.Type
                place
                $"the field must give {x.Type}, as the point is"
                $"it gives {y.Type}"
                "return a vector of the point's shape?"

    // A direction's worth for each entry of the point, all at once, added up.
    let private overEntries (x: Expr) (worth: Expr -> Expr) : Expr = Expr.sumOver [ 0 ] (Functions.vmap worth (Functions.oneHots x.Type))

    /// The sum of the second derivatives by each entry of the point, of a scalar function: Σ ∂²f/∂xᵢ². One second-order Taylor pass for each entry, mapped into one.
    let laplacian (f: Expr -> Expr) (x: Expr) : Expr =
        overEntries x (fun direction ->
            let y, inputs = Functions.traceOne "laplacian" f x
            Reverse.requireScalar "laplacian" y
            let coefficients = Taylor.series 2 [| y |] inputs [| [| direction |] |] |> Array.head
            2.0 * Functions.closeOne inputs x coefficients[2])

    /// The sum of ∂fᵢ/∂xᵢ of a vector field: one forward pass for each entry, mapped into one.
    let divergence (f: Expr -> Expr) (x: Expr) : Expr =
        overEntries x (fun direction ->
            let y, moved = Functions.jvp f x direction
            requireVectorField "divergence" x y
            Expr.sumOver [ 0 .. x.Rank - 1 ] (moved * direction))

    /// The curl of a field of three numbers at a point of three: [∂f₂/∂x₁ - ∂f₁/∂x₂; ∂f₀/∂x₂ - ∂f₂/∂x₀; ∂f₁/∂x₀ - ∂f₀/∂x₁].
    let curl (f: Expr -> Expr) (x: Expr) : Expr =
        if x.Shape <> [ 3 ] then
            Errors.shape "curl" "the point must be [3]" $"it is {Shape.show x.Shape}" "use jacobian in other dimensions?"

        let checked' (x: Expr) =
            let y = f x
            requireVectorField "curl" x y
            y

        let j = Functions.jacobianBy Functions.jacobianForward checked' x
        let entry row column = j[row, column]
        Expr.stack 0 [ entry 2 1 - entry 1 2; entry 0 2 - entry 2 0; entry 1 0 - entry 0 1 ]

    /// The value and all derivatives along a direction up to an order: dᵏ/dtᵏ f(x + t v) at 0, for k from 0 on, by Taylor mode. Products cost the square of the order, most other
    /// functions at most its cube, where nested `jvp` doubles with each. Raises ArgumentException for a negative order.
    let taylor (order: int) (f: Expr -> Expr) (x: Expr) (direction: Expr) : Expr list =
        if order < 0 then
            Errors.argument "taylor" "the order must be 0 or more" $"it is {order}" "give 0 for the value alone?"

        Forward.requireSame "taylor" "direction" [| x |] [| direction |]
        Forward.requireFloating "taylor" [| x |]
        let y, inputs = Functions.traceOne "taylor" f x
        let coefficients = (Taylor.series order [| y |] inputs [| [| direction |] |])[0]

        let factorials = List.scan (fun product k -> product * float k) 1.0 [ 1..order ]
        List.mapi (fun k factorial -> Functions.closeOne inputs x (factorial * Array.item k coefficients)) factorials

    /// The n-th derivative of a function of one number (or, element by element, of many), by Taylor mode.
    let nthDerivative (order: int) (f: Expr -> Expr) (x: Expr) : Expr = List.last (taylor order f x ((x.Literal 1.0).BroadcastTo x.Shape))

    let private solve place solver (options: SolverOptions) (f: 'x -> 'x) (start: 'x) : 'x =
        if options.MaxSteps < 0 || not (options.Tolerance >= 0.0) then
            Errors.argument
                place
                "steps and tolerance must be 0 or more"
                $"they are {options.MaxSteps} and {options.Tolerance}"
                "start from SolverOptions.defaults?"

        let leaves = Params.toList start

        match leaves |> List.map _.DType |> List.distinct with
        | []
        | [ DType.Float32 ]
        | [ DType.Float64 ] -> ()
        | types ->
            let given = types |> List.map string |> String.concat " and "

            Errors.dtype
                place
                "all tensors of the point must be of one floating-point type"
                $"they are {given}"
                "cast them before it starts?"

        if Params.count start = 0 then
            // With no unknowns there is nothing to seek, but the function is as wrong as with some.
            Forward.requireSame place "result" (Array.ofList leaves) (Array.ofList (Params.toList (f start)))
            start
        else
            let x = Expr.fresh "x" (Packing.typeOf (leaves |> List.map (fun leaf -> leaf.Type)))
            let shapes = leaves |> List.map (fun leaf -> leaf.Shape)
            let parts = Packing.unpack shapes x
            let given = Params.toList (f (Params.ofList start parts))
            Forward.requireSame place "result" (Array.ofList leaves) (Array.ofList given)

            let residual =
                match solver with
                | Solver.Iteration -> Packing.pack given - x
                | Solver.Newton -> Packing.pack given

            Implicit.solve solver options.MaxSteps options.Tolerance x residual (Packing.pack leaves)
            |> Packing.unpack shapes
            |> Params.ofList start

    /// A point that `f` leaves where it is, sought by applying `f` again and again from `start`. Its derivatives by whatever `f` closes over are those of
    /// the point itself and not of the steps: they follow from x = f(x) by linear equations of the same kind (the implicit function theorem), which converge as the steps do.
    /// The start has no derivative. NaN where steps do not converge within the options. All tensors of the point must be of one floating-point type; without elements, it
    /// is the start.
    let fixedPointWith (options: SolverOptions) (f: 'x -> 'x) (start: 'x) : 'x = solve "fixedPoint" Solver.Iteration options f start

    /// `fixedPointWith` the default options.
    let fixedPoint (f: 'x -> 'x) (start: 'x) : 'x = fixedPointWith SolverOptions.defaults f start

    /// A point where `f` is zero, sought by Newton's method from `start`; each step is solved by orthogonal triangularization of the Jacobian up to 256 unknowns, beyond by conjugate gradients
    /// on the normal equations, without forming it. Derivatives by whatever `f` closes over follow from f(x) = 0 by linear equations (the implicit function theorem); the start has none. NaN where
    /// steps do not converge within the options, or meet a singular Jacobian. All tensors of the point must be of one floating-point type; without elements, it is the start.
    let rootWith (options: SolverOptions) (f: 'x -> 'x) (start: 'x) : 'x = solve "root" Solver.Newton options f start

    /// `rootWith` the default options.
    let root (f: 'x -> 'x) (start: 'x) : 'x = rootWith SolverOptions.defaults f start
