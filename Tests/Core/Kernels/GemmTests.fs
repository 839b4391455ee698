module Fluxion.Tests.GemmTests

open System
open System.Numerics
open FsCheck
open FsCheck.FSharp
open Fluxion.Kernels

/// How a matrix of a random product lies in memory.
type Storage =
    | RowMajor
    | ColumnMajor
    /// Rows with a gap between them.
    | Padded
    /// A row that is read again and again; not for C.
    | Repeated

type Product =
    { M: int
      N: int
      K: int
      Batch: int
      A: Storage
      B: Storage
      C: Storage
      IsShared: bool
      Alpha: float
      Beta: float
      Seed: int }

let private layout storage rows columns =
    match storage with
    | RowMajor -> MatrixLayout.RowMajor(rows, columns)
    | ColumnMajor -> MatrixLayout.ColumnMajor(rows, columns)
    | Padded -> MatrixLayout(rows, columns, columns + 3, 1)
    | Repeated -> MatrixLayout(rows, columns, 0, 1)

let private products =
    let size =
        Gen.frequency [ 4, Gen.choose (0, 20); 2, Gen.choose (20, 70); 1, Gen.elements [ 1; 12; 13; 16; 32; 33; 64 ] ]

    let depth = Gen.frequency [ 5, size; 1, Gen.choose (250, 600) ]
    let storage = Gen.elements [ RowMajor; ColumnMajor; Padded; Repeated ]

    gen {
        let! m, n, k = Gen.zip3 size size depth
        let! a, b = Gen.zip storage storage
        let! c = Gen.elements [ RowMajor; ColumnMajor; Padded ]
        let! batch = Gen.frequency [ 3, Gen.constant 1; 1, Gen.choose (0, 4) ]
        let! isShared = Gen.elements [ true; false ]
        let! alpha, beta = Gen.zip (Gen.elements [ 1.0; 0.0; -0.7 ]) (Gen.elements [ 0.0; 1.0; 0.3 ])
        let! seed = Gen.choose (0, 1_000_000)

        return
            { M = m
              N = n
              K = k
              Batch = batch
              A = a
              B = b
              C = c
              IsShared = isShared
              Alpha = alpha
              Beta = beta
              Seed = seed }
    }
    |> Arb.fromGen

/// The rounding that Gemm promises, one element at a time: chains of fused multiply-adds over 256 terms.
let private element<'T when 'T: equality and 'T :> IBinaryFloatingPointIeee754<'T>>
    (alpha: 'T)
    (a: int -> 'T)
    (b: int -> 'T)
    k
    (beta: 'T)
    (c: 'T)
    =
    let mutable result = if beta = 'T.Zero then 'T.Zero else beta * c

    if alpha <> 'T.Zero then
        for start in 0..256 .. k - 1 do
            let mutable chain = 'T.Zero

            for p in start .. min k (start + 256) - 1 do
                chain <- 'T.FusedMultiplyAdd(a p, b p, chain)

            result <-
                if start = 0 && beta = 'T.Zero then
                    alpha * chain
                else
                    'T.FusedMultiplyAdd(alpha, chain, result)

    result

let inline private at (layout: MatrixLayout) i j = i * layout.RowStride + j * layout.ColumnStride

let private matchesNaive<'T
    when 'T: unmanaged
    and 'T :> ValueType
    and 'T: struct
    and 'T: equality
    and 'T: (new: unit -> 'T)
    and 'T :> IBinaryFloatingPointIeee754<'T>>
    (p: Product)
    =
    let la, lb, lc = layout p.A p.M p.K, layout p.B p.K p.N, layout p.C p.M p.N
    let sa, sb, sc = int la.Extent, (if p.IsShared then 0 else int lb.Extent), int lc.Extent
    let a = Paths.numbers<'T> p.Seed (max 1 p.Batch * sa)
    let b = Paths.numbers<'T> (p.Seed + 1) (max 1 p.Batch * int lb.Extent)
    // Behind C stand numbers that must survive.
    let c = Paths.numbers<'T> (p.Seed + 2) (p.Batch * sc + 5)
    let alpha, beta = 'T.CreateTruncating p.Alpha, 'T.CreateTruncating p.Beta

    let multiply () =
        let result = Array.copy c
        Gemm.MultiplyBatch<'T>(p.Batch, alpha, a.AsSpan(), la, sa, b.AsSpan(), lb, sb, beta, result.AsSpan(), lc, sc)
        result

    // The result, where `product` says what becomes of an element of C, given the terms of its sum.
    let expected product =
        let result = Array.copy c

        for batch in 0 .. p.Batch - 1 do
            for i in 0 .. p.M - 1 do
                for j in 0 .. p.N - 1 do
                    let target = batch * sc + at lc i j
                    let row q = a[batch * sa + at la i q]
                    let column q = b[batch * sb + at lb q j]
                    result[target] <- product row column c[target]

        result

    if p.M = 1 || p.N = 1 then
        // Products with a vector have orders of their own, the same on every path: they are judged by sums in float64.
        let double (x: 'T) = Double.CreateChecked x

        let exact row column old =
            element (double alpha) (row >> double) (column >> double) p.K (double beta) (double old)
            |> 'T.CreateTruncating

        let actual = Paths.expectSameBits multiply "a product with a vector"
        // One rounding for each term, and for alpha, beta and the sum with C.
        let unit =
            if typeof<'T> = typeof<float> then
                Math.ScaleB(1.0, -53)
            else
                Math.ScaleB(1.0, -24)

        let tolerance = float (p.K + 4) * unit
        let close a e = Expect.close tolerance (double a) (double e) "a product with a vector"
        Array.iter2 close actual (expected exact)
    else
        Paths.expectBits (expected (fun row column old -> element alpha row column p.K beta old)) multiply "product"

let private large m n k storageA storageB =
    { M = m
      N = n
      K = k
      Batch = 1
      A = storageA
      B = storageB
      C = RowMajor
      IsShared = false
      Alpha = 1.0
      Beta = 0.0
      Seed = 7 }

let private multiplyPlain (a: float32[]) (b: float32[]) m n k =
    let c = Array.zeroCreate<float32>(m * n)
    Gemm.Multiply<float32>(m, n, k, a.AsSpan(), b.AsSpan(), c.AsSpan())
    c

let private message (action: unit -> unit) = (Expect.throws<ArgumentException> action "bad arguments").Message

let tests =
    testList
        "Kernels/Gemm"
        [ testPropertyWith (Config.Quick.WithMaxTest 200) "float32: the promised bits, for any shape, layout, batch, width and threads"
          <| Prop.forAll products matchesNaive<float32>

          testPropertyWith (Config.Quick.WithMaxTest 200) "float: the promised bits, for any shape, layout, batch, width and threads"
          <| Prop.forAll products matchesNaive<float>

          testCase "products large enough for threads and packing"
          <| fun () ->
              for p in
                  [ large 150 140 300 RowMajor RowMajor
                    large 130 257 520 ColumnMajor ColumnMajor
                    large 500 130 130 RowMajor Padded
                    large 30 2100 70 RowMajor RowMajor
                    // Rows 2 kB and 4 kB apart, which are packed.
                    large 260 100 512 RowMajor RowMajor
                    large 100 1030 300 ColumnMajor RowMajor
                    { large 40 50 60 RowMajor RowMajor with Batch = 40 }
                    // With vectors, along and across the rows of the matrix.
                    large 1 2100 701 RowMajor RowMajor
                    large 1 701 2100 Padded ColumnMajor
                    large 2003 1 517 RowMajor RowMajor
                    large 517 1 2003 ColumnMajor Padded
                    { large 1 300 250 RowMajor ColumnMajor with Batch = 9 }
                    { large 40 50 60 RowMajor RowMajor with Batch = 40; IsShared = true } ] do
                  matchesNaive<float32> p
                  matchesNaive<float> p

          testCase "NaN and infinity go where the sum takes them, and nowhere else"
          <| fun () ->
              let m, n, k = 20, 21, 30
              let a, b = Paths.numbers<float32> 1 (m * k), Paths.numbers<float32> 2 (k * n)
              a[3 * k + 4] <- nanf
              b[5 * n + 6] <- infinityf
              b[9 * n + 6] <- -infinityf
              let c = multiplyPlain a b m n k

              for i in 0 .. m - 1 do
                  for j in 0 .. n - 1 do
                      let isSpoilt = i = 3 || j = 6
                      Expect.equal (Single.IsFinite c[i * n + j]) (not isSpoilt) $"element {i}, {j}"

          testCase "zero times NaN is NaN; beta = 0 overwrites a NaN; alpha = 0 reads no operand"
          <| fun () ->
              Expect.isTrue (multiplyPlain [| nanf; 1f |] [| 0f; 0f; 0f; 0f |] 1 2 2 |> Array.forall Single.IsNaN) "0 · NaN"
              let layout = MatrixLayout.RowMajor(2, 2)
              let a, b = [| nanf; 1f; 1f; 1f |], Array.create 4 1f

              let scaled alpha beta (c: float32[]) =
                  Gemm.Multiply<float32>(alpha, a, layout, b, layout, beta, c, layout)
                  c

              Expect.sequenceEqual (scaled 0f 0f (Array.create 4 nanf)) (Array.create 4 0f) "alpha = 0, beta = 0"
              Expect.sequenceEqual (scaled 0f 2f (Array.create 4 3f)) (Array.create 4 6f) "alpha = 0, beta = 2"
              Expect.sequenceEqual (scaled 1f 0f (Array.create 4 nanf) |> Array.skip 2) [| 2f; 2f |] "beta = 0"

          testCase "no sum at all is zero"
          <| fun () -> Expect.sequenceEqual (multiplyPlain [||] [||] 2 3 0) (Array.create 6 0f) "k = 0"

          testCase "a warm product allocates nothing, on one thread and on two"
          <| fun () ->
              let a, b, c = Paths.numbers<float32> 1 40000, Paths.numbers<float32> 2 40000, Array.zeroCreate<float32> 40000
              let run () = Gemm.Multiply<float32>(200, 200, 200, a.AsSpan(), b.AsSpan(), c.AsSpan())

              for threads in [ 1; 2 ] do
                  Paths.on (Simd.Width, threads) (fun () ->
                      for _ in 1..20 do
                          run ()

                      Expect.allocatesNothing run $"on {threads} threads")

          testCase "errors name the place, both sizes and a remedy"
          <| fun () ->
              let x = Array.zeroCreate<float32> 100
              let rowMajor r c = MatrixLayout.RowMajor(r, c)
              let multiply la lb lc = fun () -> Gemm.Multiply<float32>(1f, x, la, x, lb, 0f, x, lc)

              Expect.equal
                  (message (multiply (rowMajor 3 4) (rowMajor 5 6) (rowMajor 3 6)))
                  "Gemm.Multiply: inner dimensions must agree, but A is 3×4 and B is 5×6; transpose an operand?"
                  "inner dimensions"

              Expect.isTrue ((message (multiply (rowMajor 3 4) (rowMajor 4 6) (rowMajor 6 3))).Contains "C must be 3×6, but it is 6×3") "C"
              Expect.isTrue ((message (multiply (rowMajor 30 4) (rowMajor 4 2) (rowMajor 30 2))).Contains "needs 120 numbers") "span"
              Expect.isTrue ((message (multiply (rowMajor -1 4) (rowMajor 4 2) (rowMajor -1 2))).Contains "0 or more") "negative"

              Expect.throws<NotSupportedException>
                  (fun () -> Gemm.Multiply<Half>(0, 0, 0, Span<Half>.op_Implicit Span.Empty, Span<Half>.op_Implicit Span.Empty, Span.Empty))
                  "half"
              |> ignore ]
