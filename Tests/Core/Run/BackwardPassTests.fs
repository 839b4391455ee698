/// Values and gradients of losses that are built anew: the right ones, by as few plans as there are forms.
module Fluxion.Tests.BackwardPassTests

open System
open System.Threading.Tasks
open Fluxion

/// Keeps a value, and the gradients that came, as a parameter does.
type private Kept(value: Expr) =
    inherit Source()
    let gradients = Collections.Generic.List<struct (NDArray * bool)>()
    /// What the next gradient may be written over.
    member val Room: NDArray | null = null with get, set
    /// Each gradient, and whether its array is nobody else's.
    member _.Gradients = List.ofSeq gradients
    override _.Value = Expr.value value
    override _.Current = Expr.value value

    override this.Spare() =
        let room = this.Room
        this.Room <- null
        room

    override _.Accumulate(gradient, isOwn) = gradients.Add(struct (gradient, isOwn))

// A loss as classes build it: everything anew, from data and parameters of the moment.
let private lossOf (rate: float) (x: Expr) (w: Expr) = Expr.mean (Expr.square (rate * Expr.matmul x w - 1.0))
let private data seed = eval (Random.normal [ 6; 2 ] (Random.key seed))

let private interpreted (loss: Expr -> Expr) (w: Expr) =
    let value, gradient = eval (valueAndGrad loss w)
    [| Expr.value value; Expr.value gradient |]

// The value of a loss of parameters, and then its gradients by them.
let private gradients (pass: BackwardPass) (loss: Expr list -> Expr) (values: Expr list) =
    let sources = values |> List.map Kept
    let value = pass.Run(loss [ for source in sources -> Expr.freshFrom "w" source ])

    let sent =
        [ for source in sources do
              for struct (gradient, _) in source.Gradients -> gradient ]

    Array.ofList (value :: sent)

let private run (pass: BackwardPass) (rate: float) (x: Expr) (w: Expr) = gradients pass (fun w -> lossOf rate x w.Head) [ w ]

let private near (actual: NDArray[]) (expected: NDArray[]) message =
    Array.iter2 (fun (a: NDArray) (e: NDArray) -> Array.iter2 (fun a e -> Expect.close 1e-13 a e message) a.Floats e.Floats) actual expected

let tests =
    testList
        "BackwardPass"
        [ testCase "one form is one plan, whatever its values, and gives what the interpreter gives"
          <| fun () ->
              let pass = BackwardPass 4

              for seed in 1..5 do
                  let x, w = data seed, tensor [ float seed; -0.5 ]
                  near (run pass 2.0 x w) (interpreted (lossOf 2.0 x) w) $"seed {seed}"

              Expect.equal pass.Count 1 "plans"

          testCase "another number, another shape and another leaf are other forms"
          <| fun () ->
              let pass = BackwardPass 8
              let x, w = data 1, tensor [ 0.3; -0.5 ]
              let rows = eval (x.[0..3])

              for rate, x in [ 2.0, x; 3.0, x; 2.0, rows ] do
                  near (run pass rate x w) (interpreted (lossOf rate x) w) $"{rate}, {x.Type}"

              Expect.equal pass.Count 3 "a number and a shape"

          testCase "each parameter gets its own gradient"
          <| fun () ->
              let pass = BackwardPass 8
              let a, b = tensor [ 0.3; -0.5 ], tensor [ 2.0; 7.0 ]
              let product (w: Expr list) = Expr.sum (w[0] * w[1])
              near (Array.tail (gradients pass product [ a; b ])) [| Expr.value b; Expr.value a |] "by a and by b"
              // The same form from the top down, but for how many parameters it has.
              near
                  (Array.tail (gradients pass (fun w -> product [ w[0]; w[0] ]) [ a ]))
                  [| Expr.value (eval (2.0 * a)) |]
                  "by a, twice in it"

              Expect.equal pass.Count 2 "two forms"
              near (Array.tail (gradients pass (fun w -> product [ w[0]; b ]) [ a ])) [| Expr.value b |] "where b is data"
              Expect.equal pass.Count 3 "three forms"

          testCase "a gradient is written over an array that is offered for it"
          <| fun () ->
              let pass = BackwardPass 4
              let source = Kept(tensor [ 0.3; -0.5 ])

              for seed in 1..3 do
                  let room = NDArray.full DType.Float64 [ 2 ] nan
                  source.Room <- room
                  pass.Run(lossOf 2.0 (data seed) (Expr.freshFrom "w" source)) |> ignore
                  let struct (gradient, isOwn) = List.last source.Gradients
                  Expect.isTrue (obj.ReferenceEquals(gradient, room) && isOwn) "that array"
                  near [| gradient |] (Array.tail (interpreted (lossOf 2.0 (data seed)) (tensor [ 0.3; -0.5 ]))) "with the gradient in it"

          testCase "a gradient that is data itself is no room for the next"
          <| fun () ->
              let pass = BackwardPass 4
              let source = Kept(tensor [ 0.3; -0.5 ])
              let x = tensor [ 4.0; 5.0 ]
              source.Room <- NDArray.full DType.Float64 [ 2 ] nan
              pass.Run(Expr.sum (x * Expr.freshFrom "w" source)) |> ignore
              let struct (gradient, isOwn) = source.Gradients.Head
              near [| gradient |] [| Expr.value x |] "the data"
              Expect.equal isOwn (not (obj.ReferenceEquals(gradient.Floats, (Expr.value x).Floats))) "own only where it is a copy"

          testCase "old forms make room"
          <| fun () ->
              let pass = BackwardPass 3
              let x, w = data 1, tensor [ 0.3; -0.5 ]

              for rate in [ 1.5; 2.5; 3.5; 4.5; 1.5; 2.5 ] do
                  near (run pass rate x w) (interpreted (lossOf rate x) w) $"{rate}"

              Expect.equal pass.Count 3 "plans"

          testCase "a plan does not keep the data that it was made with"
          <| fun () ->
              let pass = BackwardPass 4

              let once () =
                  let x = data 1
                  run pass 2.0 x (tensor [ 0.3; -0.5 ]) |> ignore
                  WeakReference(Expr.value x)

              let reference = once ()
              GC.Collect()
              GC.WaitForPendingFinalizers()
              GC.Collect()
              Expect.equal pass.Count 1 "the plan"
              Expect.isTrue (not reference.IsAlive) "the data is gone"

          testCase "many threads share plans"
          <| fun () ->
              let pass = BackwardPass 4
              let w = tensor [ 0.3; -0.5 ]

              Parallel.For(
                  0,
                  200,
                  fun i ->
                      let x, rate = data i, 1.0 + float (i % 2)
                      near (run pass rate x w) (interpreted (lossOf rate x) w) $"{i}"
              )
              |> ignore

              Expect.equal pass.Count 2 "plans"

          testCase "a loss must be a scalar, of parameters, with no variable that has no value"
          <| fun () ->
              let w = Expr.freshFrom "w" (Kept(tensor [ 1.0; 2.0 ]))
              let pass = BackwardPass 4

              let says (part: string) (error: exn) = Expect.isTrue (error.Message.StartsWith part) error.Message

              Expect.throws<ShapeException> (fun () -> pass.Run(w * w) |> ignore) "a vector"
              |> says "gradient: the function must give a scalar"

              Expect.throws<InvalidOperationException> (fun () -> pass.Run(Expr.sum (data 1)) |> ignore) "no parameter"
              |> says "Backward: the tensor must be built from a Parameter"

              Expect.throws<UnboundInputException> (fun () -> pass.Run(Expr.sum (w * Expr.variable "x" [])) |> ignore) "a variable"
              |> says "Backward: variable 'x' needs a value, but it has none" ]
