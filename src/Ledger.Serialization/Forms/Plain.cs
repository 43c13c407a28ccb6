using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Newtonsoft.Json.Linq;

namespace Ledger.Serialization.Forms;

/// <summary>The forms of single values: what every table of fields is made of.</summary>
internal static class Plain
{
    private const int SixDecimals = 6;
    private const int LongestCode = 64;
    private const string DayPattern = "yyyy-MM-dd";

    public static readonly Form<string> Text = new Simple<string>((json, value) => json.WriteText(value), (ref json) => json.Text(), () => Schemas.Of("string"));

    public static readonly Form<bool> YesNo = new Simple<bool>((json, value) => json.WriteValue(value), (ref json) => json.Flag(), () => Schemas.Of("boolean"));

    public static readonly Form<int> Whole =
        new Simple<int>((json, value) => json.WriteValue(value), (ref json) => (int)json.Whole(int.MinValue, int.MaxValue), () => Schemas.Of("integer"));

    public static readonly Form<long> Long =
        new Simple<long>((json, value) => json.WriteValue(value), (ref json) => json.Whole(long.MinValue, long.MaxValue), () => Schemas.Of("integer"));

    public static readonly Form<double> Number = new Simple<double>((json, value) => json.WriteNumber(value), (ref json) => json.Number(), () => Schemas.Of("number"));

    public static readonly Form<DateTimeOffset> Time = new Simple<DateTimeOffset>((json, value) => WriteTime(json, value, 0), ReadTime, () => Schemas.Text("date-time"));

    /// <summary>A time with exactly six decimals, so that texts sort as times do.</summary>
    public static readonly Form<DateTimeOffset> Microseconds =
        new Simple<DateTimeOffset>((json, value) => WriteTime(json, value, SixDecimals), ReadTime, () => Schemas.Text("date-time"));

    public static readonly Form<DateOnly> Day = new Simple<DateOnly>(
        (json, value) => json.WritePlain(value.ToString(DayPattern, CultureInfo.InvariantCulture)),
        (ref json) => DateOnly.TryParseExact(json.Text(), DayPattern, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? day
            : throw json.Fault("a date such as 2020-10-18 is expected."),
        () => Schemas.Text("date"));

    public static readonly Form<Guid> Uuid = new Simple<Guid>(WriteUuid, ReadUuid, () => Schemas.Text("uuid"));

    /// <summary>A text in the clear; a sealed one is its object's affair.</summary>
    public static readonly Form<Prose> ClearText = Text.As(Prose.InClear, prose => prose.Text!);

    /// <summary>What only its digest may tell of.</summary>
    public static readonly Form<string> NeverInTheClear = new Simple<string>(
        (_, _) => throw new InvalidOperationException("Such a value is always hidden."),
        (ref json) => throw json.Fault("it must not stand in the clear."),
        () => throw new InvalidOperationException("Such a value never stands in the clear."));

    /// <summary>Names by language: the languages are the names of properties.</summary>
    public static readonly Form<Values<Label>> Labels = new Simple<Values<Label>>(
        WriteLabels, ReadLabels, () => new JObject { ["type"] = "object", ["additionalProperties"] = Schemas.Of("string") });

    /// <summary>One of an enumeration's codes.</summary>
    public static Form<T> Code<T>() where T : struct, Enum => Codes<T>.Form;

    private static void WriteTime(StoredWriter json, DateTimeOffset value, int fewestDecimals)
    {
        Span<char> text = stackalloc char[TimeText.Longest];
        json.WritePlain(text[..TimeText.Format(value, text, fewestDecimals)]);
    }

    private static DateTimeOffset ReadTime(ref StoredReader json)
    {
        Span<char> room = stackalloc char[TimeText.Longest];
        return json.TryCopyText(room, out var text) && TimeText.TryParse(text, out var time)
            ? time
            : throw json.Fault("a time in UTC such as 2020-10-18T00:00:00Z is expected.");
    }

    private static void WriteUuid(StoredWriter json, Guid value)
    {
        Span<char> text = stackalloc char[36];
        value.TryFormat(text, out _, "D");
        json.WritePlain(text);
    }

    private static void WriteLabels(StoredWriter json, Values<Label> labels)
    {
        if (labels.DistinctBy(label => label.Language).Count() < labels.Count)
            throw new ArgumentException("A language has two labels; an object of JSON has room for one.", nameof(labels));

        json.WriteStartObject();
        foreach (var label in labels)
        {
            json.WritePropertyName(label.Language);
            json.WriteText(label.Name);
        }

        json.WriteEndObject();
    }

    private static Values<Label> ReadLabels(ref StoredReader json)
    {
        json.Expect(JsonTokenType.StartObject, "an object");
        var labels = new List<Label>();
        while (json.NextName())
        {
            var language = json.Name();
            json.Advance();
            if (labels.Exists(label => label.Language == language)) throw json.Fault("the language is there twice.");
            labels.Add(new Label(language, json.Text()));
        }

        return labels.ToValues();
    }

    private static Guid ReadUuid(ref StoredReader json)
    {
        Span<char> room = stackalloc char[36];
        return json.TryCopyText(room, out var text) && Guid.TryParseExact(text, "D", out var value)
            ? value
            : throw json.Fault("a UUID is expected.");
    }

    private static class Codes<T> where T : struct, Enum
    {
        public static readonly Form<T> Form = new Simple<T>(
            (json, value) => json.WritePlain(Kebab<T>.Name(value)), Read, () => new JObject { ["type"] = "string", ["enum"] = new JArray(Kebab<T>.All) });

        // By characters, so that no string is made for a code.
        private static readonly FrozenDictionary<string, T>.AlternateLookup<ReadOnlySpan<char>> ByCode =
            Enum.GetValues<T>().ToFrozenDictionary(Kebab<T>.Name, StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

        private static T Read(ref StoredReader json)
        {
            Span<char> room = stackalloc char[LongestCode];
            return json.TryCopyText(room, out var code) && ByCode.TryGetValue(code, out var value)
                ? value
                : throw json.Fault($"`{code}` isn't one of its codes."); // a long text, which may be anybody's, isn't repeated
        }
    }
}
