namespace Fluxion.Tests

open System
open System.Numerics
open Fluxion
open Fluxion.Kernels

/// Numbers that the kernels are compiled for, and all the ways that they may take.
module Paths =
    let private widths =
        [ SimdWidth.Vector512; SimdWidth.Vector256; SimdWidth.Vector128 ] |> List.filter Simd.IsSupported

    /// Every vector width of this processor with 1, 2 and 3 threads.
    let all =
        [ for width in widths do
              for threads in [ 1; 2; 3 ] -> width, threads ]

    /// Every way of running compiled loops: without code of their own, and with that of every width.
    let internal tiers = (Tier.Interpreted, Simd.Width) :: (widths |> List.map (fun width -> Tier.Emitted, width))

    /// Runs `f` on a path, and afterwards goes back to the widest and to all threads.
    let on (width, threads) f =
        let width', threads' = Simd.Width, Threads.Count

        try
            Simd.Use width
            Threads.Count <- threads
            f ()
        finally
            Simd.Use width'
            Threads.Count <- threads'

    /// The bits, so that NaN equals itself and -0 differs from +0.
    let bits<'T when 'T :> IBinaryFloatingPointIeee754<'T>> (xs: 'T[]) =
        xs |> Array.map (fun x -> BitConverter.DoubleToInt64Bits(Double.CreateChecked x))

    /// `f` gives the numbers of `expected`, bit for bit, on every path.
    let expectBits (expected: 'T[]) (f: unit -> 'T[]) message =
        for width, threads in all do
            Expect.sequenceEqual (bits (on (width, threads) f)) (bits expected) $"{message} ({width}, {threads} threads)"

    /// The same bits on every path, whichever they are; returns the numbers.
    let expectSameBits f message =
        let first = on all.Head f
        expectBits first f message
        first

    /// Reproducible numbers between -1 and 1.
    let numbers<'T when 'T :> INumberBase<'T>> (seed: int) count =
        let random = Random seed
        Array.init count (fun _ -> 'T.CreateTruncating(random.NextDouble() * 2.0 - 1.0))
