/// Fitting: what comes back, when it stops, and what is left when it breaks.
module Fluxion.Tests.TrainTests

open System
open System.IO
open System.Threading
open Fluxion

type private Linear = { Weight: Expr; Bias: Expr }

let private predict (p: Linear) x = Expr.matmul x p.Weight + p.Bias

let private flat (parameters: Linear) = Params.toList parameters |> List.collect (Expr.toArray >> List.ofArray)

// y = 3x + 2, with no noise, on rows of its own for training and validation.
let private points seed count =
    let x = Random.uniform (-1.0, 1.0) [ count; 1 ] (Random.key seed)
    eval (x, 3.0 * Expr.squeeze 1 x + 2.0)

let private train, valid = points 1 50, points 2 20
let private start = { Weight = zeros [ 1 ]; Bias = scalar 0.0 }

let private learner rate =
    { Predict = predict
      Loss = Loss.meanSquaredError
      Optimizer = Optimizer.sgd (scalar rate)
      Metrics = [ ("largest", (fun y prediction -> Expr.max (abs (y - prediction)))) ] }

let private options =
    { Train.defaults with Epochs = 30; Batch = { Size = 16; DropLast = false }; Report = ignore }

let private fitting =
    testList
        "fit"
        [ testCase "finds the line, and tells its history" (fun () ->
              let fit = Train.fit options (learner 0.2) train valid start
              List.iter2 (fun actual expected -> Expect.close 1e-5 actual expected "3x + 2") (flat fit.Parameters) [ 3.0; 2.0 ]
              Expect.equal (fit.History |> List.map _.Number) [ 0..29 ] "an entry an epoch"
              let first, last = List.head fit.History, List.last fit.History
              Expect.isTrue (last.TrainLoss < 1e-6 * first.TrainLoss) "the loss fell"
              let prediction = predict fit.Parameters (fst valid)
              let validLoss = Expr.toScalar (eval (Loss.meanSquaredError (snd valid) prediction))
              Expect.close 1e-9 (last.ValidLoss / validLoss) 1.0 "validation is at the end"
              Expect.equal (List.map fst last.Metrics) [ "largest" ] "metrics by name")

          testCase "the training loss is the mean over rows, so a small last batch counts for less" (fun () ->
              // At rate 0 nothing moves, and the mean over all rows is known.
              let fit = Train.fit { options with Epochs = 1 } (learner 0.0) train valid start
              let expected = Expr.toScalar (eval (Loss.meanSquaredError (snd train) (predict start (fst train))))
              Expect.close 1e-14 fit.History[0].TrainLoss expected "50 rows in batches of 16, 16, 16, 2")

          testCase "the same arguments give the same numbers, and another key others" (fun () ->
              let run key =
                  flat (Train.fit { options with Epochs = 3; Key = Random.key key } (learner 0.1) train valid start).Parameters

              Expect.equal (run 5) (run 5) "bit by bit"
              Expect.isTrue (run 5 <> run 6) "another order")

          testCase "a compiled step equals the uncompiled one" (fun () ->
              let x, y = train
              let loss p = Loss.meanSquaredError y (predict p x)
              let expected = eval (loss start, fst ((Optimizer.sgd (scalar 0.2)).Update (grad loss start) () start))
              let value, next, () = Train.step (learner 0.2) (start, (), x, y)
              let expected = Expr.toScalar (fst expected) :: flat (snd expected)
              // But for the order in which compiled sums add.
              List.iter2 (fun actual expected -> Expect.close 1e-14 actual expected "step") (Expr.toScalar value :: flat next) expected)

          testCase "fit goes on from parameters and state" (fun () ->
              let learner =
                  { Predict = predict
                    Loss = Loss.meanSquaredError
                    Optimizer = Optimizer.momentum (scalar 0.05) 0.9
                    Metrics = [] }

              let fit = Train.fit { options with Epochs = 2 } learner train valid start
              let x, y = train
              let _, next, _ = Train.step learner (fit.Parameters, fit.State, x, y)
              Expect.isTrue (flat next <> flat fit.Parameters) "it moved")

          testCase "three kinds of iris are told apart" (fun () ->
              let iris = Table.readCsv (Path.Combine(RepositoryTests.root, "data", "iris.csv"))
              let train, valid = Data.holdOut 0.2 (Random.key 0) (Table.features "species" iris, Table.labels "species" iris)
              let scaling = Data.standardize (fst train)
              let scaled (x, y) = Scaling.apply scaling x, y

              let learner =
                  { Predict = predict
                    Loss = Loss.softmaxCrossEntropy
                    Optimizer = Optimizer.adam { Adam.defaults with LearningRate = scalar 0.05 }
                    Metrics = [ ("accuracy", Metrics.accuracy) ] }

              let fit = Train.fit options learner (scaled train) (scaled valid) { Weight = zeros [ 4; 3 ]; Bias = zeros [ 3 ] }
              let accuracy = snd (List.last fit.History).Metrics[0]
              Expect.isTrue (accuracy >= 0.9) $"accuracy {accuracy} of 30") ]

let private stopping =
    testList
        "stopping"
        [ testCase "a loss that explodes names its place, and leaves the last good parameters and history" (fun () ->
              let error =
                  Expect.throws<DivergedException<Linear, unit>>
                      (fun () -> Train.fit { options with Epochs = 500 } (learner 50.0) train valid start |> ignore)
                      "a rate of 50"

              let good = error.LastGood
              Expect.isTrue (flat good.Parameters |> List.forall Double.IsFinite) "finite parameters"

              Expect.isTrue
                  (good.History.Length > 0 && good.History |> List.forall (fun e -> Double.IsFinite e.TrainLoss))
                  "finite history"

              let place = error.Message.Split(':')[0]

              Expect.isTrue
                  (place.StartsWith $"fit, epoch {good.History.Length}, batch ")
                  $"{place} follows {good.History.Length} whole epochs"

              Expect.isTrue (error.Message.EndsWith "; try a smaller learning rate?") error.Message
              let x, y = train
              let loss = Expr.toScalar (eval (Loss.meanSquaredError y (predict good.Parameters x)))
              Expect.isTrue (Double.IsFinite loss) "their loss is finite")

          testCase "the last good parameters are those that pure steps come to, whatever the batches" (fun () ->
              for size in [ 50; 49; 16; 25 ] do
                  let options = { options with Epochs = 2000; Batch = { Size = size; DropLast = false } }
                  let learner = learner 20.0
                  let step = Train.step learner

                  let rec lastGood parameters previous batches =
                      let (x, y), rest = Seq.head batches, Seq.tail batches
                      let loss, next, () = step (parameters, (), x, y)

                      if Double.IsFinite(Expr.toScalar loss) then
                          lastGood next parameters rest
                      else
                          previous

                  let batches =
                      Seq.initInfinite id
                      |> Seq.collect (fun epoch -> Data.batches options.Batch options.Key epoch train)
                      |> Seq.take 4000
                      |> List.ofSeq

                  let error =
                      Expect.throws<DivergedException<Linear, unit>>
                          (fun () -> Train.fit options learner train valid start |> ignore)
                          $"batches of {size}"

                  if not (error.Message.StartsWith "fit, validation") then
                      Expect.equal (flat error.LastGood.Parameters) (flat (lastGood start start batches)) $"batches of {size}")

          testCase "a loss that starts as NaN blames the data" (fun () ->
              let x, _ = train

              let error =
                  Expect.throws<DivergedException<Linear, unit>>
                      (fun () -> Train.fit options (learner 0.1) (x, full nan [ 50 ]) valid start |> ignore)
                      "targets are NaN"

              let message =
                  "fit, epoch 0, batch 0: the loss must stay finite, but it is NaN; check the data and the parameters given?"

              Expect.equal error.Message message "the sentence"
              Expect.equal (flat error.LastGood.Parameters) [ 0.0; 0.0 ] "the parameters given")

          testCase "a validation loss that is NaN is refused too" (fun () ->
              let error =
                  Expect.throws<DivergedException<Linear, unit>>
                      (fun () -> Train.fit options (learner 0.1) train (fst valid, full nan [ 20 ]) start |> ignore)
                      "validation targets are NaN"

              Expect.isTrue
                  (error.Message.StartsWith "fit, validation after epoch 0: the loss must stay finite, but it is NaN")
                  error.Message)

          testCase "cancelling gives what was reached" (fun () ->
              use source = new CancellationTokenSource()

              let stopAtTwo (epoch: Epoch) =
                  if epoch.Number = 2 then
                      source.Cancel()

              let options = { options with Report = stopAtTwo; Cancellation = source.Token }
              let fit = Train.fit options (learner 0.1) train valid start
              Expect.equal fit.History.Length 3 "epochs 0, 1 and 2"

              let whole =
                  Train.fit
                      { options with Epochs = 3; Report = ignore; Cancellation = CancellationToken.None }
                      (learner 0.1)
                      train
                      valid
                      start

              Expect.equal (flat fit.Parameters) (flat whole.Parameters) "as if three had been asked for")

          testCase "x and y that differ in rows are refused before anything runs" (fun () ->
              let error =
                  Expect.throws<ShapeException>
                      (fun () -> Train.fit options (learner 0.1) (fst train, snd valid) valid start |> ignore)
                      "50 and 20"

              Expect.isTrue (error.Message.StartsWith "batches: all tensors must have as many rows as the first") error.Message

              let error =
                  Expect.throws<ShapeException>
                      (fun () -> Train.fit options (learner 0.1) (fst train, scalar 1.0) valid start |> ignore)
                      "a target without rows"

              Expect.isTrue (error.Message.StartsWith "batches: every tensor needs rows along its first axis") error.Message) ]

let private lines =
    testCase "an epoch prints as a line under its names" (fun () ->
        let epoch =
            { Number = 3
              TrainLoss = 0.25
              ValidLoss = 0.5
              Metrics = [ ("accuracy", 0.9725) ]
              Time = TimeSpan.FromSeconds 61.5 }

        Expect.equal (Train.header epoch) "epoch   train_loss  valid_loss  accuracy    time" "names"
        Expect.equal (Train.row epoch) "3       0.250000    0.500000    0.972500    01:01.50" "numbers")

let tests = testList "Train" [ fitting; stopping; lines ]
