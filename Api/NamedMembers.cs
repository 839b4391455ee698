using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Fluxion.Api;

/// <summary>Parts of a module by path, in order. Asked for a name that is not there, it says which ones are.</summary>
internal sealed class NamedMembers<T>(string owner) : IReadOnlyDictionary<string, T>
    where T : class
{
    readonly OrderedDictionary<string, T> members = [];

    public void Add(string path, T member) => members.Add(path, member);

    public T this[string key] => members.TryGetValue(key, out var member) ? member : throw Unknown(key);

    public int Count => members.Count;

    public IEnumerable<string> Keys => members.Keys;

    public IEnumerable<T> Values => members.Values;

    public bool ContainsKey(string key) => members.ContainsKey(key);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out T value) => members.TryGetValue(key, out value);

    public IEnumerator<KeyValuePair<string, T>> GetEnumerator() => members.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    KeyNotFoundException Unknown(string key)
    {
        var known = string.Join(", ", members.Keys.Select(path => $"'{path}'"));
        return new(
            Errors.sentence(
                owner,
                $"'{key}' must be the path of a {typeof(T).Name}",
                known == "" ? "there is none" : $"the paths are {known}",
                "check the spelling?"
            )
        );
    }
}
