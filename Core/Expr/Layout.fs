namespace Fluxion

open System.Collections.Generic

/// Expressions laid out in lines: all of it, or as much as fits into one.
module internal Layout =
    open Mathematics

    let private isLeaf (node: Expr) =
        match node.Node with
        | Node.Constant value -> value.Length <= 3
        | Node.Variable _ -> true
        | Node.Apply _ -> false

    // What is printed again each time it is used, because a name would be no shorter: leaves, and -x, x², Xᵀ, x[0] of a leaf.
    let private isTrivial (node: Expr) =
        if node.Arity = 1 then
            match node.Primitive.Notation.Text with
            | Form.Prefix _
            | Form.Postfix _ -> isLeaf (node.Argument 0)
            | _ -> false
        else
            isLeaf node

    /// The whole expression: let-lines for what is used more than once and for parts of lines that would be too long, then the result.
    let lines (style: Style) (root: Expr) : struct (string * string) list * string =
        let order = Graph.postorderBy (fun node -> (arguments node).Length) (fun node i -> (arguments node)[i]) [ root ]
        let names = variableNames order
        let taken = HashSet<string>(names.Values)
        let uses = NodeMap<int>()
        let pieces = NodeMap<Piece>()
        let named = NodeMap<bool>()
        let bindings = List<struct (string * string)>()
        let mutable count = 0

        let bind (node: Expr) =
            count <- count + 1

            while taken.Contains $"t{count}" do
                count <- count + 1

            let name = style.Name $"t{count}"
            bindings.Add(struct (name.Text, pieces[node].Text))
            pieces[node] <- name
            named[node] <- true

        for node in order do
            for argument in arguments node do
                uses[argument] <- uses[argument] + 1

        for node in order do
            let inner = arguments node
            let composed () = compose style names node (inner |> Array.map (fun argument -> pieces[argument]))
            let line = composed ()

            if line.Text.Length <= style.Width || inner.Length = 0 then
                pieces[node] <- line
            else
                // Parts that take more than their share of the line move out of it.
                let share = max (style.Width / 10) (style.Width / max 2 inner.Length)

                for argument in inner do
                    if pieces[argument].Text.Length > share && not (named.Contains argument || isTrivial argument) then
                        bind argument

                pieces[node] <- composed ()

            if uses[node] > 1 && not (isTrivial node) then
                bind node

            // The text of a part is dropped once it stands in its line, or a long chain would hold all of them.
            for argument in inner do
                if uses[argument] = 1 then
                    pieces[argument] <- atom ""

        List.ofSeq bindings, pieces[root].Text

    let private ellipsis = atom "…"

    // The outermost nodes, at most `budget` of them, breadth first, so that what is left out is what lies deepest.
    let private outline style (budget: int) (root: Expr) : string =
        let nodes = List<Expr>([ root ])
        let inner = List<struct (int * int * bool)>()

        while inner.Count < nodes.Count do
            let arguments = arguments nodes[inner.Count]
            let room = budget - nodes.Count

            // Only a long list of arguments can be shown in part.
            let shown =
                if arguments.Length <= room then arguments.Length
                elif arguments.Length > 3 then room
                else 0

            inner.Add(struct (nodes.Count, shown, shown < arguments.Length))

            for i in 0 .. shown - 1 do
                nodes.Add arguments[i]

        let names = variableNames nodes
        let pieces = Array.create nodes.Count ellipsis

        for i in nodes.Count - 1 .. -1 .. 0 do
            let struct (first, shown, isCut) = inner[i]

            if shown > 0 || not isCut then
                let arguments = pieces[first .. first + shown - 1]
                pieces[i] <- compose style names nodes[i] (if isCut then Array.append arguments [| ellipsis |] else arguments)

        pieces[0].Text

    /// One line of at most `width` characters: the whole expression if it fits, else with … for its innermost parts. Looks at no more nodes
    /// than can be shown.
    let within (style: Style) (width: int) (root: Expr) : string =
        let rec shorten budget =
            let text = outline style budget root

            if text.Length <= width then text
            elif budget > 4 then shorten (budget * 3 / 4)
            else text[.. width - 2] + "…"

        // Every node takes a character at least, but for the broadcasts that are left out.
        shorten (max 4 width)
