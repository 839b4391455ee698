namespace Fluxion

open System

/// Laws that bring numbers out of quotients, so that they meet those of other factors: x/√(1 + x²), and not 2 x (1/(2 √(1 + x²))).
module internal Quotients =
    open Row
    open Rules

    // Dividing by a power of two and multiplying by its reciprocal round alike.
    let private (|PowerOfTwo|_|) (number: float) =
        let exponent =
            if Double.IsFinite number && number <> 0.0 then
                Math.ILogB number
            else
                1000

        if abs exponent <= 100 && Math.ScaleB(1.0, exponent) = abs number then
            Some(1.0 / number)
        else
            None

    // A number over a tensor of the quotient's shape.
    let private (|Inverse|_|) (expr: Expr) : (float * Expr) option =
        match expr with
        | Binary Elementwise.divide (Everywhere c, x) when x.DType.IsFloating && Shape.same x.Shape expr.Shape -> Some(c, x)
        | _ -> None

    let laws: Law list =
        [ binary
              "(c / x) * y = c (y / x)"
              Elementwise.multiply
              [ (fun x -> (3.0 / Expr.Exp x) * Expr.Sin x); (fun x -> Expr.Sin x * (1.0 / Expr.Exp x)) ]
              (fun node x y ->
                  match x, y with
                  | (Number _ | Everywhere _), _ -> None
                  | Inverse(c, x), y
                  | y, Inverse(c, x) when Shape.same x.Shape node.Shape && Shape.same y.Shape node.Shape -> Some(x.Literal c * (y / x))
                  | _ -> None)
          binary "(c x) / y = c (x / y)" Elementwise.divide [ fun x -> (3.0 * Expr.Sin x) / Expr.Exp x ] (fun node x y ->
              match x with
              | Scaled(c, x) when Shape.same x.Shape node.Shape -> Some(x.Literal c * (x / y))
              | _ -> None)
          binary "x / (c y) = (1/c) (x / y)" Elementwise.divide [ fun x -> Expr.Sin x / (3.0 * Expr.Exp x) ] (fun node x y ->
              match x, y with
              | (Number _ | Everywhere _), _ -> None
              | x, Scaled(c, y) when Shape.same y.Shape node.Shape && mayJoin 1.0 (1.0 / c) y.DType -> Some(y.Literal(1.0 / c) * (x / y))
              | _ -> None)
          number "x / c = (1/c) x for powers of two" Elementwise.divide [ (fun x -> x / 2.0); (fun x -> x / -0.25) ] (fun node x y ->
              match x, y with
              | (Number _ | Everywhere _), _ -> None
              | x, Number(PowerOfTwo inverse) when x.DType.IsFloating && Shape.same x.Shape node.Shape -> Some(x.Literal inverse * x)
              | _ -> None) ]
