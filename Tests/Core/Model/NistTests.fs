/// All 38 certified problems of NIST, by the number of correct digits.
module Fluxion.Tests.NistTests

open System.IO
open Fluxion

let private problems = Nist.all (Path.Combine(RepositoryTests.root, "Tests", "Core", "Model", "nist"))

/// The least digits of parameters, standard errors and residual sum of squares that a fit must have: what float64 can tell, less one.
let private required (problem: Nist.Problem) =
    match problem.Name with
    // Its residuals are 1e-14 of its responses: their sum of squares, and all that follows from it, is rounding.
    | "Lanczos1" -> 9.0, 2.0, 2.0
    // Powers up to the tenth of decimals: rounding them costs half of the digits, for the condition number of its scaled matrix is 5e9.
    | "Filip" -> 7.0, 7.0, 8.5
    | "Longley" -> 13.0, 12.0, 14.0
    // Polynomials whose coefficients are 1, under residuals that grow a hundredfold from each to the next; those of the first two are 0.
    | "Wampler1"
    | "Wampler2" -> 12.5, 14.0, 15.0
    | "Wampler3" -> 12.5, 12.5, 14.5
    | "Wampler4" -> 10.5, 12.5, 14.5
    | "Wampler5" -> 8.5, 12.5, 14.5
    | _ when problem.Starts.Length > 0 -> 9.0, 9.0, 9.0
    | _ -> 12.5, 12.5, 12.5

let private isRight (problem: Nist.Problem) (start: float[]) () =
    let fit = Nist.fit problem start
    let parameters, errors, sum = Nist.digitsOfFit problem fit
    let leastParameters, leastErrors, leastSum = required problem
    Expect.isTrue (parameters >= leastParameters) $"parameters have {parameters:F1} digits of {leastParameters}"
    Expect.isTrue (errors >= leastErrors) $"standard errors have {errors:F1} digits of {leastErrors}"
    Expect.isTrue (sum >= leastSum) $"the sum of squares has {sum:F1} digits of {leastSum}"
    Expect.equal fit.Stopped.IsIterationLimit false "stopped by itself"

let tests =
    testList
        "Nist"
        [ testCase "all 27 nonlinear and 11 linear problems are here" (fun () ->
              let nonlinear, linear = problems |> List.partition (fun problem -> problem.Starts.Length > 0)
              Expect.equal (nonlinear.Length, linear.Length) (27, 11) "problems"

              for problem in nonlinear do
                  Expect.equal problem.Starts.Length 2 $"{problem.Name}: starts")

          for problem in problems do
              match List.ofArray problem.Starts with
              | [] -> testCase problem.Name (isRight problem (Array.map (fun _ -> 0.0) problem.Parameters))
              | starts ->
                  for i, start in List.indexed starts do
                      testCase $"{problem.Name} from start {i + 1}" (isRight problem start)

          // A wrong answer must count as wrong.
          testCase "digits are counted" (fun () ->
              Expect.close 1e-12 (Nist.digits 11 1.001 1.0) 3.0 "a thousandth off"
              Expect.close 1e-12 (Nist.digits 11 1.0 1.0) 11.0 "no more than were certified"
              Expect.close 1e-12 (Nist.digits 11 3.0 1.0) 0.0 "none"
              Expect.close 1e-12 (Nist.digits 11 nan 1.0) 0.0 "not a number"
              Expect.close 1e-12 (Nist.digits 15 1e-4 0.0) 4.0 "of zero") ]
