/// What info says is what is so.
module Fluxion.Tests.PlatformTests

open System
open Fluxion
open Fluxion.Kernels

let private lineOf (name: string) =
    (info ()).Split '\n'
    |> Array.find (fun line -> line.StartsWith(name, StringComparison.Ordinal))
    |> fun line -> line.Substring(name.Length).Trim()

let tests =
    testList
        "Platform"
        [ testCase "info tells version, runtime, vectors, threads and matrix products" (fun () ->
              Expect.isTrue ((lineOf "Fluxion").StartsWith "0.1.0") "the version that Directory.Build.props sets"
              Expect.isTrue ((lineOf "runtime").Contains(string Environment.Version.Major)) "the runtime"
              Expect.isTrue ((lineOf "vectors").StartsWith $"{int Simd.Width} bits") "the width in use"
              Expect.isTrue ((lineOf "threads").StartsWith $"at most {Threads.Count} ") "the number in use"
              Expect.isTrue ((lineOf "matrix products").Contains "MathNet.Numerics uses") "both users of products")

          testCase "info has the value of the moment" (fun () ->
              let count = Threads.Count

              try
                  Threads.Count <- count + 3
                  Expect.isTrue ((lineOf "threads").StartsWith $"at most {count + 3} ") "three more"
              finally
                  Threads.Count <- count) ]
