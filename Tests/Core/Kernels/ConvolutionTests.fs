module Fluxion.Tests.ConvolutionTests

open System
open System.Numerics
open FsCheck
open FsCheck.FSharp
open Fluxion.Kernels

let private shapes =
    gen {
        let! batch, groups = Gen.zip (Gen.choose (0, 3)) (Gen.choose (1, 3))
        let! inChannels, outChannels = Gen.zip (Gen.choose (1, 4)) (Gen.choose (1, 5))
        let! height, width = Gen.zip (Gen.choose (1, 12)) (Gen.choose (1, 40))
        let! kernelHeight, kernelWidth = Gen.zip (Gen.choose (1, 4)) (Gen.choose (1, 5))
        let! strideY, strideX = Gen.zip (Gen.choose (1, 3)) (Gen.frequency [ 2, Gen.constant 1; 1, Gen.choose (2, 3) ])
        let! paddingY, paddingX = Gen.zip (Gen.choose (0, 3)) (Gen.choose (0, 3))
        let! dilationY, dilationX = Gen.zip (Gen.choose (1, 3)) (Gen.choose (1, 3))

        return
            ConvolutionShape(
                batch,
                groups * inChannels,
                height,
                width,
                groups * outChannels,
                kernelHeight,
                kernelWidth,
                StrideY = strideY,
                StrideX = strideX,
                PaddingY = paddingY,
                PaddingX = paddingX,
                DilationY = dilationY,
                DilationX = dilationX,
                Groups = groups
            )
    }
    |> Arb.fromGen

/// Every product of the definition: which element of x meets which of w for which of y.
let private meetings (s: ConvolutionShape) =
    let inGroup, outGroup = s.InChannels / s.Groups, s.OutChannels / s.Groups

    [| for b in 0 .. s.Batch - 1 do
           for o in 0 .. s.OutChannels - 1 do
               for i in 0 .. s.OutHeight - 1 do
                   for j in 0 .. s.OutWidth - 1 do
                       for c in 0 .. inGroup - 1 do
                           for p in 0 .. s.KernelHeight - 1 do
                               for q in 0 .. s.KernelWidth - 1 do
                                   let y = i * s.StrideY + p * s.DilationY - s.PaddingY
                                   let x = j * s.StrideX + q * s.DilationX - s.PaddingX

                                   if y >= 0 && y < s.InHeight && x >= 0 && x < s.InWidth then
                                       let channel = o / outGroup * inGroup + c

                                       struct (((b * s.InChannels + channel) * s.InHeight + y) * s.InWidth + x,
                                               ((o * inGroup + c) * s.KernelHeight + p) * s.KernelWidth + q,
                                               ((b * s.OutChannels + o) * s.OutHeight + i) * s.OutWidth + j) |]

let private expectClose<'T when 'T :> INumberBase<'T>> tolerance (actual: 'T[]) (expected: float[]) message =
    Expect.equal actual.Length expected.Length message

    for i in 0 .. actual.Length - 1 do
        Expect.close tolerance (Double.CreateChecked actual[i]) expected[i] $"{message}, element {i}"

let private matchesDefinition<'T
    when 'T: unmanaged
    and 'T: struct
    and 'T :> ValueType
    and 'T: equality
    and 'T: (new: unit -> 'T)
    and 'T :> IBinaryFloatingPointIeee754<'T>>
    tolerance
    (s: ConvolutionShape)
    =
    let x, w = Paths.numbers<'T> 1 (int s.InLength), Paths.numbers<'T> 2 (int s.KernelLength)
    let dy = Paths.numbers<'T> 3 (int s.OutLength)
    let toFloat = Array.map (fun (number: 'T) -> Double.CreateChecked number)
    let x', w', dy' = toFloat x, toFloat w, toFloat dy
    let y, dx, dw = Array.zeroCreate dy.Length, Array.zeroCreate x.Length, Array.zeroCreate w.Length

    for struct (ix, iw, iy) in meetings s do
        y[iy] <- y[iy] + x'[ix] * w'[iw]
        dx[ix] <- dx[ix] + dy'[iy] * w'[iw]
        dw[iw] <- dw[iw] + dy'[iy] * x'[ix]

    // Written over whatever was there.
    let fresh count = Array.create count 'T.NaN

    let run length convolve =
        Paths.expectSameBits
            (fun () ->
                let result = fresh length
                convolve result
                result)
            (string s)

    let forward = run y.Length (fun result -> Convolution.Forward<'T>(&s, x, w, result))
    let ofInput = run x.Length (fun result -> Convolution.GradientOfInput<'T>(&s, dy, w, result))
    let ofKernel = run w.Length (fun result -> Convolution.GradientOfKernel<'T>(&s, x, dy, result))
    expectClose tolerance forward y $"y of {s}"
    expectClose tolerance ofInput dx $"dx of {s}"
    expectClose (tolerance * 10.0) ofKernel dw $"dw of {s}"

let tests =
    testList
        "Kernels/Convolution"
        [ testProperty "float32: forward and both gradients are the definition, with the same bits on every path"
          <| Prop.forAll shapes (matchesDefinition<float32> 2e-5)

          testProperty "float: forward and both gradients are the definition, with the same bits on every path"
          <| Prop.forAll shapes (matchesDefinition<float> 1e-13)

          testCase "shapes of real networks, large enough for threads and for several blocks"
          <| fun () ->
              for s in
                  [ ConvolutionShape(20, 1, 28, 28, 6, 5, 5, PaddingY = 2, PaddingX = 2)
                    ConvolutionShape(9, 6, 14, 14, 16, 5, 5)
                    ConvolutionShape(1, 32, 28, 28, 32, 3, 3, PaddingY = 1, PaddingX = 1)
                    ConvolutionShape(2, 32, 20, 20, 40, 1, 1)
                    ConvolutionShape(3, 8, 17, 19, 8, 3, 3, Groups = 8, StrideY = 2, StrideX = 2) ] do
                  matchesDefinition<float32> 1e-4 s
                  matchesDefinition<float> 1e-12 s

          testCase "a NaN reaches the outputs whose kernel covers it, and no other"
          <| fun () ->
              let s = ConvolutionShape(1, 1, 8, 9, 2, 3, 3)
              let x, y = Array.create (int s.InLength) 1f, Array.zeroCreate<float32>(int s.OutLength)
              let w = Array.create (int s.KernelLength) 1f
              x[4 * 9 + 4] <- nanf
              Convolution.Forward<float32>(&s, x, w, y)
              Expect.equal (y |> Array.filter Single.IsNaN |> Array.length) 18 "NaN among the outputs"

          testCase "an infinite kernel element reaches the inputs that it covers, and no other"
          <| fun () ->
              let s = ConvolutionShape(1, 1, 6, 6, 1, 3, 3)
              let w, dy, dx = Array.create 9 1f, Array.create 16 1f, Array.zeroCreate<float32> 36
              w[0] <- infinityf
              Convolution.GradientOfInput<float32>(&s, dy, w, dx)

              for y in 0..5 do
                  for x in 0..5 do
                      Expect.equal (Single.IsInfinity dx[y * 6 + x]) (y < 4 && x < 4) $"input {y}, {x}"
                      Expect.isTrue (not (Single.IsNaN dx[y * 6 + x])) $"input {y}, {x} is a number"

          testCase "warm, it allocates nothing"
          <| fun () ->
              let s = ConvolutionShape(8, 3, 12, 12, 4, 3, 3)
              let x, w = Paths.numbers<float32> 1 (int s.InLength), Paths.numbers<float32> 2 (int s.KernelLength)
              let y = Array.zeroCreate<float32>(int s.OutLength)

              let run () =
                  Convolution.Forward<float32>(&s, x, w, y)
                  Convolution.GradientOfInput<float32>(&s, y, w, x)
                  Convolution.GradientOfKernel<float32>(&s, x, y, w)
                  Array.fill y 0 y.Length 1f

              for _ in 1..20 do
                  run ()

              let before = GC.GetAllocatedBytesForCurrentThread()

              for _ in 1..20 do
                  run ()

              Expect.equal (GC.GetAllocatedBytesForCurrentThread() - before) 0L "bytes"

          testCase "errors name the place, what was given and a remedy"
          <| fun () ->
              let forward (s: ConvolutionShape) x =
                  let x, w = Array.zeroCreate<float32> x, Array.zeroCreate<float32>(int s.KernelLength)
                  let y = Array.zeroCreate<float32>(int s.OutLength)
                  let run () = Convolution.Forward<float32>(&s, x, w, y)
                  (Expect.throws<ArgumentException> run "bad arguments").Message

              let s = ConvolutionShape(1, 3, 8, 8, 4, 3, 3)
              Expect.isTrue ((forward s 7).Contains "x must hold batch·channels·height·width = 192 numbers, but it holds 7") "length"
              Expect.isTrue ((forward (ConvolutionShape(1, 3, 8, 8, 4, 3, 3, Groups = 2)) 192).Contains "do not fall into 2") "groups"
              Expect.isTrue ((forward Unchecked.defaultof<_> 0).Contains "must be 1 or more") "default" ]
