namespace Fluxion

/// Minimizing functions of tensors, or of records, tuples, lists or arrays of them, from a start of the same form, all float64. Derivatives are exact, and compiled
/// once. Where the function has no finite value, solvers turn back; at the start it must have one (ArgumentException). A function that
/// holds a variable from outside raises UnboundInputException; parameters that are not float64 raise DTypeException.
module Minimize =
    /// The least value of a function that gives a scalar, by Broyden, Fletcher, Goldfarb and Shanno's method: MathNet's BfgsMinimizer. Raises ShapeException
    /// when the function does not give a scalar. (Nocedal and Wright, "Numerical Optimization", 2006, section 6.1.)
    let bfgs (options: MinimizeOptions) (f: 'parameters -> Expr) (start: 'parameters) : Minimum<'parameters> =
        QuasiNewton.bfgs options f start

    /// As `bfgs`, from a few remembered steps instead of a matrix, for many parameters. (Nocedal and Wright, section 7.2.)
    let lbfgs (options: MinimizeOptions) (f: 'parameters -> Expr) (start: 'parameters) : Minimum<'parameters> =
        QuasiNewton.lbfgs options f start

    /// The least value by Polak and Ribière's conjugate gradients. (Nocedal and Wright, section 5.2.)
    let conjugateGradient (options: MinimizeOptions) (f: 'parameters -> Expr) (start: 'parameters) : Minimum<'parameters> =
        ConjugateGradient.minimize options f start

    /// The least value by Newton's method with line searches, on the whole matrix of second derivatives, made positive definite where it is not. For many
    /// parameters, `trustRegion` needs no matrix. (Nocedal and Wright, section 3.4.)
    let newton (options: MinimizeOptions) (f: 'parameters -> Expr) (start: 'parameters) : Minimum<'parameters> =
        Newton.minimize options f start

    /// The least value by Newton's method within a trust region, on products of the second derivatives with vectors: no matrix is formed, and directions of
    /// negative curvature are followed. (Nocedal and Wright, algorithms 4.1 and 7.2.)
    let trustRegion (options: MinimizeOptions) (f: 'parameters -> Expr) (start: 'parameters) : Minimum<'parameters> =
        TrustRegion.minimize options f start

    /// The parameters with the least sum of squared residuals: Levenberg and Marquardt's method with Moré's scaling, on an orthogonal factorization of the
    /// Jacobian. Raises ShapeException when there are fewer residuals than parameters. (Moré 1978.)
    let levenbergMarquardt (options: LeastSquaresOptions) (residuals: 'parameters -> Expr) (start: 'parameters) : Fitted<'parameters> =
        LeastSquares.levenbergMarquardt options residuals start

    /// The same by Gauss and Newton's method with halved steps. Residuals that are linear in the parameters take one step, refined in twice the precision.
    /// (Nocedal and Wright, section 10.3; Björck 1967.)
    let gaussNewton (options: LeastSquaresOptions) (residuals: 'parameters -> Expr) (start: 'parameters) : Fitted<'parameters> =
        LeastSquares.gaussNewton options residuals start
