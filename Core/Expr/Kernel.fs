namespace Fluxion

/// One-argument instructions of a lane: what a vector register can do to each of its elements.
[<RequireQualifiedAccess>]
type Unary =
    | Negate
    | Abs
    | Sign
    | Floor
    | Ceiling
    /// To the nearest whole number; of two, to the even one.
    | Round
    | Sqrt
    | Cbrt
    | Exp
    | Exp2
    | Expm1
    | Log
    | Log2
    | Log10
    | Log1p
    | Sin
    | Cos
    | Tan
    | Asin
    | Acos
    | Atan
    | Sinh
    | Cosh
    | Tanh
    | Asinh
    | Acosh
    | Atanh
    | Erf
    | Erfc
    | InverseErf
    /// The logarithm of the gamma function's size.
    | LogGamma
    /// The derivative of that.
    | Digamma
    /// 1 / (1 + exp(-x)), as one instruction: composed, it is wrong or 0 where exp(-x) overflows.
    | Sigmoid
    /// x / (1 + exp(-x)), as one instruction for the same reason.
    | Silu
    /// x times the sigmoid of a cubic polynomial, as one instruction: what rounding takes from the polynomial would count.
    | GeluTanh

/// Two-argument instructions. Maximum and Minimum give NaN when either argument is NaN.
[<RequireQualifiedAccess>]
type Binary =
    | Add
    | Subtract
    | Multiply
    | Divide
    | Power
    | Maximum
    | Minimum
    /// The first's size with the second's sign bit.
    | CopySign
    /// The square root of the sum of squares, which do not overflow.
    | Hypot
    /// The angle of the point with height `left` above the axis and `right` along it.
    | Atan2
    /// left - right * floor(left / right), exactly.
    | Remainder
    /// log(exp left + exp right), as one instruction: composed, it has no digits where that is nearly 0.
    | LogAddExp

/// Comparisons, by IEEE 754: false when an argument is NaN, but for NotEqual.
[<RequireQualifiedAccess>]
type Comparison =
    | Less
    | LessEqual
    | Equal
    | NotEqual

/// The body of an elementwise loop, as data: one element in, one element out. The compiler joins the lanes of neighbouring
/// ops into one loop and emits it for the vector width at hand.
[<RequireQualifiedAccess>]
type Lane =
    | Argument of int
    | Literal of float
    | Unary of Unary * Lane
    | Binary of Binary * Lane * Lane
    | Compare of Comparison * Lane * Lane
    | Select of condition: Lane * ifTrue: Lane * ifFalse: Lane
    | Convert of DType * Lane

/// How a reduction joins two elements.
[<RequireQualifiedAccess>]
type Reducer =
    | Sum
    | Mean
    | Maximum
    | LogSumExp
    | ArgMax
    | Product

/// What is done to each row along the last axis by itself.
[<RequireQualifiedAccess>]
type RowOperation =
    /// The sum of each element and those before it; behind it when going backwards.
    | RunningSum of backwards: bool
    /// The product of each element and those before it.
    | RunningProduct of backwards: bool
    /// Where the largest element so far stands; the first of several, NaN being the largest.
    | RunningArgMax
    /// y = factor * (the y before it) + term, from 0.
    | Recurrence of backwards: bool
    /// The positions of the elements in order, equal ones as they come; NaN is larger than all numbers.
    | ArgSort of descending: bool
    /// The elements at the row's own indices.
    | Take
    /// The elements added into zeros, as many as `size`, at the row's own indices.
    | Scatter of size: int

/// How a tensor is read in another order, with no arithmetic.
[<RequireQualifiedAccess>]
type View =
    | Reshape
    | Broadcast
    | Permute of int list
    /// Per axis: first index, count, and step (which may be negative). The result's shape may leave out axes of one element.
    | Slice of (int * int * int) list

/// Which stream of the counter-based generator fills a tensor.
[<RequireQualifiedAccess>]
type Stream =
    | Uniform
    | Normal
    /// Standard normal between bounds.
    | TruncatedNormal of low: float * high: float
    /// The normal number that makes a draw of the gamma distribution: from a key and the distribution's parameter.
    | GammaNormal
    /// The numbers below a count in random order.
    | Permutation
    | FoldIn

/// Which of the three arrays of a convolution y = x ⋆ kernel is made from the other two.
[<RequireQualifiedAccess>]
type ConvolutionRole =
    /// y, from x and the kernel.
    | Forward
    /// x's cotangent, from y's and the kernel.
    | InputGradient
    /// The kernel's cotangent, from x and y's.
    | KernelGradient

/// What a pooling makes of each window.
[<RequireQualifiedAccess>]
type PoolingRole =
    /// Its largest number.
    | Maximum
    /// Where in its plane that number stands: row · width + column, int32.
    | Winners
    /// The transpose of the maximum: each number added to where its window's winner stands.
    | MaximumGradient
    /// Its mean.
    | Average
    /// The transpose of the mean: each number spread evenly over its window.
    | AverageGradient

/// Which triangle of a matrix is solved with, and how; the other is not read.
type Triangle =
    {
        IsUpper: bool
        /// Whether the system is that of the transpose.
        IsTransposed: bool
        /// Whether ones stand on the diagonal, which is not read then.
        HasUnitDiagonal: bool
    }

    override this.ToString() =
        [ (if this.IsUpper then "upper" else "lower")
          if this.IsTransposed then
              "transposed"
          if this.HasUnitDiagonal then
              "unit diagonal" ]
        |> String.concat ", "

/// The two triangles.
module Triangle =
    /// The lower triangle as it stands.
    let lower = { IsUpper = false; IsTransposed = false; HasUnitDiagonal = false }

    /// The upper triangle as it stands.
    let upper = { lower with IsUpper = true }

/// What is done to the matrices in the last two axes. Several results lie one after another.
[<RequireQualifiedAccess>]
type MatrixOperation =
    /// Of the matrix, or of its transpose.
    | Solve of isTransposed: bool
    /// The triangular factors of a matrix whose rows were exchanged, and in a last row with whom: what Solve begins with.
    | Factor
    /// What Solve ends with, from these.
    | SolveFactored of isTransposed: bool
    | TriangularSolve of Triangle
    | Cholesky
    /// The tangent of a Cholesky factor, from it and the matrix's; transposed, the matrix's cotangent, from the factor and its own.
    | CholeskyDerivative of isTransposed: bool
    | Inverse
    | Determinant
    | Cofactors
    /// The sign of the determinant and the logarithm of its size.
    | LogDeterminant
    /// Q and R.
    | QR
    /// Values and vectors of a symmetric matrix.
    | Eigh
    /// U, the singular values, and V.
    | Svd

/// Functions that no register has an instruction for.
[<RequireQualifiedAccess>]
type ScalarFunction =
    /// The derivative of digamma of that order, 1 or more.
    | Polygamma of order: int
