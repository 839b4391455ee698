namespace Fluxion

open System
open System.Collections.Generic
open System.Text

/// A printed part of an expression, and how tightly its outermost operator binds.
[<Struct>]
type internal Piece = { Text: string; Precedence: int }

/// What text and LaTeX do differently.
[<NoEquality; NoComparison>]
type internal Style =
    {
        Form: Notation -> Form
        Name: string -> Piece
        Constant: NDArray -> Piece
        /// An op's attributes, as one more argument of its call.
        Attributes: string -> string
        /// Two factors beside one another.
        Juxtapose: string -> string -> string
        /// The mark behind a vector that stands as a row.
        Row: string
        Open: string
        Close: string
        /// Where a line has become so long that its parts get lines of their own.
        Width: int
    }

/// How each node is written, given how its arguments are, in any style.
module internal Mathematics =
    let private isImplicit (expr: Expr) =
        match expr.Node with
        | Node.Apply primitive -> primitive.Notation.Text.IsImplicit
        | _ -> false

    // Whether the node only repeats its argument as NumPy's broadcasting would: `broadcast`, and a `reshape` that adds axes in front.
    let private isSpread (expr: Expr) =
        isImplicit expr && Shape.tryBroadcast (expr.Argument 0).Shape expr.Shape = Some expr.Shape

    let private bare (allowed: Expr -> bool) (expr: Expr) : Expr =
        let mutable inner = expr

        while isSpread inner && allowed (inner.Argument 0) do
            inner <- inner.Argument 0

        inner

    /// The arguments as they are printed: without the broadcasts that the op above them would make by itself. What is printed is always
    /// an expression of the same shape and value.
    let arguments (node: Expr) : Expr[] =
        let given = node.Arguments

        match node.Node with
        | Node.Apply primitive when given |> Array.exists isSpread ->
            if primitive.Batch.IsAligned then
                let shown = Array.copy given

                for i in 0 .. given.Length - 1 do
                    shown[i] <- bare (fun _ -> true) given[i]

                    // Something has to have the larger shape.
                    if primitive.Infer(shown |> Array.map (fun argument -> argument.Type)) <> node.Type then
                        shown[i] <- given[i]

                shown
            elif isImplicit node then
                given
                |> Array.map (fun argument -> bare (fun inner -> Shape.size inner.Shape = Shape.size argument.Shape) argument)
            else
                given
        | _ -> given

    let atom text : Piece = { Text = text; Precedence = Precedence.atom }

    let private enclose style need (piece: Piece) =
        if piece.Precedence >= need then
            piece.Text
        else
            $"{style.Open}{piece.Text}{style.Close}"

    // A sign right behind an operator is hard to read, and behind a gap it would be a subtraction.
    let private encloseSigned style need (piece: Piece) = enclose style (if piece.Text.StartsWith '-' then Precedence.power else need) piece

    let private fill style (template: string) (needs: int list) (pieces: Piece[]) =
        let text = StringBuilder()
        let mutable i = 0

        // One pass, for what is filled in may look like a place to fill: `{1}` in `w_{1}`.
        while i < template.Length do
            if
                template[i] = '{'
                && i + 2 < template.Length
                && Char.IsDigit template[i + 1]
                && template[i + 2] = '}'
            then
                let argument = int template[i + 1] - int '0'
                text.Append(enclose style needs[argument] pieces[argument]) |> ignore
                i <- i + 3
            else
                text.Append template[i] |> ignore
                i <- i + 1

        text.ToString()

    let private multiply style (tight: string) (loose: string) (scaled: string option) isScale (left: Piece) (right: Piece) : Piece =
        let isCompound (piece: Piece) = piece.Precedence >= Precedence.spacedProduct && piece.Precedence < Precedence.product

        // Behind a product, a quotient would seem to divide all of it.
        let isSpaced = isCompound left || (isCompound right && right.Precedence <> Precedence.quotient)
        let precedence = if isSpaced then Precedence.spacedProduct else Precedence.product

        let needRight =
            if right.Precedence = Precedence.quotient then
                Precedence.product
            else
                precedence

        let first, second = enclose style precedence left, encloseSigned style needRight right
        // Two numbers beside one another would be one.
        let isNumber = (second <> "" && Char.IsDigit second[0]) || second.StartsWith "\\frac"

        let symbol =
            match scaled with
            | Some gap when isScale && not isNumber -> gap
            | _ -> if isSpaced then loose else tight

        { Text = $"{first}{symbol}{second}"; Precedence = precedence }

    let private apply style (primitive: Primitive) (node: Expr) (pieces: Piece[]) : Piece =
        let form = style.Form primitive.Notation

        match form with
        | Form.Call name
        | Form.CallAlong name
        | Form.Implicit name ->
            let attributes =
                if form.IsCallAlong && primitive.AttributeText = $"axis={node.Rank - 1}" then
                    ""
                else
                    primitive.AttributeText

            let inside =
                [ for piece in pieces do
                      piece.Text
                  if attributes <> "" then
                      style.Attributes attributes ]

            atom $"""{name}{style.Open}{String.concat ", " inside}{style.Close}"""
        | Form.Infix(symbol, precedence, associative) ->
            let left, right = enclose style precedence pieces[0], pieces[1]
            let need = if associative then precedence else precedence + 1

            let text =
                // a + -b is written a - b.
                if symbol = " + " && right.Text.StartsWith '-' && right.Precedence >= need then
                    $"{left} - {right.Text[1..]}"
                else
                    $"{left}{symbol}{encloseSigned style need right}"

            { Text = text; Precedence = precedence }
        | Form.Product(tight, loose, scaled) ->
            let isScale =
                match (node.Argument 0).Node with
                | Node.Constant value -> value.Shape.IsEmpty
                | _ -> false

            multiply style tight loose scaled isScale pieces[0] pieces[1]
        | Form.Juxtaposed ->
            let left =
                if (node.Argument 0).Rank = 1 then
                    $"{enclose style Precedence.index pieces[0]}{style.Row}"
                else
                    enclose style Precedence.power pieces[0]

            { Text = style.Juxtapose left (enclose style Precedence.power pieces[1])
              Precedence = Precedence.matrixProduct }
        | Form.Prefix(symbol, precedence) -> { Text = $"{symbol}{encloseSigned style precedence pieces[0]}"; Precedence = precedence }
        | Form.Postfix(symbol, precedence, need) -> { Text = $"{enclose style need pieces[0]}{symbol}"; Precedence = precedence }
        | Form.Template(template, precedence, needs) -> { Text = fill style template needs pieces; Precedence = precedence }

    /// The name of each variable. Those that differ but are called the same get a number behind a prime; the user's own stays as it is.
    let variableNames (nodes: Expr seq) : Dictionary<Variable, string> =
        let names = Dictionary<Variable, string>()
        let taken = HashSet<string>()

        let found =
            nodes
            |> Seq.choose (fun node ->
                match node.Node with
                | Node.Variable variable -> Some variable
                | _ -> None)
            |> Seq.distinct
            |> Array.ofSeq

        let isOwn variable = variable.Serial = 0L

        for variable in Array.append (Array.filter isOwn found) (Array.filter (isOwn >> not) found) do
            let mutable name = variable.Name
            let mutable count = 1

            while not (taken.Add name) do
                count <- count + 1
                name <- $"{variable.Name}'{count}"

            names[variable] <- name

        names

    /// A node written in a style.
    let compose (style: Style) (names: Dictionary<Variable, string>) (node: Expr) (pieces: Piece[]) : Piece =
        match node.Node with
        | Node.Constant value -> style.Constant value
        | Node.Variable variable -> style.Name names[variable]
        | Node.Apply primitive -> apply style primitive node pieces
