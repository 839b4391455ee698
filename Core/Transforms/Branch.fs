namespace Fluxion

/// Bodies of which one is run: the only one, or by a first argument that is bool [] the one for true or the one for false. All take the same
/// inputs and give outputs of the same types.
type internal Branch =
    {
        Bodies: Body list
        /// The outputs that the vector that the op makes holds, all of one element type.
        Results: int list
    }

    override this.ToString() =
        let bodies = this.Bodies |> List.map string |> String.concat ", "
        $"{bodies}, gives {this.Results}"

/// What holds for bodies of which one is run.
module internal Branch =
    /// The number of arguments before the bodies' inputs.
    let leadCount (branch: Branch) : int = if branch.Bodies.Length > 1 then 1 else 0

    /// The types of the branch's results.
    let types (branch: Branch) : TensorType list = branch.Results |> List.map (fun i -> branch.Bodies.Head.Outputs[i].Type)

    let private shapes (branch: Branch) = types branch |> List.map (fun t -> t.Shape)

    /// Shape column.
    let infer (branch: Branch) (arguments: TensorType[]) : TensorType =
        let lead = leadCount branch
        let inputs = branch.Bodies.Head.Inputs

        if arguments.Length <> lead + inputs.Length then
            Errors.argument "cond" $"{lead + inputs.Length} arguments are needed" $"{arguments.Length} are given" "give one for each input?"

        let require role (expected: TensorType) (actual: TensorType) =
            if expected <> actual then
                TensorType.mismatch expected actual "cond" $"{role} must be {expected}" $"it is {actual}" "give it that shape and type?"

        if lead > 0 then
            require "the condition" { Shape = []; DType = DType.Bool } arguments[0]

        for body in branch.Bodies do
            Array.iteri (fun i (input: Expr) -> require $"input {i}" input.Type arguments[lead + i]) body.Inputs

            Array.iter2
                (fun (output: Expr) (other: Expr) -> require "a branch's result" output.Type other.Type)
                branch.Bodies.Head.Outputs
                body.Outputs

        Packing.typeOf (types branch)

    /// Eval column.
    let evaluate (branch: Branch) (arguments: NDArray[]) : NDArray =
        let lead = leadCount branch
        let taken = if lead > 0 && arguments[0].Ints[0] = 0L then 1 else 0
        let values = branch.Bodies[taken].Evaluate arguments[lead..]
        branch.Results |> List.map (fun i -> values[i]) |> Packing.packValues (types branch).Head.DType

    let private pick (flags: bool[]) (items: 'a[]) =
        [| for i in 0 .. items.Length - 1 do
               if flags[i] then
                   items[i] |]

    // All outputs of new bodies, and which of them the vector holds.
    let private derived (bodies: Body list) : Branch = { Bodies = bodies; Results = [ 0 .. bodies.Head.Outputs.Length - 1 ] }

    let jvp (apply: Branch -> Expr[] -> Expr) (branch: Branch) (arguments: Expr[]) (_: Expr) (tangents: Expr voption[]) : Expr =
        let lead = leadCount branch
        let isMoving = tangents[lead..] |> Array.map (fun tangent -> tangent.IsSome)

        let move (body: Body) =
            let moving = pick isMoving body.Inputs
            let seeds = moving |> Array.map (fun input -> Expr.fresh "tangent" input.Type)
            let outputs = [| for i in branch.Results -> body.Outputs[i] |]
            Body(Array.append body.Inputs seeds, Forward.jvpAll outputs moving seeds |> Rewrite.simplifyAll)

        apply
            (derived (List.map move branch.Bodies))
            (Array.append arguments (tangents[lead..] |> pick isMoving |> Array.map (fun t -> t.Value)))

    let vjp (apply: Branch -> Expr[] -> Expr) (branch: Branch) (arguments: Expr[]) (_: Expr) (wanted: bool[]) (cotangent: Expr) =
        let lead = leadCount branch
        let cotangents = Packing.unpack (shapes branch) cotangent |> Array.ofList
        let isWanted = wanted[lead..]

        let back (body: Body) =
            let seeds = cotangents |> Array.map (fun cotangent -> Expr.fresh "cotangent" cotangent.Type)
            let outputs = [| for i in branch.Results -> body.Outputs[i] |]
            Body(Array.append body.Inputs seeds, Reverse.vjpAll outputs (pick isWanted body.Inputs) seeds |> Rewrite.simplifyAll)

        let bodies = List.map back branch.Bodies
        let types = bodies.Head.Outputs |> Array.map (fun output -> output.Type) |> List.ofArray

        let mutable sent =
            Packing.byType types (fun positions -> apply { Bodies = bodies; Results = positions } (Array.append arguments cotangents))

        wanted
        |> Array.map (fun isWanted ->
            if isWanted then
                let next = sent.Head
                sent <- sent.Tail
                ValueSome next
            else
                ValueNone)

    /// Batch column. Where examples choose for themselves, all bodies are run.
    let batch (apply: Branch -> Expr[] -> Expr) (branch: Branch) (arguments: Batched[]) : Expr =
        let size = Column.batchSize arguments
        let lead = leadCount branch
        let isBatched = arguments[lead..] |> Array.map (fun argument -> argument.IsBatched)

        let map (body: Body) =
            let inputs, outputs = Batch.mapBody size isBatched body.Inputs [| for i in branch.Results -> body.Outputs[i] |]

            Body(inputs, Rewrite.simplifyAll outputs)

        let values = arguments |> Array.map (fun argument -> argument.Value)

        match List.map map branch.Bodies with
        | [ ifTrue; ifFalse ] when arguments[0].IsBatched ->
            // Written out, so that what derivatives send into the side not taken is seen to be zeros (Choice, Support).
            let results (body: Body) = Graph.substituteAll (Array.zip body.Inputs values[1..]) body.Outputs

            let choose (yes: Expr) (no: Expr) =
                let flags = values[0].ReshapeTo(size :: List.replicate (yes.Rank - 1) 1)
                Expr.where flags yes no

            Array.map2 choose (results ifTrue) (results ifFalse) |> List.ofArray |> Packing.packMapped size
        | bodies ->
            let branch = derived bodies
            apply branch values |> Packing.unpack (shapes branch) |> Packing.packMapped size
