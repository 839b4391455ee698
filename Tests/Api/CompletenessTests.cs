using System.Reflection;
using NUnit.Framework;

namespace Fluxion.Api.Tests;

/// <summary>What F# can do, C# can: each function of Core's modules has a member of its name, or of the one that is said here.</summary>
public sealed class CompletenessTests
{
    const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    static readonly HashSet<string> Known = new(
        from type in Assembly.Load("Fluxion.Api").GetExportedTypes()
        from name in type.GetMembers(Declared).Select(member => member.Name).Append(type.Name)
        select name,
        StringComparer.OrdinalIgnoreCase
    );

    // F# has a function for each set of arguments, where C# has overloads, options and members of its own.
    static readonly Dictionary<string, string[]> Others = new()
    {
        ["Of"] = ["tensor", "constant", "value", "tryValue", "ofMatrix", "ofVector"],
        // A variable of C# has its value.
        ["Parameter"] = ["variable", "variableOf"],
        ["Evaluate"] = ["eval", "evalWith"],
        ["Describe"] = ["info"],
        ["RandomKey"] = ["key"],
        ["FoldIn"] = ["foldInTo"],
        ["Uniform"] = ["uniformBetween"],
        ["Normal"] = ["normalWith"],
        ["FixedPoint"] = ["fixedPointWith"],
        ["Root"] = ["rootWith"],
        ["OneHot"] = ["oneHotOf"],
        ["Pad"] = ["padWith"],
        ["Sort"] = ["sortDescending"],
        ["ArgSort"] = ["argSortDescending"],
        ["Var"] = ["varCorrected"],
        ["Std"] = ["stdCorrected"],
        ["Sum"] = ["keepDims"],
    };

    // Each file of ops has a module Expr of what users call; the others go by name.
    static readonly string[] Modules =
    [
        "Prelude",
        "Derivatives",
        "SparseModule",
        "Custom",
        "Minimize",
        "Rewrite",
        "Plan",
        "Cost",
        "Print",
        "Random",
    ];

    static readonly string[] Functions =
    [
        .. from type in Assembly.Load("Fluxion.Core").GetExportedTypes()
        where type is { Name: "Expr", IsNested: true } or { IsNested: false, Namespace: "Fluxion" }
        where type.IsNested || Modules.Contains(type.Name)
        from function in type.GetMethods(Declared)
        where function.IsStatic && !function.IsSpecialName
        // What F# makes of inline functions beside them.
        where !function.Name.Contains('$')
        select function.Name,
    ];

    // sumOver and its kin are Sum with axes.
    static string NameOf(string function) =>
        Others.FirstOrDefault(entry => entry.Value.Contains(function)).Key
        ?? (function.EndsWith("Over", StringComparison.Ordinal) ? function[..^4] : function);

    [Test]
    public void EveryFunctionIsThereInCSharp() =>
        Assert.That(Functions.Where(function => !Known.Contains(NameOf(function))), Is.Empty);

    [Test]
    public void TheSearchFindsFunctions() => Assert.That(Functions, Has.Length.GreaterThan(200));
}
