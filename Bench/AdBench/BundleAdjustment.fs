namespace Fluxion.Bench.AdBench

open System
open Fluxion

/// Cameras that see points: an input of ADBench's bundle adjustment.
type BundleAdjustment =
    {
        /// A camera a row: rotation (axis times angle), centre, focal length, principal point, two numbers of radial distortion: [n; 11].
        Cameras: Expr
        /// [m; 3]
        Points: Expr
        /// What each observation counts: [p].
        Weights: Expr
        /// Where each observation saw its point: [p; 2].
        Features: Expr
        /// Which camera made each observation.
        CameraOf: int[]
        /// Which point each observation saw.
        PointOf: int[]
    }

/// A matrix of few entries by compressed rows: those of row i are numbers RowStarts[i] .. RowStarts[i + 1] - 1.
type SparseMatrix = { Rows: int; Columns: int; RowStarts: int[]; ColumnIndices: int[]; Values: float[] }

/// The reprojection errors of weighted observations, and their sparse Jacobian. (Šrajer, Kukelova and Fitzgibbon, "A benchmark of selected algorithmic
/// differentiation tools on some problems in computer vision and machine learning", 2018, section 4.2.)
module BundleAdjustment =
    let private cross (a: Expr list) (b: Expr list) = [ a[1] * b[2] - a[2] * b[1]; a[2] * b[0] - a[0] * b[2]; a[0] * b[1] - a[1] * b[0] ]

    let private dot (a: Expr list) (b: Expr list) = List.map2 (*) a b |> List.reduce (+)

    /// A point turned about an axis, by the axis's length: Rodrigues' formula. No turn at all is its limit, x + r × x, and has that limit's derivative.
    let rotate (rotation: Expr list) (x: Expr list) : Expr list =
        let squaredAngle = dot rotation rotation
        let isTurned = Expr.greater squaredAngle (scalar 0.0)
        // The branch that is not taken must be finite too.
        let square = Expr.where isTurned squaredAngle (scalar 1.0)
        let angle = sqrt square
        let sine = Expr.where isTurned (sin angle / angle) (scalar 1.0)
        let cosine = Expr.where isTurned (cos angle) (scalar 1.0)
        let along = Expr.where isTurned (dot rotation x * (1.0 - cos angle) / square) (scalar 0.0)

        List.map3 (fun x turned axis -> cosine * x + sine * turned + along * axis) x (cross rotation x) rotation

    /// Where a camera sees a point: the two coordinates, from the camera's eleven numbers and the point's three.
    let project (camera: Expr list) (point: Expr list) : Expr list =
        let moved = List.map2 (-) point camera[3..5] |> rotate camera[0..2]
        let plane = [ moved[0] / moved[2]; moved[1] / moved[2] ]
        let squaredRadius = dot plane plane
        let distortion = 1.0 + camera[9] * squaredRadius + camera[10] * squaredRadius * squaredRadius
        List.map2 (fun x centre -> x * distortion * camera[6] + centre) plane camera[7..8]

    // One observation's two errors, of its camera's, its point's and its weight's scalars.
    let private residual (feature: Expr list) (camera: Expr list, point: Expr list, weight: Expr) : Expr list =
        List.map2 (fun seen given -> weight * (seen - given)) (project camera point) feature

    let private indices (values: int[]) = Expr.constant (NDArray([ values.Length ], Buffer.Int32 values))

    // What each observation looks at, a scalar an observation in each [p]: elementwise loops then run along the observations.
    let private observed (problem: BundleAdjustment) (cameras: Expr, points: Expr, weights: Expr) =
        let columns (table: Expr) (rows: int[]) = [ for i in 0 .. table.Shape[1] - 1 -> Expr.gather 0 (indices rows) table[*, i] ]
        let features = [ problem.Features[*, 0]; problem.Features[*, 1] ]
        features, (columns cameras problem.CameraOf, columns points problem.PointOf, weights)

    /// Two errors for each observation, [p; 2], and 1 - w² for each weight, [p].
    let objective (problem: BundleAdjustment) (parameters: Expr * Expr * Expr) : Expr * Expr =
        let _, _, weights = parameters
        let errors = observed problem parameters |> vmap (fun (feature, seen) -> residual feature seen)
        Expr.stack 1 errors, 1.0 - Expr.square weights

    /// The entries of the Jacobian that are not zero by its structure, row by row as `jacobian` has them: [31 p].
    let jacobianEntries (problem: BundleAdjustment) (parameters: Expr * Expr * Expr) : Expr =
        // Each error's derivatives by its fifteen scalars.
        let block (feature: Expr list, seen: Expr list * Expr list * Expr) =
            let _, pullback = vjp (residual feature) seen

            [ for row in 0..1 do
                  let camera, point, weight = pullback [ for i in 0..1 -> scalar (if i = row then 1.0 else 0.0) ]
                  yield! camera @ point @ [ weight ] ]

        let _, _, weights = parameters
        let blocks = vmap block (observed problem parameters) |> Expr.stack 1
        Expr.concat 0 [ Expr.reshape [ -1 ] blocks; -2.0 * weights ]

    /// The Jacobian [3 p; 11 n + 3 m + p] of all errors (two rows an observation, then a row a weight) by all cameras, points and weights.
    let jacobian (problem: BundleAdjustment) (entries: float[]) : SparseMatrix =
        let n, m, p = problem.Cameras.Shape[0], problem.Points.Shape[0], problem.Weights.Shape[0]
        let weight i = 11 * n + 3 * m + i

        let columns =
            [| for i in 0 .. p - 1 do
                   for _ in 0..1 do
                       for j in 0..10 do
                           11 * problem.CameraOf[i] + j

                       for j in 0..2 do
                           11 * n + 3 * problem.PointOf[i] + j

                       weight i
               for i in 0 .. p - 1 do
                   weight i |]

        { Rows = 3 * p
          Columns = weight p
          RowStarts = Array.init (3 * p + 1) (fun row -> if row <= 2 * p then 15 * row else 30 * p + row - 2 * p)
          ColumnIndices = columns
          Values = entries }

    /// The parameters that the file gives.
    let parameters (problem: BundleAdjustment) : Expr * Expr * Expr = problem.Cameras, problem.Points, problem.Weights

    /// A file of ADBench: `n m p`; one camera of eleven numbers, one point, one weight and one feature, each of which is repeated. Observation i is made
    /// by camera i mod n, of point i mod m. Raises FormatException.
    let read (path: string) : BundleAdjustment =
        Fields.Read(
            path,
            fun fields ->
                let n = fields.Whole("the number of cameras", 1)
                let m = fields.Whole("the number of points", 1)
                let p = fields.Whole("the number of observations", 1)
                fields.RequireRoom("the Jacobian", 31.0 * float p)
                fields.RequireRoom("a row of the Jacobian", 11.0 * float n + 3.0 * float m + float p)

                let repeated name count size =
                    eval (Expr.broadcastTo [ count; size ] (Expr.constant (fields.Numbers(name, [ 1; size ]))))

                let cameras, points = repeated "the camera" n 11, repeated "the point" m 3
                let weight = fields.Number "the weight"

                { Cameras = cameras
                  Points = points
                  Weights = full weight [ p ]
                  Features = repeated "the feature" p 2
                  CameraOf = Array.init p (fun i -> i % n)
                  PointOf = Array.init p (fun i -> i % m) }
        )
