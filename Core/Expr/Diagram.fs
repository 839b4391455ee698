namespace Fluxion

open System.Collections.Generic
open System.Text

/// Expressions as graphs, for Graphviz and Mermaid: a node for each node, arrows from arguments to what is made from them.
module internal Diagram =
    // Nobody reads a larger picture; Graphviz takes seconds to lay out a long chain of this many, and Mermaid refuses more than 500.
    let private arrows = 200

    type private Kind =
        | Constant
        | Variable
        | Operation

    /// What is drawn of a node: its label, a line each, and the numbers of its arguments; `IsCut` when those are left out.
    type private Box = { Kind: Kind; Label: string list; Arguments: int[]; IsCut: bool }

    let private label (node: Expr) =
        match node.Node with
        | Node.Constant value when value.Length = 1 && value.Shape.IsEmpty -> [ ArrayText.brief value ]
        | Node.Constant value -> [ ArrayText.brief value; string node.Type ]
        | Node.Variable variable -> [ variable.Name; string node.Type ]
        | Node.Apply primitive ->
            let attributes = primitive.AttributeText

            [ if attributes = "" then
                  primitive.Name
              else
                  $"{primitive.Name} {attributes}"
              string node.Type ]

    let private kind (node: Expr) =
        match node.Node with
        | Node.Constant _ -> Constant
        | Node.Variable _ -> Variable
        | Node.Apply _ -> Operation

    // The nodes whose arguments there is room for: those nearest to the root.
    let private opened (root: Expr) : NodeMap<bool> =
        let opened = NodeMap<bool>()
        let seen = NodeMap<bool>()
        let waiting = Queue<Expr>([ root ])
        let mutable room = arrows

        while waiting.Count > 0 do
            let node = waiting.Dequeue()
            let arguments = node.Arguments

            if arguments.Length <= room then
                room <- room - arguments.Length
                opened[node] <- true

                for argument in arguments do
                    if not (seen.Contains argument) then
                        seen[argument] <- true
                        waiting.Enqueue argument

        opened

    // Arguments before what is made from them, as they stand from top to bottom.
    let private boxes (root: Expr) : Box[] =
        let opened = opened root
        let numbers = NodeMap<int>()

        Graph.postorderUntil (opened.Contains >> not) [ root ]
        |> Array.mapi (fun i node ->
            numbers[node] <- i
            let isCut = not (opened.Contains node)
            let arguments = if isCut then [||] else node.Arguments

            { Kind = kind node
              Label = if isCut then label node @ [ "…" ] else label node
              Arguments = arguments |> Array.map (fun argument -> numbers[argument])
              IsCut = isCut })

    let private write (root: Expr) (first: string) (node: int -> Box -> string) (arrow: int -> int -> string) note last =
        let boxes = boxes root
        let text = StringBuilder()
        let line (s: string) = text.Append(s).Append('\n') |> ignore
        line first

        boxes |> Array.iteri (fun i box -> line $"    {node i box}")

        boxes
        |> Array.iteri (fun i box ->
            for argument in box.Arguments do
                line $"    {arrow argument i}")

        if boxes |> Array.exists (fun box -> box.IsCut) then
            line $"    {note}"

        text.Append(last: string).ToString().TrimEnd()

    let private cutNote = $"cut short: at … there is more than {arrows} arrows can show"

    let private escapeDot (text: string) = text.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n").Replace("\r", "")

    let graphviz (expr: Expr) : string =
        let node i box =
            let shape =
                match box.Kind with
                | Constant -> "shape=box, style=rounded"
                | Variable -> "shape=ellipse"
                | Operation -> "shape=box"

            let label = box.Label |> List.map escapeDot |> String.concat "\\n"
            $"n{i} [label=\"{label}\", {shape}];"

        // Arguments are drawn in their order, or a - b could not be told from b - a.
        write
            expr
            "digraph expression {\n    graph [ordering=in];"
            node
            (fun argument i -> $"n{argument} -> n{i};")
            $"label=\"{cutNote}\";"
            "}"

    let private escapeMermaid (text: string) =
        let escaped = StringBuilder()

        for c in text do
            match c with
            | '"' -> escaped.Append "#quot;"
            | '#' -> escaped.Append "#35;"
            | '&' -> escaped.Append "#amp;"
            | '<' -> escaped.Append "#lt;"
            | '>' -> escaped.Append "#gt;"
            // Text between backticks would be Markdown.
            | '`' -> escaped.Append "#96;"
            | '\n' -> escaped.Append "<br/>"
            | '\r' -> escaped
            | c -> escaped.Append c
            |> ignore

        escaped.ToString()

    let mermaid (expr: Expr) : string =
        let node i box =
            let left, right =
                match box.Kind with
                | Constant -> "(", ")"
                | Variable -> "([", "])"
                | Operation -> "[", "]"

            let label = box.Label |> List.map escapeMermaid |> String.concat "<br/>"
            $"n{i}{left}\"{label}\"{right}"

        write expr "flowchart TD" node (fun argument i -> $"n{argument} --> n{i}") $"note[\"{cutNote}\"]" ""
