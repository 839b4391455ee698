namespace Fluxion

/// How an equation was solved, and the linear equations of its derivatives will be.
[<RequireQualifiedAccess>]
type internal Solver =
    /// x ← x + r(x), again and again.
    | Iteration
    /// Newton's method; each step by conjugate gradients on the normal equations.
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
    let private dot (x: Expr) (y: Expr) = Expr.sumOver [ 0 .. x.Rank - 1 ] (x * y)
    let private largest (x: Expr) = Expr.maxOver [ 0 .. x.Rank - 1 ] (Expr.Abs x)

    // The solution d of J d = b, where J is the derivative of r at x: conjugate gradients for least squares. (Hestenes and Stiefel, 1952, section 10.)
    let private linearSolve (x: Expr) (r: Expr) (b: Expr) : Expr =
        let forward (v: Expr) = (Forward.jvpAll [| r |] [| x |] [| v |])[0]
        let back (v: Expr) = (Reverse.vjpAll [| r |] [| x |] [| v |])[0]
        let s = back b
        let state = [| "solution", b.ZerosLike; "rest", b; "direction", s; "size", dot s s |]
        let carries = state |> Array.map (fun (name, first) -> Expr.fresh name first.Type)
        let solution, rest, direction, size = carries[0], carries[1], carries[2], carries[3]
        let moved = forward direction
        let length = size / dot moved moved
        let rest' = rest - length * moved
        let s' = back rest'
        let size' = dot s' s'
        let next = [| solution + length * direction; rest'; s' + size' / size * direction; size' |]
        let goesOn = Expr.less (1e-30 * dot s s) size
        // In exact arithmetic as many steps are enough as there are unknowns.
        let most = 2 * Shape.size x.Shape + 10
        (ControlFlow.whileLoop most (Array.map snd state) carries goesOn next |> fst).Head

    // A point where r is small beside x, if the solver gets there. `r` is made of the variable x.
    let private search (equation: Equation) (x: Expr) (r: Expr) (start: Expr) : Expr =
        // Below its precision a type cannot tell.
        let tolerance =
            if x.DType = DType.Float32 then
                max 1e-6 equation.Tolerance
            else
                equation.Tolerance

        let isLarge = Expr.less (tolerance * (1.0 + largest x)) (largest r)

        let next =
            match equation.Solver with
            | Solver.Iteration -> x + r
            | Solver.Newton -> x - linearSolve x r r

        (ControlFlow.whileLoop equation.MaxSteps [| start |] [| x |] isLarge [| next |] |> fst).Head

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
        let back = Graph.substituteAll (Array.append values [| seed, solved |]) sent

        wanted
        |> Array.mapi (fun i _ ->
            match Array.tryFindIndex ((=) i) asked with
            | Some k -> ValueSome back[k]
            | None -> ValueNone)

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
        let apply equation arguments : Expr = Expr.Apply(Row.at solution equation, arguments)

        solveWith apply { Residual = Body([| x |], [| x |]); Solver = solver; MaxSteps = maxSteps; Tolerance = tolerance } x r start

    /// The solution as it was found, for where its derivatives no longer matter.
    let tryInline (node: Expr) : Expr voption =
        match Row.tryApplication solution node with
        | ValueSome(_, arguments) -> ValueSome arguments[0]
        | ValueNone -> ValueNone
