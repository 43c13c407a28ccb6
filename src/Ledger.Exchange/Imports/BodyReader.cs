using System.Globalization;
using System.Text.Json;
using Ledger.Domain;

namespace Ledger.Exchange.Imports;

/// <summary>Reads a JSON object as bodies.md has it; what is wrong is collected with its JSON Pointer, an unknown property included.</summary>
internal sealed class BodyReader(JsonElement json, string path, List<RowError> errors)
{
    private const int MostFigures = 10_000_000;

    private readonly HashSet<string> _known = [];

    public void Say(string name, string fix) => errors.Add(new RowError(name.Length == 0 ? path : $"{path}/{name}", "", fix));

    public void Known(string name) => _known.Add(name);

    /// <summary>True where the property is there, also as null.</summary>
    public bool Has(string name) => json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out _);

    /// <summary>Says what was there that nobody asked for.</summary>
    public void Done()
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            Say("", "Must be an object.");
            return;
        }

        foreach (var property in json.EnumerateObject())
            if (!_known.Contains(property.Name)) errors.Add(new RowError(path.Length == 0 ? "(line)" : path, "", "Has a property that a violation doesn't have."));
    }

    public string? Text(string name, int longest, bool required = false) =>
        Find(name, required) is { } value ? new BodyItem(value, $"{path}/{name}", errors).TextValue(longest) : null;

    public string? Slug(string name, bool required = false) => Find(name, required) is { } value ? new BodyItem(value, $"{path}/{name}", errors).SlugValue() : null;

    public Guid? Uuid(string name, bool required = false) => Find(name, required) is { } value ? new BodyItem(value, $"{path}/{name}", errors).UuidValue() : null;

    public T? Code<T>(string name, bool required = false)
        where T : struct, Enum
    {
        if (Find(name, required) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.String && Kebab<T>.TryParse(value.GetString(), out var code)) return code;
        Say(name, $"Must be one of: {string.Join(", ", Kebab<T>.All)}.");
        return null;
    }

    public int? Whole(string name, bool required = false)
    {
        if (Find(name, required) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var whole) && whole is >= 0 and <= MostFigures) return whole;
        Say(name, "Must be a whole number from 0 to 10,000,000.");
        return null;
    }

    /// <summary>From minus to plus <paramref name="most"/>.</summary>
    public double? Number(string name, double most, bool required = false)
    {
        if (Find(name, required) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && Math.Abs(number) <= most && (most <= 180 || number >= 0)) return number;
        Say(name, string.Create(CultureInfo.InvariantCulture, $"Must be a number up to {most}."));
        return null;
    }

    public bool Flag(string name)
    {
        if (Find(name, false) is not { } value) return false;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        Say(name, "Must be true or false.");
        return false;
    }

    public DateTimeOffset? Time(string name, bool required = false)
    {
        if (Find(name, required) is not { } value) return null;
        // RFC 3339: with its offset, or it would be another moment on another machine.
        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: >= 20 and <= 35 } text && (text[^1] is 'Z' || text[^6] is '+' or '-') && value.TryGetDateTimeOffset(out var time))
            return new DateTimeOffset(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
        Say(name, "Must be a time with its offset, such as 2020-10-18T00:00:00+04:00.");
        return null;
    }

    public T? Object<T>(string name, bool required, Func<BodyReader, T?> read)
    {
        if (Find(name, required) is not { } value) return default;
        var inner = new BodyReader(value, $"{path}/{name}", errors);
        var result = value.ValueKind == JsonValueKind.Object ? read(inner) : default;
        inner.Done();
        return result;
    }

    public T? Part<T>(string name, Func<BodyReader, T> read)
        where T : struct
    {
        if (Find(name, false) is not { } value) return null;
        var inner = new BodyReader(value, $"{path}/{name}", errors);
        T? result = value.ValueKind == JsonValueKind.Object ? read(inner) : null;
        inner.Done();
        return result;
    }

    public IReadOnlyList<T> List<T>(string name, Func<BodyItem, T> read)
    {
        if (Find(name, false) is not { } value) return [];
        if (value.ValueKind == JsonValueKind.Array) return [.. value.EnumerateArray().Select((item, i) => read(new BodyItem(item, $"{path}/{name}/{i}", errors)))];
        Say(name, "Must be a list.");
        return [];
    }

    private JsonElement? Find(string name, bool required)
    {
        _known.Add(name);
        if (json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null) return value;
        if (required) Say(name, "Must be there.");
        return null;
    }
}

/// <summary>One value of a JSON text, and where it stands.</summary>
internal readonly struct BodyItem(JsonElement value, string path, List<RowError> errors)
{
    public string? TextValue(int longest)
    {
        if (value.ValueKind == JsonValueKind.String && Said() is { } text && text.Length <= longest && !string.IsNullOrWhiteSpace(text) && !text.Any(c => char.IsControl(c) && c is not ('\n' or '\t'))) return text;
        errors.Add(new RowError(path, "", string.Create(CultureInfo.InvariantCulture, $"Must be a text of at most {longest:N0} characters that says something.")));
        return null;
    }

    public string? SlugValue()
    {
        if (value.ValueKind == JsonValueKind.String && Said() is { } id && Slug.IsValid(id)) return id;
        errors.Add(new RowError(path, "", "Must be an id of lower-case letters, digits and hyphens."));
        return null;
    }

    public Guid? UuidValue()
    {
        if (value.ValueKind == JsonValueKind.String && value.TryGetGuid(out var id)) return id;
        errors.Add(new RowError(path, "", "Must be a UUID."));
        return null;
    }

    public T? Object<T>(Func<BodyReader, T?> read)
    {
        var inner = new BodyReader(value, path, errors);
        var result = value.ValueKind == JsonValueKind.Object ? read(inner) : default;
        inner.Done();
        return result;
    }

    private string? Said()
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null; // Half a surrogate pair.
        }
    }
}
