module Fluxion.Tests.PrintTests

open System
open System.Text.RegularExpressions
open Fluxion

let private a, b, c, x = Expr.variable "a" [], Expr.variable "b" [], Expr.variable "c" [], Expr.variable "x" []
let private X, w, y = Expr.variable "X" [ 50; 3 ], Expr.variable "w" [ 3 ], Expr.variable "y" [ 50 ]

/// One test case for each expression and what it prints as.
let private prints (print: Expr -> string) (cases: (Expr * string) list) =
    [ for expr, expected in cases -> testCase expected (fun () -> Expect.equal (print expr) expected "printed") ]

let private arithmetic =
    testList
        "arithmetic"
        (prints
            Print.text
            [ 1.0 - x, "1 - x"
              -(a + b), "-(a + b)"
              -(a * b), "-(a*b)"
              a / b * c, "a/b * c"
              a * b / c, "a*b/c"
              a / (b * c), "a/(b*c)"
              c * (a / b), "c*(a/b)"
              a / b * (c / x), "a/b * (c/x)"
              (a / b * c) * x, "a/b * c * x"
              -(a / b * c), "-(a/b * c)"
              x - a / b * c, "x - a/b * c"
              1.0 / (a / b * c), "1/(a/b * c)"
              a / (b / c), "a/(b/c)"
              a - (b - c), "a - (b - c)"
              a - b - c, "a - b - c"
              a + (b + c), "a + b + c"
              (a + b) * c, "(a + b)*c"
              a + -b, "a - b"
              a - -b, "a - (-b)"
              a * -b, "a*(-b)"
              -a * b, "-a*b"
              -(-a), "-(-a)"
              Expr.Pow(2.0, -x), "2**-x"
              Expr.Pow(-x, 3.0), "(-x)**3"
              -Expr.Pow(x, 3.0), "-x**3"
              Expr.Pow(Expr.Pow(a, b), c), "(a**b)**c"
              Expr.Pow(a, Expr.Pow(b, c)), "a**b**c"
              Expr.Pow(a, b * c), "a**(b*c)"
              2.0 * (x + -3.0), "2*(x - 3)"
              x * 0.1, "x*0.1"
              Expr.square (-x), "(-x)²"
              Expr.square (Expr.square x), "(x²)²"
              abs (-x), "|-x|"
              sqrt x / exp (a + b), "sqrt(x)/exp(a + b)"
              Expr.where (Expr.less a b) a b, "where(a < b, a, b)" ])

let private tensors =
    testList
        "tensors"
        (prints
            Print.text
            [ Expr.mean (Expr.square (Expr.matmul X w - y)), "mean((X w - y)²)"
              Expr.matmul w w, "wᵀ w"
              Expr.matmul (Expr.matmul X w) X, "(X w)ᵀ X"
              2.0 * Expr.matmul X w, "2 * X w"
              Expr.matmul (2.0 * X) w, "(2*X) w"
              Expr.square (2.0 * Expr.matmul X w), "(2 * X w)²"
              y * Expr.matmul X w + y, "y * X w + y"
              y * (y * Expr.matmul X w), "y * y * X w"
              Expr.matmul X w * y, "X w * y"
              Expr.matmul X w / 2.0, "(X w)/2"
              Expr.softmax 0 w, "softmax(w)"
              Expr.logSoftmax 1 X, "logSoftmax(X)"
              Expr.softmax 0 X, "softmax(X, axis=0)"
              Expr.matmul X (-w), "X (-w)"
              Expr.matmul (Expr.transpose X) (Expr.matmul X w), "Xᵀ(X w)"
              Expr.matmul (Expr.matmul (Expr.transpose X) X) w, "(Xᵀ X) w"
              w[0] + w.[1..2].[0], "w[0] + w[1:3][0]"
              (w + 1.0)[0], "(w + 1)[0]"
              X[1, *] * w, "X[1, 0:3]*w"
              Expr.sumOver [ 1 ] X, "sum(X, axes=[1])"
              Expr.reshape [ 3; 50 ] X, "reshape(X, [3, 50])"
              Expr.stack 0 [ a; b ], "stack(a, b, axis=0)"
              Expr.cast DType.Float32 x, "cast(x, float32)"
              w * tensor [ 1.0; 0.5; -2.0 ], "w*[1; 0.5; -2]"
              X + zeros [ 50; 3 ], "X + float64[50, 3]"
              // Broadcasting goes without saying where something else has the shape.
              w + Expr.broadcastTo [ 3 ] a, "w + a"
              X * Expr.broadcastTo [ 50; 3 ] (Expr.reshape [ 1; 3 ] w), "X*w"
              Expr.broadcastTo [ 3 ] a + Expr.broadcastTo [ 3 ] b, "a + broadcast(b, [3])"
              Expr.broadcastTo [ 3 ] (Expr.reshape [ 1 ] a), "broadcast(a, [3])"
              Expr.sum (Expr.broadcastTo [ 3 ] a), "sum(broadcast(a, [3]))"
              X - Expr.reshape [ 50; 1 ] y, "X - reshape(y, [50, 1])" ])

let private gradients =
    testList
        "gradients"
        [ testCase "of the graph in the usage program" (fun () ->
              let gradients = Reverse.gradient (c * (a + 2.0 * b)) [ a; b; c ]
              Expect.equal (gradients |> List.map string) [ "c"; "2*c"; "a + 2*b" ] "printed")

          testCase "of the mean squared error" (fun () ->
              let loss = Expr.mean (Expr.square (Expr.matmul X w - y))
              Expect.equal (Print.text (Reverse.gradient loss [ w ]).Head) "Xᵀ (2*(X w - y)*0.02)" "printed") ]

let private lines (text: string) = text.Split '\n' |> List.ofArray

let private sharing =
    testList
        "sharing"
        [ testCase "what is used twice gets a line" (fun () ->
              let sum = a + b
              Expect.equal (lines (Print.text (sum * sum))) [ "let t1 = a + b"; "t1*t1" ] "printed")

          testCase "what is small is written again" (fun () ->
              let square = Expr.square x
              Expect.equal (Print.text (square + 1.0 / square)) "x² + 1/x²" "printed")

          testCase "a large constant is seen to be the same" (fun () ->
              let data = zeros [ 50; 3 ]
              let gram = Expr.matmul (Expr.transpose data) data
              Expect.equal (lines (Print.text gram)) [ "let t1 = float64[50, 3]"; "t1ᵀ t1" ] "printed")

          testCase "names of parts stay clear of the user's" (fun () ->
              let sum = Expr.variable "t1" [] + b
              Expect.equal (lines (Print.text (sum * sum))) [ "let t2 = t1 + b"; "t2*t2" ] "printed")

          testCase "variables that only look the same are told apart, and the user's keeps its name" (fun () ->
              let fresh () = Expr.fresh "x" x.Type
              Expect.equal (Print.text (fresh () + x * fresh ())) "x'2 + x*x'3" "printed")

          testCase "long lines are broken" (fun () ->
              let names = [ for i in 0..49 -> Expr.variable $"weight{i}" [] ]
              let printed = lines (Print.text (List.reduce (+) names))
              Expect.isTrue (printed.Length > 4) "several lines"
              Expect.isTrue (printed |> List.forall (fun line -> line.Length < 120)) "none of them long") ]

let private latex =
    let name text = Expr.variable text []

    testList
        "LaTeX"
        (prints
            Print.latex
            [ a / (b + 1.0), @"\frac{a}{b + 1}"
              Expr.square (a / b), @"\left(\frac{a}{b}\right)^{2}"
              sqrt (a * b), @"\sqrt{a \cdot b}"
              Expr.Pow(a, -x), "a^{-x}"
              Expr.square (Expr.Pow(a, b)), @"\left(a^{b}\right)^{2}"
              Expr.matmul (Expr.transpose X) y, @"X^{\top} y"
              Expr.matmul w w, @"w^{\top} w"
              (Expr.variable "w1" [ 2 ])[0], @"\left(w_{1}\right)_{0}"
              Expr.square (name "w1"), "w_{1}^{2}"
              2.0 * x, "2 x"
              2.0 * (a + 0.5 * b), @"2 \left(a + 0.5 b\right)"
              scalar 2.0 * (scalar 3.0 * x), @"2 \cdot 3 x"
              2.0 * (a / b), @"2 \cdot \frac{a}{b}"
              Expr.matmul (Expr.variable "loss" [ 2; 3 ]) w, @"\mathrm{loss} \, w"
              name "alpha" + name "loss", @"\alpha + \mathrm{loss}"
              name "layer.w_0", @"\mathrm{layer.w\_0}"
              x * 1e-7, @"x \cdot 1 \cdot 10^{-7}"
              x + infinity, @"x + \infty"
              w * tensor [ 1.0; 2.0; 3.0 ], @"w \cdot \begin{bmatrix} 1 \\ 2 \\ 3 \end{bmatrix}"
              tensor [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ] ], @"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}"
              Expr.sumOver [ 0 ] X, @"\sum\left(X, \text{axes=[0]}\right)"
              Expr.where (Expr.lessEqual a b) a b, @"\begin{cases} a & a \le b \\ b & \text{otherwise} \end{cases}"
              (a + b) * x + (let sum = a + b in sum * sum),
              "\\begin{aligned}\n  t_{1} &= a + b \\\\\n  & \\left(a + b\\right) \\cdot x + t_{1} \\cdot t_{1}\n\\end{aligned}" ])

let private count (pattern: string) (text: string) = Regex.Matches(text, pattern).Count

let private allocated (action: unit -> 'a) : int64 =
    let before = GC.GetAllocatedBytesForCurrentThread()
    action () |> ignore
    GC.GetAllocatedBytesForCurrentThread() - before

let private depth =
    testList
        "depth"
        [ testCase "a chain of a million nodes" (fun () ->
              let chain = Seq.fold (fun sum _ -> sum + a) x (seq { 1..1_000_000 })
              Expect.isTrue (chain.ToString().StartsWith "… + a" && chain.ToString().Length <= 200) (chain.ToString())
              Expect.isTrue (allocated chain.ToString < 1_000_000L) "the short form looks at few nodes"
              let text = Print.text chain
              Expect.equal (count @"\+ a" text) 1_000_000 "every node is there"
              Expect.isTrue (lines text |> List.forall (fun line -> line.Length < 120)) "in lines of a readable length"
              Expect.equal (lines (Print.latex chain)).Head "\\begin{aligned}" "LaTeX")

          testCase "a diamond of depth 10,000" (fun () ->
              let diamond = Seq.fold (fun sum _ -> sum + sum) x (seq { 1..10_000 })
              Expect.isTrue (diamond.ToString().Length <= 200) (diamond.ToString())
              Expect.equal (lines (Print.text diamond)).Length 10_000 "a line for each sum")

          testCase "a hundred thousand arguments" (fun () ->
              let wide = Expr.stack 0 (List.replicate 100_000 x)
              Expect.isTrue ((string wide).StartsWith "stack(x, x, " && (string wide).EndsWith "…, axis=0)") (string wide)
              Expect.equal (count "x" (Print.text wide)) 100_001 "in full, x's and the one of axis") ]

let private display =
    testList
        "display"
        [ testCase "a constant shows as an array with its type" (fun () ->
              Expect.equal (sprintf "%A" (tensor [ [ 1.0; 2.5 ]; [ 3.0; 4.0 ] ])) "[[1; 2.5]; [3; 4]] : float64 [2, 2]" "%A")

          testCase "an expression shows as mathematics with its type" (fun () ->
              Expect.equal (sprintf "%A" (Expr.matmul X w - y)) "X w - y : float64 [50]" "%A")

          testCase "no room for a character is an error" (fun () ->
              let error = Expect.throws<ArgumentException> (fun () -> Print.within 0 x |> ignore) "width 0"
              Expect.isTrue (error.Message.StartsWith "Print.within: ") error.Message) ]

let tests = testList "Print" [ arithmetic; tensors; gradients; sharing; latex; depth; display ]
