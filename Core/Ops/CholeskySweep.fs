namespace Fluxion

open System
open System.Runtime.InteropServices
open System.Runtime.Intrinsics

/// How the Cholesky factor L of A = L Lᵀ moves with A, by the derivative of the algorithm itself: 2/3 n³ operations for either direction, where the closed
/// formulas take products and solutions of full matrices. Matrices are row-major, and of L the lower triangle is read. (Smith, "Differentiation of the
/// Cholesky algorithm", 1995; Murray, "Differentiation of the Cholesky decomposition", 2016, section 3.)
module internal CholeskySweep =
    // Rows that take turns with each row before them, so that it is fetched once for all.
    let private block = 16

    // The first numbers of a row.
    let private row (order: int) (a: float[]) (i: int) (count: int) : Span<float> = Span(a, i * order, count)

    // Four sums side by side and what is left: so it is on every machine, however wide its registers are.
    let private dot (x: Span<float>) (y: Span<float>) : float =
        let xs = MemoryMarshal.Cast<float, Vector256<float>> x
        let ys = MemoryMarshal.Cast<float, Vector256<float>> y
        let mutable sums = Vector256<float>.Zero

        for k in 0 .. xs.Length - 1 do
            sums <- sums + xs[k] * ys[k]

        let mutable sum = Vector256.Sum sums

        for k in xs.Length * Vector256<float>.Count .. x.Length - 1 do
            sum <- sum + x[k] * y[k]

        sum

    // y - factor x, in place of y.
    let private subtract (factor: float) (x: Span<float>) (y: Span<float>) : unit =
        let xs = MemoryMarshal.Cast<float, Vector256<float>> x
        let ys = MemoryMarshal.Cast<float, Vector256<float>> y
        let factors = Vector256.Create factor

        for k in 0 .. xs.Length - 1 do
            ys[k] <- ys[k] - factors * xs[k]

        for k in xs.Length * Vector256<float>.Count .. x.Length - 1 do
            y[k] <- y[k] - factor * x[k]

    /// The tangent of L, lower triangular, for one of A, of which the mean with its transpose counts: entry by entry as L is made.
    let tangent (order: int) (l: float[]) (a: float[]) : float[] =
        let moved: float[] = Array.zeroCreate (order * order)

        let make i j =
            let at, pivot = i * order + j, l[j * order + j]
            let left = dot (row order moved i j) (row order l j j)
            let right = dot (row order l i j) (row order moved j j)
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

    /// The cotangent of A, below its diagonal for both triangles together and 0 above, for one of L, of which the lower triangle is read: the same steps
    /// backwards. What an entry sends back goes to all that it was made from, and then it is done with.
    let cotangent (order: int) (l: float[]) (lower: float[]) : float[] =
        let moved = Array.init lower.Length (fun at -> if at % order > at / order then 0.0 else lower[at])

        let send i j =
            let at, pivot = i * order + j, l[j * order + j]
            let entry = moved[at] / (if i = j then 2.0 * pivot else pivot)
            subtract entry (row order l j (j + 1)) (row order moved i (j + 1))
            subtract entry (row order l i (j + 1)) (row order moved j (j + 1))
            moved[at] <- entry

        for first in (order - 1) / block * block .. -block .. 0 do
            for i in min order (first + block) - 1 .. -1 .. first do
                for j in i .. -1 .. first do
                    send i j

            for j in first - 1 .. -1 .. 0 do
                for i in first .. min order (first + block) - 1 do
                    send i j

        moved
