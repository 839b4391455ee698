namespace Fluxion.Bench.AdBench

open System
open System.Globalization
open System.IO
open Fluxion

/// An input of ADBench, compiled: what its objective and derivative are, and how ADBench writes them.
type Problem =
    {
        /// The input's name: its file's, without folder and extension.
        Name: string
        /// The sizes in the file's first line.
        Size: string
        /// How many numbers the derivative is taken by.
        Parameters: int
        /// The objective's value, or values.
        Objective: unit -> Expr list
        /// What ADBench times as the Jacobian: the value and its gradient, or the entries of a sparse Jacobian.
        Derivative: unit -> Expr list
        /// Writes the objective's values in ADBench's form.
        WriteObjective: TextWriter -> unit
        /// Writes the gradient or Jacobian in ADBench's form.
        WriteDerivative: TextWriter -> unit
    }

module Problem =
    // The shortest text that reads back as the same number.
    let private text (value: float) = value.ToString("R", CultureInfo.InvariantCulture)
    let private floats (x: Expr) = (Expr.value x).Floats
    let private writeLines (writer: TextWriter) (values: float[]) = values |> Array.iter (fun value -> writer.WriteLine(text value))

    let private writeWords (writer: TextWriter) (words: string seq) =
        for word in words do
            writer.Write $"{word} "

        writer.WriteLine()

    /// A sparse matrix as ADBench writes it: its size; the number of row starts, and they; the number of column indices, and they; the values.
    let writeSparse (writer: TextWriter) (matrix: SparseMatrix) : unit =
        writer.WriteLine $"{matrix.Rows} {matrix.Columns}"

        for indices in [ matrix.RowStarts; matrix.ColumnIndices ] do
            writer.WriteLine indices.Length
            writeWords writer (Seq.map string indices)

        writeWords writer (Seq.map text matrix.Values)

    // A scalar objective of parameters: its gradient is a number a line, in the file's order.
    let private ofScalar (name: string) (size: string) (objective: 'a -> Expr) (parameters: 'a) (list: 'a -> Expr list) : Problem =
        let value, gradient = compile objective, compile (valueAndGrad objective)
        let evaluate () = value parameters

        let differentiate () =
            let value, parts = gradient parameters
            value :: list parts

        { Name = name
          Size = size
          Parameters = list parameters |> List.sumBy (fun part -> Shape.size part.Shape)
          Objective = fun () -> [ evaluate () ]
          Derivative = differentiate
          WriteObjective = fun writer -> writeLines writer (floats (evaluate ()))
          WriteDerivative = fun writer -> differentiate () |> List.tail |> List.iter (floats >> writeLines writer) }

    let private gaussianMixture (isPointShared: bool) (name: string) (path: string) : Problem =
        let problem = GaussianMixture.read isPointShared path
        let d, n, k = problem.Points.Shape[0], problem.Points.Shape[1], problem.Alphas.Shape[0]

        ofScalar
            name
            $"d = {d}, K = {k}, n = {n}"
            (GaussianMixture.objective problem)
            (GaussianMixture.parameters problem)
            (fun (alphas, means, factors) -> [ alphas; means; factors ])

    let private longShortTermMemory (name: string) (path: string) : Problem =
        let problem = LongShortTermMemory.read path
        let layers, characters, bits = problem.Gates.Shape[0], problem.Text.Shape[0], problem.Text.Shape[1]

        ofScalar
            name
            $"{layers} layers, {characters} characters of {bits} bits"
            (LongShortTermMemory.objective problem)
            (LongShortTermMemory.parameters problem)
            (fun (gates, ends) -> [ gates; ends ])

    let private bundleAdjustment (name: string) (path: string) : Problem =
        let problem = BundleAdjustment.read path
        let n, m, p = problem.Cameras.Shape[0], problem.Points.Shape[0], problem.Weights.Shape[0]
        let parameters = BundleAdjustment.parameters problem

        let errors, entries =
            compile (BundleAdjustment.objective problem), compile (BundleAdjustment.jacobianEntries problem)

        { Name = name
          Size = $"{n} cameras, {m} points, {p} observations"
          Parameters = 11 * n + 3 * m + p
          Objective =
            fun () ->
                let seen, weights = errors parameters
                [ seen; weights ]
          Derivative = fun () -> [ entries parameters ]
          WriteObjective =
            fun writer ->
                let seen, weights = errors parameters
                writer.WriteLine "Reprojection error:"
                writeLines writer (floats seen)
                writer.WriteLine "Zach weight error:"
                writeLines writer (floats weights)
          WriteDerivative = fun writer -> entries parameters |> floats |> BundleAdjustment.jacobian problem |> writeSparse writer }

    /// The kinds of problem by the names that ADBench gives them. `isPointShared` is for GMM files with one point that stands for all: ADBench's -rep.
    let private kinds: (string * (bool -> string -> string -> Problem)) list =
        [ "gmm", gaussianMixture; "ba", (fun _ -> bundleAdjustment); "lstm", (fun _ -> longShortTermMemory) ]

    /// The kind of problem that a file has by its name: ADBench's inputs begin with it.
    let kindOf (path: string) : string option =
        let name = FileInfo(path).Name

        kinds
        |> List.map fst
        |> List.tryFind (fun kind -> name.StartsWith(kind, StringComparison.OrdinalIgnoreCase))

    /// The problem in a file: of kind "gmm", "ba" or "lstm". Raises FormatException, naming the file, line and field, for one that is not of its kind's
    /// form, and ArgumentException for another kind.
    let read (kind: string) (isPointShared: bool) (path: string) : Problem =
        match List.tryFind (fst >> (=) kind) kinds with
        | Some(_, read) ->
            let file = FileInfo path
            read isPointShared (file.Name.Substring(0, file.Name.Length - file.Extension.Length)) path
        | None ->
            let known = kinds |> List.map fst |> String.concat ", "

            raise (
                ArgumentException(
                    Errors.sentence "ADBench" $"a problem must be one of {known}" $"'{kind}' is given" "write the kind before the file?"
                )
            )

    /// Writes value and derivative into a folder, under ADBench's names; gives the two paths.
    let write (folder: string) (problem: Problem) : string list =
        Directory.CreateDirectory folder |> ignore

        [ for letter, write in [ "F", problem.WriteObjective; "J", problem.WriteDerivative ] do
              let path = Path.Combine(folder, $"{problem.Name}_{letter}_Fluxion.txt")
              use writer = new StreamWriter(path, false, NewLine = "\n")
              write writer
              path ]
