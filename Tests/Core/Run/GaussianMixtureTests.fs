/// A published objective with many kinds of op in it, and its gradient: the smallest input of ADBench. (Šrajer, Kukelova and Fitzgibbon, "A benchmark of
/// selected algorithmic differentiation tools on some problems in computer vision and machine learning", 2018, section 4; the value is ADBench's own,
/// the gradient by differences in forty digits.)
module Fluxion.Tests.GaussianMixtureTests

open Fluxion

let private alphas, means =
    tensor [ -0.649014; 1.181166; -0.758453 ], tensor [ [ 0.092339; 0.186260 ]; [ 0.345561; 0.396767 ]; [ 0.538817; 0.419195 ] ]

// The logarithms of a factor's diagonal, and the number below it.
let private logs = tensor [ [ 0.586443; -0.851887 ]; [ -1.509405; 0.875874 ]; [ 0.166813; -1.965419 ] ]
let private lower = tensor [ 0.800321; -0.242790; -1.270071 ]
let private point = tensor [ 1.175171; 2.029160 ]

/// log Γ(1.5) + log Γ(1) + log π / 2 is log (π / 2): the multivariate gamma function of two dimensions at 3/2.
let private priorConstant = 3.0 * 2.0 * -0.5 * log 2.0 - log (System.Math.PI / 2.0)

let private objective (alphas: Expr, means: Expr, logs: Expr, lower: Expr) : Expr =
    let moved = Expr.reshape [ 1; 2 ] point - means
    let diagonal = exp logs
    let below = Expr.stack 1 [ 0.0 * lower; lower * moved[*, 0] ]
    let terms = alphas + Expr.sumOver [ 1 ] logs - 0.5 * Expr.sumOver [ 1 ] (Expr.square (diagonal * moved + below))
    let prior = 0.5 * (Expr.sum (Expr.square diagonal) + Expr.sum (Expr.square lower)) - 3.0 * priorConstant
    -log(2.0 * System.Math.PI) + Expr.logSumExp terms - Expr.logSumExp alphas + prior

let private published = 8.07380408004975791

let private gradient =
    [ [ 0.10866285550865245; -0.74127003952389853; 0.63260718401524609 ]
      [ 1.1169257653278699
        0.16333301355145527
        -0.021998982407119324
        0.2277782922542362
        1.2096302561283221
        -0.060637592073395648 ]
      [ 2.5852999405116223
        0.11263269452421375
        0.073518057318230575
        5.4183636271559523
        1.7189230977500495
        0.86009109079086685 ]
      [ 0.38574430984961183; -0.32149440967744654; -0.99464093046632281 ] ]

let private agrees (value: Expr) (parts: Expr list) =
    Expect.close 1e-10 (Expr.toScalar value) published "value"

    for part, expected in List.zip parts gradient do
        for found, wanted in List.zip (List.ofArray (Expr.value part).Floats) expected do
            Expect.close 1e-10 found wanted "gradient"

let tests =
    testList
        "a mixture of Gaussians has ADBench's value and its gradient"
        [ testCase "interpreted" (fun () ->
              let value, (a, m, q, l) = valueAndGrad objective (alphas, means, logs, lower)
              agrees (eval value) (List.map eval [ a; m; q; l ]))

          testCase "compiled" (fun () ->
              let value, (a, m, q, l) = compile (valueAndGrad objective) (alphas, means, logs, lower)
              agrees value [ a; m; q; l ]) ]
