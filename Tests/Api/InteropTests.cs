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
