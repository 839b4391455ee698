namespace Fluxion.Testing

open System
open System.Numerics
open Fluxion

/// Linear algebra of complex matrices near real ones, by textbook methods without a conjugate, as those are analytic: Gauss' elimination, Gram and Schmidt's
/// orthogonalization, Jacobi's rotations. (Golub and Van Loan, "Matrix Computations", chapters 3, 4, 5 and 8.) Matrices are arrays of rows.
module internal ComplexMatrix =
    type private Matrix = Complex[][]

    let private rowsOf (columns: int) (data: Complex[]) : Matrix = if columns = 0 then [||] else Array.chunkBySize columns data

    let private identity (n: int) : Matrix =
        Array.init n (fun i -> Array.init n (fun j -> if i = j then Complex.One else Complex.Zero))

    let private at (a: Matrix) (i: int) (j: int) : Complex = let row = a[i] in row[j]
    let private dot (x: Complex[]) (y: Complex[]) : Complex = Array.fold2 (fun sum a b -> sum + a * b) Complex.Zero x y
    let private minus (x: Complex[]) (factor: Complex) (y: Complex[]) = Array.map2 (fun a b -> a - factor * b) x y
    let private symmetric (a: Matrix) : Matrix = Array.mapi (fun i row -> Array.mapi (fun j x -> (x + at a j i) / 2.0) row) a

    /// A matrix brought to upper triangular form with right-hand sides beside it, and the sign of the exchanges of rows.
    let private eliminated (a: Matrix) (sides: Matrix) : Matrix * float =
        let rows = Array.map2 Array.append a sides
        let mutable sign = 1.0

        for k in 0 .. a.Length - 1 do
            let pivot = Seq.maxBy (fun i -> abs (at rows i k).Real) (seq { k .. a.Length - 1 })

            if pivot <> k then
                let row = rows[k]
                rows[k] <- rows[pivot]
                rows[pivot] <- row
                sign <- -sign

            for i in k + 1 .. a.Length - 1 do
                rows[i] <- minus rows[i] (ComplexFunctions.divide (at rows i k) (at rows k k)) rows[k]

        rows, sign

    // The rows of X in U X = B, from the last; U and B stand side by side.
    let private substituted (n: int) (rows: Matrix) : Matrix =
        let x = rows |> Array.map (Array.skip n)

        for i in n - 1 .. -1 .. 0 do
            for k in i + 1 .. n - 1 do
                x[i] <- minus x[i] (at rows i k) x[k]

            x[i] <- x[i] |> Array.map (fun z -> ComplexFunctions.divide z (at rows i i))

        x

    let private solve (a: Matrix) (sides: Matrix) : Matrix = eliminated a sides |> fst |> substituted a.Length

    let private determinant (a: Matrix) : Complex =
        let rows, sign = eliminated a a
        Seq.fold (fun product k -> product * at rows k k) (ComplexFunctions.real sign) (seq { 0 .. a.Length - 1 })

    let private inverse (a: Matrix) : Matrix = solve a (identity a.Length)

    // det A · A⁻ᵀ.
    let private cofactors (a: Matrix) : Matrix = inverse a |> Array.transpose |> Array.map (Array.map ((*) (determinant a)))

    let private logDeterminant (a: Matrix) : Complex[] =
        let value = determinant a
        let sign = float (Math.Sign value.Real)
        [| ComplexFunctions.real sign; ComplexFunctions.log (sign * value) |]

    let private triangularSolve (triangle: Triangle) (a: Matrix) (sides: Matrix) : Matrix =
        let isRead i j = if triangle.IsUpper then j >= i else j <= i

        let read =
            a
            |> Array.mapi (fun i row ->
                row
                |> Array.mapi (fun j x ->
                    if i = j && triangle.HasUnitDiagonal then Complex.One
                    elif isRead i j then x
                    else Complex.Zero))

        solve (if triangle.IsTransposed then Array.transpose read else read) sides

    let private cholesky (a: Matrix) : Matrix =
        let a = symmetric a
        let l = a |> Array.map (fun row -> Array.create row.Length Complex.Zero)

        for j in 0 .. a.Length - 1 do
            for i in j .. a.Length - 1 do
                let rest = at a i j - dot l[i] l[j]

                l[i][j] <-
                    if i = j then
                        ComplexFunctions.sqrt rest
                    else
                        ComplexFunctions.divide rest (at l j j)

        l

    let private multiply (a: Matrix) (b: Matrix) : Matrix =
        let columns = Array.transpose b
        a |> Array.map (fun row -> columns |> Array.map (dot row))

    // L Φ(L⁻¹ A L⁻ᵀ), and transposed Φ(Lᵀ C) made symmetric between L⁻ᵀ and L⁻¹, where Φ keeps what is below the diagonal and half of it. (Murray,
    // "Differentiation of the Cholesky decomposition", 2016, equations 8 and 10.)
    let private choleskyDerivative (isTransposed: bool) (l: Matrix) (x: Matrix) : Matrix =
        let lower (diagonal: float) (a: Matrix) : Matrix =
            a
            |> Array.mapi (fun i row ->
                row
                |> Array.mapi (fun j z ->
                    if i = j then diagonal * z
                    elif j < i then z
                    else Complex.Zero))

        let l, x = lower 1.0 l, (if isTransposed then lower 1.0 x else symmetric x)
        let between (m: Matrix) (a: Matrix) = Array.transpose (solve m (Array.transpose (solve m a)))

        if isTransposed then
            let turned = Array.transpose l
            between turned (symmetric (lower 0.5 (multiply turned x)))
        else
            multiply l (lower 0.5 (between l x))

    let private norm (x: Complex[]) = ComplexFunctions.sqrt (dot x x)
    let private scaled (x: Complex[]) (size: Complex) = x |> Array.map (fun z -> ComplexFunctions.divide z size)

    // Q and R, the diagonal of R not negative.
    let private qr (a: Matrix) : Complex[] =
        let columns = Array.transpose a
        let r = columns |> Array.map (fun _ -> Array.create columns.Length Complex.Zero)

        for k in 0 .. columns.Length - 1 do
            for j in 0 .. k - 1 do
                r[j][k] <- dot columns[j] columns[k]
                columns[k] <- minus columns[k] (at r j k) columns[j]

            r[k][k] <- norm columns[k]
            columns[k] <- scaled columns[k] (at r k k)

        Array.append (Array.concat (Array.transpose columns)) (Array.concat r)

    // The cosine and sine of the rotation that makes [a c; c b] diagonal; the tangent is the smaller root of t² + (b - a)/c t = 1.
    let private rotation (a: Complex) (b: Complex) (c: Complex) : struct (Complex * Complex) =
        let apart = b - a
        let root = ComplexFunctions.sqrt (apart * apart + 4.0 * c * c)
        let tangent = ComplexFunctions.divide (2.0 * c) (if apart.Real < 0.0 then apart - root else apart + root)
        let cosine = ComplexFunctions.divide Complex.One (ComplexFunctions.sqrt (1.0 + tangent * tangent))
        struct (cosine, tangent * cosine)

    let private rotate (struct (cosine, sine): struct (Complex * Complex)) (x: Complex[]) (y: Complex[]) =
        Array.map2 (fun a b -> cosine * a - sine * b) x y, Array.map2 (fun a b -> sine * a + cosine * b) x y

    // Each sweep squares what is left, of imaginary parts too.
    let private sweeps = 16

    // Vectors in rows, made orthogonal by rotations of pairs; what else is given is rotated alike.
    let private orthogonalized (vectors: Matrix) (others: Matrix) : unit =
        for _ in 1..sweeps do
            for p in 0 .. vectors.Length - 2 do
                for q in p + 1 .. vectors.Length - 1 do
                    let x, y = vectors[p], vectors[q]
                    let product = dot x y

                    if product <> Complex.Zero then
                        let turn = rotation (dot x x) (dot y y) product
                        let first, second = rotate turn x y
                        vectors[p] <- first
                        vectors[q] <- second
                        let first, second = rotate turn others[p] others[q]
                        others[p] <- first
                        others[q] <- second

    // Makes the first entry positive that is at least half as large as the largest, as the ops do.
    let private orientation (vector: Complex[]) =
        let largest = vector |> Seq.map (fun z -> abs z.Real) |> Seq.max
        let first = vector |> Array.find (fun z -> abs z.Real >= 0.5 * largest)
        if first.Real < 0.0 then -1.0 else 1.0

    // U, the singular values, descending, and V, for no more columns than rows.
    let private svd (a: Matrix) : Complex[] =
        let columns = Array.transpose a
        let v = identity columns.Length
        orthogonalized columns v

        let parts =
            Array.map2
                (fun column other ->
                    let size = norm column
                    let u = scaled column size
                    let sign = orientation u
                    u |> Array.map ((*) (ComplexFunctions.real sign)), size, other |> Array.map ((*) (ComplexFunctions.real sign)))
                columns
                v
            |> Array.sortByDescending (fun (_, size, _) -> size.Real)

        let side pick = parts |> Array.map pick |> Array.transpose |> Array.concat
        Array.concat [ side (fun (u, _, _) -> u); parts |> Array.map (fun (_, size, _) -> size); side (fun (_, _, v) -> v) ]

    // Values, ascending, and vectors. A shift makes the matrix positive definite, and its singular vectors those that belong to its values.
    let private eigh (a: Matrix) : Complex[] =
        let a = symmetric a
        let shift = a |> Seq.map (Seq.sumBy (fun z -> abs z.Real)) |> Seq.max

        let columns =
            a
            |> Array.mapi (fun i row -> row |> Array.mapi (fun j z -> if i = j then z + Complex(2.0 * shift, 0.0) else z))

        let vectors = identity a.Length
        orthogonalized columns vectors

        let parts =
            vectors
            |> Array.map (fun vector ->
                // The vector is of length 1; its value is by Rayleigh's quotient.
                let value = dot vector (a |> Array.map (dot vector))
                let sign = ComplexFunctions.real (orientation vector)
                value, vector |> Array.map ((*) sign))
            |> Array.sortBy (fun (value, _) -> value.Real)

        Array.append (Array.map fst parts) (parts |> Array.map snd |> Array.transpose |> Array.concat)

    /// The result for one matrix of `columns` columns, and for one and its right-hand sides; parts of a result one after another.
    let evaluate (operation: MatrixOperation) (columns: int[]) (arguments: Complex[][]) : Complex[] =
        let matrix k = rowsOf columns[k] arguments[k]
        let a = matrix 0

        match operation with
        | MatrixOperation.Solve isTransposed -> Array.concat (solve (if isTransposed then Array.transpose a else a) (matrix 1))
        // How the compiler does the same in two steps: no op says so.
        | MatrixOperation.Factor
        | MatrixOperation.SolveFactored _ -> Errors.invalid "complex step" "an op is needed" "this is a part of one" "use solve?"
        | MatrixOperation.TriangularSolve triangle -> Array.concat (triangularSolve triangle a (matrix 1))
        | MatrixOperation.Cholesky -> Array.concat (cholesky a)
        | MatrixOperation.CholeskyDerivative isTransposed -> Array.concat (choleskyDerivative isTransposed a (matrix 1))
        | MatrixOperation.Inverse -> Array.concat (inverse a)
        | MatrixOperation.Determinant -> [| determinant a |]
        | MatrixOperation.Cofactors -> Array.concat (cofactors a)
        | MatrixOperation.LogDeterminant -> logDeterminant a
        | MatrixOperation.QR -> qr a
        | MatrixOperation.Eigh -> eigh a
        | MatrixOperation.Svd -> svd a
