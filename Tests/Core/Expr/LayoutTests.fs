module Fluxion.Tests.LayoutTests

open System
open System.Text.RegularExpressions
open Fluxion

let private a, b, c, x = Expr.variable "a" [], Expr.variable "b" [], Expr.variable "c" [], Expr.variable "x" []

// A graph from random numbers: each step takes two of the nodes so far. Built again, it is another graph of the same form.
let private build (steps: (byte * byte * byte) list) : Expr =
    let nodes = Collections.Generic.List<Expr>([ a; b; c; x; scalar 2.0; scalar -3.0 ])

    for op, i, j in steps do
        let left, right = nodes[int i % nodes.Count], nodes[int j % nodes.Count]

        nodes.Add(
            match op % 8uy with
            | 0uy
            | 1uy -> left + right
            | 2uy -> left - right
            | 3uy -> left * right
            | 4uy -> left / right
            | 5uy -> Expr.Pow(left, right)
            | 6uy -> -left
            | _ -> Expr.square left
        )

    nodes[nodes.Count - 1]

/// Arithmetic modulo a prime: exact, so that regrouping a sum changes nothing, while a wrong parenthesis is as good as certain to show.
module private Field =
    let prime = 1_000_003L
    let reduce x = ((x % prime) + prime) % prime

    let power x y =
        let mutable result, factor, exponent = 1L, x, y

        while exponent > 0L do
            if exponent % 2L = 1L then
                result <- result * factor % prime

            factor <- factor * factor % prime
            exponent <- exponent / 2L

        result

    let operate name (values: int64[]) =
        match name with
        | "add" -> reduce (values[0] + values[1])
        | "subtract" -> reduce (values[0] - values[1])
        | "multiply" -> reduce (values[0] * values[1])
        // Fermat: x^(p-2) is 1/x, and 0 for 0.
        | "divide" -> reduce (values[0] * power values[1] (prime - 2L))
        | "power" -> power values[0] values[1]
        | "negate" -> reduce -values[0]
        | "square" -> reduce (values[0] * values[0])
        | name -> raise (ExpectException $"no arithmetic for {name}")

    let variables = Map [ "a", 12_345L; "b", 777L; "c", 424_242L; "x", 99_991L ]

    let evaluate (root: Expr) =
        let values = NodeMap<int64>()

        for node in Graph.postorder [ root ] do
            values[node] <-
                match node.Node with
                | Node.Constant value -> reduce value.Ints[0]
                | Node.Variable variable -> variables[variable.Name]
                | Node.Apply primitive -> operate primitive.Name (node.Arguments |> Array.map (fun argument -> values[argument]))

        values[root]

/// Reads what was printed by the usual rules of precedence, knowing nothing of how it was printed.
module private Reader =
    let tokens text = [ for m in Regex.Matches(text, @"\*\*|\w+|[^\s\w]") -> m.Value ]

    let rec sum known tokens =
        let rec more left tokens =
            match tokens with
            | "+" :: rest -> product known rest |> fun (right, rest) -> more (Field.operate "add" [| left; right |]) rest
            | "-" :: rest -> product known rest |> fun (right, rest) -> more (Field.operate "subtract" [| left; right |]) rest
            | _ -> left, tokens

        product known tokens ||> more

    and product known tokens =
        let rec more left tokens =
            match tokens with
            | "*" :: rest -> signed known rest |> fun (right, rest) -> more (Field.operate "multiply" [| left; right |]) rest
            | "/" :: rest -> signed known rest |> fun (right, rest) -> more (Field.operate "divide" [| left; right |]) rest
            | _ -> left, tokens

        signed known tokens ||> more

    and signed known tokens =
        match tokens with
        | "-" :: rest -> signed known rest |> fun (value, rest) -> Field.operate "negate" [| value |], rest
        | _ -> power known tokens

    and power known tokens =
        let rec squared value tokens =
            match tokens with
            | "²" :: rest -> squared (Field.operate "square" [| value |]) rest
            | _ -> value, tokens

        match atom known tokens ||> squared with
        | left, "**" :: rest -> signed known rest |> fun (right, rest) -> Field.operate "power" [| left; right |], rest
        | postfixed -> postfixed

    and atom (known: Map<string, int64>) tokens =
        match tokens with
        | "(" :: rest ->
            match sum known rest with
            | value, ")" :: rest -> value, rest
            | _ -> raise (ExpectException "a parenthesis is not closed")
        | token :: rest when Char.IsDigit token[0] -> int64 token, rest
        | token :: rest -> known[token], rest
        | [] -> raise (ExpectException "the text ends too early")

    let whole known text =
        match sum known (tokens text) with
        | value, [] -> value
        | _, rest -> raise (ExpectException $"left over: %A{rest}")

    let evaluate (text: string) =
        let read known (line: string) =
            match line.Split " = " with
            | [| name; value |] -> Map.add (name.Replace("let ", "")) (whole known value) known
            | _ -> Map.add "" (whole known line) known

        (text.Split '\n' |> Array.fold read Field.variables)[""]

let private balanced (latex: string) =
    let bare = latex.Replace(@"\{", "").Replace(@"\}", "")

    let depths =
        bare
        |> Seq.scan
            (fun depth c ->
                depth
                + (if c = '{' then 1
                   elif c = '}' then -1
                   else 0))
            0
        |> List.ofSeq

    let count (pattern: string) = Regex.Matches(latex, pattern).Count

    List.forall (fun depth -> depth >= 0) depths
    && List.last depths = 0
    && count @"\\left\b" = count @"\\right\b"
    && count @"\\begin\{" = count @"\\end\{"

let tests =
    testList
        "Layout"
        [ testProperty "read by the rules of precedence, the text means the expression" (fun steps ->
              let expr = build steps
              Expect.equal (Reader.evaluate (Print.text expr)) (Field.evaluate expr) (Print.text expr))

          testProperty "the same graph prints the same" (fun steps ->
              let expr = build steps
              Expect.equal (Print.text expr) (Print.text expr) "twice"
              Expect.equal (Print.text expr) (Print.text (build steps)) "built again"
              Expect.equal (string expr) (string (build steps)) "short")

          testProperty "the short form keeps to its width" (fun steps (width: byte) ->
              let width = int width + 1
              let printed = Print.within width (build steps)
              Expect.isTrue (printed.Length <= width && not (printed.Contains '\n')) printed)

          testProperty "LaTeX is balanced, with no script on a script" (fun steps ->
              let latex = Print.latex (build steps)
              Expect.isTrue (balanced latex) latex
              // A script's braces close, and another of its kind follows at once: TeX refuses that.
              Expect.isTrue (not (Regex.IsMatch(latex, @"\^\{[^{}]*\}\^|_\{[^{}]*\}_"))) latex) ]
