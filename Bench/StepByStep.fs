/// Training as a C# program does it: each step builds its loss anew, and plans are found by their form.
module Fluxion.Bench.StepByStep

open Fluxion
open Fluxion.Api

let private tensorOf (value: NDArray) = Tensor(Expr.constant value)

/// Steps of an optimizer on the values after the first two, which are rows and targets.
let train
    (optimizer: Parameter[] -> Optimizer)
    (loss: Tensor -> Tensor -> Tensor[] -> Tensor)
    (x: NDArray, y: NDArray, weights: NDArray[])
    : int -> unit =
    let x, y = tensorOf x, tensorOf y
    let parameters = weights |> Array.map (fun value -> Parameter(tensorOf value))
    let optimizer = optimizer parameters

    fun count ->
        for _ in 1..count do
            let value = loss x y (parameters |> Array.map (fun parameter -> parameter.Value))
            optimizer.ZeroGrad()
            value.Backward()
            optimizer.Step()

let descent (rate: float) (parameters: Parameter[]) : Optimizer = Sgd(parameters, rate)
let momentum (rate: float) (parameters: Parameter[]) : Optimizer = Sgd(parameters, rate, 0.9)
let adam (rate: float) (parameters: Parameter[]) : Optimizer = Adam(parameters, rate)
