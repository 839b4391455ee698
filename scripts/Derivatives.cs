// Derivatives in C#: of functions of tensors, tuples and records. Run with: dotnet run scripts/Derivatives.cs
#:project ../Api/Api.csproj
#:property PublishAot=false
using Fluxion.Api;

// A function of one tensor: its gradient, its Hessian, and the gradient of its gradient's length.
static Tensor Rosenbrock(Tensor x) => (100 * (x[1..] - x[..^1].Square()).Square() + (1 - x[..^1]).Square()).Sum();
var x = Tensor.Of(1.5, 2.5);
Console.WriteLine(Derivative.Grad(Rosenbrock, x)); // -149, 50
Console.WriteLine(Derivative.Hessian(Rosenbrock, x)); // 1702, -600, 200
Console.WriteLine(Derivative.Grad(x => Derivative.Grad(Rosenbrock, x).Norm(), x));

// Records, tuples, lists and dictionaries go in, and derivatives of their form come out.
var line = new Line(Slope: Tensor.Scalar(1), Intercept: Tensor.Scalar(0));
var (slope, intercept) = Derivative.Grad(line => (line.Slope * 2 + line.Intercept - 7).Square(), line);
Console.WriteLine($"{slope} {intercept}"); // -20 -10

// A loop of any length is one node: e^-r by Euler's method, and its derivative by r.
static Tensor Decay(Tensor rate) => Loop.Repeat(1000, (_, y) => y - 0.001 * rate * y, Tensor.Scalar(1));
Console.WriteLine(Derivative.Grad(Decay, Tensor.Scalar(2))); // near -e^-2 = -0.1353

// Derivatives of the solution of an equation, not of the steps to it: Kepler's E = M + e sin E.
static Tensor Kepler(Tensor m) => Equation.FixedPoint(e => m + 0.3 * e.Sin(), m);
Console.WriteLine(Derivative.Grad(Kepler, Tensor.Scalar(0.8)));

// Newton's method for many unknowns: the Hessian's 3 colours cost the same for any number of them.
var newton = Function.Compile((Tensor x) => (Derivative.Grad(Rosenbrock, x), Sparse.Hessian(Rosenbrock, x)));
var point = Tensor.Full(1.2, 1000);
for (var step = 0; step < 8; step++)
{
    var (gradient, hessian) = newton(point);
    point = (point - Tensor.Of(hessian.ToMatrix().Solve(gradient.ToVector()))).Detach();
}
Console.WriteLine($"{newton(point).Item2.Colours} colours, largest error {(point - 1).Abs().Max().ToScalar() < 1e-9}");

// A model is a function of its parameters: Hessian times vector, with no matrix.
var model = new Linear(2, 1, seed: 1);
var values = model.ParameterValues();
Tensor LossOf(IReadOnlyDictionary<string, Tensor> p) => model.ForwardWith(p, Tensor.Eye(2)).Square().Sum();
foreach (var (name, product) in Derivative.Hvp(LossOf, values, values))
    Console.WriteLine($"{name} {product}");

sealed record Line(Tensor Slope, Tensor Intercept);
