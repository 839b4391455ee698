namespace Fluxion

open System.Collections.Generic

/// When a loop ends, besides at its length.
[<RequireQualifiedAccess>]
type internal ScanEnd =
    /// Never sooner.
    | Full
    /// After as many steps as the first argument says: int64 [].
    | Counted
    /// When a condition is false: the first argument says whether there is a first step, and the body's last output whether there is another; bool [].
    | Conditional

/// What a loop can give.
[<RequireQualifiedAccess>]
type internal ScanResult =
    /// A carry after the last step.
    | Final of int
    /// An output of every step, in rows by step; zeros where no step was taken.
    | Stacked of int
    /// A carry before every step, in such rows.
    | History of int
    /// The number of steps that were taken: int64 [].
    | Count

/// A loop of at most `Length` steps. The arguments are the one that `End` asks for, the first carries, tensors whose rows are the steps' inputs, and
/// constants; the body makes next carries and outputs from carries, a row of each input, and constants. See docs/notes/0006.
type internal Scan =
    {
        Body: Body
        Carries: int
        Inputs: int
        Length: int
        End: ScanEnd
        /// From the last row to the first.
        IsReversed: bool
        /// What the vector that the op makes holds, all of one element type.
        Results: ScanResult list
    }

    override this.ToString() =
        let ending = if this.End.IsFull then "" else $", {this.End}".ToLowerInvariant()
        let direction = if this.IsReversed then ", reversed" else ""
        let results = this.Results |> List.map string |> String.concat ", "
        $"length={this.Length}{ending}{direction}, {this.Body}, gives {results}"

/// A loop's arguments, or something about each of them, by what they are to it.
[<NoEquality; NoComparison>]
type internal ScanParts<'part> = { Lead: 'part[]; Carries: 'part[]; Inputs: 'part[]; Constants: 'part[] }

/// What holds for loops in themselves.
module internal Scan =
    /// The number of arguments before the carries.
    let leadCount (scan: Scan) : int = if scan.End.IsFull then 0 else 1

    /// The arguments by what they are.
    let split (scan: Scan) (arguments: 'part[]) : ScanParts<'part> =
        let lead = leadCount scan
        let carries = lead + scan.Carries
        let inputs = carries + scan.Inputs

        { Lead = arguments[.. lead - 1]
          Carries = arguments[lead .. carries - 1]
          Inputs = arguments[carries .. inputs - 1]
          Constants = arguments[inputs..] }

    /// The arguments in order.
    let join (parts: ScanParts<'part>) : 'part[] = Array.concat [ parts.Lead; parts.Carries; parts.Inputs; parts.Constants ]

    /// The body's inputs by what they are; there is no lead among them.
    let variables (scan: Scan) : ScanParts<Expr> = split { scan with End = ScanEnd.Full } scan.Body.Inputs

    /// The number of outputs that the body makes for the steps' rows.
    let outputCount (scan: Scan) : int = scan.Body.Outputs.Length - scan.Carries - (if scan.End.IsConditional then 1 else 0)

    /// The type of what a loop gives.
    let typeOf (scan: Scan) (result: ScanResult) : TensorType =
        let rows (t: TensorType) = { t with Shape = scan.Length :: t.Shape }

        match result with
        | ScanResult.Final c -> scan.Body.Outputs[c].Type
        | ScanResult.Stacked j -> rows scan.Body.Outputs[scan.Carries + j].Type
        | ScanResult.History c -> rows scan.Body.Outputs[c].Type
        | ScanResult.Count -> { Shape = []; DType = DType.Int64 }

    /// The types of the loop's results.
    let types (scan: Scan) : TensorType list = scan.Results |> List.map (typeOf scan)

    /// The shapes of the loop's results.
    let shapes (scan: Scan) : Shape list = types scan |> List.map (fun t -> t.Shape)

    let private require (role: string) (expected: TensorType) (actual: TensorType) =
        if expected <> actual then
            TensorType.mismatch expected actual "scan" $"{role} must be {expected}" $"it is {actual}" "give it that shape and type?"

    /// Shape column.
    let infer (scan: Scan) (arguments: TensorType[]) : TensorType =
        let needed = leadCount scan + scan.Body.Inputs.Length

        if arguments.Length <> needed then
            Errors.argument "scan" $"{needed} arguments are needed" $"{arguments.Length} are given" "give one for each input?"

        let given = split scan arguments
        let inside = variables scan

        match scan.End with
        | ScanEnd.Full -> ()
        | ScanEnd.Counted -> require "the number of steps" { Shape = []; DType = DType.Int64 } given.Lead[0]
        | ScanEnd.Conditional -> require "the first condition" { Shape = []; DType = DType.Bool } given.Lead[0]

        for c in 0 .. scan.Carries - 1 do
            require $"carry {c}" inside.Carries[c].Type given.Carries[c]
            require $"the next carry {c}" inside.Carries[c].Type scan.Body.Outputs[c].Type

        Array.iter2
            (fun (inside: Expr) t -> require "the rows of an input" { inside.Type with Shape = scan.Length :: inside.Shape } t)
            inside.Inputs
            given.Inputs

        Array.iter2 (fun (inside: Expr) t -> require "a constant" inside.Type t) inside.Constants given.Constants
        Packing.typeOf (types scan)

    // Row t of an array of rows.
    let private row (t: int) (rows: NDArray) =
        let shape = rows.Shape.Tail
        let size = Shape.size shape
        NDArray.take shape (Array.init size (fun i -> t * size + i)) rows

    /// Eval column.
    let evaluate (scan: Scan) (arguments: NDArray[]) : NDArray =
        let given = split scan arguments
        let mutable carries = given.Carries
        let rows = Dictionary<ScanResult, NDArray[]>()

        for result in scan.Results do
            if not result.IsFinal && not result.IsCount then
                let t = typeOf scan result
                rows[result] <- Array.create scan.Length (NDArray.full t.DType t.Shape.Tail 0.0)

        let steps =
            if scan.End.IsCounted then
                int (max 0L (min given.Lead[0].Ints[0] (int64 scan.Length)))
            else
                scan.Length

        let mutable step = 0
        let mutable goesOn = step < steps && not (scan.End.IsConditional && given.Lead[0].Ints[0] = 0L)

        while goesOn do
            let t = if scan.IsReversed then steps - 1 - step else step
            let outputs = scan.Body.Evaluate(Array.concat [ carries; given.Inputs |> Array.map (row t); given.Constants ])

            for pair in rows do
                match pair.Key with
                | ScanResult.History c -> pair.Value[t] <- carries[c]
                | ScanResult.Stacked j -> pair.Value[t] <- outputs[scan.Carries + j]
                | _ -> ()

            carries <- outputs[.. scan.Carries - 1]
            step <- step + 1
            goesOn <- step < steps && not (scan.End.IsConditional && (Array.last outputs).Ints[0] = 0L)

        let t = (types scan).Head

        [ for result in scan.Results do
              match result with
              | ScanResult.Final c -> carries[c]
              | ScanResult.Count -> NDArray.ofInts DType.Int64 [] [| int64 step |]
              | result -> yield! rows[result] ]
        |> Packing.packValues t.DType

    /// The scan without the carries, inputs and constants that its results do not need.
    let prune (scan: Scan) (arguments: Expr[]) : Scan * Expr[] =
        let outputs = scan.Body.Outputs
        let inside, given = variables scan, split scan arguments

        let wanted =
            scan.Results
            |> List.choose (function
                | ScanResult.Stacked j -> Some j
                | _ -> None)
            |> List.distinct
            |> List.sort

        let stacked = [| for j in wanted -> outputs[scan.Carries + j] |]
        let last = if scan.End.IsConditional then [| Array.last outputs |] else [||]

        let isResult c =
            scan.Results
            |> List.exists (function
                | ScanResult.Final k
                | ScanResult.History k -> k = c
                | _ -> false)

        let reachedFrom (carries: int list) =
            let reached = NodeMap<bool>()

            for node in Graph.postorder (Array.concat [ [| for c in carries -> outputs[c] |]; stacked; last ]) do
                reached[node] <- true

            reached

        let rec needed (carries: int list) =
            let reached = reachedFrom carries

            let more =
                [ for c in 0 .. scan.Carries - 1 do
                      if isResult c || reached.Contains inside.Carries[c] then
                          c ]

            if more = carries then carries, reached else needed more

        let carries, reached =
            needed
                [ for c in 0 .. scan.Carries - 1 do
                      if isResult c then
                          c ]

        let used (parts: Expr[]) =
            [| for i in 0 .. parts.Length - 1 do
                   if reached.Contains parts[i] then
                       i |]

        let constants = used inside.Constants

        let inputs =
            match used inside.Inputs with
            // An op needs an argument to start from.
            | [||] when carries.IsEmpty && constants.Length = 0 && given.Inputs.Length > 0 -> [| 0 |]
            | inputs -> inputs

        let pick (from: ScanParts<Expr>) =
            { Lead = from.Lead
              Carries = [| for c in carries -> from.Carries[c] |]
              Inputs = [| for i in inputs -> from.Inputs[i] |]
              Constants = [| for k in constants -> from.Constants[k] |] }

        let position of' among = List.findIndex ((=) of') among

        let body = Body(join (pick inside), Array.concat [ [| for c in carries -> outputs[c] |]; stacked; last ])

        { scan with
            Body = body
            Carries = carries.Length
            Inputs = inputs.Length
            Results =
                scan.Results
                |> List.map (function
                    | ScanResult.Final c -> ScanResult.Final(position c carries)
                    | ScanResult.History c -> ScanResult.History(position c carries)
                    | ScanResult.Stacked j -> ScanResult.Stacked(position j wanted)
                    | ScanResult.Count -> ScanResult.Count) },
        join (pick given)
