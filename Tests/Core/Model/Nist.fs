/// The certified regression problems of NIST's Statistical Reference Datasets (public domain), their models as Fluxion expressions, and what counts as right.
module Fluxion.Tests.Nist

open System
open System.Globalization
open System.IO
open System.Text.RegularExpressions
open Fluxion

/// A problem as its file gives it: columns of data, and certified parameters, standard errors and residual sum of squares.
type Problem =
    {
        Name: string
        Level: string
        Response: float[]
        Predictors: float[][]
        /// Where nonlinear fits begin: none for a linear problem.
        Starts: float[][]
        Parameters: float[]
        StandardErrors: float[]
        Sum: float
    }

let private number (text: string) = Double.Parse(text, CultureInfo.InvariantCulture)

let private matches (pattern: string) (lines: string[]) =
    let regex = Regex pattern

    lines
    |> Array.map regex.Match
    |> Array.filter _.Success
    |> Array.map (fun m -> [| for group in Seq.skip 1 m.Groups -> group.Value |])

let read (path: string) : Problem =
    let lines = File.ReadAllLines path
    let header = Array.take 60 lines

    // `b1 = start start value error` where the model is not linear, and `B1 value error` where it is.
    let nonlinear = matches @"^\s*b\d+ =\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)" header |> Array.map (Array.map number)
    let linear = matches @"^\s*B\d+\s+([-\d.E+]+)\s+([-\d.E+]+)\s*$" header |> Array.map (Array.map number)

    let certified =
        if nonlinear.Length > 0 then
            Array.map (Array.skip 2) nonlinear
        else
            linear

    let sums = matches @"^Residual (?:Sum of Squares:|\s+\d+)\s+([-\d.E+]+)" header

    let rows =
        [| for line in Array.skip 60 lines do
               let words = line.Split([| ' '; '\t' |], StringSplitOptions.RemoveEmptyEntries)

               if words.Length > 0 then
                   Array.map number words |]

    { Name = Path.GetFileNameWithoutExtension path |> string
      Level = matches @"^\s+(Lower|Average|Higher) Level" header |> Array.head |> Array.head
      Response = rows |> Array.map Array.head
      Predictors = Array.transpose (Array.map Array.tail rows)
      Starts = Array.transpose nonlinear |> Array.truncate 2
      Parameters = Array.map Array.head certified
      StandardErrors = Array.map Array.last certified
      Sum = sums |> Array.head |> Array.head |> number }

let private polynomial (first: int) (degree: int) (b: Expr[]) (x: Expr) : Expr =
    // Horner's form.
    [ degree - 1 .. -1 .. 0 ] |> List.fold (fun sum i -> sum * x + b[first + i]) b[first + degree]

let private exponentials (b: Expr[]) (x: Expr) = b[0] * exp (-b[1] * x) + b[2] * exp (-b[3] * x) + b[4] * exp (-b[5] * x)

let private peaks (b: Expr[]) (x: Expr) =
    let peak height at width = height * exp (-Expr.square((x - at) / width))

    b[0] * exp (-b[1] * x) + peak b[2] b[3] b[4] + peak b[5] b[6] b[7]

// One more term than coefficients: the lowest is 1.
let private rational (top: int) (bottom: int) (b: Expr[]) (x: Expr) =
    polynomial 0 top b x / (1.0 + x * polynomial (top + 1) (bottom - 1) b x)

let private waves (b: Expr[]) (x: Expr) =
    let wave (period: Expr) (cosine: Expr) (sine: Expr) =
        let angle = 2.0 * Math.PI * x / period
        cosine * cos angle + sine * sin angle

    b[0] + wave (scalar 12.0) b[1] b[2] + wave b[3] b[4] b[5] + wave b[6] b[7] b[8]

/// What each nonlinear problem's response is of parameters b and predictor x, in the words of its file.
let private model (name: string) (b: Expr[]) (x: Expr) : Expr =
    match name with
    | "Bennett5" -> b[0] * (b[1] + x) ** (-1.0 / b[2])
    | "BoxBOD"
    | "Misra1a" -> b[0] * (1.0 - exp (-b[1] * x))
    | "Chwirut1"
    | "Chwirut2" -> exp (-b[0] * x) / (b[1] + b[2] * x)
    | "DanWood" -> b[0] * x ** b[1]
    | "ENSO" -> waves b x
    | "Eckerle4" -> b[0] / b[1] * exp (-0.5 * Expr.square ((x - b[2]) / b[1]))
    | "Gauss1"
    | "Gauss2"
    | "Gauss3" -> peaks b x
    | "Hahn1"
    | "Thurber" -> rational 3 3 b x
    | "Kirby2" -> rational 2 2 b x
    | "Lanczos1"
    | "Lanczos2"
    | "Lanczos3" -> exponentials b x
    | "MGH09" -> b[0] * (x * x + x * b[1]) / (x * x + x * b[2] + b[3])
    | "MGH10" -> b[0] * exp (b[1] / (x + b[2]))
    | "MGH17" -> b[0] + b[1] * exp (-x * b[3]) + b[2] * exp (-x * b[4])
    | "Misra1b" -> b[0] * (1.0 - (1.0 + b[1] * x / 2.0) ** -2.0)
    | "Misra1c" -> b[0] * (1.0 - (1.0 + 2.0 * b[1] * x) ** -0.5)
    | "Misra1d" -> b[0] * b[1] * x / (1.0 + b[1] * x)
    | "Rat42" -> b[0] / (1.0 + exp (b[1] - b[2] * x))
    | "Rat43" -> b[0] / (1.0 + exp (b[1] - b[2] * x)) ** (1.0 / b[3])
    | "Roszman1" -> b[0] - b[1] * x - atan (b[2] / (x - b[3])) / Math.PI
    | unknown -> raise (ArgumentException $"{unknown} has no model here")

/// The matrix of a linear problem: powers of the one predictor, or a column for each.
let design (problem: Problem) : float[,] =
    let x = problem.Predictors
    let count = problem.Parameters.Length
    let first = if problem.Name.StartsWith "NoInt" then 1 else 0

    Array2D.init problem.Response.Length count (fun i j ->
        if x.Length = 1 then x[0][i] ** float (first + j)
        elif j = 0 then 1.0
        else x[j - 1][i])

/// Predictions less responses, as a function of a parameter each.
let residuals (problem: Problem) : Expr[] -> Expr =
    let x = problem.Predictors |> Array.map (fun (column: float[]) -> tensor column)
    let y = tensor problem.Response

    match problem.Name with
    // Its response is the logarithm.
    | "Nelson" ->
        let y = eval (log y)
        fun b -> b[0] - b[1] * x[0] * exp (-b[2] * x[1]) - y
    | name when problem.Starts.Length > 0 -> fun b -> model name b x[0] - y
    | _ ->
        let design = tensor (design problem)
        fun b -> Expr.matmul design (Expr.stack 0 (List.ofArray b)) - y

/// Parameters to begin from.
let start (numbers: float[]) : Expr[] = Array.map scalar numbers

/// The fit from a start, by the method for the problem's kind.
let fit (problem: Problem) (numbers: float[]) : Fitted<Expr[]> =
    if problem.Starts.Length > 0 then
        Minimize.levenbergMarquardt LeastSquaresOptions.defaults (residuals problem) (start numbers)
    else
        Minimize.gaussNewton LeastSquaresOptions.defaults (residuals problem) (start numbers)

/// How many significant digits agree, up to as many as were certified; of zero, how many zeros follow the point.
let digits (certified: int) (actual: float) (expected: float) : float =
    let error =
        if expected = 0.0 then
            abs actual
        else
            abs (actual - expected) / abs expected

    if error = 0.0 then float certified
    elif Double.IsNaN error then 0.0
    else max 0.0 (min (float certified) -(log10 error))

/// The least over many numbers.
let leastDigits (certified: int) (actual: float[]) (expected: float[]) : float = Array.map2 (digits certified) actual expected |> Array.min

/// The digits of a fit's parameters, standard errors and residual sum of squares. NIST certified 11 for nonlinear problems, 15 for linear ones.
let digitsOf (problem: Problem) (parameters: float[]) (errors: float[]) (sum: float) : float * float * float =
    let certified = if problem.Starts.Length > 0 then 11 else 15

    leastDigits certified parameters problem.Parameters,
    leastDigits certified errors problem.StandardErrors,
    digits certified sum problem.Sum

/// The digits of a fit.
let digitsOfFit (problem: Problem) (fit: Fitted<Expr[]>) : float * float * float =
    digitsOf problem (Array.map Expr.toScalar fit.Point) (Array.map Expr.toScalar fit.StandardErrors) fit.ResidualSumOfSquares

/// All problems of a folder, linear ones last, easy ones first.
let all (folder: string) : Problem list =
    Directory.GetFiles(folder, "*.dat")
    |> Array.map read
    |> Array.sortBy (fun problem ->
        problem.Starts.Length = 0, Array.findIndex ((=) problem.Level) [| "Lower"; "Average"; "Higher" |], problem.Name)
    |> List.ofArray
