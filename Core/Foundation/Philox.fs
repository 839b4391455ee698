namespace Fluxion

open System

/// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy
/// as 1, 2, 3" (SC11). A block is a pure function of key and counter, so any element of a random tensor can be made on
/// any thread, in any order, with the same result.
module Philox =
    // The multipliers, and the Weyl constants that bump the key (golden ratio and sqrt 3 - 1), from the paper's section 4.
    let private m0, m1 = 0xD2511F53UL, 0xCD9E8D57UL
    let private w0, w1 = 0x9E3779B9u, 0xBB67AE85u

    /// One block: 128 random bits for a 64-bit key and a 128-bit counter.
    let block (key: struct (uint32 * uint32)) (counter: struct (uint32 * uint32 * uint32 * uint32)) =
        let struct (key0, key1) = key
        let struct (c0, c1, c2, c3) = counter
        let mutable k0, k1 = key0, key1
        let mutable x0, x1, x2, x3 = c0, c1, c2, c3

        for _ in 1..10 do
            let p0, p1 = m0 * uint64 x0, m1 * uint64 x2
            let y0 = uint32 (p1 >>> 32) ^^^ x1 ^^^ k0
            let y2 = uint32 (p0 >>> 32) ^^^ x3 ^^^ k1
            x0 <- y0
            x1 <- uint32 p1
            x2 <- y2
            x3 <- uint32 p0
            k0 <- k0 + w0
            k1 <- k1 + w1

        struct (x0, x1, x2, x3)

    let private halves (bits: int64) = struct (uint32 bits, uint32 (uint64 bits >>> 32))

    // The last counter word keeps the streams of different uses of one key apart.
    let private at (stream: uint32) (key: int64) (index: int64) =
        let struct (low, high) = halves index
        block (halves key) struct (low, high, 0u, stream)

    // 53 bits of two words, as a float64 in [0, 1).
    let private unit53 (low: uint32) (high: uint32) = float (((uint64 high <<< 32) ||| uint64 low) >>> 11) * (1.0 / 9007199254740992.0)

    /// Element `index` of the uniform stream of `key`: in [0, 1), on the grid of 53 bits.
    let uniform (key: int64) (index: int64) : float =
        let struct (x0, x1, _, _) = at 0u key index
        unit53 x0 x1

    /// The same element on the grid of 24 bits: cut, not rounded, so that as a float32 it stays below 1.
    let uniform24 (key: int64) (index: int64) : float = floor (uniform key index * 16777216.0) / 16777216.0

    /// Element `index` of the standard normal stream of `key` (Box and Muller 1958), from its own block.
    let normal (key: int64) (index: int64) : float =
        let struct (x0, x1, x2, x3) = at 1u key index
        // 1 - u lies in (0, 1], so the logarithm is finite.
        let radius = sqrt (-2.0 * log (1.0 - unit53 x0 x1))
        radius * cos (2.0 * Math.PI * unit53 x2 x3)

    /// A new key, from a key and a number: what `Random.foldIn` computes.
    let foldIn (key: int64) (data: int64) : int64 =
        let struct (x0, x1, _, _) = at 2u key data
        int64 ((uint64 x1 <<< 32) ||| uint64 x0)
