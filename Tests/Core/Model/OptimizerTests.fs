/// Optimizers against hand-computed steps and PyTorch's trajectories, and their manners inside compile.
module Fluxion.Tests.OptimizerTests

open System
open FsCheck
open Fluxion

type private Linear = { Weight: Expr; Bias: Expr }

let private flat (parameters: 'parameters) = Params.toList (eval parameters) |> List.collect (Expr.toArray >> List.ofArray)

let private allClose (actual: float list) (expected: float list) (message: string) =
    Expect.equal actual.Length expected.Length message
    List.iteri2 (fun i a e -> Expect.close 1e-14 a e $"{message}, element {i}") actual expected

let private trainStep (loss: 'parameters -> Expr) (optimizer: Optimizer<'parameters, 'state>) (parameters, state) =
    optimizer.Update (grad loss parameters) state parameters

let private trajectory count (loss: 'parameters -> Expr) (optimizer: Optimizer<'parameters, 'state>) (start: 'parameters) =
    let step = compile (trainStep loss optimizer)

    List.scan (fun current _ -> step current) (start, optimizer.Init start) [ 1..count ] |> List.tail

// What PyTorch 1.13 prints for this, in float64, with torch.optim.SGD(p, lr=0.1), SGD(p, lr=0.1, momentum=0.9) and
// Adam(p, lr=0.05, betas=(0.8, 0.95), eps=1e-6):
//   x = torch.tensor([[0.5, 0.2], [0.1, 0.9], [0.8, 0.7]]); y = torch.tensor([1.0, 0.0, 1.0])
//   w = torch.tensor([0.1, -0.2], requires_grad=True); b = torch.tensor(0.3, requires_grad=True)
//   for t in range(5): o.zero_grad(); ((x @ w + b - y) ** 2).mean().backward(); o.step(); print(w.tolist() + [b.item()])
let private loss (p: Linear) =
    let x = tensor [ [ 0.5; 0.2 ]; [ 0.1; 0.9 ]; [ 0.8; 0.7 ] ]
    Loss.meanSquaredError (tensor [ 1.0; 0.0; 1.0 ]) (Expr.matmul x p.Weight + p.Bias)

let private start = { Weight = tensor [ 0.1; -0.2 ]; Bias = scalar 0.3 }

let private follows optimizer (expected: float list list) =
    for t, (actual, expected) in List.zip (trajectory expected.Length loss optimizer start) expected |> List.indexed do
        allClose (flat (fst actual)) expected $"step {t}"

let private published =
    testList
        "as PyTorch"
        [ testCase "sgd" (fun () ->
              follows
                  (Optimizer.sgd (scalar 0.1))
                  [ [ 0.16266666666666668; -0.16313333333333335; 0.38799999999999996 ]
                    [ 0.2115166666666667; -0.14325342222222223; 0.4481271111111111 ]
                    [ 0.2508298074074074; -0.13480720317037037; 0.4892838773333333 ]
                    [ 0.28352055057037034; -0.13401998200418766; 0.5175265175557531 ]
                    [ 0.3115745083311539; -0.13832673991368913; 0.5369750271652037 ] ])

          testCase "momentum" (fun () ->
              follows
                  (Optimizer.momentum (scalar 0.1) 0.9)
                  [ [ 0.16266666666666668; -0.16313333333333335; 0.38799999999999996 ]
                    [ 0.2679166666666667; -0.11007342222222223; 0.5273271111111111 ]
                    [ 0.38951980740740744; -0.06916136317037037; 0.6687926773333333 ]
                    [ 0.5032955305703705; -0.06589320656418764; 0.767630666355753 ]
                    [ 0.5938117477178206; -0.1143458623234313; 0.7973249918059149 ] ])

          testCase "adam" (fun () ->
              let options = { LearningRate = scalar 0.05; Beta1 = 0.8; Beta2 = 0.95; Epsilon = 1e-6 }

              follows
                  (Optimizer.adam options)
                  [ [ 0.14999992021289327; -0.15000013562350192; 0.3499999431818827 ]
                    [ 0.19942875392602089; -0.1020087160001111; 0.39899495335839463 ]
                    [ 0.24774646235365658; -0.05910798786771308; 0.44582906419829277 ]
                    [ 0.29429252789524735; -0.026385565905949905; 0.48885754472004445 ]
                    [ 0.3383489854600009; -0.009360584757728392; 0.5260555952896101 ] ]) ]

let private byHand =
    testList
        "by hand"
        [ testCase "sgd moves by rate times gradient" (fun () ->
              let next, () = (Optimizer.sgd (scalar 0.5)).Update (tensor [ 2.0; -4.0 ]) () (tensor [ 1.0; 1.0 ])
              Expect.equal (flat next) [ 0.0; 3.0 ] "1 - 0.5 g")

          testCase "momentum gathers speed: 1, 1.5, 1.75 of a constant gradient" (fun () ->
              let moved =
                  trajectory 3 Expr.sum (Optimizer.momentum (scalar 1.0) 0.5) (tensor [ 0.0 ])
                  |> List.map (fst >> flat)

              Expect.equal moved [ [ -1.0 ]; [ -2.5 ]; [ -4.25 ] ] "v = 0.5 v + 1")

          testCase "adam's steps under a constant gradient are the rate, whatever its size" (fun () ->
              for size in [ 1e-3; 1.0; 1e6 ] do
                  let options = { Adam.defaults with LearningRate = scalar 0.1; Epsilon = 1e-30 }

                  let moved =
                      trajectory 3 (fun x -> size * Expr.sum x) (Optimizer.adam options) (tensor [ 0.0 ])
                      |> List.map (fst >> flat)

                  List.iter2 (fun actual expected -> allClose actual [ expected ] "t η") moved [ -0.1; -0.2; -0.3 ])

          testCase "adam's means are never subnormal, and are else what the formula gives" (fun () ->
              for dtype, smallest in [ DType.Float32, 1.17549435e-38; DType.Float64, 2.2250738585072014e-308 ] do
                  let of' numbers = Expr.constant (NDArray.ofFloats dtype [ 5 ] numbers)
                  let zeros = of' (Array.zeroCreate 5)
                  let means = [| 1.2; 1.05; -1.05; -1.2; nan |] |> Array.map ((*) smallest)
                  let state = { Step = Expr.cast DType.Int64 (scalar 4.0); Mean = of' means; Variance = of' means }
                  let _, next = (Optimizer.adam { Adam.defaults with Beta2 = 0.9 }).Update zeros state zeros
                  let plain = eval (0.9 * state.Mean) |> Expr.toArray

                  for found in [ Expr.toArray (eval next.Mean); Expr.toArray (eval next.Variance) ] do
                      Expect.equal found[..3] [| plain[0]; 0.0; 0.0; plain[3] |] $"{dtype}"
                      Expect.isTrue (Double.IsNaN found[4]) $"NaN of {dtype}")

          testCase "adam takes no square that is subnormal, and all others" (fun () ->
              for dtype, smallest in [ DType.Float32, 1.17549435e-38; DType.Float64, 2.2250738585072014e-308 ] do
                  let of' numbers = Expr.constant (NDArray.ofFloats dtype [ 4 ] numbers)
                  let zeros = of' (Array.zeroCreate 4)
                  let border = sqrt (smallest / (1.0 - 0.999))
                  let gradient = of' [| 0.9 * border; 1.1 * border; -1.1 * border; nan |]
                  let state = { Step = Expr.cast DType.Int64 (scalar 4.0); Mean = zeros; Variance = zeros }
                  let _, next = (Optimizer.adam Adam.defaults).Update gradient state zeros
                  let plain = Expr.toArray (eval ((1.0 - 0.999) * Expr.square gradient))
                  let found = Expr.toArray (eval next.Variance)
                  Expect.equal found[..2] [| 0.0; plain[1]; plain[2] |] $"{dtype}"
                  Expect.isTrue (Double.IsNaN found[3]) $"NaN of {dtype}")

          testCase "adam counts its steps" (fun () ->
              let _, state = List.last (trajectory 7 Expr.sum (Optimizer.adam Adam.defaults) (tensor [ 0.0 ]))
              Expect.equal (state.Step.DType, Expr.toScalar state.Step) (DType.Int64, 7.0) "an int64 scalar") ]

type private Deep = { Layers: Linear list; Scale: Expr * Expr[]; Width: int }

let private deep =
    { Layers = [ start; { Weight = ones [ 2 ]; Bias = scalar 1.0 } ]
      Scale = (scalar 2.0, [| tensor [ 0.5 ] |])
      Width = 7 }

let private deepLoss (p: Deep) = Params.toList p |> List.map (Expr.square >> Expr.sum) |> List.reduce (+)

let private sameInside optimizer =
    let inside = trajectory 4 deepLoss optimizer deep |> List.last

    let outside =
        List.fold (fun current _ -> eval (trainStep deepLoss optimizer current)) (deep, optimizer.Init deep) [ 1..4 ]

    // Compiled sums add in another order.
    allClose (flat inside) (flat outside) "the same numbers"
    Expect.equal (fst inside).Width 7 "what is no tensor rides along"

let private inCompile =
    testList
        "inside compile"
        [ testCase "a compiled step equals the uncompiled one, for parameters of any form" (fun () ->
              sameInside (Optimizer.sgd (scalar 0.1))
              sameInside (Optimizer.momentum (scalar 0.1) 0.9)
              sameInside (Optimizer.adam Adam.defaults)
              sameInside (Optimizer.scheduled (fun step -> 0.1 / (1.0 + Expr.cast DType.Float64 step)) Optimizer.sgd))

          testCase "a schedule is part of the step: it is traced once, and its count is in the state" (fun () ->
              let mutable traces = 0

              let halving (step: Expr) =
                  traces <- traces + 1
                  Expr.Pow(0.5, Expr.cast DType.Float64 step)

              let optimizer = Optimizer.scheduled halving Optimizer.sgd
              let moved = trajectory 4 Expr.sum optimizer (tensor [ 0.0 ])
              Expect.equal (moved |> List.map (fst >> flat)) [ [ -1.0 ]; [ -1.5 ]; [ -1.75 ]; [ -1.875 ] ] "rates 1, 1/2, 1/4, 1/8"
              // One for Init, which asks the optimizer for its state, and one for the trace.
              Expect.isTrue (traces <= 3) $"{traces} traces for 4 steps"
              Expect.equal (Expr.toScalar (snd (List.last moved)).Step) 4.0 "steps")

          testCase "a rate that is an input changes without another trace" (fun () ->
              let mutable traces = 0

              let step =
                  compile (fun (rate: Expr, x: Expr) ->
                      traces <- traces + 1
                      fst ((Optimizer.sgd rate).Update (grad Expr.sum x) () x))

              let x = List.fold (fun x rate -> step (scalar rate, x)) (tensor [ 0.0 ]) [ 1.0; 2.0; 4.0 ]
              Expect.equal (flat x, traces) ([ -7.0 ], 1) "1 + 2 + 4")

          testCase "parameters keep their element type and shape" (fun () ->
              let x = tensor [ [ 1.0f; 2.0f ] ]

              let keeps optimizer =
                  let next, _ = List.last (trajectory 3 (Expr.square >> Expr.sum) optimizer x)
                  Expect.equal next.Type x.Type "float32 [1, 2]"

              keeps (Optimizer.sgd (scalar 0.1))
              keeps (Optimizer.momentum (scalar 0.1) 0.9)
              keeps (Optimizer.adam Adam.defaults))

          testProperty "the same start gives the same end" (fun (PositiveInt seed) ->
              let start = { Weight = eval (Random.normal [ 2 ] (Random.key seed)); Bias = scalar 0.0 }
              let run () = trajectory 3 loss (Optimizer.adam Adam.defaults) start |> List.last |> flat
              Expect.equal (run ()) (run ()) "bit by bit") ]

let private refuses<'e when 'e :> exn> (action: unit -> unit) (message: string) =
    let error = Expect.throws<'e> action message
    Expect.equal error.Message message "the sentence"

let private errors =
    testList
        "errors"
        [ testCase "a gradient of another shape, which would broadcast" (fun () ->
              refuses<ShapeException>
                  (fun () -> (Optimizer.sgd (scalar 0.1)).Update { start with Weight = zeros [ 2; 1 ] } () start |> ignore)
                  "sgd: 'Weight' is float64 [2] and its gradient must be too, but that is float64 [2, 1]; take the gradient at these very parameters?")

          testCase "a state made for other parameters" (fun () ->
              let optimizer = Optimizer.momentum (scalar 0.1) 0.9

              refuses<ShapeException>
                  (fun () -> optimizer.Update (ones [ 2 ]) (zeros [ 3 ]) (ones [ 2 ]) |> ignore)
                  "momentum: the parameter is float64 [2] and its velocity must be too, but that is float64 [3]; take the gradient at these very parameters?")

          testCase "a list that is too short" (fun () ->
              refuses<ShapeException>
                  (fun () -> (Optimizer.sgd (scalar 0.1)).Update [ ones [ 2 ] ] () [ ones [ 2 ]; ones [ 2 ] ] |> ignore)
                  "sgd: there must be a gradient for each of 2 parameters, but there are 1; take the gradient at these very parameters?")

          testCase "options that cannot be" (fun () ->
              let make options () = (Optimizer.adam options: Optimizer<Expr, _>) |> ignore
              refuses<ArgumentException> (make { Adam.defaults with Beta1 = 1.0 }) "adam: Beta1 must lie in [0, 1), but it is 1; try 0.9?"

              refuses<ArgumentException>
                  (make { Adam.defaults with Beta2 = nan })
                  "adam: Beta2 must lie in [0, 1), but it is NaN; try 0.9?"

              refuses<ArgumentException>
                  (make { Adam.defaults with Epsilon = 0.0 })
                  "adam: Epsilon must be positive, but it is 0; try 1e-8?"

              refuses<ShapeException>
                  (fun () -> (Optimizer.sgd (tensor [ 0.1 ]): Optimizer<Expr, _>) |> ignore)
                  "sgd: the learning rate must be a floating-point scalar, but it is float64 [1]; write scalar 0.1?") ]

let tests = testList "Optimizer" [ published; byHand; inCompile; errors ]
