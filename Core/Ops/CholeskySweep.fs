namespace Fluxion

open System
open Fluxion.Kernels

/// How the Cholesky factor L of A = L Lᵀ moves with A, by the derivative of the algorithm itself: 2/3 n³ operations for either direction, where the closed
/// formulas take products and solutions of full matrices. Matrices are row-major, of L the lower triangle is read. (Smith, "Differentiation of the Cholesky
/// algorithm", 1995; Murray, "Differentiation of the Cholesky decomposition", 2016, section 3.)
module internal CholeskySweep =
    let private row (order: int) (a: float[]) (i: int) (length: int) : ReadOnlySpan<float> = ReadOnlySpan(a, i * order, length)

    // a[i, ..k] - factor · b[j, ..k], in place.
    let private subtract (order: int) (a: float[]) (i: int) (factor: float) (b: float[]) (j: int) (k: int) : unit =
        let target = Span(a, i * order, k + 1)
        VectorLoops.AddScaled<float>(Span.op_Implicit target, -factor, row order b j (k + 1), target)

    /// The tangent of L, lower triangular, for one of A, of which the mean with its transpose counts: row by row as L is made.
    let tangent (order: int) (l: float[]) (a: float[]) : float[] =
        let moved: float[] = Array.zeroCreate (order * order)

        for i in 0 .. order - 1 do
            for j in 0..i do
                let at, pivot = i * order + j, l[j * order + j]
                let left = Reductions.Dot<float>(row order moved i j, row order l j j)
                let right = Reductions.Dot<float>(row order l i j, row order moved j j)
                let rest = 0.5 * (a[at] + a[j * order + i]) - left - right

                moved[at] <-
                    if i = j then
                        rest / (2.0 * pivot)
                    else
                        (rest - l[at] * moved[j * order + j]) / pivot

        moved

    /// The cotangent of A, below its diagonal for both triangles together and 0 above, for one of L, of which the lower triangle is read: the same steps
    /// backwards. What an entry sends back goes to all that it was made from, and then it is done with.
    let cotangent (order: int) (l: float[]) (lower: float[]) : float[] =
        let moved = Array.init lower.Length (fun at -> if at % order > at / order then 0.0 else lower[at])

        for i in order - 1 .. -1 .. 0 do
            for j in i .. -1 .. 0 do
                let at, pivot = i * order + j, l[j * order + j]
                let entry = moved[at] / (if i = j then 2.0 * pivot else pivot)
                subtract order moved i entry l j j
                subtract order moved j entry l i j
                moved[at] <- entry

        moved
