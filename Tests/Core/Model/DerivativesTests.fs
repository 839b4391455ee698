module Fluxion.Tests.DerivativesTests

open System
open Fluxion

let private numbers (x: Expr) = x |> eval |> Expr.toArray

/// The interpreter's numbers and the compiled ones.
let private close tolerance (actual: Expr) (expected: float seq) message =
    let expected = Array.ofSeq expected

    for actual in [ numbers actual; Expr.toArray (compile (fun () -> actual) ()) ] do
        Expect.equal actual.Length expected.Length $"{message}: number of entries"
        Array.iter2 (fun a e -> Expect.close tolerance a e message) actual expected

let private same (actual: Expr) (expected: Expr) message = close 1e-11 actual (numbers expected) message
let private point = tensor [ 0.4; -0.9; 1.3 ]

/// Σ sin(xᵢ xᵢ₊₁) + exp(x₀), around a circle.
let private mixed (x: Expr) = sin (x[0] * x[1]) + sin (x[1] * x[2]) + exp x[0] * x[2]

let private operators =
    testList
        "operators"
        [ testCase "Hessian times vector, from both sides" (fun () ->
              let v = tensor [ 1.0; -2.0; 0.5 ]
              let expected = Expr.matmul (hessian mixed point) v
              same (hvp mixed point v) expected "forward over reverse"
              same (vhp mixed point v) expected "reverse over forward")

          testCase "Jacobians by either mode" (fun () ->
              let f (x: Expr, a: Expr) = Expr.stack 0 [ mixed x * a; Expr.sum x * a * a ]
              let x, a = jacobianForward f (point, scalar 0.7)
              let x', a' = jacobianReverse f (point, scalar 0.7)
              same x x' "by a vector"
              same a a' "by a number"
              Expect.equal (x.Shape, a.Shape) ([ 2; 3 ], [ 2 ]) "shapes")

          testCase "directional derivative and linearize" (fun () ->
              let v = tensor [ 0.3; 0.1; -1.0 ]
              let value, push = linearize mixed point
              same value (mixed point) "value"
              same (push v) (directionalDerivative mixed point v) "along v"
              same (push (2.0 * v)) (2.0 * directionalDerivative mixed point v) "linear"
              same (grad (fun x -> snd (linearize mixed x) v) point) (hvp mixed point v) "and differentiable")

          testCase "laplacian is the Hessian's trace" (fun () ->
              let h = hessian mixed point
              same (laplacian mixed point) (h[0, 0] + h[1, 1] + h[2, 2]) "value"
              let harmonic (x: Expr) = 1.0 / sqrt (Expr.sum (x * x))
              close 1e-12 (laplacian harmonic point) [ 0.0 ] "1/r in three dimensions"
              let biharmonic = laplacian (laplacian (fun x -> Expr.square (Expr.sum (x * x))))
              close 1e-9 (biharmonic point) [ 120.0 ] "Δ² r⁴ = 120")

          testCase "divergence and curl" (fun () ->
              let field (x: Expr) = Expr.stack 0 [ x[1] * x[2]; sin x[0]; x[0] * x[1] * x[2] ]
              close 1e-13 (divergence field point) [ 0.4 * -0.9 ] "∂/∂z xyz"
              let x, y, z = 0.4, -0.9, 1.3
              close 1e-13 (curl field point) [ x * z; y - y * z; cos x - z ] "curl"
              close 1e-13 (curl (grad mixed) point) [ 0.0; 0.0; 0.0 ] "of a gradient"
              close 1e-12 (divergence (curl field) point) [ 0.0 ] "of a curl"
              let error () = curl id (tensor [ 1.0; 2.0 ]) |> ignore
              let message = (Expect.throws<ShapeException> error "two dimensions").Message
              Expect.equal message "curl: the point must be [3], but it is [2]; use jacobian in other dimensions?" "message") ]

let private taylorMode =
    let rec nested order f x = if order = 0 then f x else nested (order - 1) (grad f) x

    testList
        "taylor"
        [ for name, f, at in
              [ "exp(sin x)", (fun (x: Expr) -> exp (sin x)), 0.7
                "log(1 + x²) tanh x", (fun x -> log (1.0 + x * x) * tanh x), 0.3
                "sqrt x / (1 + x)", (fun x -> sqrt x / (1.0 + x)), 1.7
                "x**2.5", (fun x -> x ** 2.5), 1.1
                "sigmoid and softplus", (fun x -> Expr.sigmoid x * Expr.softplus x), -0.4
                "where and relu", (fun x -> Expr.where (Expr.less x (scalar 0.0)) x (Expr.relu (x * x * x))), 0.9
                "logsumexp, which nests", (fun x -> Expr.logSumExp (Expr.stack 0 [ x; x * x; sin x ])), 0.6
                "a loop, which nests", (fun x -> repeat 3 (fun _ c -> sin (x * c)) x), 0.8 ] do
              testCase $"{name} is what nesting gives" (fun () ->
                  let derivatives = taylor 4 f (scalar at) (scalar 1.0)

                  for k in 0..4 do
                      close 1e-10 derivatives[k] (numbers (nested k f (scalar at))) $"derivative {k}")

          testCase "of high order" (fun () ->
              close 1e-9 (nthDerivative 20 (fun x -> 1.0 / (1.0 - x)) (scalar 0.0)) [ 2.43290200817664e18 ] "20!"
              close 1e-9 (nthDerivative 15 (fun x -> sin (2.0 * x)) (scalar 0.3)) [ -(2.0 ** 15.0) * cos 0.6 ] "sin 2x"
              // Bernoulli's: tan x = x + x³/3 + 2x⁵/15 + 17x⁷/315 + ..., times 9! · 62/2835.
              close 1e-10 (nthDerivative 9 tan (scalar 0.0)) [ 7936.0 ] "tan, at 0")

          testCase "of matrix products and sums, along a direction" (fun () ->
              let a = tensor [ [ 1.0; 2.0; 0.5 ]; [ 0.0; -1.0; 1.0 ]; [ 0.3; 0.2; 0.1 ] ]
              let f (x: Expr) = Expr.sum (Expr.matmul x (Expr.matmul a x)) + Expr.mean (Expr.matmul a (x * x * x))
              let v = tensor [ 1.0; -1.0; 2.0 ]
              let along t = f (point + t * v)
              let derivatives = taylor 3 f point v

              for k in 0..3 do
                  close 1e-11 derivatives[k] (numbers (nested k along (scalar 0.0))) $"derivative {k}")

          testCase "grows slowly where nesting doubles" (fun () ->
              let f (x: Expr) = exp (sin (x * x))
              let count order = Graph.count (nthDerivative order f (Expr.variable "x" []))
              let twice = float (count 16) / float (count 8)
              Expect.isTrue (twice < 10.0) $"from order 8 to 16 by {twice}, at most the cube"
              Expect.isTrue (count 16 < 12_000) $"{count 16} nodes") ]

let private equations =
    // Kepler's equation E = M + e sin E.
    let kepler (m: Expr) (e: Expr) = fixedPoint (fun (x: Expr) -> m + e * sin x) m
    let m, e = scalar 0.8, scalar 0.3

    // By bisection, in floats.
    let keplerOf (m: float) (e: float) =
        let mutable low, high = m - 1.0, m + 1.0

        for _ in 1..60 do
            let middle = 0.5 * (low + high)
            if middle - e * sin middle < m then low <- middle else high <- middle

        0.5 * (low + high)

    let solved = keplerOf 0.8 0.3
    let slope = 1.0 / (1.0 - 0.3 * cos solved)

    testList
        "equations"
        [ testCase "a fixed point and its derivatives" (fun () ->
              close 1e-12 (kepler m e) [ solved ] "value"
              close 1e-11 (grad (fun m -> kepler m e) m) [ slope ] "reverse"
              close 1e-11 (directionalDerivative (fun e -> kepler m e) e (scalar 1.0)) [ slope * sin solved ] "forward"
              // dE/dM = 1 / (1 - e cos E), once more.
              let second = -(slope ** 3.0) * 0.3 * sin solved
              close 1e-9 (grad (grad (fun m -> kepler m e)) m) [ second ] "reverse over reverse"
              close 1e-9 (directionalDerivative (grad (fun m -> kepler m e)) m (scalar 1.0)) [ second ] "forward over reverse")

          testCase "a root and its derivatives" (fun () ->
              let cubeRoot (a: Expr) = root (fun (x: Expr) -> x * x * x - a) (scalar 1.5)
              let a = scalar 5.0
              close 1e-12 (cubeRoot a) [ 5.0 ** (1.0 / 3.0) ] "value"
              close 1e-11 (grad cubeRoot a) [ 5.0 ** (-2.0 / 3.0) / 3.0 ] "reverse"
              close 1e-11 (directionalDerivative cubeRoot a (scalar 1.0)) [ 5.0 ** (-2.0 / 3.0) / 3.0 ] "forward"
              close 1e-9 (grad (grad cubeRoot) a) [ -2.0 / 9.0 * 5.0 ** (-5.0 / 3.0) ] "second")

          testCase "several unknowns of a record's form" (fun () ->
              // x² + y² = r, x = a y: x = a √(r / (1 + a²)).
              let solve (a: Expr, r: Expr) = root (fun (x: Expr, y: Expr) -> x * x + y * y - r, x - a * y) (scalar 1.0, scalar 1.0)

              let expected (a: Expr, r: Expr) = let y = sqrt (r / (1.0 + a * a)) in a * y, y
              let at = scalar 0.5, scalar 3.0
              let (x, y), (x', y') = solve at, expected at
              same x x' "x"
              same y y' "y"
              let gradient f = grad (fun at -> let x, y = f at in x * x * y) at
              let (da, dr), (da', dr') = gradient solve, gradient expected
              same da da' "by a"
              same dr dr' "by r")

          testCase "a linear system's solution and its Jacobian" (fun () ->
              let a = tensor [ [ 4.0; 1.0; 0.0 ]; [ -2.0; 3.0; 1.0 ]; [ 0.5; 0.0; 2.0 ] ]
              let solve (b: Expr) = root (fun x -> Expr.matmul a x - b) (zeros [ 3 ])
              same (Expr.matmul a (solve point)) point "A x = b"
              same (Expr.matmul a (jacobian solve point)) (eye 3) "the Jacobian is the inverse")

          testCase "what has no solution is NaN, and so are its derivatives" (fun () ->
              let squareRoot (a: Expr) = root (fun (x: Expr) -> x * x - a) (scalar 0.7)
              let isNaN (x: Expr) = Expect.isTrue (Array.forall Double.IsNaN (numbers x)) $"{x} is NaN"
              isNaN (squareRoot (scalar -1.0))
              isNaN (grad squareRoot (scalar -1.0))
              isNaN (fixedPoint (fun x -> 2.0 * x + 1.0) (scalar 0.5))
              isNaN (fixedPoint (fun x -> 1.0 - x) (scalar 0.2))
              // To where every step is small beside the point: infinity.
              isNaN (fixedPoint (fun x -> x * x + 1.0) (scalar 2.0))
              isNaN (fixedPoint (fun x -> 1e9 * x + 1.0) (scalar 2.0))
              isNaN (root (fun x -> x * x + 1.0) (scalar 0.0))
              isNaN (root (fun x -> 1.0 / x) (scalar 1.0))
              isNaN (fixedPointWith { SolverOptions.defaults with MaxSteps = 3 } (fun x -> 0.5 * x + 1.0) (scalar 0.0))
              let system (right: Expr) = root (fun x -> Expr.matmul (ones [ 2; 2 ]) x - right) (zeros [ 2 ])
              isNaN (system (tensor [ 1.0; 2.0 ]))
              isNaN (rootWith { SolverOptions.defaults with MaxSteps = 20 } (fun x -> x * x + 1.0) (full 0.7 [ 300 ]))
              // Each example for itself.
              let some = vmap squareRoot (tensor [ 1.0; -1.0; 4.0 ]) |> numbers
              Expect.equal (some[0], Double.IsNaN some[1], some[2]) (1.0, true, 2.0) "values"
              let slopes = grad (fun a -> Expr.sum (vmap squareRoot a)) (tensor [ 1.0; -1.0; 4.0 ]) |> numbers
              Expect.equal (slopes[0], Double.IsNaN slopes[1], slopes[2]) (0.5, true, 0.25) "derivatives")

          testCase "with no unknowns there is nothing to seek" (fun () ->
              for solve in [ root; fixedPoint ] do
                  let f (a: Expr) = solve (fun x -> x * x - a) (zeros [ 0 ])
                  Expect.equal (f (zeros [ 0 ])).Shape [ 0 ] "no element"
                  Expect.equal (vmap f (zeros [ 2; 0 ]) |> eval).Shape [ 2; 0 ] "two examples without elements"
                  Expect.equal (vmap (fun a -> solve (fun x -> 0.5 * x - a) (scalar 0.0)) (zeros [ 0 ]) |> eval).Shape [ 0 ] "no example"
                  close 1e-15 (grad (f >> Expr.sum) (zeros [ 0 ])) [] "gradient"

                  for point in [ zeros [ 0 ]; zeros [ 2 ] ] do
                      Expect.throws<ShapeException> (fun () -> solve Expr.sum point |> ignore) "not the point's form"
                      |> ignore

              Expect.equal (root (fun (xs: Expr list) -> xs) []) [] "no tensor")

          testCase "errors name what was called" (fun () ->
              let message f = (Expect.throws<ArgumentException> (fun () -> f () |> ignore) "raises").Message
              let mixed () = fixedPoint (fun (x: Expr, y: Expr) -> x, y) (scalar 0.0, tensor 0.0f)

              Expect.equal
                  (message mixed)
                  "fixedPoint: all tensors of the point must be of one floating-point type, but they are float64 and float32; cast them before it starts?"
                  "types"

              Expect.isTrue (message(fun () -> root (fun x -> x) (tensor [ 1L ])).StartsWith "root: all tensors") "integers"
              Expect.isTrue (message(fun () -> root Expr.sum (zeros [ 2 ])).StartsWith "root: the result of") "shape")

          testCase "a root that is given, a double one, and one of large numbers" (fun () ->
              close 1e-15 (root (fun x -> x * x) (scalar 0.0)) [ 0.0 ] "where the derivative is 0"
              close 1e-12 (root (fun x -> x * x) (scalar 1.0)) [ 0.0 ] "slowly"
              close 1e-15 (root (fun x -> 1e8 * (x * x - 2.0)) (scalar 1.0)) [ sqrt 2.0 ] "rounding of 1e-8 is no lack of convergence")

          testCase "an ill-conditioned system" (fun () ->
              // Hilbert's matrix of order 6, whose condition number is 1.5e7; its inverse has whole entries (Choi, "Tricks or treats with the Hilbert matrix", 1983).
              let hilbert = tensor [ for i in 0..5 -> [ for j in 0..5 -> 1.0 / float (i + j + 1) ] ]
              let solve (b: Expr) = root (fun x -> Expr.matmul hilbert x - b) (zeros [ 6 ])
              let inverse = jacobian solve (ones [ 6 ]) |> numbers
              Expect.close 1e-8 (inverse[0] / 36.0) 1.0 "first entry of the inverse"
              Expect.close 1e-8 (inverse[35] / 698544.0) 1.0 "last entry of the inverse")

          testCase "many unknowns, without a matrix" (fun () ->
              let solve (a: Expr) = root (fun x -> x * x * x + a * x - 1.0) (ones [ 400 ])
              let at = linspace 0.5 4.0 400
              let x = solve at
              close 1e-12 (x * x * x + at * x) (Array.create 400 1.0) "values"
              same (grad (fun a -> Expr.sum (solve a)) at) (-x / (3.0 * x * x + at)) "gradient")

          testCase "a thousand examples, derivative of the map" (fun () ->
              let cubeRoot (a: Expr) = root (fun (x: Expr) -> x * x * x - a) (scalar 1.5)
              let at = linspace 0.5 2000.0 1000
              same (grad (fun a -> Expr.sum (vmap cubeRoot a)) at) (at ** (-2.0 / 3.0) / 3.0) "gradient"
              let slopes a = grad (fun a -> Expr.sum (vmap cubeRoot a)) a
              same (grad (fun a -> Expr.sum (slopes a)) at) (-2.0 / 9.0 * at ** (-5.0 / 3.0)) "second")

          testCase "maps over examples" (fun () ->
              let points = tensor [ 0.1; 0.8; 2.0 ]
              close 1e-12 (vmap (fun m -> kepler m e) points) [ for m in [ 0.1; 0.8; 2.0 ] -> keplerOf m 0.3 ] "values"
              let expected = [ for m in [ 0.1; 0.8; 2.0 ] -> 1.0 / (1.0 - 0.3 * cos (keplerOf m 0.3)) ]
              close 1e-11 (vmap (grad (fun m -> kepler m e)) points) expected "gradients by example"
              close 1e-11 (grad (fun points -> Expr.sum (vmap (fun m -> kepler m e) points)) points) expected "gradient of the map") ]

let private rules =
    // Derivatives that no ops have, so that it shows which is used.
    let marked f = Custom.withJvp (fun (x: Expr) t -> 3.0 * x * t) f

    testList
        "custom rules"
        [ testCase "withJvp serves both modes, mapping and higher orders" (fun () ->
              let f (x: Expr) = marked sin x
              close 1e-14 (f (scalar 0.5)) [ sin 0.5 ] "value"
              close 1e-14 (grad f (scalar 0.5)) [ 1.5 ] "reverse"
              close 1e-14 (directionalDerivative f (scalar 0.5) (scalar 2.0)) [ 3.0 ] "forward"
              close 1e-14 (grad (grad f) (scalar 0.5)) [ 3.0 ] "second"
              close 1e-14 (vmap (grad f) point) [ 1.2; -2.7; 3.9 ] "mapped"
              close 1e-14 (grad (fun x -> Expr.sum (vmap f x)) point) [ 1.2; -2.7; 3.9 ] "of the map")

          testCase "withVjp serves both modes, mapping and higher orders" (fun () ->
              let f = Custom.withVjp (fun (x: Expr, y: Expr) z c -> c * z * y, 7.0 * c * x) (fun (x, y) -> exp x * y)
              let at = scalar 0.5, scalar 2.0
              let z = exp 0.5 * 2.0
              let dx, dy = grad f at
              close 1e-14 dx [ z * 2.0 ] "by x"
              close 1e-14 dy [ 3.5 ] "by y"
              close 1e-14 (directionalDerivative f at (scalar 1.0, scalar 10.0)) [ z * 2.0 + 35.0 ] "forward"
              // d/dx of z y, through z by the rule: (z y) y.
              close 1e-13 (grad (fun x -> grad (fun x -> f (x, scalar 2.0)) x) (scalar 0.5)) [ z * 4.0 ] "second"
              close 1e-13 (vmap (fun x -> fst (grad f (x, scalar 2.0))) (tensor [ 0.5; 0.5 ])) [ z * 2.0; z * 2.0 ] "mapped")

          testCase "what is closed over has no derivative, and says so" (fun () ->
              let f (w: Expr) = Custom.withJvp (fun x t -> w * x * t) (fun (x: Expr) -> w * x) (scalar 2.0)
              close 1e-14 (f (scalar 3.0)) [ 6.0 ] "value"
              let error () = grad f (scalar 3.0) |> ignore
              let message = (Expect.throws<NotDifferentiableException> error "closed over").Message
              Expect.isTrue (message.EndsWith "pass that tensor in the argument?") message)

          testCase "stopGradient keeps the value and drops the derivative" (fun () ->
              let f (x: Expr) = x * Expr.stopGradient (x * x)
              close 1e-14 (f (scalar 3.0)) [ 27.0 ] "value"
              close 1e-14 (grad f (scalar 3.0)) [ 9.0 ] "reverse"
              close 1e-14 (directionalDerivative f (scalar 3.0) (scalar 1.0)) [ 9.0 ] "forward")

          testCase "a rule in a loop" (fun () ->
              let f (x: Expr) = repeat 2 (fun _ c -> marked sin c) x
              close 1e-14 (grad f (scalar 0.5)) [ 3.0 * sin 0.5 * 1.5 ] "3c · 3x") ]

let tests = testList "Derivatives" [ operators; taylorMode; equations; rules ]
