using System.Reflection;
using NUnit.Framework;

namespace Fluxion.Api.Tests;

/// <summary>What C# users see of the library is C#: no F# option, list, function or union in any public signature.</summary>
public sealed class InteropTests
{
    const BindingFlags Declared =
        BindingFlags.Public
        | BindingFlags.NonPublic
        | BindingFlags.Instance
        | BindingFlags.Static
        | BindingFlags.DeclaredOnly;

    [Test]
    public void NoPublicSignatureShowsFSharpTypes() => Assert.That(FSharpIn("Fluxion.Api"), Is.Empty);

    /// <summary>The search finds what it looks for: the F# library has F# types in its signatures.</summary>
    [Test]
    public void TheSearchSeesFSharpTypes() => Assert.That(FSharpIn("FSharp.Core"), Is.Not.Empty);

    /// <summary>Of Core's own types users meet the expression, and exceptions.</summary>
    [Test]
    public void OfCoreOnlyExpressionsAreShown() =>
        Assert.That(
            from type in Api
            from shown in Signature(type)
            where shown.Type.Namespace == "Fluxion" && shown.Type.IsVisible && shown.Type != typeof(Expr)
            select $"{type.Name}.{shown.Member}: {shown.Type}",
            Is.Empty
        );

    [Test]
    public void ClassesAreSealedOrMadeToBeInherited() =>
        Assert.That(Api.Where(type => !type.IsSealed && !type.IsAbstract), Is.Empty);

    [Test]
    public void NothingNeedsDispose() =>
        Assert.That(
            Api.Where(type =>
                type.IsAssignableTo(typeof(IDisposable)) || type.IsAssignableTo(typeof(IAsyncDisposable))
            ),
            Is.Empty
        );

    [TestCase("op_Addition", "Add")]
    [TestCase("op_Subtraction", "Subtract")]
    [TestCase("op_Multiply", "Multiply")]
    [TestCase("op_Division", "Divide")]
    [TestCase("op_UnaryNegation", "Negate")]
    [TestCase("op_BitwiseAnd", "LogicalAnd")]
    [TestCase("op_BitwiseOr", "LogicalOr")]
    [TestCase("op_ExclusiveOr", "LogicalXor")]
    [TestCase("op_LogicalNot", "LogicalNot")]
    public void EachOperatorHasItsTwin(string name, string twin)
    {
        static IEnumerable<string> Inputs(string name, int skipped) =>
            from method in typeof(Tensor).GetMethods()
            where method.Name == name && (skipped == 0 || method.GetParameters()[0].ParameterType == typeof(Tensor))
            select string.Join(", ", ParametersOf(method).Skip(skipped));

        Assert.That(Inputs(twin, skipped: 0), Is.EquivalentTo(Inputs(name, skipped: 1)).And.Not.Empty);
    }

    static readonly Type[] Api = Assembly.Load("Fluxion.Api").GetExportedTypes();

    static string[] FSharpIn(string assembly) =>
        [
            .. from type in Assembly.Load(assembly).GetExportedTypes()
            from shown in Signature(type)
            where IsFSharp(shown.Type)
            select $"{type.FullName}.{shown.Member}: {shown.Type}",
        ];

    static IEnumerable<(string Member, Type Type)> Signature(Type type) =>
        type.GetInterfaces()
            .Append(type.BaseType ?? typeof(object))
            .Select(parent => ("base", parent))
            .Concat(from member in type.GetMembers(Declared) from shown in TypesOf(member) select (member.Name, shown));

    static IEnumerable<Type> TypesOf(MemberInfo member) =>
        member switch
        {
            FieldInfo field when IsVisible(field.Attributes) => [field.FieldType],
            ConstructorInfo constructor when IsVisible(constructor) => ParametersOf(constructor),
            // Properties and events are seen through their accessors.
            MethodInfo method when IsVisible(method) => ParametersOf(method)
                .Append(method.ReturnType)
                .Concat(method.GetGenericArguments().SelectMany(argument => argument.GetGenericParameterConstraints())),
            _ => [],
        };

    static IEnumerable<Type> ParametersOf(MethodBase method) =>
        method.GetParameters().Select(parameter => parameter.ParameterType);

    static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    static bool IsVisible(FieldAttributes attributes) =>
        (attributes & FieldAttributes.FieldAccessMask)
            is FieldAttributes.Public
                or FieldAttributes.Family
                or FieldAttributes.FamORAssem;

    static bool IsFSharp(Type type) =>
        type.HasElementType
            ? IsFSharp(type.GetElementType()!)
            : type.Namespace?.StartsWith("Microsoft.FSharp", StringComparison.Ordinal) == true
                || type.GenericTypeArguments.Any(IsFSharp);
}
