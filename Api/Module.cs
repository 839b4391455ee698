using System.Text;
using static Fluxion.LeafFunctions.Expr;

namespace Fluxion.Api;

/// <summary>
/// A model, or a part of one: parameters, smaller modules, and a function of a tensor. Every <see cref="Parameter"/> and Module that a
/// field or auto-property holds, by itself or in an array, list or dictionary, is found without registration, in order of declaration,
/// the base class's first. Its name is the member's, without a leading underscore.
/// <see cref="AddParameter(string, double)"/> and <see cref="AddModule"/> name others.
/// </summary>
public abstract class Module
{
    readonly OrderedDictionary<string, object> registered = [];

    /// <summary>What the model computes.</summary>
    public abstract Tensor Forward(Tensor x);

    /// <summary>True while the model is being trained, as at first; layers that act otherwise in use ask it.</summary>
    public bool IsTraining { get; private set; } = true;

    /// <summary>Training mode, for this module and all inside it.</summary>
    public void Train() => SetMode(isTraining: true);

    /// <summary>The mode of use, for this module and all inside it.</summary>
    public void Eval() => SetMode(isTraining: false);

    /// <summary>
    /// All parameters by dotted path, <c>Hidden.Weight</c> or <c>layers.0.Weight</c>; one that several places share stands once, under the
    /// first. Asked for a path that is not there, the dictionary raises KeyNotFoundException with those that are.
    /// </summary>
    /// <exception cref="InvalidOperationException">A module contains itself, or a name stands for two things.</exception>
    public IReadOnlyDictionary<string, Parameter> NamedParameters()
    {
        var found = new NamedMembers<Parameter>(GetType().Name);
        foreach (var member in ModuleTree.Walk(this))
            if (member.Value is Parameter parameter)
                found.Add(member.Path, parameter);
        return found;
    }

    /// <summary>All parameters, each once, in the order of <see cref="NamedParameters"/>.</summary>
    public IReadOnlyList<Parameter> Parameters() => [.. NamedParameters().Values];

    /// <summary>The values of all parameters now, as constants, by dotted path: a point for <see cref="Derivative"/> and <see cref="ForwardWith"/>.</summary>
    /// <inheritdoc cref="NamedParameters" path="/exception"/>
    public IReadOnlyDictionary<string, Tensor> ParameterValues() =>
        NamedParameters().ToDictionary(entry => entry.Key, entry => entry.Value.Value.Detach());

    /// <summary>
    /// What the model computes with other values for parameters, by dotted path: <see cref="Forward"/> as a function of its parameters, which stay as
    /// they are. Those that are not given have their own values.
    /// </summary>
    /// <example><code>var h = Derivative.Hvp(p => Loss.MeanSquaredError(y, model.ForwardWith(p, x)), model.ParameterValues(), direction);</code></example>
    /// <exception cref="KeyNotFoundException">A path is that of no parameter.</exception>
    /// <exception cref="ShapeException">A value has not its parameter's shape.</exception>
    /// <exception cref="DTypeException">A value has not its parameter's element type.</exception>
    public Tensor ForwardWith(IReadOnlyDictionary<string, Tensor> parameters, Tensor x)
    {
        var own = NamedParameters();
        // What x was made from, these parameters perhaps, stays as it is.
        var input = fresh("x", x.Expression.Type);
        var replaced = parameters
            .Select(entry => (own[entry.Key].Value.Expression, entry.Value.Expression))
            .Append((input, x.Expression));
        return new(Interop.Substitute(Forward(new(input)).Expression, [.. replaced]));
    }

    /// <summary>
    /// This module, under the empty path, and all inside it by dotted path; one that several places share stands once, under the first.
    /// </summary>
    /// <exception cref="InvalidOperationException">A module contains itself, or a name stands for two things.</exception>
    public IReadOnlyDictionary<string, Module> NamedModules()
    {
        var found = new NamedMembers<Module>(GetType().Name);
        found.Add("", this);
        foreach (var member in ModuleTree.Walk(this))
            if (member.Value is Module module)
                found.Add(member.Path, module);
        return found;
    }

    /// <summary>The modules that this one holds itself, by name.</summary>
    public IReadOnlyDictionary<string, Module> Children()
    {
        var found = new NamedMembers<Module>(GetType().Name);
        foreach (var (name, value) in ModuleTree.MembersOf(this))
            if (value is Module module)
                found.Add(name, module);
        return found;
    }

    /// <summary>The module as a tree: each parameter with its type, each module with its own.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(GetType().Name);
        foreach (var member in ModuleTree.Walk(this))
        {
            var shown = member.Value is Parameter parameter
                ? $"{parameter.Value.Expression.Type}"
                : member.Value.GetType().Name;
            text.Append('\n').Append(' ', 2 * member.Depth).Append($"{member.Name}: {shown}");
        }
        return text.ToString();
    }

    /// <summary>A new scalar parameter of this module, under a name of its own.</summary>
    /// <exception cref="ArgumentException">The name is taken, empty or dotted.</exception>
    protected Parameter AddParameter(string name, double initial = 0) => Add(name, new Parameter(initial, name));

    /// <summary>A new parameter of this module that starts as a tensor's value.</summary>
    /// <exception cref="ArgumentException">The name is taken, empty or dotted.</exception>
    protected Parameter AddParameter(string name, Tensor initial) => Add(name, new Parameter(initial, name));

    /// <summary>A parameter that is there already, under a name of its own: one that another module has too, say.</summary>
    /// <exception cref="ArgumentException">The name is taken, empty or dotted.</exception>
    protected Parameter AddParameter(string name, Parameter parameter) => Add(name, parameter);

    /// <summary>A module inside this one, under a name of its own.</summary>
    /// <exception cref="ArgumentException">The name is taken, empty or dotted.</exception>
    protected TModule AddModule<TModule>(string name, TModule module)
        where TModule : Module => Add(name, module);

    internal IReadOnlyDictionary<string, object> Registered => registered;

    T Add<T>(string name, T member)
        where T : class
    {
        if (name == "" || name.Contains('.') || !registered.TryAdd(name, member))
            throw new ArgumentException(
                Errors.sentence(
                    GetType().Name,
                    "each name must be new, and without dots, which paths are made of",
                    $"'{name}' is not",
                    "choose another?"
                )
            );
        return member;
    }

    void SetMode(bool isTraining)
    {
        foreach (var module in NamedModules().Values)
            module.IsTraining = isTraining;
    }
}
