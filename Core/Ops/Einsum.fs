namespace Fluxion

open System

/// Sums of products over axes that are named by labels, written in products of matrices.
module internal Einsum =
    /// A tensor with a label for each axis. Letters are their character code; axes behind an ellipsis count -1, -2, … from the last.
    type Term = { Labels: int list; Value: Expr }

    let private sizeOf (term: Term) (label: int) : int = term.Value.Shape[List.findIndex ((=) label) term.Labels]

    // The axes in the order of these labels.
    let private arrange (labels: int list) (term: Term) : Term =
        let order = labels |> List.map (fun label -> List.findIndex ((=) label) term.Labels)
        { Labels = labels; Value = term.Value.Permute order }

    let private sumOut (labels: int list) (term: Term) : Term =
        let axes = labels |> List.map (fun label -> List.findIndex ((=) label) term.Labels)
        { Labels = List.except labels term.Labels; Value = term.Value.SumOver axes }

    // The diagonal of the first and the last axis that share the label, as the last axis.
    let private diagonal (label: int) (term: Term) : Term =
        let first = List.findIndex ((=) label) term.Labels
        let last = List.findIndexBack ((=) label) term.Labels
        let others = [ 0 .. term.Labels.Length - 1 ] |> List.except [ first; last ]

        { Labels = (others |> List.map (fun axis -> term.Labels[axis])) @ [ label ]
          Value = term.Value.Permute(others @ [ first; last ]) |> Expr.diagonal 0 }

    let rec private takeDiagonals (term: Term) : Term =
        match term.Labels |> List.countBy id |> List.tryFind (fun (_, count) -> count > 1) with
        | Some(label, _) -> takeDiagonals (diagonal label term)
        | None -> term

    // Element by element: each side gets axes of size 1 for the labels that only the other has.
    let private multiply (left: Term) (right: Term) : Term =
        let labels = left.Labels @ List.except left.Labels right.Labels

        let aligned (term: Term) =
            let own = labels |> List.filter (fun label -> List.contains label term.Labels)

            let shape = [ for label in labels -> if List.contains label own then sizeOf term label else 1 ]

            (arrange own term).Value.ReshapeTo shape

        { Labels = labels; Value = aligned left * aligned right }

    // Labels of both that are kept are a batch; those that are not are what the product of matrices sums over.
    let private matrixProduct (batch: int list) (summed: int list) (left: Term) (right: Term) : Term =
        let rows, columns = List.except (batch @ summed) left.Labels, List.except (batch @ summed) right.Labels
        let sizes term labels = labels |> List.map (sizeOf term)
        let batchSizes, inner = sizes left batch, Shape.size (sizes left summed)

        // Without rows, or columns, a vector says it plainer than a matrix.
        let matrix (term: Term) (order: int list) (free: int list) (shape: Shape) =
            let shape =
                if batch.IsEmpty && free.IsEmpty then
                    [ inner ]
                else
                    batchSizes @ shape

            (arrange order term).Value.ReshapeTo shape

        let a = matrix left (batch @ rows @ summed) rows [ Shape.size (sizes left rows); inner ]
        let b = matrix right (batch @ summed @ columns) columns [ inner; Shape.size (sizes right columns) ]

        { Labels = batch @ rows @ columns
          Value = (Expr.matmul a b).ReshapeTo(batchSizes @ sizes left rows @ sizes right columns) }

    // What nobody else asks for is summed at once, which keeps the product small.
    let private join (kept: int list) (left: Term) (right: Term) : Term =
        let alone (term: Term) (other: Term) = term.Labels |> List.except (other.Labels @ kept)
        let left, right = sumOut (alone left right) left, sumOut (alone right left) right

        let batch, summed =
            left.Labels
            |> List.filter (fun label -> List.contains label right.Labels)
            |> List.partition (fun label -> List.contains label kept)

        if summed.IsEmpty then
            multiply left right
        else
            matrixProduct batch summed left right

    /// The sum of the products of all terms over the labels that the result has not. Equal labels have equal sizes.
    let contract (result: int list) (terms: Term list) : Expr =
        let rec joinAll (first: Term) (rest: Term list) =
            match rest with
            | [] -> first
            | next :: rest -> joinAll (join (result @ List.collect (fun term -> term.Labels) rest) first next) rest

        let terms = terms |> List.map takeDiagonals
        let joined = joinAll terms.Head terms.Tail
        (joined |> sumOut (List.except result joined.Labels) |> arrange result).Value

    let private ellipsis = "..."

    // The labels of one operand's subscripts, where the ellipsis stands for `extra` axes.
    let private labelsOf (extra: int) (subscripts: string) : int list =
        let letters (text: string) = [ for letter in text -> int letter ]

        match subscripts.Split ellipsis with
        | [| before; after |] -> letters before @ [ for axis in extra .. -1 .. 1 -> -axis ] @ letters after
        | _ -> letters subscripts

    let private requireLetters (notation: string) (subscripts: string) =
        let given = subscripts.Split ellipsis
        let isLetter letter = Char.IsAsciiLetter letter

        if given.Length > 2 || given |> Array.exists (Seq.forall isLetter >> not) then
            Errors.argument
                "einsum"
                "subscripts are letters, and at most one '...', as in 'ij,jk->ik'"
                $"'{notation}' has '{subscripts}'"
                "leave other characters out?"

    let private requireAxes (position: int) (subscripts: string) (x: Expr) =
        let letters = subscripts.Replace(ellipsis, "").Length
        let hasEllipsis = subscripts.Contains ellipsis

        if x.Rank < letters || (x.Rank > letters && not hasEllipsis) then
            let axes = if letters = 1 then "1 axis" else $"{letters} axes"
            let required = if hasEllipsis then $"at least {axes}" else axes

            Errors.shape
                "einsum"
                $"'{subscripts}' stands for a tensor of {required}"
                $"operand {position} is {Shape.show x.Shape}"
                "one letter for each axis?"

        x.Rank - letters

    let private requireSizes (terms: Term list) =
        let known = Collections.Generic.Dictionary<int, struct (int * int)>()

        for position, term in List.indexed terms do
            for label, size in List.zip term.Labels term.Value.Shape do
                match known.TryGetValue label with
                | true, struct (other, where) when other <> size ->
                    if label > 0 then
                        Errors.shape
                            "einsum"
                            $"the letter '{char label}' must stand for one size"
                            $"it is {other} in operand {where} and {size} in operand {position}"
                            "transpose one of them, or use another letter?"
                    else
                        Errors.shape
                            "einsum"
                            "the axes that '...' stands for must agree, or be 1, counted from the last"
                            $"one is {other} in operand {where} and {size} in operand {position}"
                            "reshape one of them?"
                | _ -> known[label] <- struct (size, position)

    // Axes behind an ellipsis are broadcast: one of size 1 goes, where another operand has more.
    let private dropRepeated (terms: Term list) : Term list =
        let isLarge label =
            terms
            |> List.exists (fun term -> List.exists2 (fun other size -> other = label && size <> 1) term.Labels term.Value.Shape)

        [ for term in terms ->
              let kept =
                  List.zip term.Labels term.Value.Shape
                  |> List.filter (fun (label, size) -> label > 0 || size <> 1 || not (isLarge label))

              { Labels = List.map fst kept; Value = term.Value.ReshapeTo(List.map snd kept) } ]

    let private requireResult (notation: string) (result: string) (inputs: string[]) =
        for letter in result.Replace(ellipsis, "") do
            if inputs |> Array.forall (fun subscripts -> not (subscripts.Contains letter)) then
                Errors.argument
                    "einsum"
                    "letters of the result must stand in an operand"
                    $"'{letter}' of '{notation}' does not"
                    "leave it out?"

            if (result |> Seq.filter ((=) letter) |> Seq.length) > 1 then
                Errors.argument
                    "einsum"
                    "a letter may stand once in the result"
                    $"'{letter}' of '{notation}' stands twice"
                    "take the product with an identity?"

    // Without an arrow the result has the letters that stand once, in the order of the alphabet.
    let private implicitResult (inputs: string[]) : string =
        let letters = inputs |> Seq.collect (fun subscripts -> subscripts.Replace(ellipsis, "")) |> Seq.countBy id
        let once = letters |> Seq.filter (fun (_, count) -> count = 1) |> Seq.map fst |> Seq.sort |> Seq.toArray

        (if inputs |> Array.exists (fun subscripts -> subscripts.Contains ellipsis) then
             ellipsis
         else
             "")
        + String once

    /// NumPy's notation, read and checked, and carried out.
    let parse (notation: string) (operands: Expr list) : Expr =
        let sides = notation.Replace(" ", "").Split "->"
        let inputs = sides[0].Split ','

        if sides.Length > 2 then
            Errors.argument "einsum" "there may be one arrow" $"'{notation}' has {sides.Length - 1}" "write 'ij,jk->ik'?"

        if inputs.Length <> operands.Length then
            Errors.argument
                "einsum"
                "there must be one group of letters for each operand"
                $"'{notation}' has {inputs.Length} and {operands.Length} operands were given"
                "separate the groups with commas?"

        let result = if sides.Length = 2 then sides[1] else implicitResult inputs
        Seq.append inputs [ result ] |> Seq.iter (requireLetters notation)
        requireResult notation result inputs

        let extras = List.mapi2 requireAxes (List.ofArray inputs) operands
        let labels = List.map2 labelsOf extras (List.ofArray inputs)
        let terms = dropRepeated (List.map2 (fun labels x -> { Labels = labels; Value = x }) labels operands)
        requireSizes terms

        // An ellipsis that the result leaves out is summed over.
        contract (labelsOf (List.max extras) result) terms

[<AutoOpen>]
module EinsumFunctions =
    module Expr =
        /// The sum of products that Einstein's notation names, as NumPy has it: `einsum "ij,jk->ik" [ a; b ]` is a matrix product, `"ii->i"` a diagonal,
        /// `"ij->"` a sum. Without an arrow the result has the letters that stand once, in the order of the alphabet; `...` stands for any leading
        /// axes, which are broadcast. Operands are joined from left to right. Raises ShapeException when a letter would stand for two sizes,
        /// ArgumentException when the notation is none.
        let einsum (notation: string) (operands: Expr list) : Expr = Einsum.parse notation operands

        /// The sum of products over the given axes of the left tensor and those of the right, in pairs: the result has the left's other axes and then the
        /// right's. Raises ShapeException when the sizes of a pair differ.
        let tensordot (leftAxes: int list) (rightAxes: int list) (left: Expr) (right: Expr) : Expr =
            if leftAxes.Length <> rightAxes.Length then
                Errors.shape
                    "tensordot"
                    "each axis on the left needs one on the right"
                    $"left has {Shape.show leftAxes} and right has {Shape.show rightAxes}"
                    "give as many?"

            let normalize (x: Expr) axes =
                Shape.axes "tensordot" x.Rank axes |> ignore
                axes |> List.map (Shape.axis "tensordot" x.Rank)

            let leftAxes, rightAxes = normalize left leftAxes, normalize right rightAxes

            for i, j in List.zip leftAxes rightAxes do
                if left.Shape[i] <> right.Shape[j] then
                    Errors.shape
                        "tensordot"
                        "axes that are summed together must have one size"
                        $"axis {i} of {Shape.show left.Shape} has {left.Shape[i]} and axis {j} of {Shape.show right.Shape} has {right.Shape[j]}"
                        "transpose one of them?"

            let leftLabels = [ 0 .. left.Rank - 1 ]

            let rightLabels =
                [ for axis in 0 .. right.Rank - 1 ->
                      match List.tryFindIndex ((=) axis) rightAxes with
                      | Some pair -> leftAxes[pair]
                      | None -> left.Rank + axis ]

            let result = List.except leftAxes leftLabels @ List.filter (fun label -> label >= left.Rank) rightLabels
            Einsum.contract result [ { Labels = leftLabels; Value = left }; { Labels = rightLabels; Value = right } ]

        /// The sum of products over the last axis of the left and the last but one of the right (the only one of a vector), as NumPy's dot: two vectors
        /// give a scalar. With a scalar it is the product.
        let dot (left: Expr) (right: Expr) : Expr =
            if left.Rank = 0 || right.Rank = 0 then left * right
            elif left.Rank <= 2 && right.Rank <= 2 then Expr.matmul left right
            else tensordot [ -1 ] [ max 0 (right.Rank - 2) ] left right

        /// Every element of the left times every element of the right: `[m]` and `[n]` give `[m; n]`, and other axes follow one another likewise.
        let outer (left: Expr) (right: Expr) : Expr = left.ReshapeTo(left.Shape @ List.replicate right.Rank 1) * right
