/// Microsoft's ADBench: value and derivative of its inputs, and what the derivative costs.
module Fluxion.Bench.AdBenchReport

open System
open System.IO
open Fluxion
open Fluxion.Bench.AdBench
open Fluxion.Kernels

/// The inputs that ship with the tests.
let private shipped = "Tests/Core/AdBench"

let private usage =
    """--adbench                             a table of the inputs that ship with the tests
--adbench FOLDER                      a table of a folder's inputs, whose names begin with gmm, ba or lstm
--adbench KIND FILE [FOLDER] [-rep]   one input, of kind gmm, ba or lstm; value and derivative are written into the folder,
                                      artifacts/adbench when there is none. -rep: one point stands for all, in a gmm input"""

let private ready (results: Expr list) = results |> List.iter (Expr.value >> ignore)

// Milliseconds of the objective and of its derivative.
let private measure (problem: Problem) : float * float =
    let run (once: unit -> Expr list) (count: int) =
        for _ in 1..count do
            ready (once ())

    match Workload.fastest 15 [| run problem.Objective; run problem.Derivative |] with
    | [| objective; derivative |] -> objective / 1e6, derivative / 1e6
    | _ -> nan, nan

let private row (problem: Problem) : string =
    let objective, derivative = measure problem
    let ratio = derivative / objective
    $"| {problem.Name} | {problem.Size} | {problem.Parameters} | {objective:G3} | {derivative:G3} | {ratio:F1} |"

let private table (folder: string) : int =
    let inputs =
        [ if Directory.Exists folder then
              for path in Directory.GetFiles(folder, "*.txt") |> Array.sort do
                  match Problem.kindOf path with
                  | Some kind -> kind, path
                  | None -> () ]

    if inputs.IsEmpty then
        eprintfn $"There are no inputs of ADBench in {folder}.\n\n{usage}"
        2
    else
        printfn $"{Simd.Width}, threads: {Threads.Count}. The fastest of 15 rounds, milliseconds.\n"
        printfn "| input | size | parameters | objective | derivative | ratio |\n|---|---|---|---|---|---|"

        for kind, path in inputs do
            printfn $"{row (Problem.read kind false path)}"

        0

let private one (kind: string) (path: string) (folder: string) (isPointShared: bool) : int =
    let problem = Problem.read kind isPointShared path
    let written = Problem.write folder problem
    let objective, derivative = measure problem
    printfn $"{problem.Name}: {problem.Size}; {problem.Parameters} parameters"
    printfn $"objective {objective:G4} ms, derivative {derivative:G4} ms, {derivative / objective:F2} times as long"
    written |> List.iter (printfn "%s")
    0

/// Runs the command; its result is the exit code.
let run (arguments: string list) : int =
    let isPointShared = List.contains "-rep" arguments

    try
        match List.except [ "-rep" ] arguments with
        | [] when not isPointShared -> table shipped
        | [ folder ] when not isPointShared -> table folder
        | [ kind; path ] -> one kind path (Path.Combine("artifacts", "adbench")) isPointShared
        | [ kind; path; folder ] -> one kind path folder isPointShared
        | _ ->
            eprintfn $"{usage}"
            2
    with
    | :? FormatException
    | :? ArgumentException
    | :? UnauthorizedAccessException
    | :? IOException as error ->
        eprintfn $"{error.Message}"
        1
