using Newtonsoft.Json;

namespace Ledger.Serialization.Forms;

/// <summary>One string for each property name that a form knows: the reader then makes none, and fields are found by reference.</summary>
/// <remarks>Names are added while forms are made; readers see one whole table or the next, so they need no lock.</remarks>
internal sealed class PropertyNames : JsonNameTable
{
    public static readonly PropertyNames Known = new();

    private readonly Lock _adding = new();
    private volatile string[][] _buckets = [.. Enumerable.Repeat<string[]>([], 256)];

    private PropertyNames() { }

    /// <summary>The one string with these characters.</summary>
    public string Add(string name)
    {
        lock (_adding)
        {
            if (Get(name) is { } known) return known;
            var next = (string[][])_buckets.Clone();
            next[Bucket(name)] = [.. next[Bucket(name)], name];
            _buckets = next;
            return name;
        }
    }

    public override string? Get(char[] key, int start, int length) => Get(key.AsSpan(start, length));

    private string? Get(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty) return null;
        foreach (var known in _buckets[Bucket(name)])
        {
            if (name.SequenceEqual(known)) return known;
        }

        return null;
    }

    private static int Bucket(ReadOnlySpan<char> name) => ((name.Length * 37) + (name[0] * 11) + name[^1]) & 255;
}
