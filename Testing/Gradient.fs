namespace Fluxion.Testing

open Fluxion

/// Gradients against numbers from values. A result with axes is summed with fixed weights between 0.5 and 1.5. The point is a tensor or anything made of tensors.
module Gradient =
    /// Compares every entry of the gradient at a point. Raises DTypeException where the point is not float64, ArgumentException where it holds no
    /// number, UnboundInputException where it or the function holds a variable.
    let report (options: GradientOptions) (f: 'a -> Expr) (x: 'a) : GradientReport =
        Subject.ofFunction f x |> Subject.weighted |> Judgement.report options [| "" |]

    /// The same, and raises GradientException with the report where an entry is beyond its tolerance: what a test calls.
    let checkWith (options: GradientOptions) (f: 'a -> Expr) (x: 'a) : GradientReport = report options f x |> Judgement.requirePassed

    /// The same in reverse mode with the usual options.
    let check (f: 'a -> Expr) (x: 'a) : GradientReport = checkWith GradientOptions.defaults f x

/// Jacobians against numbers from values: every entry of the result by every entry of the point.
module Jacobian =
    /// Compares every entry of the Jacobian at a point. Raises what `Gradient.report` does.
    let report (options: GradientOptions) (f: 'a -> Expr) (x: 'a) : GradientReport =
        let subject = Subject.ofFunction f x
        Judgement.report options (Subject.entriesOf subject) subject

    /// The same, and raises GradientException with the report where an entry is beyond its tolerance.
    let checkWith (options: GradientOptions) (f: 'a -> Expr) (x: 'a) : GradientReport = report options f x |> Judgement.requirePassed

    /// The same in reverse mode with the usual options.
    let check (f: 'a -> Expr) (x: 'a) : GradientReport = checkWith GradientOptions.defaults f x

/// Second derivatives against numbers from values of the first. The first should be checked too, as `check` does.
module Hessian =
    /// Compares every entry of the derivative of the gradient at a point, by the mode over reverse mode. Raises what `Gradient.report` does.
    let report (options: GradientOptions) (f: 'a -> Expr) (x: 'a) : GradientReport =
        let first = Subject.ofFunction f x |> Subject.weighted
        Subject.ofGradient first |> Judgement.report options (Subject.namesOf first)

    /// The same after the gradient, and raises GradientException with the report where an entry of either is beyond its tolerance.
    let checkWith (options: GradientOptions) (f: 'a -> Expr) (x: 'a) : GradientReport =
        Gradient.checkWith options f x |> ignore
        report options f x |> Judgement.requirePassed

    /// The same by reverse over reverse mode with the usual options.
    let check (f: 'a -> Expr) (x: 'a) : GradientReport = checkWith GradientOptions.defaults f x
