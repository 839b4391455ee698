module Fluxion.Tests.ControlFlowTests

open System.Diagnostics
open Fluxion

let private numbers (x: Expr) = x |> eval |> Expr.toArray
let private number (x: Expr) = x |> eval |> Expr.toScalar

let private close (actual: Expr) (expected: float list) message =
    let run = compile (fun () -> actual)

    for actual in [ numbers actual; Expr.toArray (run ()) ] do
        Expect.equal actual.Length expected.Length $"{message}: number of entries"
        Seq.iter2 (fun a e -> Expect.close 1e-11 a e message) actual expected

let private same (actual: Expr) (expected: Expr) message = close actual (List.ofArray (numbers expected)) message

/// A derivative by central differences in float64, extrapolated.
let private slope (f: float -> float) (x: float) = (Values.derivative (fun step -> [| f (x + step) |]))[0]

let private xs = tensor [ 0.3; -0.7; 1.1; 0.4 ]

/// A nonlinear recurrence as a loop, and unrolled.
let private looped (a: Expr) (x: Expr) = scan (fun c row -> sin (a * c) + row * row, c * row) (scalar 0.5) x

let private unrolled (a: Expr) (x: Expr) =
    let mutable c = scalar 0.5

    let outputs =
        [ for t in 0 .. x.Shape.Head - 1 do
              let row = x[t]
              c * row
              c <- sin (a * c) + row * row ]

    c, Expr.stack 0 outputs

let private scans =
    let total f a x = let c, rows = f a x in c * c + Expr.sum (rows * Expr.square rows)
    let a = scalar 1.3

    testList
        "scan"
        [ testCase "is the unrolled loop" (fun () ->
              let c, rows = looped a xs
              let c', rows' = unrolled a xs
              same c c' "carry"
              same rows rows' "outputs")

          testCase "has the unrolled loop's derivatives, in both modes and nested" (fun () ->
              let gradients f = grad (fun (a, x) -> total f a x) (a, xs)
              let da, dx = gradients looped
              let da', dx' = gradients unrolled
              same da da' "by a number from outside"
              same dx dx' "by the rows"
              let move f = snd (jvp (fun (a, x) -> total f a x) (a, xs) (scalar 0.7, 2.0 * xs))
              same (move looped) (move unrolled) "forward"
              let second f = hessian (fun (a, x) -> total f a x) (a, xs)
              same (second looped) (second unrolled) "second derivatives"
              let third f = grad (fun a -> grad (fun a -> snd (jvp (fun a -> total f a xs) a (scalar 1.0))) a) a
              same (third looped) (third unrolled) "reverse over reverse over forward"
              let other f = snd (jvp (grad (fun a -> grad (fun a -> total f a xs) a * a)) a (scalar 1.0))
              same (other looped) (other unrolled) "forward over reverse over reverse")

          testCase "agrees with differences" (fun () ->
              let f v = number (total looped (scalar v) xs)
              Expect.close 1e-9 (number (grad (fun a -> total looped a xs) a)) (slope f 1.3) "by a")

          testCase "runs backwards" (fun () ->
              let c, rows = scanBack (fun c row -> 0.5 * c + row, c) (scalar 1.0) xs
              close c [ ((((1.0 * 0.5 + 0.4) * 0.5 + 1.1) * 0.5 - 0.7) * 0.5 + 0.3) ] "carry"
              close rows [ 0.075; 1.55; 0.9; 1.0 ] "outputs")

          testCase "maps over examples" (fun () ->
              let stack = tensor [ [ 0.3; -0.7; 1.1; 0.4 ]; [ 1.0; 0.2; -0.3; 0.6 ] ]
              let f loop = fun x -> grad (fun a -> total loop a x) a
              same (vmap (f looped) stack) (Expr.stack 0 [ f unrolled stack[0]; f unrolled stack[1] ]) "gradients by example"
              let parameters = tensor [ 0.5; 1.5; 2.0 ]

              same
                  (vmap (fun a -> total looped a xs) parameters)
                  (vmap (fun a -> total unrolled a xs) parameters)
                  "over what is from outside")

          testCase "stands in loops, around derivatives of loops" (fun () ->
              let inner (c: Expr) = fst (scan (fun d row -> d * row + c, ()) c xs)
              let innerUnrolled (c: Expr) = List.fold (fun d t -> d * xs[t] + c) c [ 0..3 ]
              let outer inner a = fst (scan (fun c row -> sin (a * grad (fun c -> inner (c * c)) c) + row, ()) a xs)

              let outerUnrolled a =
                  List.fold (fun c t -> sin (a * grad (fun c -> innerUnrolled (c * c)) c) + xs[t]) a [ 0..3 ]

              let a = scalar 0.8
              same (outer inner a) (outerUnrolled a) "value"
              same (grad (outer inner) a) (grad outerUnrolled a) "gradient"
              same (grad (grad (outer inner)) a) (grad (grad outerUnrolled) a) "second")

          testCase "carries several types" (fun () ->
              let step (count: Expr, x: Expr, single: Expr) (row: Expr) =
                  let single = single + Expr.cast DType.Float32 x
                  (count + 1.0, x * row, single), (count, single)

              let start =
                  Expr.constant (NDArray.ofInts DType.Int64 [] [| 5L |]), scalar 1.0, Expr.cast DType.Float32 (scalar 2.0)

              let (count, x, single), (counts, singles) = scan step start xs
              close count [ 9.0 ] "int64"
              Expect.equal (count.DType, single.DType, counts.DType) (DType.Int64, DType.Float32, DType.Int64) "types"
              close counts [ 5.0; 6.0; 7.0; 8.0 ] "int64 rows"
              close x [ 0.3 * -0.7 * 1.1 * 0.4 ] "float64"
              let expected = [| 3.0; 3.3; 3.09; 2.859 |]
              Array.iter2 (fun a e -> Expect.close 1e-6 a e "float32 rows") (numbers singles) expected
              let gradient = grad (fun xs -> let (_, _, s), _ = scan step start xs in Expr.cast DType.Float64 s) xs
              Expect.close 1e-6 (Array.head (numbers gradient)) (1.0 - 0.7 - 0.77) "through float32")

          testCase "takes a million steps in bounded time, with its gradient" (fun () ->
              let million = Expr.constant (NDArray.full DType.Float64 [ 1_000_000 ] 1e-6)
              let f (a: Expr) (x: Expr) = fst (scan (fun c row -> c + row * sin (a * c), ()) (scalar 1.0) x)
              let run = compile (fun (a, x) -> valueAndGrad (fun a -> f a x) a)
              let clock = Stopwatch.StartNew()
              let value, gradient = run (scalar 0.5, million)
              Expect.isTrue (clock.Elapsed.TotalSeconds < 20.0) $"{clock.Elapsed} is bounded"
              // c' = sin(a c): tan(a c / 2) = tan(a / 2) e^(a t), within the step of Euler's method.
              let exact a = 2.0 / a * atan (tan (a / 2.0) * exp a)
              Expect.close 1e-5 (number value) (exact 0.5) "value"
              Expect.close 1e-5 (number gradient) (slope exact 0.5) "gradient")

          testCase "allocates nothing from step to step" (fun () ->
              let runOf length =
                  let x = Expr.constant (NDArray.full DType.Float64 [ length ] 0.1)
                  let run = compile (fun x -> fst (scan (fun (c: Expr) row -> sin c + row, ()) (scalar 1.0) x))
                  run x |> ignore
                  let before = System.GC.GetAllocatedBytesForCurrentThread()
                  run x |> ignore
                  System.GC.GetAllocatedBytesForCurrentThread() - before

              runOf 10 |> ignore
              Expect.isTrue (runOf 10_000 - runOf 10 < 4096L) "10,000 steps allocate what 10 do")

          testCase "refuses what does not fit, in words" (fun () ->
              let message action = (Expect.throws<ShapeException> action "shape").Message
              let wrong () = scan (fun (c: Expr) row -> Expr.stack 0 [ c; row ], ()) (scalar 1.0) xs |> ignore
              Expect.equal (message wrong) "scan: the next carry must be float64 [], but it is float64 [2]; reshape or cast it?" "carry"
              let uneven () = scan (fun (c: Expr) (_, _) -> c, ()) (scalar 1.0) (xs, zeros [ 3 ]) |> ignore
              Expect.equal (message uneven) "scan: inputs must have one number of rows, but they have [4, 3]; check the first axes?" "rows")

          testCase "equal loops are one, whatever their variables are called" (fun () ->
              let first, second = fst (looped a xs), fst (looped a xs)
              Expect.isTrue (Graph.same first second) "same"
              Expect.isTrue (not (Graph.same first (fst (looped (scalar 1.4) xs)))) "another number"
              Expect.equal (Verify.problems [ first ]) [] "well typed"
              Expect.isTrue ((Print.text first).Contains "scan(") "prints") ]

let private whileLoops =
    // Newton's square root of a, and its steps by hand.
    let root (a: Expr) =
        whileLoop 100 (fun x -> Expr.less (scalar 1e-13) (abs (x * x - a))) (fun x -> 0.5 * (x + a / x)) (0.5 * a + 0.5)

    testList
        "whileLoop"
        [ testCase "stops by itself, and derivatives go through its steps" (fun () ->
              close (root (scalar 7.0)) [ sqrt 7.0 ] "value"
              close (grad root (scalar 7.0)) [ 0.5 / sqrt 7.0 ] "reverse"
              close (snd (jvp root (scalar 7.0) (scalar 1.0))) [ 0.5 / sqrt 7.0 ] "forward"
              let second = grad (grad root) (scalar 7.0)
              Expect.close 1e-9 (number second) (-0.25 * 7.0 ** -1.5) "second")

          testCase "takes no step where the condition is false from the start" (fun () ->
              let f (x: Expr) = whileLoop 10 (fun x -> Expr.less x (scalar 0.0)) (fun x -> x * x) (3.0 * x)
              close (f (scalar 2.0)) [ 6.0 ] "value"
              close (grad f (scalar 2.0)) [ 3.0 ] "gradient")

          testCase "stops at its bound" (fun () ->
              close (whileLoop 5 (fun x -> Expr.less (scalar 0.0) x) (fun x -> 2.0 * x) (scalar 1.0)) [ 32.0 ] "2⁵")

          testCase "maps over examples that end apart" (fun () ->
              let points = tensor [ 1.0; 2.0; 900.0; 1e-3 ]
              same (vmap root points) (sqrt points) "values"
              same (vmap (grad root) points) (0.5 / sqrt points) "gradients"
              same (grad (fun x -> Expr.sum (vmap root x)) points) (0.5 / sqrt points) "gradient of the map") ]

let private choices =
    testList
        "cond"
        [ testCase "runs one side, and so do its derivatives" (fun () ->
              let f (x: Expr) = cond (Expr.less x (scalar 0.0)) (fun x -> x * x) (fun (x: Expr) -> sqrt x) x
              close (f (scalar -3.0)) [ 9.0 ] "true"
              close (f (scalar 4.0)) [ 2.0 ] "false"
              close (grad f (scalar -3.0)) [ -6.0 ] "gradient"
              close (snd (jvp f (scalar 4.0) (scalar 1.0))) [ 0.25 ] "tangent"
              close (grad (grad f) (scalar 4.0)) [ -1.0 / 32.0 ] "second")

          testCase "does not evaluate the other side" (fun () ->
              // Indexing outside raises when it is evaluated.
              let pick (i: Expr) = Expr.gather 0 i xs
              let index = Expr.constant (NDArray.ofInts DType.Int64 [] [| 9L |])
              let f = cond (Expr.less index index) pick (fun _ -> xs[0])
              close (f index) [ 0.3 ] "the side that is taken")

          testCase "closes over outer variables, and chooses by example" (fun () ->
              let f (w: Expr) (x: Expr) = cond (Expr.less x (scalar 0.0)) (fun x -> w * x) (fun x -> w * w + x) x
              let points = tensor [ -2.0; 3.0 ]
              close (vmap (f (scalar 5.0)) points) [ -10.0; 28.0 ] "values"
              close (grad (fun w -> Expr.sum (vmap (f w) points)) (scalar 5.0)) [ -2.0 + 10.0 ] "gradient") ]

/// Siskind and Pearlmutter, "Perturbation confusion and referential transparency", IFL 2005, and "Confusion of tagged perturbations in forward
/// automatic differentiation of higher-order functions", 2019.
let private confusion =
    let d f x = snd (jvp f x (scalar 1.0))

    testList
        "perturbations are not confused"
        [ for name, d in [ "forward", d; "reverse", grad ] do
              testCase name (fun () ->
                  close (d (fun x -> x * d (fun y -> x + y) (scalar 1.0)) (scalar 1.0)) [ 1.0 ] "d/dx x (d/dy (x + y))"
                  close (d (fun x -> x * d (fun y -> x * y) (scalar 2.0)) (scalar 1.0)) [ 2.0 ] "d/dx x (d/dy x y)"
                  // A loop whose body differentiates, by what the loop itself is differentiated by.
                  let f x = repeat 3 (fun _ c -> c * d (fun y -> x * y * c) (scalar 2.0)) x
                  // c ← c · x c three times, from c = x: x, x³, x⁷, x¹⁵.
                  close (f (scalar 1.1)) [ 1.1 ** 15.0 ] "value"
                  close (d f (scalar 1.1)) [ 15.0 * 1.1 ** 14.0 ] "derivative"
                  close (d (d f) (scalar 1.1)) [ 15.0 * 14.0 * 1.1 ** 13.0 ] "second")

          // The shifted derivative, D f x u = d/dx f(x + u), applied twice to a function that returns functions.
          testCase "the amazing bug" (fun () ->
              let s (u: Expr) (f: Expr -> Expr) (x: Expr) = f (x + u)
              let dHat (x: Expr) (f: Expr -> Expr) (y: Expr) = d (fun u -> s u f y) x
              let h y = dHat (scalar 0.0) (dHat (scalar 0.0) (fun x -> exp x)) y
              close (h (scalar 1.0)) [ exp 1.0 ] "exp is its own derivative twice over") ]

let private recomputation =
    testList
        "checkpoint"
        [ testCase "changes no value and no derivative" (fun () ->
              let f (w: Expr) (x: Expr) = sin (w * exp x) * x
              let g w = checkpoint (f w)
              let w = scalar 0.7
              same (g w xs) (f w xs) "value"
              same (grad (fun w -> Expr.sum (g w xs)) w) (grad (fun w -> Expr.sum (f w xs)) w) "by what is closed over"
              same (hessian (fun x -> Expr.sum (g w x)) xs) (hessian (fun x -> Expr.sum (f w x)) xs) "second"
              same (vmap (g w) xs) (vmap (f w) xs) "mapped")

          testCase "needs less memory, and gives the same gradient" (fun () ->
              let gradient (block: Expr -> Expr -> Expr) (w: Expr, x: Expr) =
                  grad (fun w -> Expr.sum (Expr.square (List.fold (fun x _ -> block w x) x [ 1..6 ]))) w

              let block w x = List.fold (fun x _ -> tanh (Expr.matmul w x)) x [ 1..12 ]
              let saving w x = checkpoint (block w) x

              let w, x = Expr.variable "w" [ 16; 16 ], Expr.variable "x" [ 16; 16 ]

              let bytes block =
                  let struct (bytes, _) = Memory.needed (Compile.plan [| gradient block (w, x) |] [| w; x |]).Program
                  bytes

              let before, after = bytes block, bytes saving
              Expect.isTrue (float after < 0.5 * float before) $"{after} bytes are less than half of {before}"
              Expect.isTrue ((Plan.explain (gradient saving (w, x))).Contains $"{after} bytes in") "as Plan.explain says"
              let known, saved = Cost.peakMemory (gradient block (w, x)), Cost.peakMemory (gradient saving (w, x))
              Expect.isTrue (float saved < 0.5 * float known) $"and Cost.peakMemory beforehand: {saved} of {known}"
              let at = eval (0.2 * Random.normal [ 16; 16 ] (Random.key 1), Random.normal [ 16; 16 ] (Random.key 2))
              let expected = gradient block at |> numbers
              Array.iter2 (fun a e -> Expect.close 1e-11 a e "interpreted") (gradient saving at |> numbers) expected
              Array.iter2 (fun a e -> Expect.close 1e-11 a e "compiled") (compile (gradient saving) at |> Expr.toArray) expected) ]

let tests = testList "ControlFlow" [ scans; whileLoops; choices; confusion; recomputation ]
