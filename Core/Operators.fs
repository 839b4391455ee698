/// One operator more, for those who open it.
module Fluxion.Operators

/// The matrix product: `x *@ w + b`. As tight as `*`; see Expr.matmul.
let ( *@ ) (left: Expr) (right: Expr) : Expr = Expr.matmul left right
