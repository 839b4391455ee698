namespace Fluxion

/// How tightly printed operators bind: what binds looser than its place asks for goes into parentheses.
module Precedence =
    let comparison = 1
    let sum = 2
    /// A product whose factors have parts of their own, with gaps around its operator: `2/3 * X w`.
    let spacedProduct = 3
    /// Written as juxtaposition. Looser than `*` and `/` without gaps, so that it never touches them: `2 * X w` and `(2*X) w` are
    /// different things.
    let matrixProduct = 4
    /// Looser than a product, for `a/b*c` is often misread.
    let quotient = 5
    let product = 6
    let sign = 7
    let power = 8
    /// `x²` and `Xᵀ`.
    let superscript = 9
    /// `x[0]`.
    let index = 10
    /// Names, calls, and all that brings brackets of its own.
    let atom = 11

/// How an op stands in printed mathematics. Arguments are numbered from 0.
[<RequireQualifiedAccess>]
type Form =
    /// `name(arguments, attributes)`.
    | Call of name: string
    /// The same, without an axis that is the result's last one.
    | CallAlong of name: string
    /// Between two factors: `tight`, `loose` where one of them is a quotient or a product of matrices, `scaled` behind a number.
    | Product of tight: string * loose: string * scaled: string option
    /// Two factors beside one another.
    | Juxtaposed
    /// Between two arguments; `associative` when the right one needs no parentheses at the same precedence.
    | Infix of symbol: string * precedence: int * associative: bool
    /// Before its argument.
    | Prefix of symbol: string * precedence: int
    /// Behind its argument, which stands without parentheses when it binds at least as tightly as `argument` says.
    | Postfix of symbol: string * precedence: int * argument: int
    /// A text with `{0}`, `{1}` in the arguments' places, and the precedence that each of them needs to stand without parentheses.
    | Template of template: string * precedence: int * arguments: int list
    /// A call that is left out where NumPy's broadcasting does the same by itself.
    | Implicit of name: string

/// An op in plain text and in LaTeX.
type Notation = { Text: Form; Latex: Form }
