using System.Collections;
using System.Reflection;

namespace Fluxion.Api;

/// <summary>A parameter or module inside another: its dotted path, its name in the module that holds it, and how deep that is.</summary>
internal readonly record struct Member(string Path, string Name, int Depth, object Value);

/// <summary>Finds what a module holds, without its help.</summary>
internal static class ModuleTree
{
    /// <summary>Every parameter and module inside, depth first, in order of declaration; shared ones where they are met first.</summary>
    public static IEnumerable<Member> Walk(Module root) =>
        Walk(root, "", [(root, "")], new HashSet<object>(ReferenceEqualityComparer.Instance));

    // `above` holds the modules from the root down to this one. Recursion is as deep as modules are nested.
    static IEnumerable<Member> Walk(
        Module module,
        string prefix,
        (Module Module, string Path)[] above,
        HashSet<object> seen
    )
    {
        foreach (var (name, value) in MembersOf(module))
        {
            var path = prefix + name;
            if (above.FirstOrDefault(entry => entry.Module == value) is { Module: not null } repeated)
                throw Invalid(
                    above[0].Module,
                    "modules must form a tree",
                    $"'{path}' leads back to {(repeated.Path == "" ? "the model itself" : $"'{repeated.Path}'")}",
                    "hold what is above a module in a WeakReference or a function?"
                );

            if (!seen.Add(value))
                continue;
            yield return new(path, name, above.Length, value);

            if (value is Module child)
                foreach (var inner in Walk(child, path + ".", [.. above, (child, path)], seen))
                    yield return inner;
        }
    }

    /// <summary>
    /// What a module holds itself: what its fields hold, in order, then what is registered only. Each once, and a registered name goes
    /// before the field's.
    /// </summary>
    public static IEnumerable<(string Name, object Value)> MembersOf(Module module)
    {
        var names = new OrderedDictionary<object, string>(ReferenceEqualityComparer.Instance);
        foreach (var (name, value) in module.Registered)
            names.TryAdd(value, name);

        var found = FieldsOf(module.GetType())
            .SelectMany(field => Inside(NameOf(field), field.GetValue(module)))
            .Select(entry => (Name: names.GetValueOrDefault(entry.Value, entry.Name), entry.Value))
            .Concat(names.Select(entry => (Name: entry.Value, Value: entry.Key)))
            .DistinctBy(entry => entry.Value, ReferenceEqualityComparer.Instance)
            .ToArray();

        if (found.GroupBy(entry => entry.Name).FirstOrDefault(group => group.Count() > 1) is { } clash)
            throw Invalid(
                module,
                "each name must stand for one thing",
                $"'{clash.Key}' stands for {clash.Count()}",
                "rename a field, or name one with AddParameter or AddModule?"
            );
        return found;
    }

    static IEnumerable<FieldInfo> FieldsOf(Type type)
    {
        const BindingFlags Own =
            BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var classes = new Stack<Type>();
        for (var at = type; at != typeof(Module); at = at.BaseType!)
            classes.Push(at);
        // Tokens follow the order of declaration, auto-properties' fields included.
        return classes.SelectMany(owner => owner.GetFields(Own).OrderBy(field => field.MetadataToken));
    }

    // The compiler calls an auto-property's field <Name>k__BackingField, and what a primary constructor keeps <name>P.
    static string NameOf(FieldInfo field) =>
        field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>')]
        : field.Name.StartsWith('_') ? field.Name.TrimStart('_')
        : field.Name;

    static IEnumerable<(string Name, object Value)> Inside(string name, object? value) =>
        value switch
        {
            Parameter or Module => [(name, value)],
            IEnumerable<Parameter?> or IEnumerable<Module?> => ((IEnumerable)value)
                .Cast<object?>()
                .SelectMany((item, i) => Inside($"{name}.{i}", item)),
            IDictionary entries => entries.Keys.Cast<object>().SelectMany(key => Inside($"{name}.{key}", entries[key])),
            _ => [],
        };

    static InvalidOperationException Invalid(Module module, string required, string given, string remedy) =>
        new(Errors.sentence(module.GetType().Name, required, given, remedy));
}
