namespace Fluxion

open System
open System.Numerics

/// Numbers with many bits below the point, as whole numbers: for the rare element for which float64 is too coarse.
module internal FixedPoint =
    /// A finite number, cut below the last bit.
    let ofFloat (bits: int) (x: float) : BigInteger =
        let pattern = BitConverter.DoubleToInt64Bits(abs x)
        let field = int (pattern >>> 52)
        let fraction = pattern &&& 0xFFFFFFFFFFFFFL
        let significand = BigInteger(if field = 0 then fraction else fraction ||| 0x10000000000000L)
        let size = significand <<< (bits + max field 1 - 1075)
        if x < 0.0 then -size else size

    // The sum of terms, each made from the one before it and its place, until they vanish.
    let private sum (first: BigInteger) (next: int -> BigInteger -> BigInteger) (term: int -> BigInteger -> BigInteger) : BigInteger =
        let mutable total, power, k = BigInteger.Zero, first, 0

        while not power.IsZero do
            total <- total + term k power
            k <- k + 1
            power <- next k power

        total

    // arctan (1/n), by its series.
    let private arctanOfInverse (bits: int) (n: int) : BigInteger =
        let square = BigInteger(n * n)

        sum ((BigInteger.One <<< bits) / BigInteger n) (fun _ power -> power / square) (fun k power ->
            let term = power / BigInteger(2 * k + 1)
            if k % 2 = 0 then term else -term)

    /// π. (Machin, 1706.)
    let pi (bits: int) : BigInteger = BigInteger 16 * arctanOfInverse bits 5 - BigInteger 4 * arctanOfInverse bits 239

    /// The product of two numbers.
    let times (bits: int) (x: BigInteger) (y: BigInteger) : BigInteger = (x * y) >>> bits

    /// The quotient of two numbers.
    let over (bits: int) (x: BigInteger) (y: BigInteger) : BigInteger = (x <<< bits) / y

    /// sin x, by its series: for small x.
    let sin (bits: int) (x: BigInteger) : BigInteger =
        let square = times bits x x
        sum x (fun k power -> -(times bits power square) / BigInteger(2 * k * (2 * k + 1))) (fun _ term -> term)

    /// exp x of a number up to 0, by log 2 for its exponent, and its series.
    let exp (bits: int) (ln2: BigInteger) (x: BigInteger) : BigInteger =
        let halvings = int (-x / ln2) + 1
        let rest = x + BigInteger halvings * ln2

        let significand =
            sum (BigInteger.One <<< bits) (fun k power -> times bits power rest / BigInteger k) (fun _ term -> term)

        significand >>> halvings

    // log ((1 + s) / (1 - s)), by its series.
    let private logOfRatio (bits: int) (s: BigInteger) : BigInteger =
        let square = times bits s s

        BigInteger 2
        * sum s (fun _ power -> times bits power square) (fun k power -> power / BigInteger(2 * k + 1))

    /// log 2.
    let ln2 (bits: int) : BigInteger = logOfRatio bits ((BigInteger.One <<< bits) / BigInteger 3)

    /// log x of a positive number, by log 2 for its exponent, and its significand, which is at least 1.
    let log (bits: int) (ln2: BigInteger) (x: BigInteger) : BigInteger =
        let one = BigInteger.One <<< bits
        let exponent = int (x.GetBitLength()) - 1 - bits
        let significand = if exponent > 0 then x >>> exponent else x <<< -exponent
        logOfRatio bits (over bits (significand - one) (significand + one)) + BigInteger exponent * ln2
