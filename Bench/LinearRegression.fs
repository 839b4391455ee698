/// A step of linear regression: 100 points, two coefficients, as in scripts/sgd.fsx.
module Fluxion.Bench.LinearRegression

open System
open MathNet.Numerics.LinearAlgebra
open Fluxion.Bench

let private learningRate = 0.1

/// Points of y = 3·x0 + 2·x1 and a wave in place of noise, so that every run sees the same.
let private x0, x1, y =
    let x0 = [| for i in 0..99 -> float i / 50.0 - 1.0 |]
    let x1 = Array.create 100 1.0
    x0, x1, [| for i in 0..99 -> 3.0 * x0[i] + 2.0 * x1[i] + 0.5 * sin (float i) |]

let private byHand () =
    let model = ByHand.LinearRegression(x0, x1, y)
    { Name = "by-hand"; Step = fun () -> model.Step learningRate }

/// As a user of MathNet.Numerics writes it, with the provider that MathNet chooses by itself.
let private mathNet () =
    let x = Matrix<float>.Build.DenseOfColumnArrays(x0, x1)
    let y = Vector<float>.Build.DenseOfArray y
    let mutable a = Vector<float>.Build.Dense 2

    let step () =
        let residual = x * a - y
        a <- a - learningRate * 2.0 / float y.Count * x.TransposeThisAndMultiply residual
        residual * residual / float y.Count

    { Name = "MathNet"; Step = step }

let workload: Workload = { Name = "linear-regression"; Contenders = [ byHand (); mathNet () ] }
