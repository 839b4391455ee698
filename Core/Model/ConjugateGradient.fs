namespace Fluxion

open MathNet.Numerics.LinearAlgebra

/// The last step of conjugate gradients: its direction, the gradient where it began, and how much its slope promised to gain.
[<NoEquality; NoComparison>]
type private ConjugateStep = { Direction: Vector<float>; Gradient: Vector<float>; Promise: float }

/// Polak and Ribière's conjugate gradients. MathNet's ConjugateGradientMinimizer ends its line searches where the bracket is 1e-4 wide, and crawls from there: on
/// Rosenbrock's function it has no gradient of 1e-8 after 1000 iterations. Its StrongWolfeLineSearch goes on forward where the slope is already uphill.
module internal ConjugateGradient =
    let private direction (last: ConjugateStep voption) (here: Evaluation) : Vector<float> * float =
        match last with
        | ValueNone -> LineSearch.steepest here
        | ValueSome last ->
            let kept = here.Gradient * (here.Gradient - last.Gradient) / (last.Gradient * last.Gradient)
            let next = max 0.0 kept * last.Direction - here.Gradient
            // As much to gain at first as the last step had.
            next, last.Promise / (next * here.Gradient)

    let private remember (_: ConjugateStep voption) (here: Evaluation) (there: Evaluation) (direction: Vector<float>) =
        ValueSome
            { Direction = direction
              Gradient = here.Gradient
              Promise = (there.Point - here.Point) * here.Gradient }

    /// (Nocedal and Wright, "Numerical Optimization", 2006, section 5.2.)
    let minimize (options: MinimizeOptions) (f: 'parameters -> Expr) (start: 'parameters) : Minimum<'parameters> =
        Evaluations("conjugateGradient", f, start)
        |> LineSearch.minimize { Start = ValueNone; Direction = direction; Remember = remember } options
