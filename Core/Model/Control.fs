namespace Fluxion

/// Loops, choices and recomputation of F# functions whose arguments and results are parameters of any form (see Params).
module internal Control =
    // Functions are traced with variables that nothing else has, so what they close over is never mixed up with what they take.
    let private freshLike (name: string) (types: TensorType list) : Expr[] = types |> List.map (Expr.fresh name) |> Array.ofList

    let private requireSameForm (place: string) (role: string) (like: 'a) (given: 'a) =
        let expected, actual = Params.named like, Params.named given

        if List.map fst expected <> List.map fst actual || Params.fixedParts like <> Params.fixedParts given then
            Errors.argument
                place
                $"{role} must have the form of {place}'s first"
                "it differs in more than the values of its expressions"
                "make what changes a tensor?"

        for (path, leaf), (_, other) in List.zip expected actual do
            if leaf.Type <> other.Type then
                let name = if path = "" then role else $"{role}'s '{path}'"
                TensorType.mismatch leaf.Type other.Type place $"{name} must be {leaf.Type}" $"it is {other.Type}" "reshape or cast it?"

    let private rebuild (like: 'a) (parts: Expr list) : 'a = Params.ofList like parts
    let private arrayOf (parameters: 'a) : Expr[] = Params.toList parameters |> Array.ofList

    let private lengthOf (place: string) (inputs: Expr[]) : int =
        match inputs |> Array.tryFind (fun input -> input.Shape.IsEmpty) with
        | Some input -> Errors.shape place "every input needs an axis of rows" $"{input} is a scalar" "close over it instead?"
        | None -> ()

        match inputs |> Array.map (fun input -> input.Shape.Head) |> Array.distinct with
        | [| length |] -> length
        | [||] -> Errors.argument place "there must be an input to take rows from" "there is none" "use repeat?"
        | lengths ->
            Errors.shape
                place
                "inputs must have one number of rows"
                $"they have {Shape.show (List.ofArray lengths)}"
                "check the first axes?"

    let scan (isReversed: bool) (step: 'carry -> 'input -> 'carry * 'output) (initial: 'carry) (inputs: 'input) : 'carry * 'output =
        let first, stacks = arrayOf initial, arrayOf inputs
        let length = lengthOf "scan" stacks

        let carries =
            Params.named initial
            |> List.map (fun (path, leaf) -> Expr.fresh (if path = "" then "carry" else path) leaf.Type)

        let rows =
            stacks
            |> List.ofArray
            |> List.map (fun stack -> { stack.Type with Shape = stack.Shape.Tail })
            |> freshLike "row"

        let next, output = step (rebuild initial carries) (rebuild inputs (List.ofArray rows))
        requireSameForm "scan" "the next carry" initial next

        let finals, stacked =
            ControlFlow.run isReversed length first stacks (Array.ofList carries) rows (arrayOf next) (arrayOf output)

        rebuild initial finals, rebuild output stacked

    let private requireCount (place: string) (count: int) =
        if count < 0 then
            Errors.argument place "the number of steps must be 0 or more" $"it is {count}" "give 0 to stay?"

    let repeat (count: int) (step: Expr -> 'state -> 'state) (initial: 'state) : 'state =
        requireCount "repeat" count
        let index = Expr.fresh "step" { Shape = []; DType = DType.Int64 }
        let zero = Expr.constant (NDArray.ofInts DType.Int64 [] [| 0L |])
        let states = arrayOf initial |> Array.map (fun leaf -> Expr.fresh "state" leaf.Type)
        let next = step index (rebuild initial (List.ofArray states))
        requireSameForm "repeat" "the next state" initial next
        let first, carries = Array.append [| zero |] (arrayOf initial), Array.append [| index |] states

        ControlFlow.run false count first [||] carries [||] (Array.append [| index + 1.0 |] (arrayOf next)) [||]
        |> fst
        |> List.tail
        |> rebuild initial

    let private requireCondition (place: string) (condition: Expr) =
        if condition.DType <> DType.Bool then
            Errors.dtype place "the condition must be bool" $"it is {condition.DType}" "compare it, as in Expr.less x y?"

        if not condition.Shape.IsEmpty then
            Errors.shape place "the condition must be a scalar" $"it is {Shape.show condition.Shape}" "use Expr.where for one each?"

    /// The last state, and the number of steps that led there.
    let whileLoop (most: int) (condition: 'state -> Expr) (step: 'state -> 'state) (initial: 'state) : 'state * Expr =
        requireCount "whileLoop" most
        let carries = arrayOf initial |> Array.map (fun leaf -> Expr.fresh "state" leaf.Type)
        let state = rebuild initial (List.ofArray carries)
        let next = step state
        requireSameForm "whileLoop" "the next state" initial next
        let goesOn = condition state
        requireCondition "whileLoop" goesOn
        let finals, count = ControlFlow.whileLoop most (arrayOf initial) carries goesOn (arrayOf next)
        rebuild initial finals, count

    let cond (condition: Expr) (ifTrue: 'a -> 'b) (ifFalse: 'a -> 'b) (x: 'a) : 'b =
        requireCondition "cond" condition
        let arguments = arrayOf x
        let inputs = arguments |> Array.map (fun argument -> Expr.fresh "x" argument.Type)
        let inside = rebuild x (List.ofArray inputs)
        let yes, no = ifTrue inside, ifFalse inside
        requireSameForm "cond" "the second result" yes no
        ControlFlow.choose condition arguments inputs (arrayOf yes) (arrayOf no) |> rebuild yes

    let checkpoint (f: 'a -> 'b) (x: 'a) : 'b =
        let leaves, variables, y = Functions.trace f x
        ControlFlow.recompute leaves variables (arrayOf y) |> rebuild y
