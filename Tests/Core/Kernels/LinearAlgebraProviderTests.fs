module Fluxion.Tests.LinearAlgebraProviderTests

open System
open System.Numerics
open FsCheck
open FsCheck.FSharp
open MathNet.Numerics.LinearAlgebra
open MathNet.Numerics.Providers.LinearAlgebra
open Fluxion.Kernels

let private managed = ManagedLinearAlgebraProvider.Instance :> ILinearAlgebraProvider

/// Fluxion's own, and OpenBLAS where this machine has it.
let private providers =
    [ FluxionLinearAlgebraProvider() :> ILinearAlgebraProvider
      match OpenBlas.TryCreate() with
      | true, openBlas, _ -> (nonNull openBlas) :> ILinearAlgebraProvider
      | _ -> () ]

let private transposes = [ Transpose.DontTranspose; Transpose.Transpose; Transpose.ConjugateTranspose ]

let private products =
    gen {
        let size = Gen.choose (1, 40)
        let! m, n, k = Gen.zip3 size size size
        let! transposeA, transposeB = Gen.zip (Gen.elements transposes) (Gen.elements transposes)
        let! alpha, beta = Gen.zip (Gen.elements [ 0.0; 1.0; -2.5 ]) (Gen.elements [ 0.0; 1.0; 0.5 ])
        return m, n, k, transposeA, transposeB, alpha, beta
    }
    |> Arb.fromGen

/// Sizes as they are stored, which is what MathNet's signature asks for.
let private stored transpose rows columns =
    if transpose = Transpose.DontTranspose then
        rows, columns
    else
        columns, rows

let private expectClose<'T when 'T :> INumberBase<'T>> tolerance (actual: 'T[]) (expected: 'T[]) message =
    Array.zip actual expected
    |> Array.iteri (fun i (x, y) -> Expect.close tolerance (Double.CreateChecked x) (Double.CreateChecked y) $"{message}, element {i}")

let private matchesMathNet<'T
    when 'T: unmanaged and 'T: struct and 'T :> ValueType and 'T: (new: unit -> 'T) and 'T :> IFloatingPointIeee754<'T>>
    tolerance
    (m, n, k, transposeA, transposeB, alpha: float, beta: float)
    =
    let rowsA, columnsA = stored transposeA m k
    let rowsB, columnsB = stored transposeB k n
    let a, b, c = Paths.numbers<'T> 1 (m * k), Paths.numbers<'T> 2 (k * n), Paths.numbers<'T> 3 (m * n)

    let multiply (provider: ILinearAlgebraProvider) =
        let provider = unbox<ILinearAlgebraProvider<'T>> provider
        let result = Array.copy c
        let alpha, beta = 'T.CreateChecked alpha, 'T.CreateChecked beta
        provider.MatrixMultiplyWithUpdate(transposeA, transposeB, alpha, a, rowsA, columnsA, b, rowsB, columnsB, beta, result)
        result

    for provider in providers do
        expectClose tolerance (multiply provider) (multiply managed) (string provider)

/// Every vector operation, into a third array and into each of its operands.
let private vectorsMatch<'T
    when 'T: unmanaged and 'T: struct and 'T :> ValueType and 'T: (new: unit -> 'T) and 'T :> IFloatingPointIeee754<'T>>
    tolerance
    (NonNegativeInt length)
    =
    let x, y = Paths.numbers<'T> 1 length, Paths.numbers<'T> 2 length

    let results (provider: ILinearAlgebraProvider) =
        let provider = unbox<ILinearAlgebraProvider<'T>> provider

        [| for operation in
               [ fun (x: 'T[]) y result -> provider.AddArrays(x, y, result)
                 fun x y result -> provider.SubtractArrays(x, y, result)
                 fun x y result -> provider.PointWiseMultiplyArrays(x, y, result)
                 fun x y result -> provider.PointWiseDivideArrays(x, y, result)
                 fun x y result -> provider.AddVectorToScaledVector(x, 'T.CreateChecked 0.7, y, result)
                 fun x y result -> provider.AddVectorToScaledVector(x, 'T.Zero, y, result)
                 fun x _ result -> provider.ScaleArray('T.CreateChecked -3, x, result)
                 fun x _ result -> provider.ScaleArray('T.Zero, x, result) ] do
               let result = Array.zeroCreate length
               operation x y result
               yield! result
               let inX = Array.copy x
               operation inX y inX
               yield! inX
               let inY = Array.copy y
               operation x inY inY
               yield! inY
           provider.DotProduct(x, y) |]

    for provider in providers do
        expectClose tolerance (results provider) (results managed) (string provider)

let private using provider f =
    let before = LinearAlgebraControl.Provider

    try
        LinearAlgebraControl.Provider <- provider
        f ()
    finally
        LinearAlgebraControl.Provider <- before

let tests =
    testList
        "Kernels/LinearAlgebraProvider"
        [ testProperty "float32 products are MathNet's" <| Prop.forAll products (matchesMathNet<float32> 1e-5)
          testProperty "float products are MathNet's" <| Prop.forAll products (matchesMathNet<float> 1e-13)
          testProperty "float32 vector operations are MathNet's" (vectorsMatch<float32> 1e-5)
          testProperty "float vector operations are MathNet's" (vectorsMatch<float> 1e-13)

          testCase "a result may be an operand, of a product and of a product with update"
          <| fun () ->
              for provider in providers do
                  let n = 20
                  let a, b = Paths.numbers<float> 1 (n * n), Paths.numbers<float> 2 (n * n)
                  let expected = Array.zeroCreate (n * n)
                  managed.MatrixMultiply(a, n, n, b, n, n, expected)
                  let intoA, intoB = Array.copy a, Array.copy b
                  provider.MatrixMultiply(intoA, n, n, b, n, n, intoA)
                  provider.MatrixMultiply(a, n, n, intoB, n, n, intoB)
                  expectClose 1e-13 intoA expected $"{provider} into its left operand"
                  expectClose 1e-13 intoB expected $"{provider} into its right operand"
                  let plain, square = Transpose.DontTranspose, Array.copy a
                  let expected = Array.copy a
                  managed.MatrixMultiplyWithUpdate(plain, plain, 2.0, Array.copy a, n, n, Array.copy a, n, n, 3.0, expected)
                  provider.MatrixMultiplyWithUpdate(plain, plain, 2.0, square, n, n, square, n, n, 3.0, square)
                  expectClose 1e-13 square expected $"{provider}: A = 2 A A + 3 A"

          testCase "installed, it serves MathNet's matrices: products, and what is handed on"
          <| fun () ->
              let a, b = Matrix<float>.Build.Random(30, 40, 1), Matrix<float>.Build.Random(40, 20, 2)
              let square = a * a.Transpose()
              let product, inverse, singular = a * b, square.Inverse(), a.Svd().S
              let complexes = Matrix<Complex>.Build.Random(5, 5, 3)
              let complexSquare, eigenvalues = complexes * complexes, square.Evd().EigenValues

              for provider in providers do
                  using provider (fun () ->
                      expectClose 1e-12 ((a * b).ToColumnMajorArray()) (product.ToColumnMajorArray()) "product"
                      expectClose 1e-9 (square.Inverse().ToColumnMajorArray()) (inverse.ToColumnMajorArray()) "inverse"
                      expectClose 1e-9 (a.Svd().S.AsArray()) (singular.AsArray()) "singular values"
                      Expect.equal (complexes * complexes) complexSquare "complex product"
                      Expect.isTrue ((square.Evd().EigenValues - eigenvalues).L2Norm() < 1e-9) "eigenvalues")

          testCase "FluxionBlas.Use installs it in one line, under its name"
          <| fun () ->
              using LinearAlgebraControl.Provider (fun () ->
                  FluxionBlas.Use()
                  Expect.isTrue ((string LinearAlgebraControl.Provider).StartsWith "Fluxion, C#, ") (string LinearAlgebraControl.Provider))

          testCase "OpenBLAS that is not there gives one clear line and changes nothing"
          <| fun () ->
              Environment.SetEnvironmentVariable("FLUXION_OPENBLAS", "no-such-library")

              try
                  let before = LinearAlgebraControl.Provider
                  let found, message = OpenBlas.TryUse()
                  Expect.isTrue (not found) "found"
                  Expect.isTrue (message.StartsWith "OpenBlas: none of no-such-library was found; install OpenBLAS") message
                  Expect.isTrue (not (message.Contains '\n')) "one line"
                  Expect.isTrue (Object.ReferenceEquals(before, LinearAlgebraControl.Provider)) "provider"
              finally
                  Environment.SetEnvironmentVariable("FLUXION_OPENBLAS", null)

          testCase "sizes that do not agree are errors, before anything is written"
          <| fun () ->
              let x, result = Array.zeroCreate<float> 12, Array.create 12 7.0

              for provider in providers do
                  let e =
                      Expect.throws<ArgumentException> (fun () -> provider.MatrixMultiply(x, 3, 4, x, 3, 4, result)) "3×4 by 3×4"

                  Expect.isTrue (e.Message.Contains "inner dimensions must agree") e.Message

                  Expect.throws<ArgumentException> (fun () -> provider.AddArrays(x, x, Array.zeroCreate 3)) "lengths"
                  |> ignore

                  Expect.sequenceEqual result (Array.create 12 7.0) "result" ]
