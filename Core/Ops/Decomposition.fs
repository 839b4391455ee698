namespace Fluxion

open System
open MathNet.Numerics
open MathNet.Numerics.Providers.LinearAlgebra

/// What the ops of linear algebra come to, one matrix at a time, row-major and in float64: by the factorizations of MathNet's provider, which allocates.
module internal Decomposition =
    /// The rows and columns of a matrix.
    [<Struct>]
    type Size = { Rows: int; Columns: int }

    let private transposed (size: Size) (a: float[]) : float[] =
        Array.init a.Length (fun i -> a[(i % size.Rows) * size.Columns + i / size.Rows])

    let private square order = { Rows = order; Columns = order }

    let private symmetric (order: int) (a: float[]) : float[] =
        let turned = transposed (square order) a
        Array.map2 (fun x y -> 0.5 * (x + y)) a turned

    let private singular place (row: int) : 'a =
        Errors.argument
            place
            "the matrix must have an inverse"
            $"it is singular: pivot {row} is 0"
            "are its rows independent? A small number added to its diagonal makes it regular"

    // The triangular factors of a matrix in MathNet's order, columns together, and its row exchanges.
    let private factor (order: int) (columns: float[]) : int[] =
        let pivots = Array.zeroCreate order
        LinearAlgebraControl.Provider.LUFactor(columns, order, pivots)
        pivots

    let private diagonalOf (order: int) (a: float[]) = Array.init order (fun i -> a[i * order + i])

    let private factorRegular place (order: int) (columns: float[]) : int[] =
        let pivots = factor order columns

        match diagonalOf order columns |> Array.tryFindIndex ((=) 0.0) with
        | Some row -> singular place row
        | None -> pivots

    let private sign (pivots: int[]) =
        let exchanges = pivots |> Seq.indexed |> Seq.filter (fun (row, pivot) -> row <> pivot) |> Seq.length
        if exchanges % 2 = 0 then 1.0 else -1.0

    /// The size of what a matrix of an order is factored into: its factors, and a row of whom each row was exchanged with.
    let factoredSize (order: int) : Size = { Rows = order + 1; Columns = order }

    let private factorize (order: int) (a: float[]) : float[] =
        let columns = transposed (square order) a
        let pivots = factorRegular "solve" order columns
        Array.append columns (Array.map float pivots)

    // Uᵀ Lᵀ x = b for columns b, whose elements change places last, and backwards.
    let private solveTransposed (order: int) (factors: float[]) (pivots: int[]) (b: float[]) : unit =
        for column in 0 .. b.Length / order - 1 do
            let x = Span(b, column * order, order)

            for i in 0 .. order - 1 do
                for k in 0 .. i - 1 do
                    x[i] <- x[i] - factors[i * order + k] * x[k]

                x[i] <- x[i] / factors[i * order + i]

            for i in order - 1 .. -1 .. 0 do
                for k in i + 1 .. order - 1 do
                    x[i] <- x[i] - factors[i * order + k] * x[k]

            for i in order - 1 .. -1 .. 0 do
                let other = x[pivots[i]]
                x[pivots[i]] <- x[i]
                x[i] <- other

    let private solveFactored (isTransposed: bool) (factored: float[]) (b: float[]) (size: Size) : float[] =
        let order = size.Rows
        let factors = Array.sub factored 0 (order * order)
        let pivots = Array.init order (fun i -> int factored[order * order + i])
        let columns = transposed size b

        if isTransposed then
            solveTransposed order factors pivots columns
        else
            LinearAlgebraControl.Provider.LUSolveFactored(size.Columns, factors, order, pivots, columns)

        transposed { Rows = size.Columns; Columns = order } columns

    let private inverse (order: int) (a: float[]) : float[] =
        // Rows read as columns are the transpose, whose inverse read as rows again is the inverse.
        let factors = Array.copy a
        let pivots = factorRegular "inverse" order factors
        LinearAlgebraControl.Provider.LUInverseFactored(factors, order, pivots)
        factors

    let private determinant (order: int) (a: float[]) : float =
        let factors = Array.copy a
        let pivots = factor order factors
        diagonalOf order factors |> Array.fold (*) (sign pivots)

    let private logDeterminant (order: int) (a: float[]) : float[] =
        let factors = Array.copy a
        let pivots = factor order factors
        let diagonal = diagonalOf order factors
        let signs = diagonal |> Array.fold (fun product x -> product * float (Math.Sign x)) (sign pivots)
        [| signs; diagonal |> Array.sumBy (fun x -> Math.Log(abs x)) |]

    // (Golub and Van Loan, "Matrix Computations", 4th ed., section 3.1.)
    let private triangularSolve (triangle: Triangle) (a: float[]) (b: float[]) (size: Size) : float[] =
        let order, columns = size.Rows, size.Columns
        let x = Array.copy b
        let entry i k = if triangle.IsTransposed then a[k * order + i] else a[i * order + k]
        let isUpper = triangle.IsUpper <> triangle.IsTransposed

        for step in 0 .. order - 1 do
            let i = if isUpper then order - 1 - step else step

            for before in 0 .. step - 1 do
                let k = if isUpper then order - 1 - before else before
                let factor = entry i k

                for column in 0 .. columns - 1 do
                    x[i * columns + column] <- x[i * columns + column] - factor * x[k * columns + column]

            if not triangle.HasUnitDiagonal then
                let pivot = entry i i

                if pivot = 0.0 then
                    singular "triangularSolve" i

                for column in 0 .. columns - 1 do
                    x[i * columns + column] <- x[i * columns + column] / pivot

        x

    let private cholesky (order: int) (a: float[]) : float[] =
        let factor = symmetric order a

        try
            LinearAlgebraControl.Provider.CholeskyFactor(factor, order)
        with :? ArgumentException ->
            Errors.argument
                "cholesky"
                "the matrix must be positive definite"
                "it is not: a pivot is not positive"
                "a small number added to its diagonal, or Expr.eigh, may help"

        Array.init factor.Length (fun i ->
            let row, column = i / order, i % order
            if column > row then 0.0 else factor[column * order + row])

    let private convergent place (run: unit -> unit) =
        try
            run ()
        with :? NonConvergenceException ->
            Errors.argument place "the iterations must converge" "they did not" "are the numbers of the matrix far apart in size? Scale it"

    // The factor that makes the first entry of a column positive that is at least half as large as the largest. Half, so that entries that are
    // equal but for rounding do not decide.
    let private orientation (rows: int) (entry: int -> float) : float =
        let largest = Seq.init rows (entry >> abs) |> Seq.max
        let first = Seq.init rows entry |> Seq.find (fun x -> abs x >= 0.5 * largest)
        if first < 0.0 then -1.0 else 1.0

    // Q and R side by side, the diagonal of R not negative.
    let private qr (size: Size) (a: float[]) : float[] =
        let rows, columns = size.Rows, size.Columns
        let q, r, tau = transposed size a, Array.zeroCreate (columns * columns), Array.zeroCreate columns
        LinearAlgebraControl.Provider.ThinQRFactor(q, rows, columns, r, tau)
        let signs = diagonalOf columns r |> Array.map (fun x -> if x < 0.0 then -1.0 else 1.0)

        Array.append
            (Array.init q.Length (fun i -> signs[i % columns] * q[(i % columns) * rows + i / columns]))
            (Array.init r.Length (fun i ->
                let row, column = i / columns, i % columns
                if row > column then 0.0 else signs[row] * r[column * columns + row]))

    // Values, ascending, and vectors side by side.
    let private eigh (order: int) (a: float[]) : float[] =
        let vectors, values = Array.zeroCreate a.Length, Array.zeroCreate order
        let diagonal = Array.zeroCreate a.Length

        convergent "eigh" (fun () -> LinearAlgebraControl.Provider.EigenDecomp(true, order, symmetric order a, vectors, values, diagonal))

        let signs = Array.init order (fun k -> orientation order (fun i -> vectors[k * order + i]))

        Array.append
            (values |> Array.map (fun (value: Numerics.Complex) -> value.Real))
            (Array.init a.Length (fun i -> signs[i % order] * vectors[(i % order) * order + i / order]))

    // U and V, a vector a column, and the values, descending, of no more columns than rows.
    let private singularValues (size: Size) (a: float[]) : struct (float[] * float[] * float[]) =
        let rows, columns = size.Rows, size.Columns
        let values, u, vt = Array.zeroCreate columns, Array.zeroCreate (rows * rows), Array.zeroCreate (columns * columns)

        convergent "svd" (fun () ->
            LinearAlgebraControl.Provider.SingularValueDecomposition(true, transposed size a, rows, columns, values, u, vt))

        let signs = Array.init columns (fun k -> orientation rows (fun i -> u[k * rows + i]))

        struct (Array.init (rows * columns) (fun i -> signs[i % columns] * u[(i % columns) * rows + i / columns]),
                values,
                // Rows of Vᵀ in columns: element (i, k) of V is (k, i) of it.
                Array.init vt.Length (fun i -> signs[i % columns] * vt[(i / columns) * columns + i % columns]))

    let private svd (size: Size) (a: float[]) : float[] =
        let struct (u, values, v) = singularValues size a
        Array.concat [ u; values; v ]

    // det U det V U diag(Π of the other values) Vᵀ, which stands where the matrix is singular too.
    let private cofactorsByValues (order: int) (a: float[]) : float[] =
        let struct (u, values, v) = singularValues (square order) a
        let orthogonalSign (q: float[]) = if determinant order q < 0.0 then -1.0 else 1.0
        let handedness = orthogonalSign u * orthogonalSign v
        let others = Array.init order (fun k -> values |> Array.removeAt k |> Array.fold (*) handedness)

        Array.init a.Length (fun i ->
            let row, column = i / order, i % order
            Seq.init order (fun k -> u[row * order + k] * others[k] * v[column * order + k]) |> Seq.sum)

    // det A · A⁻ᵀ where there is an inverse. However close to singular the matrix is, both factors are those of one matrix close to it, and what
    // is wrong with them cancels. (Stewart, "On the adjugate matrix", 1998.)
    let private cofactors (order: int) (a: float[]) : float[] =
        let factors = Array.copy a
        let pivots = factor order factors
        let diagonal = diagonalOf order factors
        let determinant = diagonal |> Array.fold (*) (sign pivots)

        // Beyond, a product or a quotient of them may leave the numbers that there are.
        if Double.IsNormal determinant && Array.forall (fun pivot -> abs pivot > 1e-100) diagonal then
            LinearAlgebraControl.Provider.LUInverseFactored(factors, order, pivots)
            transposed (square order) factors |> Array.map (fun x -> determinant * x)
        else
            cofactorsByValues order a

    /// The result for one matrix, or for one and its right-hand sides: results of several parts lie one after another.
    let private one (operation: MatrixOperation) (sizes: Size[]) (arguments: float[][]) (length: int) : float[] =
        let size, a = sizes[0], arguments[0]
        let isReadWhole = not (operation.IsTriangularSolve || operation.IsCholeskyDerivative)

        // No factorization is defined, and some would never end.
        if isReadWhole && a |> Array.exists (Double.IsFinite >> not) then
            Array.create length nan
        elif a.Length = 0 then
            match operation with
            | MatrixOperation.Determinant -> [| 1.0 |]
            | MatrixOperation.LogDeterminant -> [| 1.0; 0.0 |]
            | _ -> Array.zeroCreate length
        else
            match operation with
            | _ when length = 0 -> [||]
            | MatrixOperation.Solve isTransposed -> solveFactored isTransposed (factorize size.Rows a) arguments[1] sizes[1]
            | MatrixOperation.Factor -> factorize size.Rows a
            | MatrixOperation.SolveFactored isTransposed -> solveFactored isTransposed a arguments[1] sizes[1]
            | MatrixOperation.TriangularSolve triangle -> triangularSolve triangle a arguments[1] sizes[1]
            | MatrixOperation.Cholesky -> cholesky size.Rows a
            | MatrixOperation.CholeskyDerivative false -> CholeskySweep.tangent size.Rows a arguments[1]
            | MatrixOperation.CholeskyDerivative true -> CholeskySweep.cotangent size.Rows a arguments[1] |> symmetric size.Rows
            | MatrixOperation.Inverse -> inverse size.Rows a
            | MatrixOperation.Determinant -> [| determinant size.Rows a |]
            | MatrixOperation.Cofactors -> cofactors size.Rows a
            | MatrixOperation.LogDeterminant -> logDeterminant size.Rows a
            | MatrixOperation.QR -> qr size a
            | MatrixOperation.Eigh -> eigh size.Rows a
            | MatrixOperation.Svd -> svd size a

    let private read (buffer: Array) (start: int) (length: int) : float[] =
        match buffer with
        | :? (float[]) as numbers -> Array.sub numbers start length
        | :? (float32[]) as numbers -> Array.init length (fun i -> float numbers[start + i])
        | _ -> Errors.invalid "linear algebra" "float32 or float64 is needed" "the buffer holds others" "report this"

    let private write (buffer: Array) (start: int) (numbers: float[]) : unit =
        match buffer with
        | :? (float32[]) as target -> numbers |> Array.iteri (fun i x -> target[start + i] <- float32 x)
        | _ -> Array.blit numbers 0 (buffer :?> float[]) start numbers.Length

    /// The sizes of the matrices that the last two axes of a shape are.
    let sizeOf (shape: Shape) : Size = { Rows = shape[shape.Length - 2]; Columns = List.last shape }

    /// The operation on each of `count` matrices that lie one after another, float32 in float64 and rounded once.
    let run (operation: MatrixOperation) (sizes: Size[]) (count: int) (arguments: Array[]) (result: Array) : unit =
        if count > 0 then
            let length = result.Length / count

            for i in 0 .. count - 1 do
                arguments
                |> Array.mapi (fun k buffer ->
                    let elements = sizes[k].Rows * sizes[k].Columns
                    read buffer (i * elements) elements)
                |> fun matrices -> one operation sizes matrices length
                |> write result (i * length)

    let private bufferOf (array: NDArray) : Array =
        match array.Buffer with
        | Buffer.Float32 data -> data
        | Buffer.Float64 data -> data
        | _ -> Errors.invalid "linear algebra" "float32 or float64 is needed" $"it is {array.DType}" "report this"

    /// The operation on arrays, to one of a type.
    let evaluate (operation: MatrixOperation) (result: TensorType) (arguments: NDArray[]) : NDArray =
        let sizes = arguments |> Array.map (fun argument -> sizeOf argument.Shape)
        let shape = arguments[0].Shape
        let value = NDArray.full result.DType result.Shape 0.0
        run operation sizes (Shape.size (List.take (shape.Length - 2) shape)) (Array.map bufferOf arguments) (bufferOf value)
        value
