namespace Fluxion

open Register

/// log Γ and its derivative, of numbers above 0 by the series of Gamma; all others are computed one by one. (Abramowitz and Stegun, "Handbook of
/// Mathematical Functions", 6.1.33, 6.1.41 and 6.3.18.)
module internal GammaFunction =
    // Of a series, float32 needs the first terms.
    let private series (terms: int) (coefficients: float[]) (x: Register) =
        polynomial (List.truncate (byType terms coefficients.Length x) (List.ofArray coefficients)) x

    // NaN as it comes, for of two NaNs a fused product keeps one or the other; and up to 0 a call for each element.
    let private aboveZero (instruction: Unary) (x: Register) (result: Register) =
        let otherwise = select (equal x x) result x
        let isOther = lessEqual x (x.Constant 0.0)
        x.Write(Instruction.CallScalar(instruction, isOther.Number, x.Number, otherwise.Number))

    // How many of the masks are set.
    let private count (masks: Register list) = masks |> List.map (fun mask -> bitAnd mask (mask.Constant 1.0)) |> List.reduce (+.)

    /// log Γ(x): by Stirling's series from 10 on; below that from x's neighbour between 1½ and 2½, by way of x - 1, x - 2, …; and below 1½ from x + 1 or x + 2.
    let logGamma (x: Register) =
        let number (value: float) = x.Constant value
        let one = number 1.0
        let isBelow, isSmall = less x (number 1.5), less x (number 0.5)
        let steps = [ for i in 1..8 -> less (number (float i + 1.5)) x ]

        let product =
            steps
            |> List.mapi (fun i mask -> select mask (x -. number (float i + 1.0)) one)
            |> List.reduce ( *. )

        let fromTwo = select isBelow (select isSmall x (x -. one)) (x -. count steps -. number 2.0)
        let isFar = lessEqual (number 10.0) x
        let factors = select isSmall (x *. (one +. x)) (select isBelow x product)
        let logarithm = Logarithms.log (select isFar x factors)
        let sum = fromTwo *. series 14 Gamma.nearTwo fromTwo
        let near = select isBelow (sum -. logarithm) (sum +. logarithm)
        let inverse = one /. x
        let rest = multiplyAdd inverse (series 4 Gamma.stirlingTerms (inverse *. inverse)) (number Gamma.stirlingConstant)
        let far = multiplyAdd (x -. number 0.5) (logarithm -. one) rest
        aboveZero Unary.LogGamma x (select isFar far near)

    /// digamma x: by its series about its root there, elsewhere from x + 8 down, in float32 from x + 6.
    let digamma (x: Register) =
        let number (value: float) = x.Constant value
        let one = number 1.0
        let start = byType 6 8 x
        let places = [ start - 1 .. -1 .. 0 ]
        let steps = [ for i in places -> less x (number (float (start - i))) ]

        let passed =
            List.map2 (fun i mask -> bitAnd mask (one /. (x +. number (float i)))) places steps
            |> List.reduce (+.)

        let shifted = x +. count steps
        let inverse = one /. shifted
        let square = inverse *. inverse
        let bend = multiplyAdd square (series 5 Gamma.digammaTerms square) (inverse *. number 0.5)
        let far = Logarithms.log shifted -. bend -. passed
        let single = float (float32 Gamma.root)
        let root, rest = byType (single, Gamma.root - single + Gamma.rootRest) (Gamma.root, Gamma.rootRest) x
        let distance = x -. number root
        let isNear = lessEqual (magnitude distance) (number (byType 0.5 0.3 x))
        let distance = distance -. number rest
        aboveZero Unary.Digamma x (select isNear (distance *. series 20 Gamma.nearRoot distance) far)
