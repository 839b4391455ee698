namespace Fluxion.Testing

open System
open Fluxion
open Fluxion.Api

/// The checks for C#. Each gives its report, and raises GradientException with the report where an entry is beyond its tolerance; DTypeException where the
/// point is not float64, and ArgumentException where it holds no number. Options are `GradientOptions.Default` where none are given.
[<AbstractClass; Sealed>]
type DerivativeCheck private () =
    static let expression (f: Func<Tensor, Tensor>) (x: Expr) = f.Invoke(Tensor x).Expression
    // What parameters are made into is a variable with a value; a point is that value.
    static let point (x: Tensor) = x.Detach().Expression

    /// The gradient of a function of a tensor. A result with axes is summed with fixed weights first.
    static member Gradient(f: Func<Tensor, Tensor>, x: Tensor, options: GradientOptions) : GradientReport =
        Gradient.checkWith options (expression f) (point x)

    /// The gradient of a function of a tensor.
    static member Gradient(f: Func<Tensor, Tensor>, x: Tensor) : GradientReport = DerivativeCheck.Gradient(f, x, GradientOptions.Default)

    /// The gradient of a function of two tensors, which the report calls 0 and 1.
    static member Gradient(f: Func<Tensor, Tensor, Tensor>, x: Tensor, y: Tensor, options: GradientOptions) : GradientReport =
        Gradient.checkWith options (fun (x, y) -> f.Invoke(Tensor x, Tensor y).Expression) (point x, point y)

    /// The gradient of a function of two tensors, which the report calls 0 and 1.
    static member Gradient(f: Func<Tensor, Tensor, Tensor>, x: Tensor, y: Tensor) : GradientReport =
        DerivativeCheck.Gradient(f, x, y, GradientOptions.Default)

    /// The gradients that `Backward` sends to the parameters of a module, of a loss that is built from it.
    static member Gradient(model: Module, loss: Func<Tensor>, options: GradientOptions) : GradientReport =
        let parameters = model.NamedParameters()
        let paths = parameters.Keys |> Array.ofSeq
        let leaves = parameters.Values |> Seq.map (fun parameter -> parameter.Value) |> Array.ofSeq
        let variables = leaves |> Array.map (fun leaf -> leaf.Expression)
        let values = leaves |> Array.map (point >> Expr.value)

        loss.Invoke().Expression
        |> Subject.ofExpression paths variables values
        |> Subject.weighted
        |> Judgement.report options [| "" |]
        |> Judgement.requirePassed

    /// The gradients that `Backward` sends to the parameters of a module, of a loss that is built from it.
    static member Gradient(model: Module, loss: Func<Tensor>) : GradientReport =
        DerivativeCheck.Gradient(model, loss, GradientOptions.Default)

    /// Every entry of a function's result by every entry of the tensor.
    static member Jacobian(f: Func<Tensor, Tensor>, x: Tensor, options: GradientOptions) : GradientReport =
        Jacobian.checkWith options (expression f) (point x)

    /// Every entry of a function's result by every entry of the tensor.
    static member Jacobian(f: Func<Tensor, Tensor>, x: Tensor) : GradientReport = DerivativeCheck.Jacobian(f, x, GradientOptions.Default)

    /// The gradient of a function of a tensor, and then its second derivatives.
    static member Hessian(f: Func<Tensor, Tensor>, x: Tensor, options: GradientOptions) : GradientReport =
        Hessian.checkWith options (expression f) (point x)

    /// The gradient of a function of a tensor, and then its second derivatives.
    static member Hessian(f: Func<Tensor, Tensor>, x: Tensor) : GradientReport = DerivativeCheck.Hessian(f, x, GradientOptions.Default)
