// How many digits of NIST's 38 certified regression problems come out right: parameters, standard errors and residual sum of squares, from both starting points;
// beside them MathNet's Levenberg-Marquardt with numeric derivatives, and its QR regression. Digits are -log10 of the worst relative error, at most as many as were certified.
#load "fluxion.fsx"
#load "../Tests/Core/Model/Nist.fs"

open System
open System.IO
open Fluxion
open Fluxion.Tests
open MathNet.Numerics.LinearAlgebra
open MathNet.Numerics.LinearRegression
open MathNet.Numerics.Optimization

let folder = Path.Combine(__SOURCE_DIRECTORY__, "..", "Tests", "Core", "Model", "nist")

/// MathNet's minimizer, as its users call it: the model as a function, its derivatives by differences.
let byDifferences (problem: Nist.Problem) (start: float[]) =
    let residuals = compile (Nist.residuals problem)
    let zero = Vector<float>.Build.Dense problem.Response.Length

    let model (p: Vector<float>) (_: Vector<float>) = Nist.start (p.ToArray()) |> residuals |> Expr.toVector

    let objective = ObjectiveFunction.NonlinearModel(Func<_, _, Vector<float>> model, zero, zero, null, 2)

    let result = LevenbergMarquardtMinimizer().FindMinimum(objective, start)
    let sum = result.ModelInfoAtMinimum.Value
    Nist.digitsOf problem (result.MinimizingPoint.ToArray()) (result.StandardErrors.ToArray()) sum

let byRegression (problem: Nist.Problem) =
    let design = Matrix<float>.Build.DenseOfArray(Nist.design problem)
    let response = Vector<float>.Build.DenseOfArray problem.Response
    let parameters = MultipleRegression.QR(design, response)
    let residuals = response - design * parameters
    let sum = residuals * residuals
    let variance = sum / float (response.Count - parameters.Count)
    let errors = (variance * (design.TransposeThisAndMultiply design).Inverse()).Diagonal().PointwiseSqrt()
    Nist.digitsOf problem (parameters.ToArray()) (errors.ToArray()) sum

let show (parameters: float, errors: float, sum: float) = $"{parameters, 5:F1} {errors, 5:F1} {sum, 5:F1}"

let attempt action =
    try
        show (action ())
    with e ->
        "  " + e.GetType().Name

printfn "%-9s %-7s %5s  %-17s %6s   %s" "problem" "level" "start" "  par    se   rss" "steps" "MathNet"

let mutable missed = []

for problem in Nist.all folder do
    let starts =
        if problem.Starts.Length > 0 then
            problem.Starts
        else
            [| Array.map (fun _ -> 0.0) problem.Parameters |]

    for i, start in Array.indexed starts do
        let fit = Nist.fit problem start
        let parameters, _, _ as digits = Nist.digitsOfFit problem fit

        let other =
            attempt (fun () ->
                if problem.Starts.Length > 0 then
                    byDifferences problem start
                else
                    byRegression problem)

        printfn "%-9s %-7s %5d  %s %6d   %s" problem.Name problem.Level (i + 1) (show digits) fit.Iterations other

        if parameters < 8.0 && problem.Level <> "Higher" then
            missed <- missed @ [ problem.Name ]

if missed.IsEmpty then
    printfn "all of lower and average level: 8 digits or more"
else
    printfn "fewer than 8 digits: %s" (String.concat ", " missed)
    exit 1
