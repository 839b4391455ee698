namespace Fluxion

open System
open System.Numerics

/// log(exp x + exp y). Where that is nearly 0, the sum is nearly 1, and what it is above 1 must be known to twice the digits of float64 or more.
module internal LogSum =
    /// Where the result is smaller than this part of the larger term, too many digits have cancelled.
    let cancelled = 1.0 / 64.0

    // What cancels more than this has too few of a sum's hundred bits left.
    let private wanted = Math.ScaleB(1.0, -57)

    let private nearBits = 256
    let private nearLn2 = lazy (FixedPoint.ln2 nearBits)

    // exp x + exp y - 1, in as many bits as exp y has leading zeros, and 192 more.
    let private exactly (x: float) (y: float) : float =
        let bits = max nearBits (192 - Math.ILogB(Math.Exp y))
        let ln2 = if bits = nearBits then nearLn2.Value else FixedPoint.ln2 bits
        let exp x = FixedPoint.exp bits ln2 (FixedPoint.ofFloat bits x)
        Math.ScaleB(float (exp x + exp y - (BigInteger.One <<< bits)), -bits)

    /// log(exp x + exp y) where that is nearly 0.
    let nearOne (x: float) (y: float) : float =
        let larger, smaller = Math.Max(x, y), Math.Min(x, y)
        let term = DoubleDouble.exp smaller
        let beyond = DoubleDouble.add (DoubleDouble.expm1 (DoubleDouble.ofFloat larger)) term

        if abs beyond.High < wanted * term.High then
            Univariate.logOfOnePlus (exactly larger smaller)
        else
            Univariate.logOfOnePlus beyond.High + beyond.Low / (1.0 + beyond.High)

    /// Beyond, the smaller term is 0 beside the larger one.
    let farApart = 1024.0

    /// log(exp x + exp y), of any two numbers.
    let ofTwo (x: float) (y: float) : float =
        let larger, smaller = Math.Max(x, y), Math.Min(x, y)
        let apart = larger - smaller

        let result =
            if x = y then
                // Equal infinities have no difference.
                x + Math.Log 2.0
            elif apart < farApart then
                // Where the terms nearly cancel, the smaller one is the larger number.
                let lost = larger - (apart + smaller)
                larger + Univariate.logOfOnePlus (Math.Exp -apart * (1.0 - lost))
            else
                larger

        if abs result < cancelled * abs larger then nearOne x y else result
