namespace Fluxion

/// How tightly printed operators bind: what binds looser than its place asks for goes into parentheses.
module Precedence =
    let comparison = 1
    let sum = 2
    /// Written as juxtaposition. Looser than `*` and `/`, so that it never touches them: `2*(X w)` and `(2*X) w` are different things.
    let matrixProduct = 3
    /// Looser than a product, for `(a/b)*c` is often misread without its parentheses.
    let quotient = 4
    let product = 5
    let sign = 6
    let power = 7
    /// `x²` and `Xᵀ`.
    let superscript = 8
    /// `x[0]`.
    let index = 9
    /// Names, calls, and all that brings brackets of its own.
    let atom = 10

/// How an op stands in printed mathematics. Arguments are numbered from 0.
[<RequireQualifiedAccess>]
type Form =
    /// `name(arguments, attributes)`.
    | Call of name: string
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
