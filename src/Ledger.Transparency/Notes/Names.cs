using System.Diagnostics.CodeAnalysis;

namespace Ledger.Transparency;

/// <summary>Who signs: the name in a signature line. Not empty, without Unicode spaces and plus signs (C2SP signed-note, "Format").</summary>
public sealed record KeyName
{
    private KeyName(string value) => Value = value;

    public string Value { get; }

    public static bool TryCreate(string? text, [NotNullWhen(true)] out KeyName? name)
    {
        name = StrictText.IsLine(text) && !text!.Any(c => char.IsWhiteSpace(c) || c == '+') ? new KeyName(text!) : null;
        return name is not null;
    }

    /// <exception cref="ArgumentException">The text is no key name: for names that the program itself chose.</exception>
    public static KeyName Of(string text) =>
        TryCreate(text, out var name) ? name : throw new ArgumentException($"'{text}' is no key name.", nameof(text));

    public override string ToString() => Value;
}

/// <summary>Which log: the first line of its checkpoints. Any line that isn't empty (C2SP tlog-checkpoint, "Note text"); in this ledger it is the log's key name too.</summary>
public sealed record Origin
{
    private Origin(string value) => Value = value;

    public string Value { get; }

    public static bool TryCreate(string? text, [NotNullWhen(true)] out Origin? origin)
    {
        origin = StrictText.IsLine(text) ? new Origin(text!) : null;
        return origin is not null;
    }

    /// <exception cref="ArgumentException">The text is no origin: for names that the program itself chose.</exception>
    public static Origin Of(string text) =>
        TryCreate(text, out var origin) ? origin : throw new ArgumentException($"'{text}' is no origin.", nameof(text));

    public bool IsNamedAs(KeyName name) => string.Equals(Value, name.Value, StringComparison.Ordinal);

    public override string ToString() => Value;
}
