using System.Globalization;
using Newtonsoft.Json;

namespace Ledger.Serialization.Forms;

/// <summary>Writes one stored document after another: compact, and without a string for each time, id or number.</summary>
internal sealed class StoredWriter : JsonTextWriter
{
    private const int LargestKept = 64 * 1024; // characters; a zone's ten thousand points needn't stay in memory

    [ThreadStatic]
    private static StoredWriter? _spare;

    private readonly TextBuffer _text;
    private readonly List<(string Name, string Digest)> _hidden = [];

    private StoredWriter(TextBuffer text)
        : base(text)
    {
        _text = text;
        ArrayPool = CharPool.Shared;
    }

    /// <summary>How many properties are hidden in the objects that are open.</summary>
    public int Hidden => _hidden.Count;

    public static byte[] Bytes<T>(Form<T> form, T value) => Bytes((form, value), static (json, it) => it.form.Write(json, it.value));

    public static byte[] Bytes<TState>(TState state, Action<StoredWriter, TState> write)
    {
        var json = _spare ?? new StoredWriter(new TextBuffer());
        _spare = null; // a writer that fails in the middle of a document isn't used again
        write(json, state);
        var bytes = json._text.TakeUtf8();
        if (json._text.Capacity <= LargestKept) _spare = json;
        return bytes;
    }

    public void WriteName(string name) => WritePropertyName(name, escape: false);

    /// <summary>Writes a string.</summary>
    /// <exception cref="ArgumentNullException">There is none: written as null, the event could never be read again.</exception>
    public void WriteText(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        WriteValue(text);
    }

    /// <summary>Writes a string that needs no escaping.</summary>
    public void WritePlain(ReadOnlySpan<char> text)
    {
        SetWriteState(JsonToken.String, null!);
        _text.Write('"');
        _text.Write(text);
        _text.Write('"');
    }

    /// <summary>Writes the fewest digits that read back as the same double.</summary>
    public void WriteNumber(double value)
    {
        if (!double.IsFinite(value)) throw new ArgumentException("JSON has no number for " + value.ToString(CultureInfo.InvariantCulture) + ".");
        Span<char> digits = stackalloc char[32];
        (value + 0.0).TryFormat(digits, out var length, "R", CultureInfo.InvariantCulture); // + 0.0: minus zero is zero
        SetWriteState(JsonToken.Float, value);
        _text.Write(digits[..length]);
    }

    /// <summary>Keeps a property out of the object that is open; <see cref="WriteHidden(int)"/> tells its digest.</summary>
    public void Hide(string name, string digest) => _hidden.Add((name, digest));

    /// <summary>Writes the digests and names of what was hidden since <paramref name="first"/>.</summary>
    public void WriteHidden(int first)
    {
        if (_hidden.Count == first) return;
        WriteHidden(Sealed.Digest, first, hidden => hidden.Digest);
        WriteHidden(Sealed.Names, first, hidden => hidden.Name);
        _hidden.RemoveRange(first, _hidden.Count - first);
    }

    private void WriteHidden(string name, int first, Func<(string Name, string Digest), string> part)
    {
        WriteName(name);
        WriteStartArray();
        for (var i = first; i < _hidden.Count; i++) WriteText(part(_hidden[i]));
        WriteEndArray();
    }
}
