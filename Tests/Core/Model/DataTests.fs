/// Scaling, shuffling, splitting and batching: every row once, rows together, the same key the same order.
module Fluxion.Tests.DataTests

open System
open FsCheck
open Fluxion

let private first (x: Expr) = Array.head (Expr.toArray x)

let private numbers (x: Expr) = Expr.toArray x |> List.ofArray

// Rows that know their number, in two tensors of different width and type.
let private numbered (count: int) =
    tensor (Array2D.init count 2 (fun i j -> float (10 * i + j))), tensor (Array.init count id)

// The numbers of the rows, when both tensors still agree on them.
let private rowNumbers (x: Expr, y: Expr) =
    let y = numbers y
    Expect.equal (numbers x) (y |> List.collect (fun i -> [ 10.0 * i; 10.0 * i + 1.0 ])) "rows stay together"
    y |> List.map int

let private order =
    testList
        "order"
        [ testProperty "shuffle keeps every row once, and rows together" (fun (PositiveInt count) (seed: int) ->
              let shuffled = Data.shuffle (Random.key seed) (numbered count) |> rowNumbers
              Expect.equal (List.sort shuffled) [ 0 .. count - 1 ] "rows")

          testProperty "the same key gives the same order" (fun (PositiveInt count) (seed: int) ->
              let shuffle () = Data.shuffle (Random.key seed) (numbered count) |> rowNumbers
              Expect.equal (shuffle ()) (shuffle ()) "rows")

          testCase "other keys give other orders, and no place is favoured" (fun () ->
              let orders = [ for seed in 0..1999 -> Data.permutation 5 (Random.key seed) ]
              Expect.equal (orders |> List.distinct |> List.length) 120 "all 5! orders turn up in 2000"

              for place in 0..4 do
                  let mean = orders |> List.averageBy (fun order -> float order[place])
                  // The standard deviation of this mean is √2 / √2000 = 0.032.
                  Expect.isTrue (abs (mean - 2.0) < 0.15) $"place {place} holds {mean} on average") ]

let private parts =
    testList
        "split"
        [ testProperty "each row lands in exactly one part, of the size asked for" (fun (PositiveInt extra) (seed: int) ->
              let count = extra + 9
              let split = Data.split [ 0.5; 0.3; 0.2 ] (Random.key seed) (numbered count) |> List.map rowNumbers
              Expect.equal (split |> List.concat |> List.sort) [ 0 .. count - 1 ] "rows"

              for part, fraction in List.zip split [ 0.5; 0.3; 0.2 ] do
                  Expect.isTrue (abs (float part.Length - fraction * float count) <= 1.0) $"{part.Length} of {count} is about {fraction}")

          testCase "holdOut is a split in two" (fun () ->
              let train, valid = Data.holdOut 0.2 (Random.key 3) (numbered 10)

              Expect.equal
                  (List.map rowNumbers [ train; valid ])
                  (Data.split [ 0.8; 0.2 ] (Random.key 3) (numbered 10) |> List.map rowNumbers)
                  "rows"

              Expect.equal (rowNumbers valid).Length 2 "a fifth") ]

let private batching =
    testList
        "batches"
        [ testProperty
              "an epoch sees every row once, in batches of the size but for the last"
              (fun (PositiveInt count) (PositiveInt size) epoch ->
                  let batches =
                      Data.batches { Size = size; DropLast = false } (Random.key 1) epoch (numbered count)
                      |> Seq.map rowNumbers
                      |> List.ofSeq

                  Expect.equal (batches |> List.concat |> List.sort) [ 0 .. count - 1 ] "rows"
                  Expect.equal batches.Length ((count + size - 1) / size) "batches"
                  Expect.isTrue (batches |> List.take (batches.Length - 1) |> List.forall (fun batch -> batch.Length = size)) "full ones")

          testProperty "DropLast leaves out the rest" (fun (PositiveInt extra) (PositiveInt size) ->
              let count = size + extra
              let batches = Data.batches { Size = size; DropLast = true } (Random.key 1) 0 (numbered count) |> List.ofSeq
              Expect.equal (batches |> List.map (rowNumbers >> List.length)) (List.replicate (count / size) size) "sizes")

          testCase "epochs differ, and each comes again" (fun () ->
              let epoch number =
                  Data.batches { Size = 8; DropLast = false } (Random.key 1) number (numbered 40)
                  |> Seq.collect rowNumbers
                  |> List.ofSeq

              Expect.equal (epoch 0) (epoch 0) "again"
              Expect.isTrue (epoch 0 <> epoch 1) "another order") ]

let private scaling =
    testList
        "standardize"
        [ testProperty "columns get mean 0 and deviation 1, and the way back" (fun (PositiveInt seed) ->
              let x = eval (5.0 + 3.0 * Random.normal [ 20; 3 ] (Random.key seed))
              let scaling = Data.standardize x
              let z = Scaling.apply scaling x

              for mean in numbers (eval (Expr.meanOver [ 0 ] z)) do
                  Expect.close 1e-13 mean 0.0 "mean"

              for variance in numbers (eval (Expr.meanOver [ 0 ] (Expr.square z))) do
                  Expect.close 1e-13 variance 1.0 "variance"

              List.iter2 (fun back x -> Expect.close 1e-13 back x "inverse") (numbers (Scaling.inverse scaling z)) (numbers x))

          testCase "by hand: 1, 2, 3 has deviation √(2/3)" (fun () ->
              let scaling = Data.standardize (tensor [ [ 1.0 ]; [ 2.0 ]; [ 3.0 ] ])
              Expect.equal (numbers scaling.Mean) [ 2.0 ] "mean"
              Expect.close 1e-15 (first scaling.Deviation) (sqrt (2.0 / 3.0)) "over all rows, not rows - 1")

          testCase "a column that never changes becomes 0, exactly" (fun () ->
              // The mean of three 0.1 is not 0.1.
              let x = tensor [ [ 0.1; 1.0 ]; [ 0.1; 2.0 ]; [ 0.1; 4.0 ] ]
              let scaling = Data.standardize x
              Expect.equal (first scaling.Deviation) 1.0 "taken as 1"
              Expect.equal (numbers (eval (Scaling.apply scaling x).[*, 0])) [ 0.0; 0.0; 0.0 ] "zeros"
              let other = Scaling.apply scaling (tensor [ [ 1.1; 0.0 ] ])
              Expect.close 1e-15 (first other) 1.0 "new data still shows that it differs")

          testCase "float32 stays float32" (fun () ->
              Expect.equal (Data.standardize (tensor [ [ 1.0f ]; [ 2.0f ] ])).Mean.DType DType.Float32 "mean") ]

let private refuses<'e when 'e :> exn> (action: unit -> unit) (message: string) =
    let error = Expect.throws<'e> action message
    Expect.equal error.Message message "the sentence"

let private errors =
    testList
        "errors"
        [ testCase "tensors that differ in rows" (fun () ->
              refuses<ShapeException>
                  (fun () -> Data.shuffle (Random.key 0) (zeros [ 3; 2 ], zeros [ 4 ]) |> ignore)
                  "shuffle: all tensors must have as many rows as the first, but the first is [3, 2] and '1' is [4]; take them from the same table?")

          testCase "fractions that leave rows over, or none" (fun () ->
              let split fractions () = Data.split fractions (Random.key 0) (zeros [ 10 ]) |> ignore

              for fractions in [ [ 0.5; 0.4 ]; [ 1.5; -0.5 ]; [ nan; 1.0 ] ] do
                  refuses<ArgumentException>
                      (split fractions)
                      $"split: fractions must be positive and sum to 1, but they are %A{fractions}; try [ 0.8; 0.2 ]?"

              refuses<ArgumentException>
                  (split [ 0.99; 0.01 ])
                  "split: each part needs a row, but 0.01 of 10 rows is none; give it more, or take fewer parts?")

          testCase "batches that cannot be" (fun () ->
              let batches options () = Data.batches options (Random.key 0) 0 (zeros [ 10 ]) |> ignore

              refuses<ArgumentException>
                  (batches { Size = 0; DropLast = false })
                  "batches: a batch needs a row, but its size is 0; try 64?"

              refuses<ArgumentException>
                  (batches { Size = 11; DropLast = true })
                  "batches: DropLast needs one full batch, but there are 10 rows for batches of 11; keep the last one, or take a smaller size?")

          testCase "standardize what has no rows, or no number" (fun () ->
              refuses<ShapeException>
                  (fun () -> Data.standardize (zeros [ 3 ]) |> ignore)
                  "standardize: a table [rows; columns] with rows is needed, but it is [3]; reshape it?"

              refuses<ArgumentException>
                  (fun () -> Data.standardize (tensor [ [ 1.0; 2.0 ]; [ 3.0; nan ] ]) |> ignore)
                  "standardize: every number must be finite, but row 1, column 1 is NaN; drop the row, or fill it in?") ]

let private oneHot =
    testList
        "oneHot"
        [ testCase "a row of zeros with a one" (fun () ->
              Expect.equal (string (eval (Expr.oneHot 3 (tensor [ 2; 0 ])))) "[[0; 0; 1]; [1; 0; 0]]" "rows"
              Expect.equal (eval (Expr.oneHotOf DType.Bool 2 (tensor [ 1L ]))).DType DType.Bool "of any element type")

          testCase "of one label, of a matrix of them, and of each example" (fun () ->
              Expect.equal (string (eval (Expr.oneHot 3 (tensor 1)))) "[0; 1; 0]" "one"
              Expect.equal (string (eval (Expr.oneHot 2 (tensor [ [ 1 ]; [ 0 ] ])))) "[[[0; 1]]; [[1; 0]]]" "a matrix"
              Expect.equal (string (eval (vmap (Expr.oneHot 2) (tensor [ 1; 0 ])))) "[[0; 1]; [1; 0]]" "each example")

          testCase "no class, no integers" (fun () ->
              for label in [ 3; -1 ] do
                  for run in [ eval >> Expr.oneHot 3 >> eval; compile (Expr.oneHot 3) ] do
                      refuses<ArgumentException>
                          (fun () -> run (tensor [ label ]) |> ignore)
                          $"oneHot: an index must lie in 0 .. 2, but it is {label}; check the data, or the axis?"

                  // Folded, where the labels are constants of what is compiled.
                  refuses<ArgumentException>
                      (fun () -> compile (fun x -> Expr.oneHot 3 (tensor [ label ]) * x) (tensor [ 1.0; 2.0; 3.0 ]) |> ignore)
                      $"oneHot: an index must lie in 0 .. 2, but it is {label}; check the data, or the axis?"

              refuses<DTypeException>
                  (fun () -> Expr.oneHot 3 (tensor [ 1.0 ]) |> ignore)
                  "oneHot: labels must be int32 or int64, but they are float64; convert them with Expr.cast DType.Int64?") ]

let tests = testList "Data" [ order; parts; batching; scaling; errors; oneHot ]
