using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;

namespace Ledger.Api.Http.Binding;

/// <summary>What a JSON value must be like. Says everything that is wrong with one, not only the first.</summary>
/// <remarks>
/// Looks at the bytes as they came and makes no strings of them where it can help it: a batch brings ten thousand
/// bodies of twenty fields each.
/// </remarks>
internal abstract class Shape
{
    public abstract void Check(JsonElement json, Faults faults);

    protected static ReadOnlySpan<byte> Raw(JsonElement json) => JsonMarshal.GetRawUtf8Value(json);
}

/// <summary>A string with everything that the ground rules ask of one.</summary>
internal abstract class StringShape : Shape
{
    // Printable ASCII without the backslash: a string of these stands for itself.
    private static readonly SearchValues<byte> Plain = SearchValues.Create([.. Enumerable.Range(0x20, 0x5F).Select(i => (byte)i).Where(b => b != '\\')]);

    public sealed override void Check(JsonElement json, Faults faults)
    {
        if (json.ValueKind != JsonValueKind.String)
        {
            faults.Add(Wanted);
            return;
        }

        var raw = Raw(json)[1..^1];
        if (raw.IndexOfAnyExcept(Plain) < 0) CheckPlain(raw, faults);
        else if (TryRead(json, faults) is { } text) CheckText(text, faults);
    }

    protected abstract string Wanted { get; }

    /// <summary>A string of printable ASCII without escapes.</summary>
    protected virtual void CheckPlain(ReadOnlySpan<byte> text, Faults faults) => CheckText(Encoding.ASCII.GetString(text), faults);

    protected abstract void CheckText(string text, Faults faults);

    /// <summary>The text, or null where it is none that may be stored.</summary>
    public static string? TryRead(JsonElement json, Faults faults)
    {
        string text;
        try
        {
            text = json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            faults.Add("Holds half a surrogate pair.");
            return null;
        }

        if (!HasControls(text)) return text;
        faults.Add(ControlsMessage);
        return null;
    }

    public const string ControlsMessage = "Holds a control character; only \\n and \\t may stand in a text.";

    public static bool HasControls(string text)
    {
        foreach (var c in text)
            if (char.IsControl(c) && c is not ('\n' or '\t')) return true;
        return false;
    }
}

/// <summary>A text of limited length, in characters (Unicode scalar values).</summary>
internal sealed class TextShape(int longest, bool mustSaySomething) : StringShape
{
    protected override string Wanted => "Must be a text.";

    protected override void CheckPlain(ReadOnlySpan<byte> text, Faults faults)
    {
        if (text.Length > longest) TooLong(faults);
        else if (mustSaySomething && text.IndexOfAnyExcept((byte)' ') < 0) Empty(faults);
    }

    protected override void CheckText(string text, Faults faults)
    {
        if (text.Length > longest && text.EnumerateRunes().Count() > longest) TooLong(faults);
        else if (mustSaySomething && string.IsNullOrWhiteSpace(text)) Empty(faults);
    }

    private void TooLong(Faults faults) => faults.Add(string.Create(CultureInfo.InvariantCulture, $"Must be at most {longest:N0} characters long."));

    private static void Empty(Faults faults) => faults.Add("Must say something.");
}

/// <summary>A text of a given form.</summary>
internal sealed class PatternShape(string pattern, string wanted) : StringShape
{
    // \z, because $ lets a final newline pass.
    private readonly Regex _form = new(pattern.TrimEnd('$') + "\\z", RegexOptions.CultureInvariant | RegexOptions.Compiled, TimeSpan.FromSeconds(1));

    protected override string Wanted => wanted;

    protected override void CheckText(string text, Faults faults)
    {
        if (!_form.IsMatch(text)) faults.Add(wanted);
    }
}

/// <summary>A time zone that means the same on every machine.</summary>
internal sealed partial class ZoneNameShape : StringShape
{
    protected override string Wanted => "Must be an IANA time zone, such as Asia/Baku.";

    // A name that only this machine knows (a file of its own, a Windows name, another spelling) would mean nothing elsewhere.
    protected override void CheckText(string text, Faults faults)
    {
        if (!Form().IsMatch(text) || !TimeZoneInfo.TryFindSystemTimeZoneById(text, out var zone) || !zone.HasIanaId || zone.Id != text) faults.Add(Wanted);
    }

    [GeneratedRegex(@"^(?!posix|right|localtime|Factory)[A-Za-z0-9_+-]{1,60}(/[A-Za-z0-9_+-]{1,60}){0,3}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}

/// <summary>An id that people choose; checked on the bytes, for there are several in every record.</summary>
internal sealed class SlugShape : StringShape
{
    private static readonly SearchValues<byte> Letters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-"u8);

    protected override string Wanted => "Must be an id: lower-case letters, digits and hyphens, at most 64, beginning with a letter or digit.";

    protected override void CheckPlain(ReadOnlySpan<byte> text, Faults faults)
    {
        if (text.Length is 0 or > 64 || text[0] == '-' || text.IndexOfAnyExcept(Letters) >= 0) faults.Add(Wanted);
    }

    protected override void CheckText(string text, Faults faults) => faults.Add(Wanted);
}

/// <summary>One of a list of codes.</summary>
internal sealed class CodeShape(IReadOnlyList<string> codes) : StringShape
{
    private readonly byte[][] _codes = [.. codes.Select(Encoding.ASCII.GetBytes)];
    private readonly string _wanted = $"Must be one of: {string.Join(", ", codes)}.";

    protected override string Wanted => _wanted;

    protected override void CheckPlain(ReadOnlySpan<byte> text, Faults faults)
    {
        foreach (var code in _codes)
            if (text.SequenceEqual(code)) return;
        faults.Add(_wanted);
    }

    protected override void CheckText(string text, Faults faults) => faults.Add(_wanted);
}

internal sealed class InstantShape : StringShape
{
    protected override string Wanted => "Must be an RFC 3339 time with its offset, such as 2020-10-18T00:00:00+04:00.";

    protected override void CheckPlain(ReadOnlySpan<byte> text, Faults faults)
    {
        if (!Instants.TryParse(text, out _)) faults.Add(Wanted);
    }

    protected override void CheckText(string text, Faults faults) => CheckPlain(Encoding.UTF8.GetBytes(text), faults);
}

internal sealed class DateShape : StringShape
{
    protected override string Wanted => "Must be a date, such as 2020-10-18.";

    protected override void CheckText(string text, Faults faults)
    {
        if (!DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)) faults.Add(Wanted);
    }
}

internal sealed class UuidShape : StringShape
{
    protected override string Wanted => "Must be a UUID, such as 018f2a6e-0000-7000-8000-000000000001.";

    protected override void CheckText(string text, Faults faults)
    {
        if (!Guid.TryParseExact(text, "D", out _)) faults.Add(Wanted);
    }
}

internal sealed class FlagShape : Shape
{
    public override void Check(JsonElement json, Faults faults)
    {
        if (json.ValueKind is not (JsonValueKind.True or JsonValueKind.False)) faults.Add("Must be true or false.");
    }
}

internal sealed class NumberShape(double least, double most, bool whole) : Shape
{
    private readonly string _wanted = string.Create(
        CultureInfo.InvariantCulture, $"Must be a {(whole ? "whole number" : "number")} from {least:#,0.##} to {most:#,0.##}.");

    public override void Check(JsonElement json, Faults faults)
    {
        if (json.ValueKind != JsonValueKind.Number || !json.TryGetDouble(out var value) || !double.IsFinite(value)
            || value < least || value > most || (whole && value != Math.Floor(value)))
            faults.Add(_wanted);
    }
}

internal sealed class ListShape(Shape item, bool notEmpty, bool distinct, int most) : Shape
{
    /// <summary>More than anybody needs, and few enough that one body can't keep the server busy.</summary>
    public const int Usual = 1_000;

    public override void Check(JsonElement json, Faults faults)
    {
        if (json.ValueKind != JsonValueKind.Array)
        {
            faults.Add("Must be a list.");
            return;
        }

        var length = json.GetArrayLength();
        if (notEmpty && length == 0) faults.Add("Must hold something.");
        if (length > most)
        {
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"Must hold at most {most:N0} items."));
            return;
        }

        var before = faults.Count;
        var index = 0;
        foreach (var value in json.EnumerateArray())
        {
            faults.Enter(index++);
            item.Check(value, faults);
            faults.Leave();
            if (faults.IsFull) return;
        }

        if (distinct && length > 1 && faults.Count == before) CheckDistinct(json, faults);
    }

    private static void CheckDistinct(JsonElement json, Faults faults)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var index = 0;
        foreach (var value in json.EnumerateArray())
        {
            if (!seen.Add(value.GetString()!)) faults.Add(index, "Stands in the list twice.");
            index++;
        }
    }
}

/// <summary>Names by language tag.</summary>
internal sealed partial class LabelsShape : Shape
{
    private const int Most = 200;
    private static readonly TextShape Name = new(NameAttribute.Longest, mustSaySomething: true);

    public override void Check(JsonElement json, Faults faults)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            faults.Add("Must be an object of names by language, such as {\"hy\": \"…\"}.");
            return;
        }

        if (!AnyShape.CheckNames(json, faults)) return;
        var count = 0;
        foreach (var property in json.EnumerateObject())
        {
            if (++count > Most)
            {
                faults.Add($"Must hold at most {Most} names.");
                return;
            }

            faults.Enter(property.Name);
            if (!Tag().IsMatch(property.Name)) faults.Add("Isn't a language tag, such as hy or az-Latn.");
            else Name.Check(property.Value, faults);
            faults.Leave();
        }
    }

    // The form of BCP 47 tags, not their registry.
    [GeneratedRegex("^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,5}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Tag();
}

/// <summary>Any JSON that can be stored: no name twice, no half characters, no number beyond a double.</summary>
internal class AnyShape : Shape
{
    public static readonly AnyShape Instance = new();

    public override void Check(JsonElement json, Faults faults)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.String:
                StringShape.TryRead(json, faults);
                break;
            case JsonValueKind.Number when !json.TryGetDouble(out var value) || !double.IsFinite(value):
                faults.Add("Is a number beyond the range of a double.");
                break;
            case JsonValueKind.Array:
                var index = 0;
                foreach (var item in json.EnumerateArray())
                {
                    faults.Enter(index++);
                    Check(item, faults);
                    faults.Leave();
                    if (faults.IsFull) return;
                }

                break;
            case JsonValueKind.Object:
                if (!CheckNames(json, faults)) return;
                foreach (var property in json.EnumerateObject())
                {
                    faults.Enter(property.Name);
                    Check(property.Value, faults);
                    faults.Leave();
                    if (faults.IsFull) return;
                }

                break;
        }
    }

    /// <summary>True where every name of an object can be read and stands there once.</summary>
    public static bool CheckNames(JsonElement json, Faults faults)
    {
        var before = faults.Count;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in json.EnumerateObject())
        {
            if (TryName(property, faults) is not { } name) return false;
            if (StringShape.HasControls(name)) faults.Add("A name holds a control character.");
            else if (!seen.Add(name)) faults.Add(name, "Stands in the object twice.");
        }

        return faults.Count == before;
    }

    public static string? TryName(JsonProperty property, Faults faults)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            faults.Add("A name holds half a surrogate pair.");
            return null;
        }
    }
}

/// <summary>The confidential part.</summary>
internal sealed class ConfidentialShape : AnyShape
{
    public override void Check(JsonElement json, Faults faults)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            faults.Add("Must be an object.");
            return;
        }

        if (Raw(json).Length > ConfidentialAttribute.MostBytes)
        {
            faults.Add($"Must be at most {ConfidentialAttribute.MostBytes / 1024} kB in all.");
            return;
        }

        if (json.GetPropertyCount() > ConfidentialAttribute.MostNames) faults.Add($"Must have at most {ConfidentialAttribute.MostNames} names.");
        foreach (var property in json.EnumerateObject())
            if (TryName(property, faults) is { } name && name.Length is 0 or > NameAttribute.Longest) faults.Add($"Each name has 1 to {NameAttribute.Longest} characters.");
        // The rules of this shape hold for the object itself, not for what lies within it.
        new AnyShape().Check(json, faults);
    }
}

/// <summary>An object with exactly the fields of a request record.</summary>
internal sealed class ObjectShape(JsonTypeInfo type) : Shape
{
    private static readonly object Missing = new();

    private Field[] _fields = [];

    /// <param name="Required">Must be there.</param>
    /// <param name="Nullable">May be null.</param>
    internal sealed record Field(string Name, Shape Shape, bool Required, bool Nullable)
    {
        public byte[] Utf8Name { get; } = Encoding.UTF8.GetBytes(Name);
    }

    // Set after the making, so that records may hold each other.
    internal void Fill(Field[] fields) => _fields = fields.Length <= 64 ? fields : throw new NotSupportedException("A record has at most 64 fields.");

    public override void Check(JsonElement json, Faults faults) => TryBind(json, faults);

    /// <summary>The record itself, where it had to be made for its own rules; a marker where nothing is wrong; else null.</summary>
    public object? TryBind(JsonElement json, Faults faults)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            faults.Add("Must be an object.");
            return null;
        }

        var before = faults.Count;
        var seen = 0UL;
        var at = 0;
        foreach (var property in json.EnumerateObject())
        {
            if (Find(property, ref at) is var place && place >= 0) CheckField(_fields[place], property.Value, 1UL << place, ref seen, faults);
            else if (AnyShape.TryName(property, faults) is { } name) faults.Add(name, "Is no field of this.");
            if (faults.IsFull) return null;
        }

        for (var i = 0; i < _fields.Length; i++)
            if (_fields[i].Required && (seen & (1UL << i)) == 0) faults.Add(_fields[i].Name, "Must be there.");
        if (faults.Count != before) return null;
        if (!type.Type.IsAssignableTo(typeof(IChecked))) return Missing;

        var record = (IChecked)json.Deserialize(type)!;
        record.Check(json, faults);
        return faults.Count == before ? record : null;
    }

    public object Make(JsonElement json, object bound) => ReferenceEquals(bound, Missing) ? json.Deserialize(type)! : bound;

    private static void CheckField(Field field, JsonElement value, ulong bit, ref ulong seen, Faults faults)
    {
        faults.Enter(field.Name);
        if ((seen & bit) != 0) faults.Add("Stands in the object twice.");
        else if (value.ValueKind == JsonValueKind.Null)
        {
            if (!field.Nullable) faults.Add("Mustn't be null.");
        }
        else field.Shape.Check(value, faults);

        seen |= bit;
        faults.Leave();
    }

    /// <summary>Which field it is. Fields mostly come in the order in which they are documented, so the search begins at the next one.</summary>
    private int Find(JsonProperty property, ref int next)
    {
        var name = JsonMarshal.GetRawUtf8PropertyName(property);
        if (name.Contains((byte)'\\')) return FindEscaped(property);
        for (var i = 0; i < _fields.Length; i++)
        {
            var place = next + i < _fields.Length ? next + i : next + i - _fields.Length;
            if (!name.SequenceEqual(_fields[place].Utf8Name)) continue;
            next = place + 1 == _fields.Length ? 0 : place + 1;
            return place;
        }

        return -1;
    }

    private int FindEscaped(JsonProperty property)
    {
        try
        {
            return Array.FindIndex(_fields, field => property.NameEquals(field.Utf8Name));
        }
        catch (InvalidOperationException)
        {
            return -1; // Half a surrogate pair: no field of ours, and told where unknown fields are.
        }
    }
}
