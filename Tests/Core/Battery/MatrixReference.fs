namespace Fluxion.Tests

open Fluxion

/// What is done to one matrix, by textbook methods that share nothing with those of Core: elimination, Gram and Schmidt, Jacobi.
module MatrixReference =
    let private rows (a: float[,]) = Array2D.length1 a
    let private columns (a: float[,]) = Array2D.length2 a
    let private transpose (a: float[,]) = Array2D.init (columns a) (rows a) (fun i j -> a[j, i])

    let private elements (a: float[,]) : float list =
        [ for i in 0 .. rows a - 1 do
              yield! [ for j in 0 .. columns a - 1 -> a[i, j] ] ]

    let private multiply (a: float[,]) (b: float[,]) =
        Array2D.init (rows a) (columns b) (fun i j -> List.sum [ for k in 0 .. columns a - 1 -> a[i, k] * b[k, j] ])

    let private identity n = Array2D.init n n (fun i j -> if i = j then 1.0 else 0.0)
    let private symmetric (a: float[,]) = Array2D.init (rows a) (rows a) (fun i j -> (a[i, j] + a[j, i]) / 2.0)

    // By Gauss and Jordan, with row exchanges: a⁻¹ b, and the determinant.
    let private eliminate (a: float[,]) (b: float[,]) : float[,] * float =
        let n = rows a
        let a, b = Array2D.copy a, Array2D.copy b
        let mutable determinant = 1.0

        for k in 0 .. n - 1 do
            let pivot = [ k .. n - 1 ] |> List.maxBy (fun i -> abs a[i, k])

            if pivot <> k then
                determinant <- -determinant

                for m in [ a; b ] do
                    for j in 0 .. columns m - 1 do
                        let held = m[k, j]
                        m[k, j] <- m[pivot, j]
                        m[pivot, j] <- held

            let divisor = a[k, k]
            determinant <- determinant * divisor

            for m in [ a; b ] do
                for j in 0 .. columns m - 1 do
                    m[k, j] <- m[k, j] / divisor

            for i in 0 .. n - 1 do
                if i <> k then
                    let factor = a[i, k]

                    for m in [ a; b ] do
                        for j in 0 .. columns m - 1 do
                            m[i, j] <- m[i, j] - factor * m[k, j]

        b, determinant

    let private determinant (a: float[,]) = eliminate a (identity (rows a)) |> snd

    let private cofactors (a: float[,]) =
        let without k i = if i < k then i else i + 1
        let minor row column = Array2D.init (rows a - 1) (rows a - 1) (fun i j -> a[without row i, without column j])
        Array2D.init (rows a) (rows a) (fun i j -> (if (i + j) % 2 = 0 then 1.0 else -1.0) * determinant (minor i j))

    let private triangle (kind: Triangle) (a: float[,]) =
        let kept =
            Array2D.init (rows a) (rows a) (fun i j ->
                if i = j then (if kind.HasUnitDiagonal then 1.0 else a[i, j])
                elif (j > i) = kind.IsUpper then a[i, j]
                else 0.0)

        if kind.IsTransposed then transpose kept else kept

    let private cholesky (a: float[,]) =
        let l = Array2D.zeroCreate (rows a) (rows a)

        for i in 0 .. rows a - 1 do
            for j in 0..i do
                let rest = a[i, j] - List.sum [ for k in 0 .. j - 1 -> l[i, k] * l[j, k] ]
                l[i, j] <- if i = j then sqrt rest else rest / l[j, j]

        l

    // By the closed formulas, of which the ops use none: with Φ, which halves the diagonal and drops what is above it, L Φ(L⁻¹ A L⁻ᵀ), and for a cotangent
    // Φ(Lᵀ C) made symmetric between L⁻ᵀ and L⁻¹. (Murray, "Differentiation of the Cholesky decomposition", 2016, equations 8 and 10.)
    let private choleskyDerivative isTransposed (factor: float[,]) (x: float[,]) =
        let l = triangle Triangle.lower factor
        let solve m b = fst (eliminate m b)
        let between m b = transpose (solve m (transpose (solve m b)))

        let half b =
            b |> triangle Triangle.lower |> Array2D.mapi (fun i j entry -> if i = j then entry / 2.0 else entry)

        if isTransposed then
            between (transpose l) (symmetric (half (multiply (transpose l) (triangle Triangle.lower x))))
        else
            multiply l (half (between l (symmetric x)))

    // By Gram and Schmidt, twice, which is enough for float64.
    let private qr (a: float[,]) =
        let q, r = Array2D.copy a, Array2D.zeroCreate (columns a) (columns a)

        for k in 0 .. columns a - 1 do
            for _ in 1..2 do
                for j in 0 .. k - 1 do
                    let along = List.sum [ for i in 0 .. rows a - 1 -> q[i, j] * q[i, k] ]
                    r[j, k] <- r[j, k] + along

                    for i in 0 .. rows a - 1 do
                        q[i, k] <- q[i, k] - along * q[i, j]

            r[k, k] <- sqrt (List.sum [ for i in 0 .. rows a - 1 -> q[i, k] ** 2.0 ])

            for i in 0 .. rows a - 1 do
                q[i, k] <- q[i, k] / r[k, k]

        q, r

    let private oriented (vector: float[]) =
        let largest = vector |> Array.map abs |> Array.max
        let sign = vector |> Array.find (fun x -> abs x >= largest / 2.0) |> sign |> float
        vector |> Array.map (fun x -> sign * x)

    // By Jacobi's rotations: values, ascending, each with its vector.
    let private eigen (a: float[,]) : (float * float[]) list =
        let n = rows a
        let mutable a, v = a, identity n

        for _ in 1..12 do
            for p in 0 .. n - 2 do
                for q in p + 1 .. n - 1 do
                    if a[p, q] <> 0.0 then
                        let angle = 0.5 * atan2 (2.0 * a[p, q]) (a[q, q] - a[p, p])
                        let turn = identity n
                        turn[p, p] <- cos angle
                        turn[q, q] <- cos angle
                        turn[p, q] <- sin angle
                        turn[q, p] <- -(sin angle)
                        a <- multiply (transpose turn) (multiply a turn)
                        v <- multiply v turn

        [ for k in 0 .. n - 1 -> a[k, k], Array.init n (fun i -> v[i, k]) ] |> List.sortBy fst

    let private ofColumns (count: int) (vectors: float[] list) = Array2D.init count vectors.Length (fun i j -> vectors[j][i])

    let private svd (a: float[,]) =
        let pairs =
            [ for square, v in List.rev (eigen (multiply (transpose a) a)) ->
                  let value = sqrt square
                  let u = Array.init (rows a) (fun i -> List.sum [ for j in 0 .. columns a - 1 -> a[i, j] * v[j] ] / value)
                  let turned = oriented u
                  let sign = if turned = u then 1.0 else -1.0
                  turned, value, Array.map ((*) sign) v ]

        elements (ofColumns (rows a) [ for u, _, _ in pairs -> u ])
        @ [ for _, value, _ in pairs -> value ]
        @ elements (ofColumns (columns a) [ for _, _, v in pairs -> v ])

    let private one (operation: MatrixOperation) (a: float[,]) (others: float[,] list) : float list =
        match operation with
        | MatrixOperation.Solve isTransposed ->
            let matrix = if isTransposed then transpose a else a
            eliminate matrix others.Head |> fst |> elements
        // Made by the compiler of Solve; no row has them.
        | MatrixOperation.Factor
        | MatrixOperation.SolveFactored _ -> []
        | MatrixOperation.TriangularSolve kind -> eliminate (triangle kind a) others.Head |> fst |> elements
        | MatrixOperation.Cholesky -> elements (cholesky (symmetric a))
        | MatrixOperation.CholeskyDerivative isTransposed -> elements (choleskyDerivative isTransposed a others.Head)
        | MatrixOperation.Inverse -> eliminate a (identity (rows a)) |> fst |> elements
        | MatrixOperation.Determinant -> [ determinant a ]
        | MatrixOperation.Cofactors -> elements (cofactors a)
        | MatrixOperation.LogDeterminant -> [ float (sign (determinant a)); log (abs (determinant a)) ]
        | MatrixOperation.QR ->
            let q, r = qr a
            elements q @ elements r
        | MatrixOperation.Eigh ->
            let pairs = eigen (symmetric a)
            List.map fst pairs @ elements (ofColumns (rows a) [ for _, vector in pairs -> oriented vector ])
        | MatrixOperation.Svd -> svd a

    /// The results for the matrices in the last two axes, one after another.
    let all (operation: MatrixOperation) (arguments: NDArray[]) : float list =
        let size (array: NDArray) = array.Shape[array.Shape.Length - 2], List.last array.Shape
        let batch = List.take (arguments[0].Shape.Length - 2) arguments[0].Shape

        let matrix (array: NDArray) k =
            let rows, columns = size array
            Array2D.init rows columns (fun i j -> array.Floats[(k * rows + i) * columns + j])

        [ for k in 0 .. Shape.size batch - 1 do
              yield! one operation (matrix arguments[0] k) [ for other in Seq.skip 1 arguments -> matrix other k ] ]
