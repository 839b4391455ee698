module Fluxion.Tests.PreludeTests

open Fluxion

let private numbers (x: Expr) = x |> eval |> Expr.toArray |> List.ofArray
let private number (x: Expr) = x |> eval |> Expr.toScalar

type private Line = { Slope: Expr; Intercept: Expr }

let private line = { Slope = scalar 3.0; Intercept = scalar -1.0 }

let private gradients =
    testList
        "grad"
        [ testCase "of a record is a record" (fun () ->
              let gradient = grad (fun { Slope = a; Intercept = b } -> a * a * b) line |> eval
              Expect.equal (number gradient.Slope, number gradient.Intercept) (-6.0, 9.0) "2ab and a²")

          testCase "with its value" (fun () ->
              let value, gradient = valueAndGrad (fun (x: Expr) -> x ** 3.0) (scalar 2.0)
              Expect.equal (number value, number gradient) (8.0, 12.0) "x³")

          testCase "by what plays no part is zero" (fun () ->
              let a, b = grad (fun (a: Expr, b: Expr) -> a * 1.0) (scalar 1.0, tensor [ 1.0; 2.0 ])
              Expect.equal (numbers a, numbers b) ([ 1.0 ], [ 0.0; 0.0 ]) "1 and 0")

          testCase "nests, and never confuses the two variables" (fun () ->
              let inner x = grad (fun (y: Expr) -> x + y) (scalar 1.0)
              Expect.equal (number (grad (fun x -> x * inner x) (scalar 1.0))) 1.0 "d/dx (x · 1)"
              let product x = grad (fun (y: Expr) -> x * y) (scalar 2.0)
              Expect.equal (number (grad (fun x -> x * product x) (scalar 3.0))) 6.0 "d/dx (x · x)"
              let forward x = snd (jvp (fun (y: Expr) -> x * y) (scalar 2.0) (scalar 1.0))
              Expect.equal (number (snd (jvp (fun x -> x * forward x) (scalar 3.0) (scalar 1.0)))) 6.0 "forward in forward"
              Expect.equal (number (grad (fun x -> x * forward x) (scalar 3.0))) 6.0 "forward in reverse")

          testCase "of any order" (fun () ->
              let rec derivative order f = if order = 0 then f else derivative (order - 1) (grad f)
              let tenth = derivative 10 (fun (x: Expr) -> sin (2.0 * x)) (scalar 0.3)
              Expect.close 1e-11 (number tenth) (-1024.0 * sin 0.6) "the tenth of sin 2x"
              let sixth = derivative 6 (fun (x: Expr) -> x ** 6.0) (scalar 1.7)
              Expect.close 1e-12 (number sixth) 720.0 "the sixth of x⁶")

          testCase "at an expression is an expression" (fun () ->
              let w = Expr.variable "w" []
              let gradient = grad (fun (x: Expr) -> x * x) (2.0 * w)
              Expect.equal (evalWith [ "w", scalar 5.0 ] gradient |> number) 20.0 "2 · 2w") ]

let private products =
    testList
        "jvp and vjp"
        [ testCase "move a point, and send back a weight" (fun () ->
              let f (x: Expr, y: Expr) = x * y, Expr.sum x
              let point = tensor [ 1.0; 2.0 ], tensor [ 3.0; 4.0 ]
              let (product, sum), (movedProduct, movedSum) = jvp f point (tensor [ 1.0; 0.0 ], tensor [ 0.0; 1.0 ])
              Expect.equal (numbers product, numbers sum) ([ 3.0; 8.0 ], [ 3.0 ]) "values"
              Expect.equal (numbers movedProduct, numbers movedSum) ([ 3.0; 2.0 ], [ 1.0 ]) "tangents"
              let _, pull = vjp f point
              let dx, dy = pull (tensor [ 1.0; 1.0 ], scalar 10.0)
              Expect.equal (numbers dx, numbers dy) ([ 13.0; 14.0 ], [ 1.0; 2.0 ]) "cotangents") ]

let private matrices =
    testList
        "jacobian and hessian"
        [ testCase "wide and tall Jacobians, by reverse and forward mode" (fun () ->
              let wide = jacobian (fun (x: Expr) -> Expr.matmul (tensor [ [ 1.0; 2.0; 3.0 ] ]) x) (zeros [ 3 ])
              Expect.equal (wide.Shape, numbers wide) ([ 1; 3 ], [ 1.0; 2.0; 3.0 ]) "reverse"
              let tall = jacobian (fun (x: Expr) -> Expr.matmul (tensor [ [ 1.0 ]; [ 2.0 ]; [ 3.0 ] ]) x) (zeros [ 1 ])
              Expect.equal (tall.Shape, numbers tall) ([ 3; 1 ], [ 1.0; 2.0; 3.0 ]) "forward")

          testCase "of matrices by matrices" (fun () ->
              let x = tensor [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ] ]
              let tall = jacobian (fun (x: Expr) -> Expr.concat 0 [ x; x * x ]) x
              Expect.equal tall.Shape [ 4; 2; 2; 2 ] "shape"

              let expected =
                  [ for i in 0..3 do
                        for j in 0..1 do
                            for k in 0..1 do
                                for l in 0..1 ->
                                    if (i % 2, j) <> (k, l) then 0.0
                                    elif i < 2 then 1.0
                                    else 2.0 * float (2 * k + l + 1) ]

              Expect.equal (numbers tall) expected "entries")

          testCase "of a record is a record of Jacobians" (fun () ->
              let j = jacobian (fun { Slope = a; Intercept = b } -> a * tensor [ 1.0; 2.0 ] + b) line
              Expect.equal (numbers j.Slope, numbers j.Intercept) ([ 1.0; 2.0 ], [ 1.0; 1.0 ]) "columns")

          testCase "of nothing, and by nothing" (fun () ->
              Expect.equal (jacobian (fun (x: Expr) -> x[0 .. -3]) (zeros [ 2 ])).Shape [ 0; 2 ] "no rows"
              Expect.equal (jacobian (fun (x: Expr) -> Expr.sum x + zeros [ 2 ]) (zeros [ 0 ])).Shape [ 2; 0 ] "no columns")

          testCase "the Hessian of one tensor" (fun () ->
              let h = hessian (fun (x: Expr) -> x[0] ** 2.0 * x[1]) (tensor [ 3.0; 5.0 ])
              Expect.equal (h.Shape, numbers h) ([ 2; 2 ], [ 10.0; 6.0; 6.0; 0.0 ]) "2y, 2x, 2x, 0")

          testCase "the Hessian of a record is over all its entries, in order" (fun () ->
              let h = hessian (fun { Slope = a; Intercept = b } -> a * a * b) line
              Expect.equal (h.Shape, numbers h) ([ 2; 2 ], [ -2.0; 6.0; 6.0; 0.0 ]) "2b, 2a, 2a, 0") ]

let private mapping =
    testList
        "vmap"
        [ testCase "per-example gradients in one go" (fun () ->
              let xs = tensor [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ]; [ 5.0; 6.0 ] ]
              let one (x: Expr) = grad (fun (w: Expr) -> Expr.matmul w x ** 2.0) (tensor [ 1.0; 1.0 ])

              let looped =
                  [ for i in 0..2 do
                        yield! numbers (one xs[i]) ]

              Expect.equal (numbers (vmap one xs)) looped "three gradients")

          testCase "of records, and what does not vary is repeated" (fun () ->
              let mapped = vmap (fun (x: Expr) -> { Slope = x * x; Intercept = scalar 7.0 }) (tensor [ 1.0; 2.0 ])
              Expect.equal (numbers mapped.Slope, numbers mapped.Intercept) ([ 1.0; 4.0 ], [ 7.0; 7.0 ]) "both have the axis")

          testCase "in itself" (fun () ->
              let outer = vmap (fun (x: Expr) -> vmap (fun (y: Expr) -> x * y) (tensor [ 1.0; 10.0 ])) (tensor [ 2.0; 3.0 ])
              Expect.equal (numbers outer) [ 2.0; 20.0; 3.0; 30.0 ] "outer product")

          testCase "arguments of unequal number are an error" (fun () ->
              Expect.throws<ShapeException>
                  (fun () -> vmap (fun (x: Expr, y: Expr) -> x * y) (zeros [ 2 ], zeros [ 3 ]) |> ignore)
                  "2 and 3"
              |> ignore) ]

type private Scaled = { Factor: Expr; Power: int; Label: string }

let private compiling =
    testList
        "compile"
        [ testCase "traces once for each form of argument" (fun () ->
              let mutable traces = 0

              let f =
                  compile (fun (x: Expr) ->
                      traces <- traces + 1
                      Expr.sum (x * x))

              let results = [ for x in [ [ 1.0 ]; [ 2.0 ]; [ 1.0; 2.0 ]; [ 3.0; 4.0 ] ] -> number (f (tensor x)) ]
              Expect.equal results [ 1.0; 4.0; 5.0; 25.0 ] "results"
              Expect.equal traces 2 "one for each shape"
              f (tensor [ 1.0f ]) |> ignore
              Expect.equal traces 3 "and for each type")

          testCase "gives constants" (fun () ->
              Expect.isTrue ((compile sin (scalar 1.0): Expr) |> Expr.tryValue |> Option.isSome) "a value")

          testCase "inside a derivative it is part of what is derived" (fun () ->
              let square = compile (fun (x: Expr) -> x * x)
              Expect.equal (number (grad square (scalar 3.0))) 6.0 "2x")

          testCase "closing over a variable it stays an expression" (fun () ->
              let f (w: Expr) = compile (fun (x: Expr) -> x * w) (scalar 3.0)
              Expect.equal (number (grad f (scalar 2.0))) 3.0 "by what it closes over"
              let w = Expr.variable "w" []
              Expect.equal (evalWith [ "w", scalar 5.0 ] (f w) |> number) 15.0 "with the variable given later")

          testCase "a compiled derivative is the derivative" (fun () ->
              let step = compile (grad (fun { Slope = a; Intercept = b } -> a * a * b))
              let gradient = step line
              Expect.equal (number gradient.Slope, number gradient.Intercept) (-6.0, 9.0) "record in, record out")

          testCase "what is no tensor decides about the trace" (fun () ->
              let mutable traces = 0

              let f =
                  compile (fun s ->
                      traces <- traces + 1
                      { s with Factor = s.Factor ** float s.Power })

              let two = { Factor = scalar 3.0; Power = 2; Label = "a" }
              Expect.equal (number (f two).Factor) 9.0 "squared"
              Expect.equal (number (f { two with Factor = scalar 4.0 }).Factor) 16.0 "again"
              Expect.equal (number (f { two with Power = 3 }).Factor) 27.0 "cubed"
              Expect.equal traces 2 "one for each power"
              Expect.equal (f { two with Label = "b" }).Label "b" "a label comes back as it went in") ]

let tests = testList "Prelude" [ gradients; products; matrices; mapping; compiling ]
