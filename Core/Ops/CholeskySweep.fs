namespace Fluxion

open System
open Fluxion.Kernels

/// How the Cholesky factor L of A = L Lᵀ moves with A, by the derivative of the algorithm itself: 2/3 n³ operations for either direction, where the closed
/// formulas take products and solutions of full matrices. Matrices are row-major, and of L the lower triangle is read. (Smith, "Differentiation of the
/// Cholesky algorithm", 1995; Murray, "Differentiation of the Cholesky decomposition", 2016, section 3.)
module internal CholeskySweep =
    // Rows that take turns with each row before them, so that it is fetched once for all.
    let private block = 16

    let private row (order: int) (a: float[]) (i: int) (length: int) : ReadOnlySpan<float> = ReadOnlySpan(a, i * order, length)

    /// The tangent of L, lower triangular, for one of A, of which the mean with its transpose counts: entry by entry as L is made.
    let tangent (order: int) (l: float[]) (a: float[]) : float[] =
        let moved: float[] = Array.zeroCreate (order * order)

        let make i j =
            let at, pivot = i * order + j, l[j * order + j]
            let left = Reductions.Dot<float>(row order moved i j, row order l j j)
            let right = Reductions.Dot<float>(row order l i j, row order moved j j)
            let rest = 0.5 * (a[at] + a[j * order + i]) - left - right

            moved[at] <-
                if i = j then
                    rest / (2.0 * pivot)
                else
                    (rest - l[at] * moved[j * order + j]) / pivot

        for first in 0..block .. order - 1 do
            let last = min order (first + block) - 1

            for j in 0 .. first - 1 do
                for i in first..last do
                    make i j

            for i in first..last do
                for j in first..i do
                    make i j

        moved

    // The first `count` numbers of row i, less a factor times those of row j of b, in place.
    let private subtract (order: int) (a: float[]) (i: int) (factor: float) (b: float[]) (j: int) (count: int) : unit =
        let target = Span(a, i * order, count)
        VectorLoops.AddScaled<float>(Span.op_Implicit target, -factor, row order b j count, target)

    /// The cotangent of A, below its diagonal for both triangles together and 0 above, for one of L, of which the lower triangle is read: the same steps
    /// backwards. What an entry sends back goes to all that it was made from, and then it is done with.
    let cotangent (order: int) (l: float[]) (lower: float[]) : float[] =
        let moved = Array.init lower.Length (fun at -> if at % order > at / order then 0.0 else lower[at])

        let send i j =
            let at, pivot = i * order + j, l[j * order + j]
            let entry = moved[at] / (if i = j then 2.0 * pivot else pivot)
            subtract order moved i entry l j (j + 1)
            subtract order moved j entry l i (j + 1)
            moved[at] <- entry

        for first in (order - 1) / block * block .. -block .. 0 do
            for i in min order (first + block) - 1 .. -1 .. first do
                for j in i .. -1 .. first do
                    send i j

            for j in first - 1 .. -1 .. 0 do
                for i in first .. min order (first + block) - 1 do
                    send i j

        moved
