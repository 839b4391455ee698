namespace Fluxion

open System
open System.Text
open System.Text.RegularExpressions

/// Expressions as mathematics, and as graphs.
module Print =
    let private number (text: string) : Piece =
        { Text = text; Precedence = if text.StartsWith '-' then Precedence.sign else Precedence.atom }

    let private longest = 9999.0

    // Numerator and denominator of a number that is a short fraction and a long decimal, such as the 2/569 before a gradient: the first
    // convergent of its continued fraction that rounds to it. (Hardy and Wright, "An Introduction to the Theory of Numbers", chapter 10.)
    let private tryFraction (value: NDArray) : (float * float) option =
        let number = NDArray.first value

        let isIt (p: float) (q: float) = NDArray.first (NDArray.full value.DType [] (p / q)) = abs number

        let rec search (rest: float) (p: float, q: float) (p', q') =
            let whole = Math.Floor rest
            let p'', q'' = whole * p' + p, whole * q' + q

            if abs p'' > longest || q'' > longest then None
            elif isIt p'' q'' then Some(p'', q'')
            elif rest = whole then None
            else search (1.0 / (rest - whole)) (p', q') (p'', q'')

        if value.DType.IsFloating && Double.IsFinite number then
            search (abs number) (0.0, 1.0) (1.0, 0.0)
            |> Option.map (fun (p, q) -> Math.CopySign(p, number), q)
            |> Option.filter (fun (_, q) -> q > 1.0)
        else
            None

    // What a decimal may take before a fraction reads better.
    let private shortDecimal = 6

    // Sizes by name, and how many of them a mean is taken over at most.
    let private namedSizes (place: string) (sizes: (string * int) list) : (string list * float) list =
        for name, size in sizes do
            if name = "" || size < 1 then
                Errors.argument place "a size needs a name and must be positive" $"'{name}' is {size}" "name the sizes of axes?"

        [ for name, size in sizes -> [ name ], float size ]
        @ [ for i in 0 .. sizes.Length - 1 do
                for j in i + 1 .. sizes.Length - 1 -> [ fst sizes[i]; fst sizes[j] ], float (snd sizes[i]) * float (snd sizes[j]) ]

    // Derivatives of means have small numerators; past these, a fraction of a size would be a coincidence.
    let private largestNumerator = 4.0

    // A number that is a small one over a size, or over a product of two: the 2/n before a gradient.
    let private tryOverSize (sizes: (string list * float) list) (value: NDArray) : (float * string list) option =
        let number = NDArray.first value

        sizes
        |> List.tryPick (fun (names, size) ->
            let p = Math.Round(number * size)
            let isIt = NDArray.first (NDArray.full value.DType [] (p / size)) = number

            if isIt && p <> 0.0 && abs p <= largestNumerator then
                Some(p, names)
            else
                None)
        |> Option.filter (fun _ -> value.DType.IsFloating && number <> Math.Floor number)

    let private scalarText sizes (value: NDArray) (decimal: string -> Piece) (fraction: float -> string list -> Piece) : Piece =
        let text = ArrayText.brief value

        if not value.Shape.IsEmpty then
            decimal text
        else
            match tryOverSize sizes value with
            | Some(p, names) -> fraction p names
            | None when text.TrimStart('-').Length > shortDecimal ->
                match tryFraction value with
                | Some(p, q) -> fraction p [ string q ]
                | None -> decimal text
            | None -> decimal text

    let private textConstant sizes (value: NDArray) : Piece =
        scalarText sizes value number (fun p names ->
            let size = String.concat "*" names
            let size = if names.Length > 1 then $"({size})" else size
            { Text = $"{p}/{size}"; Precedence = Precedence.quotient })

    // A transpose cannot be called, so what stands in brackets behind it needs no gap.
    let private beside (left: string) (right: string) =
        if left.EndsWith 'ᵀ' && right.StartsWith '(' then
            left + right
        else
            $"{left} {right}"

    let private textStyle sizes : Style =
        { Form = fun notation -> notation.Text
          Name = fun name -> { Text = name; Precedence = Precedence.atom }
          Constant = textConstant sizes
          Attributes = id
          Juxtapose = beside
          Row = "ᵀ"
          Open = "("
          Close = ")"
          Width = 100 }

    let private greek =
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega "
        + "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
        |> _.Split(' ')
        |> Set

    let private escapeLatex (text: string) =
        let escaped = StringBuilder()

        for c in text do
            match c with
            | '_'
            | '%'
            | '&'
            | '#'
            | '$'
            | '{'
            | '}' -> escaped.Append('\\').Append c
            | '\\' -> escaped.Append "\\backslash "
            | '^' -> escaped.Append "\\hat{}"
            | '~' -> escaped.Append "\\sim "
            | c -> escaped.Append c
            |> ignore

        escaped.ToString()

    // Letters, the prime of a variable made distinct, digits: w1 is w with an index.
    let private indexedName = Regex(@"^(\p{L}+)('?)([0-9]*)$", RegexOptions.CultureInvariant)

    let private latexName (name: string) : Piece =
        let matched = indexedName.Match name

        if matched.Success then
            let letters, prime, digits = matched.Groups[1].Value, matched.Groups[2].Value, matched.Groups[3].Value

            let symbol =
                if greek.Contains letters then $"\\{letters}"
                elif letters.Length = 1 then letters
                else $"\\mathrm{{{letters}}}"

            if digits = "" then
                { Text = symbol + prime; Precedence = Precedence.atom }
            else
                { Text = $"{symbol}{prime}_{{{digits}}}"; Precedence = Precedence.index }
        else
            { Text = $"\\mathrm{{{escapeLatex name}}}"; Precedence = Precedence.atom }

    let private latexNumber (text: string) : Piece =
        match text with
        | "nan" -> number "\\mathrm{nan}"
        | "inf" -> number "\\infty"
        | "-inf" -> number "-\\infty"
        | text ->
            match text.IndexOf 'e' with
            | at when at > 0 && Char.IsDigit text[at - 1] ->
                { Text = $"{text[.. at - 1]} \\cdot 10^{{{int text[at + 1 ..]}}}"; Precedence = Precedence.product }
            | _ -> number text

    let private latexConstant sizes (value: NDArray) : Piece =
        let entry i = (latexNumber (ArrayText.show (NDArray.take [] [| i |] value))).Text

        let matrix rows columns =
            let row i = [ for j in 0 .. columns - 1 -> entry (i * columns + j) ] |> String.concat " & "
            let body = [ for i in 0 .. rows - 1 -> row i ] |> String.concat " \\\\ "

            { Text = $"\\begin{{bmatrix}} {body} \\end{{bmatrix}}"; Precedence = Precedence.atom }

        match value.Shape with
        | [] ->
            scalarText sizes value latexNumber (fun p names ->
                let sign = if p < 0.0 then "-" else ""

                let size =
                    names
                    |> List.map (fun name -> if Char.IsDigit name[0] then name else (latexName name).Text)
                    |> String.concat " \\, "

                { Text = $"{sign}\\frac{{{abs p}}}{{{size}}}"; Precedence = Precedence.sign })
        | [ rows ] when rows >= 1 && rows <= 9 -> matrix rows 1
        | [ rows; columns ] when value.Length >= 1 && value.Length <= 9 -> matrix rows columns
        | shape ->
            let sizes = shape |> List.map string |> String.concat " \\times "
            { Text = $"\\mathrm{{{value.DType}}}_{{{sizes}}}"; Precedence = Precedence.index }

    // Words need a gap between them, single letters do without.
    let private latexBeside (left: string) (right: string) =
        let isWord (text: string) = text.Contains "\\mathrm"
        let gap = if isWord left || isWord right then " \\, " else " "
        left + gap + right

    // Markup makes lines longer than they look.
    let private latexStyle sizes : Style =
        { Form = fun notation -> notation.Latex
          Name = latexName
          Constant = latexConstant sizes
          Juxtapose = latexBeside
          Row = "^{\\top}"
          Attributes = fun text -> $"\\text{{{escapeLatex text}}}"
          Open = "\\left("
          Close = "\\right)"
          Width = 300 }

    /// The expression as one line of at most `width` characters, with … for its innermost parts when it would be longer. Takes no longer for
    /// a large expression than for a small one.
    let within (width: int) (expr: Expr) : string =
        if width < 1 then
            Errors.argument "Print.within" "there must be room for a character" $"the width is {width}" "give the width of a line?"

        Layout.within (textStyle []) width expr

    /// What ToString gives: a constant as an array, anything else as a line of at most 200 characters.
    let short (expr: Expr) : string =
        match expr.Node with
        | Node.Constant value -> ArrayText.show value
        | _ -> within 200 expr

    let private textBy style (expr: Expr) : string =
        let bindings, result = Layout.lines style expr
        let text = StringBuilder()

        for struct (name, value) in bindings do
            text.Append("let ").Append(name).Append(" = ").Append(value).Append('\n') |> ignore

        text.Append(result).ToString()

    /// The whole expression as mathematics: `let t1 = …` for each part that is used more than once, or that would make a line too long, and
    /// the result in the last line. Broadcasts that NumPy's rules imply are left out; constants past 9 elements show their type only.
    let text (expr: Expr) : string = textBy (textStyle []) expr

    /// As `text`, with names for sizes of axes: where `[ "n", 569 ]` says so, the number 2/569 is written `2/n`. A number is taken for a fraction of a
    /// named size, or of a product of two, when it is 1, 2, 3 or 4 of it to the last bit. Raises ArgumentException for a size that is not positive.
    let textWith (sizes: (string * int) list) (expr: Expr) : string = textBy (textStyle (namedSizes "Print.textWith" sizes)) expr

    let private latexBy style (expr: Expr) : string =
        match Layout.lines style expr with
        | [], result -> result
        | bindings, result ->
            let text = StringBuilder("\\begin{aligned}\n")

            for struct (name, value) in bindings do
                text.Append("  ").Append(name).Append(" &= ").Append(value).Append(" \\\\\n") |> ignore

            text.Append("  & ").Append(result).Append("\n\\end{aligned}").ToString()

    /// The whole expression as LaTeX for mathematics mode, with amsmath's commands. Lines as in `text`, several of them as `aligned`.
    let latex (expr: Expr) : string = latexBy (latexStyle []) expr

    /// As `latex`, with names for sizes of axes as in `textWith`.
    let latexWith (sizes: (string * int) list) (expr: Expr) : string = latexBy (latexStyle (namedSizes "Print.latexWith" sizes)) expr

    /// The graph in Graphviz's language: `dot -Tsvg` draws it. Past 200 arrows it shows what is nearest to the result.
    let graphviz (expr: Expr) : string = Diagram.graphviz expr

    /// The graph as a Mermaid flowchart, which Markdown viewers draw. Past 200 arrows it shows what is nearest to the result.
    let mermaid (expr: Expr) : string = Diagram.mermaid expr
