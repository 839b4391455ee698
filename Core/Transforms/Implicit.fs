namespace Fluxion

/// How an equation was solved, and the linear equations of its derivatives will be.
[<RequireQualifiedAccess>]
type internal Solver =
    /// x ← x + r(x), again and again.
    | Iteration
    /// Newton's method.
    | Newton

/// A solution of r(x, constants) = 0 by its derivatives.
type internal Equation =
    {
        /// r, of x and the constants.
        Residual: Body
        Solver: Solver
        MaxSteps: int
        Tolerance: float
    }

    override this.ToString() = $"{this.Residual} = 0"

/// Solutions of equations, differentiated by the implicit function theorem: where r(x, a) = 0, the tangent u of x solves ∂ᵪr·u + ∂ₐr·ȧ = 0, and the
/// cotangent c of x becomes ∂ₐrᵀ·w with ∂ᵪrᵀ·w + c = 0. Both are equations again, so derivatives of any order are solved and not unrolled.
/// (Griewank and Walther, "Evaluating Derivatives", 2nd ed., chapter 15.)
module internal Implicit =
    // Unknowns stand along the last axis, and those before it are examples, each with equations of its own.
    let private last (x: Expr) = [ x.Rank - 1 ]
    let private dot (x: Expr) (y: Expr) = Expr.keepDims Expr.sumOver (last x) (x * y)
    let private largest (x: Expr) = Expr.keepDims Expr.maxOver (last x) (Expr.Abs x)
    let private unknowns (x: Expr) = List.last x.Shape

    // Up to this many unknowns, a matrix for each example is small.
    let private mostDense = 256

    // The distance from 1 to the next number.
    let private unitRoundoff (dtype: DType) = if dtype = DType.Float32 then 2.0 ** -23.0 else 2.0 ** -52.0

    let private where condition (yes: Expr) (no: float) = Expr.where condition yes (yes.Literal no)

    // The solution by orthogonal triangularization of the whole Jacobian: NaN where it is singular to the type's precision, for there is none, or
    // more than one. (Golub and Van Loan, "Matrix Computations", 4th ed., section 5.2.)
    let private denseSolve (forward: Expr -> Expr) (b: Expr) : Expr =
        let n = unknowns b

        if n = 1 then
            b / forward (b.Literal(1.0).BroadcastTo b.Shape)
        else
            let direction = Expr.fresh "direction" b.Type
            let identity = Expr.Constant(b.Language, NDArray.identity b.DType n)
            let seeds = identity.ReshapeTo(n :: List.replicate (b.Rank - 1) 1 @ [ n ]).BroadcastTo(n :: b.Shape)
            let columns = (Batch.vmapAll n [| forward direction |] [| direction |] [| seeds |])[0]
            let q, r = Expr.qr (columns.Permute([ 1 .. b.Rank ] @ [ 0 ]))
            let diagonal = Expr.Abs(Expr.diagonal 0 r)
            let smallest = Expr.keepDims Expr.minOver (last diagonal) diagonal
            let isRegular = Expr.less (float n * unitRoundoff b.DType * largest diagonal) smallest
            let r = Expr.where (isRegular.ReshapeTo(isRegular.Shape @ [ 1 ])) r identity
            let right = Expr.matmul (MatrixParts.turned q) (b.ReshapeTo(b.Shape @ [ 1 ]))
            where isRegular ((Expr.triangularSolve Triangle.upper r right).ReshapeTo b.Shape) nan

    // The same without a matrix, by conjugate gradients for least squares; NaN where they leave a rest. (Hestenes and Stiefel, 1952, section 10.)
    let private iterativeSolve (forward: Expr -> Expr) (back: Expr -> Expr) (b: Expr) : Expr =
        let s = back b
        let state = [| "solution", b.ZerosLike; "rest", b; "direction", s; "size", dot s s |]
        let carries = state |> Array.map (fun (name, first) -> Expr.fresh name first.Type)
        let solution, rest, direction, size = carries[0], carries[1], carries[2], carries[3]
        // An example that has ended stands still.
        let over (x: Expr) (y: Expr) = Expr.where (Expr.equal y (y.Literal 0.0)) (y.Literal 0.0) (x / y)
        let moved = forward direction
        let length = over size (dot moved moved)
        let rest' = rest - length * moved
        let s' = back rest'
        let size' = dot s' s'
        let next = [| solution + length * direction; rest'; s' + over size' size * direction; size' |]
        let isOpen = Expr.less (1e-30 * dot s s) size
        let goesOn = Expr.any isOpen
        // In exact arithmetic as many steps are enough as there are unknowns.
        let most = 2 * unknowns b + 10
        let found, _ = ControlFlow.whileLoop most (Array.map snd state) carries goesOn next
        where (Expr.lessEqual (largest found[1]) (1e-3 * largest b)) found[0] nan

    // The solution d of J d = b, where J is the derivative of r at x.
    let private linearSolve (x: Expr) (r: Expr) (b: Expr) : Expr =
        let forward (v: Expr) = (Forward.jvpAll [| r |] [| x |] [| v |])[0]
        let back (v: Expr) = (Reverse.vjpAll [| r |] [| x |] [| v |])[0]

        if unknowns x <= mostDense then
            denseSolve forward b
        else
            iterativeSolve forward back b

    // A point that steps no longer change beyond the tolerance; NaN where they go on beyond its square root when steps are at an end. Between the two,
    // Newton's method stops when its steps no longer shrink, for then they are rounding. `r` is made of the variable x.
    let private search (equation: Equation) (x: Expr) (r: Expr) (start: Expr) : Expr =
        // Below its precision a type cannot tell.
        let tolerance =
            if x.DType = DType.Float32 then
                max 1e-6 equation.Tolerance
            else
                equation.Tolerance

        let step =
            match equation.Solver with
            | Solver.Iteration -> r
            // Where r is 0, its derivative does not matter.
            | Solver.Newton -> Expr.where (Expr.equal (largest r) (r.Literal 0.0)) r -(linearSolve x r r)

        let size = largest start
        let unbounded = (size.Literal infinity).BroadcastTo size.Shape
        let latest, before = Expr.fresh "step" size.Type, Expr.fresh "before" size.Type

        // Below which a step is small. To a point that ran off to infinity every step is.
        let isSmall (tolerance: float) (point: Expr) (step: Expr) =
            let size = largest point
            Expr.logicalAnd (Expr.lessEqual step (tolerance * (1.0 + size))) (Expr.isFinite size)

        let isOpen =
            let isLarge = Expr.less (tolerance * (1.0 + largest x)) latest

            match equation.Solver with
            | Solver.Iteration -> isLarge
            | Solver.Newton ->
                let isRounding = Expr.logicalAnd (Expr.lessEqual before latest) (isSmall (sqrt tolerance) x latest)
                Expr.logicalAnd isLarge (Expr.logicalNot isRounding)

        let first, carries = [| start; unbounded; unbounded |], [| x; latest; before |]
        let next = [| x + step; largest step; latest |]
        let found, _ = ControlFlow.whileLoop equation.MaxSteps first carries (Expr.any isOpen) next
        where (isSmall (sqrt tolerance) found[0] found[1]) found[0] nan

    // The equation without its residual says how to solve; `r` is made of the variable x and anything else.
    let private solveWith (apply: Equation -> Expr[] -> Expr) (equation: Equation) (x: Expr) (r: Expr) (start: Expr) : Expr =
        let constants, outer, residual = ControlFlow.capture [| x |] [| r |]
        let found = Expr.stopGradient (search equation x r start)
        apply { equation with Residual = Body(Array.append [| x |] constants, residual) } (Array.append [| found |] outer)

    // r at the solution, with variables for what derivatives are taken by.
    let private residualAt (equation: Equation) (solution: Expr) (arguments: Expr[]) =
        let residual = equation.Residual
        // The solution itself and not what was found, which has no derivative: the next derivative goes through it.
        residual.Inputs, residual.Outputs[0], Array.zip residual.Inputs (Array.append [| solution |] arguments[1..])

    let private jvp apply (equation: Equation) (arguments: Expr[]) (solution: Expr) (tangents: Expr voption[]) : Expr =
        let inputs, r, values = residualAt equation solution arguments

        let moving =
            [| for i in 1 .. inputs.Length - 1 do
                   match tangents[i] with
                   | ValueSome tangent -> inputs[i], tangent
                   | ValueNone -> () |]

        let at (x: Expr) = (Graph.substituteAll values [| x |])[0]

        // The solution itself moves by its constants, however it was found.
        if moving.Length = 0 then
            arguments[0].ZerosLike
        else
            let seeds = moving |> Array.map (fun (input, _) -> Expr.fresh "tangent" input.Type)
            let byConstants = (Forward.jvpAll [| r |] (Array.map fst moving) seeds)[0]
            let push = (Graph.substituteAll (Array.zip seeds (Array.map snd moving)) [| at byConstants |])[0]
            let u = Expr.fresh "tangent" arguments[0].Type
            let linear = at (Array.head (Forward.jvpAll [| r |] [| inputs[0] |] [| u |])) + push
            solveWith apply equation u linear arguments[0].ZerosLike

    let private vjp apply (equation: Equation) (arguments: Expr[]) (solution: Expr) (wanted: bool[]) (cotangent: Expr) : Expr voption[] =
        let inputs, r, values = residualAt equation solution arguments
        let at (x: Expr) = (Graph.substituteAll values [| x |])[0]
        let w = Expr.fresh "cotangent" arguments[0].Type
        let linear = at (Array.head (Reverse.vjpAll [| r |] [| inputs[0] |] [| w |])) + cotangent
        let solved = solveWith apply equation w linear arguments[0].ZerosLike

        let asked =
            [| for i in 1 .. inputs.Length - 1 do
                   if wanted[i] then
                       i |]

        let seed = Expr.fresh "cotangent" r.Type
        let sent = Reverse.vjpAll [| r |] [| for i in asked -> inputs[i] |] [| seed |]
        let back = Array.create wanted.Length ValueNone

        Graph.substituteAll (Array.append values [| seed, solved |]) sent
        |> Array.iter2 (fun i sent -> back[i] <- ValueSome sent) asked

        back

    // Examples are solved each for itself when the equation is; the linear ones of their derivatives all at once.
    let private batch apply (equation: Equation) (arguments: Batched[]) : Expr =
        let size = Column.batchSize arguments
        let isBatched = arguments |> Array.mapi (fun i argument -> i = 0 || argument.IsBatched)
        let residual = equation.Residual

        let mapped = Body(Batch.mapBody size isBatched residual.Inputs residual.Outputs)

        let values =
            arguments
            |> Array.mapi (fun i argument -> if i = 0 then Column.materialize size argument else argument.Value)

        apply { equation with Residual = mapped } values

    /// The solution, given as the first argument, with its derivatives by the others.
    let solution: Row<Equation> =
        // Integers, as derivatives mean something at solutions only, and what the battery draws is none.
        let samples =
            [ for shape in [ [ 2 ]; [] ] ->
                  let x, a =
                      Expr.fresh "x" { Shape = shape; DType = DType.Int64 }, Expr.fresh "a" { Shape = shape; DType = DType.Int64 }

                  { Attribute =
                      { Residual = Body([| x; a |], [| a - x |])
                        Solver = Solver.Iteration
                        MaxSteps = 10
                        Tolerance = 0.0 }
                    Arguments = [ shape, Domain.index 5; shape, Domain.index 5 ] } ]

        let rec row: Row<Equation> =
            { Name = "solution"
              Notation = fun _ -> Column.named "solution"
              Shape =
                fun equation types ->
                    Branch.infer { Bodies = [ equation.Residual ]; Results = [ 0 ] } types |> ignore
                    types[0]
              Rule = fun equation -> Rule.Joint(jvp apply equation, vjp apply equation)
              Batch = fun equation -> BatchRule.Mapped(batch apply equation)
              Eval = fun _ arguments -> arguments[0]
              Kernel = fun _ -> Kernel.Nested
              Samples = samples }

        and apply equation (arguments: Expr[]) : Expr = Expr.Apply(Row.at row equation, arguments)

        row

    /// A solution of r = 0, where `r` is made of the variable `x` and anything else, sought from `start`.
    let solve solver maxSteps tolerance (x: Expr) (r: Expr) (start: Expr) : Expr =
        let apply equation (arguments: Expr[]) = Expr.Apply(Row.at solution equation, arguments)

        solveWith apply { Residual = Body([| x |], [| x |]); Solver = solver; MaxSteps = maxSteps; Tolerance = tolerance } x r start

    /// The solution as it was found, for where its derivatives no longer matter.
    let tryInline (node: Expr) : Expr voption =
        match Row.tryApplication solution node with
        | ValueSome(_, arguments) -> ValueSome arguments[0]
        | ValueNone -> ValueNone
