namespace Fluxion

open System
open System.Runtime.Intrinsics
open System.Runtime.Intrinsics.X86

/// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy
/// as 1, 2, 3" (SC11). A block is a pure function of key and counter, so any element of a random tensor can be made on
/// any thread, in any order, with the same result.
module Philox =
    // The multipliers, and the Weyl constants that bump the key (golden ratio and sqrt 3 - 1), from the paper's section 4.
    let private m0, m1 = 0xD2511F53u, 0xCD9E8D57u
    let private w0, w1 = 0x9E3779B9u, 0xBB67AE85u

    // The ten rounds, on words of 32 bits that have 64 to themselves: one block's, or those of several side by side in vectors.
    let inline private rounds
        ([<InlineIfLambda>] word: uint32 -> 'word)
        ([<InlineIfLambda>] multiply: 'word -> 'word -> 'word)
        ([<InlineIfLambda>] high: 'word -> 'word)
        (struct (key0: uint32, key1: uint32))
        (struct (c0: 'word, c1: 'word, c2: 'word, c3: 'word))
        =
        let mutable k0 = key0
        let mutable k1 = key1
        let mutable x0 = c0
        let mutable x1 = c1
        let mutable x2 = c2
        let mutable x3 = c3

        for _ in 1..10 do
            let p0 = multiply (word m0) x0
            let p1 = multiply (word m1) x2
            x0 <- high p1 ^^^ x1 ^^^ word k0
            x1 <- p1 &&& word UInt32.MaxValue
            x2 <- high p0 ^^^ x3 ^^^ word k1
            x3 <- p0 &&& word UInt32.MaxValue
            k0 <- k0 + w0
            k1 <- k1 + w1

        struct (x0, x1, x2, x3)

    /// One block: 128 random bits for a 64-bit key and a 128-bit counter.
    let block (key: struct (uint32 * uint32)) (counter: struct (uint32 * uint32 * uint32 * uint32)) =
        let struct (c0, c1, c2, c3) = counter

        let struct (x0, x1, x2, x3) =
            rounds uint64 (fun x y -> x * y) (fun x -> x >>> 32) key (struct (uint64 c0, uint64 c1, uint64 c2, uint64 c3))

        struct (uint32 x0, uint32 x1, uint32 x2, uint32 x3)

    let private halves (bits: int64) = struct (uint32 bits, uint32 (uint64 bits >>> 32))

    // The last counter word keeps the streams of different uses of one key apart.
    let private uniformStream, private normalStream, private keyStream, private attemptStream = 0u, 1u, 2u, 3u

    let private attempt (stream: uint32) (key: int64) (index: int64) (attempt: uint32) =
        let struct (low, high) = halves index
        block (halves key) struct (low, high, attempt, stream)

    let private at (stream: uint32) (key: int64) (index: int64) = attempt stream key index 0u

    // 53 bits of two words, as a float64 in [0, 1).
    let private unit53 (low: uint32) (high: uint32) = float (((uint64 high <<< 32) ||| uint64 low) >>> 11) * (1.0 / 9007199254740992.0)

    /// Element `index` of the uniform stream of `key`: in [0, 1), on the grid of 53 bits.
    let uniform (key: int64) (index: int64) : float =
        let struct (x0, x1, _, _) = at uniformStream key index
        unit53 x0 x1

    /// The same element on the grid of 24 bits: cut, not rounded, so that as a float32 it stays below 1.
    let uniform24 (key: int64) (index: int64) : float = floor (uniform key index * 16777216.0) / 16777216.0

    // Box and Muller 1958. 1 - u lies in (0, 1], so the logarithm is finite.
    let private gaussian (u: float) (v: float) = sqrt (-2.0 * log (1.0 - u)) * cos (2.0 * Math.PI * v)

    /// Element `index` of the standard normal stream of `key`, from its own block.
    let normal (key: int64) (index: int64) : float =
        let struct (x0, x1, x2, x3) = at normalStream key index
        gaussian (unit53 x0 x1) (unit53 x2 x3)

    /// A standard normal number, and a uniform one that is independent of it, for one of the attempts that element `index` may take.
    let internal normalAndUniform (key: int64) (index: int64) (number: int) : struct (float * float) =
        let struct (x0, x1, x2, x3) = attempt attemptStream key index (2u * uint32 number)
        let struct (y0, y1, _, _) = attempt attemptStream key index (2u * uint32 number + 1u)
        struct (gaussian (unit53 x0 x1) (unit53 x2 x3), unit53 y0 y1)

    /// A new key, from a key and a number: what `Random.foldIn` computes.
    let foldIn (key: int64) (data: int64) : int64 =
        let struct (x0, x1, _, _) = at keyStream key data
        int64 ((uint64 x1 <<< 32) ||| uint64 x0)

    // The 64-bit product of the low halves, which is one instruction where the processor has it.
    let private multiplyWords (x: Vector512<uint64>) (y: Vector512<uint64>) : Vector512<uint64> =
        if Avx512F.IsSupported then
            Avx512F.Multiply(x.AsUInt32(), y.AsUInt32())
        elif Avx2.IsSupported then
            Vector512.Create(
                Avx2.Multiply(x.GetLower().AsUInt32(), y.GetLower().AsUInt32()),
                Avx2.Multiply(x.GetUpper().AsUInt32(), y.GetUpper().AsUInt32())
            )
        else
            x * y

    // Eight blocks, for the indices from `index` on.
    let private atEight (stream: uint32) (key: int64) (index: int64) =
        let indices = Vector512.Create(uint64 index) + Vector512<uint64>.Indices
        let word (bits: uint32) = Vector512.Create(uint64 bits)
        let high (x: Vector512<uint64>) = Vector512.ShiftRightLogical(x, 32)
        let counter = struct (indices &&& word UInt32.MaxValue, high indices, Vector512<uint64>.Zero, word stream)
        rounds word multiplyWords high (halves key) counter

    let private unit53OfEight (low: Vector512<uint64>) (high: Vector512<uint64>) =
        let bits = Vector512.ShiftRightLogical(Vector512.ShiftLeft(high, 32) ||| low, 11)
        Vector512.ConvertToDouble bits * Vector512.Create(1.0 / 9007199254740992.0)

    /// Elements `index` to `index + 7` of the uniform stream of `key`, each as `uniform` makes it.
    let internal uniformEight (key: int64) (index: int64) : Vector512<float> =
        let struct (x0, x1, _, _) = atEight uniformStream key index
        unit53OfEight x0 x1

    /// The same elements as `uniform24` makes them.
    let internal uniform24Eight (key: int64) (index: int64) : Vector512<float> =
        Vector512.Floor(uniformEight key index * Vector512.Create 16777216.0)
        * Vector512.Create(1.0 / 16777216.0)

    /// Elements `index` to `index + 7` of the standard normal stream of `key`, each as `normal` makes it.
    let internal normalEight (key: int64) (index: int64) : Vector512<float> =
        let struct (x0, x1, x2, x3) = atEight normalStream key index
        let u, v = unit53OfEight x0 x1, unit53OfEight x2 x3
        // Lane by lane, as the logarithm and the cosine must be those of one element.
        let inline lane i = gaussian (u.GetElement i) (v.GetElement i)
        Vector512.Create(lane 0, lane 1, lane 2, lane 3, lane 4, lane 5, lane 6, lane 7)
