using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Ledger.Serialization;

/// <summary>RFC 8785, the JSON Canonicalization Scheme: one byte sequence for each JSON value, whatever its spacing, order and spelling.</summary>
/// <remarks>
/// Input is I-JSON (RFC 7493): no name twice in an object, no lone surrogate, no number beyond a double.
/// Anything else is a <see cref="FormatException"/>.
/// </remarks>
public static class CanonicalJson
{
    /// <summary>base64url of SHA-256 over the canonical form.</summary>
    /// <param name="without">Names of top-level properties that are left out, such as those that may be erased.</param>
    public static string Hash(JsonElement json, params ReadOnlySpan<string> without) =>
        Base64Url.EncodeToString(SHA256.HashData(Encode(json, without)));

    /// <summary>The canonical form in UTF-8.</summary>
    /// <param name="without">Names of top-level properties that are left out.</param>
    public static byte[] Encode(JsonElement json, params ReadOnlySpan<string> without)
    {
        var text = new StringBuilder();
        try
        {
            if (json.ValueKind == JsonValueKind.Object) WriteObject(text, json, without);
            else Write(text, json);
        }
        catch (InvalidOperationException e)
        {
            throw new FormatException("A string holds half a surrogate pair.", e); // System.Text.Json's answer to "\ud800"
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static readonly System.Buffers.SearchValues<char> Escaped =
        System.Buffers.SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(c => (char)c), '"', '\\']);

    private static void Write(StringBuilder text, JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object: WriteObject(text, json, []); break;
            case JsonValueKind.Array: WriteArray(text, json); break;
            case JsonValueKind.String: WriteString(text, json.GetString()!); break;
            case JsonValueKind.Number: WriteNumber(text, json.GetDouble()); break;
            case JsonValueKind.True: text.Append("true"); break;
            case JsonValueKind.False: text.Append("false"); break;
            case JsonValueKind.Null: text.Append("null"); break;
            default: throw new FormatException("There is no JSON value.");
        }
    }

    private static void WriteArray(StringBuilder text, JsonElement json)
    {
        text.Append('[');
        var separator = "";
        foreach (var item in json.EnumerateArray())
        {
            text.Append(separator);
            Write(text, item);
            separator = ",";
        }

        text.Append(']');
    }

    // §3.2.3: names are sorted as arrays of UTF-16 code units, which is what an ordinal comparison of .NET strings does.
    private static void WriteObject(StringBuilder text, JsonElement json, ReadOnlySpan<string> without)
    {
        var properties = new List<(string Name, JsonElement Value)>(16);
        foreach (var property in json.EnumerateObject())
            if (!without.Contains(property.Name)) properties.Add((property.Name, property.Value));
        properties.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        for (var i = 1; i < properties.Count; i++)
            if (properties[i].Name == properties[i - 1].Name) throw new FormatException("An object holds the same name twice.");

        text.Append('{');
        var separator = "";
        foreach (var (name, value) in properties)
        {
            text.Append(separator);
            WriteString(text, name);
            text.Append(':');
            Write(text, value);
            separator = ",";
        }

        text.Append('}');
    }

    // §3.2.2.2: only what must be escaped is, and the short escape goes first.
    private static void WriteString(StringBuilder text, string value)
    {
        text.Append('"');
        if (!value.AsSpan().ContainsAny(Escaped))
        {
            text.Append(value).Append('"');
            return;
        }

        foreach (var c in value)
        {
            switch (c)
            {
                case '"': text.Append("\\\""); break;
                case '\\': text.Append("\\\\"); break;
                case '\b': text.Append("\\b"); break;
                case '\t': text.Append("\\t"); break;
                case '\n': text.Append("\\n"); break;
                case '\f': text.Append("\\f"); break;
                case '\r': text.Append("\\r"); break;
                case < ' ': text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"); break;
                default: text.Append(c); break;
            }
        }

        text.Append('"');
    }

    // §3.2.2.3: as ECMAScript's Number::toString. .NET finds the same shortest digits; only their layout differs.
    private static void WriteNumber(StringBuilder text, double value)
    {
        if (!double.IsFinite(value)) throw new FormatException("A number is beyond the range of a double.");
        if (value == 0)
        {
            text.Append('0'); // minus zero too
            return;
        }

        if (value < 0) text.Append('-');
        var (digits, exponent) = ShortestDigits(Math.Abs(value));
        Lay(text, digits, exponent + 1);
    }

    /// <summary>The fewest digits that read back as the same double, and the power of ten of the first of them.</summary>
    private static (string Digits, int Exponent) ShortestDigits(double value)
    {
        var shortest = value.ToString("R", CultureInfo.InvariantCulture);
        var mantissa = shortest;
        var exponent = 0;
        if (shortest.IndexOf('E', StringComparison.Ordinal) is var e and >= 0)
        {
            mantissa = shortest[..e];
            exponent = int.Parse(shortest.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        }

        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var whole = point < 0 ? mantissa.Length : point;
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        var leading = digits.Length - digits.TrimStart('0').Length;
        return (digits.Trim('0'), exponent + whole - leading - 1);
    }

    /// <param name="n">Where the decimal point stands, counted from the first digit: ECMAScript's name for it.</param>
    private static void Lay(StringBuilder text, string digits, int n)
    {
        var k = digits.Length;
        if (k <= n && n <= 21) text.Append(digits).Append('0', n - k);
        else if (n is > 0 and <= 21) text.Append(digits, 0, n).Append('.').Append(digits, n, k - n);
        else if (n is > -6 and <= 0) text.Append("0.").Append('0', -n).Append(digits);
        else
        {
            text.Append(digits[0]);
            if (k > 1) text.Append('.').Append(digits, 1, k - 1);
            text.Append('e').Append(n > 0 ? '+' : '-').Append(Math.Abs(n - 1));
        }
    }
}
