/// Reading CSV: what it gives, and what each bad file is told.
module Fluxion.Tests.TableTests

open System
open System.IO
open System.IO.Compression
open System.Text
open FsCheck
open Fluxion

// A file of these bytes while the test looks at it, always under the same name, which errors show.
let private withFile (name: string) (bytes: byte[]) (test: string -> 'a) : 'a =
    let folder = Directory.CreateTempSubdirectory "fluxion-"

    try
        let path = Path.Combine(folder.FullName, name)
        File.WriteAllBytes(path, bytes)
        test path
    finally
        folder.Delete true

let private read (text: string) = withFile "data.csv" (Encoding.UTF8.GetBytes text) Table.readCsv

let private gzip (text: string) : byte[] =
    use memory = new MemoryStream()

    using (new GZipStream(memory, CompressionLevel.Optimal)) (fun stream -> stream.Write(Encoding.UTF8.GetBytes text))

    memory.ToArray()

let private refuses (action: unit -> unit) (message: string) =
    let error = Expect.throws<FormatException> action message
    Expect.equal error.Message message "the sentence"

let private refusesText (text: string) (message: string) = refuses (fun () -> read text |> ignore) message

let private reading =
    testList
        "reading"
        [ testCase "names, lines and numbers" (fun () ->
              let table = read "a,b\n1,2.5\n-3e2,4\n"
              Expect.equal table.Source "data.csv" "source"
              Expect.equal table.Columns [ "a"; "b" ] "columns"
              Expect.sequenceEqual table.Lines [ 2; 3 ] "lines"
              Expect.equal (string table.Values) "[[1; 2.5]; [-300; 4]]" "values")

          testCase "other people's files: a byte order mark, Windows' line ends, quotes, spaces, blank lines, no last line end" (fun () ->
              let table = read "\uFEFFa,\"b, c\"\r\n 1 , \"2\"\r\n\r\n3,4"
              Expect.equal table.Columns [ "a"; "b, c" ] "columns"
              Expect.sequenceEqual table.Lines [ 2; 4 ] "lines"
              Expect.equal (string table.Values) "[[1; 2]; [3; 4]]" "values")

          testCase "gzipped, in one part or several" (fun () ->
              let whole = withFile "data.csv.gz" (gzip "a,b\n1,2\n") Table.readCsv
              Expect.equal (string whole.Values) "[[1; 2]]" "values"
              let parts = Array.append (gzip "a,b\n1,2\n") (gzip "3,4\n")
              let joined = withFile "data.csv.gz" parts Table.readCsv
              Expect.equal (string joined.Values) "[[1; 2]; [3; 4]]" "values")

          testCase "columns by name, in the order asked for" (fun () ->
              let table = read "a,b,c\n1,2,3\n4,5,6\n"
              Expect.equal (string (Table.column "b" table)) "[2; 5]" "one"
              Expect.equal (string (Table.columns [ "c"; "a" ] table)) "[[3; 1]; [6; 4]]" "two"
              Expect.equal (string (Table.features "b" table)) "[[1; 3]; [4; 6]]" "all but one"
              let labels = Table.labels "c" table
              Expect.equal (labels.DType, string labels) (DType.Int64, "[3; 6]") "labels")

          testProperty "what is written is read back, bit by bit" (fun (rows: NonEmptyArray<NormalFloat * NormalFloat>) ->
              let cells = rows.Get |> Array.map (fun (a, b) -> a.Get, b.Get)
              let invariant (x: float) = x.ToString("R", Globalization.CultureInfo.InvariantCulture)
              let lines = cells |> Array.map (fun (a, b) -> $"{invariant a},{invariant b}")
              let table = read ("a,b\n" + String.concat "\n" lines)
              Expect.sequenceEqual (Expr.toArray table.Values) (cells |> Array.collect (fun (a, b) -> [| a; b |])) "cells")

          testCase "the data that ships" (fun () ->
              for name, shape in
                  [ "iris.csv", [ 150; 5 ]
                    "wine.csv", [ 178; 14 ]
                    "breast_cancer.csv", [ 569; 31 ]
                    "digits.csv.gz", [ 1797; 65 ]
                    "diabetes.csv", [ 442; 11 ] ] do
                  let table = Table.readCsv (Path.Combine(RepositoryTests.root, "data", name))
                  Expect.equal table.Values.Shape shape name) ]

let private errors =
    testList
        "errors"
        [ testCase "an empty file, names without rows" (fun () ->
              refusesText "" "data.csv: a first line with column names is needed, but the file is empty; is it the right file?"
              refusesText "\n" "data.csv: a first line with column names is needed, but the file is empty; is it the right file?"
              refusesText "a,b\n" "data.csv: rows are needed below the column names, but there are none; is the file cut?")

          testCase "names that are missing or doubled" (fun () ->
              refusesText "a,,c\n1,2,3\n" "data.csv line 1: every column needs a name, but column 2 of 3 has none; name it?"
              refusesText "a,b,a\n1,2,3\n" "data.csv line 1: each column needs a name of its own, but 2 are called 'a'; rename one?")

          testCase "a line cut short, and one too long" (fun () ->
              refusesText
                  "a,b,c\n1,2,3\n4,5\n"
                  "data.csv line 3, column 'c': each line needs 3 fields, as the header has, but it has 2; is the line, or the file, cut?"

              refusesText
                  "a,b\n1,2,3\n"
                  "data.csv line 2: each line needs 2 fields, as the header has, but it has 3; is there a comma inside a number?")

          testCase "cells that are no finite number" (fun () ->
              refusesText "a,b\n1,2\n3,x\n" "data.csv line 3, column 'b': a number is needed, but it is 'x'; write it as 1.5 or 1e-3?"

              refusesText
                  "a,b\n1,2\n,4\n"
                  "data.csv line 3, column 'a': a number is needed, but the cell is empty; fill it in, or drop the row?"

              refusesText
                  "a\n1\n\n2\n"
                  "data.csv line 3, column 'a': a number is needed, but the cell is empty; fill it in, or drop the row?"

              for text in [ "NaN"; "Infinity"; "-Infinity"; "1e999" ] do
                  refusesText
                      $"a,b\n1,{text}\n"
                      $"data.csv line 2, column 'b': a finite number is needed, but it is '{text}'; fill it in, or drop the row?")

          testCase "quotes out of place" (fun () ->
              for text in [ "a,b\n1,2\n3,\"4\n"; "a,b\n1,2\n3,4\"4\n"; "a,b\n1,2\n3,\"4\"4\n" ] do
                  refusesText
                      text
                      "data.csv line 3: quotes must stand around a whole field, but they do not; double one that is inside a field, or close it?")

          testCase "a column that is not there" (fun () ->
              let table = read "a,b\n1,2\n"

              let message =
                  "data.csv line 1: there must be a column 'benign', but the columns are 'a', 'b'; check the spelling?"

              refuses (fun () -> Table.column "benign" table |> ignore) message
              refuses (fun () -> Table.columns [ "a"; "benign" ] table |> ignore) message
              refuses (fun () -> Table.features "benign" table |> ignore) message
              refuses (fun () -> Table.labels "benign" table |> ignore) message)

          testCase "a class with a fraction, and one below 0" (fun () ->
              for text in [ "1.5"; "-1" ] do
                  refuses
                      (fun () -> read $"a,b\n1,2\n\n3,{text}\n" |> Table.labels "b" |> ignore)
                      $"data.csv line 4, column 'b': a class must be a whole number from 0 on, but it is {text}; take it with Table.column if it is no class?")

          testCase "a gzipped file that is cut anywhere, damaged, or none" (fun () ->
              let text = String.concat "\n" ("a,b" :: [ for i in 1..300 -> $"{i},{i * i}" ])
              let zipped = gzip text
              let readZipped bytes = withFile "data.csv.gz" bytes Table.readCsv |> ignore

              for length in [ 0; 1; 10; 17; zipped.Length / 2; zipped.Length - 9; zipped.Length - 1 ] do
                  let error = Expect.throws<FormatException> (fun () -> readZipped zipped[.. length - 1]) $"{length} bytes of it"
                  Expect.isTrue (error.Message.StartsWith "data.csv.gz: a .gz file must hold a whole gzipped text, but") error.Message

              let damaged = Array.copy zipped
              damaged[damaged.Length - 6] <- damaged[damaged.Length - 6] ^^^ 255uy

              for bytes in [ damaged; Encoding.UTF8.GetBytes text ] do
                  refuses
                      (fun () -> readZipped bytes)
                      "data.csv.gz: a .gz file must hold a whole gzipped text, but it does not unpack; is it cut, or not compressed at all?") ]

let tests = testList "Table" [ reading; errors ]
