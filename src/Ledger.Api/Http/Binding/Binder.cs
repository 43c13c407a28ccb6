using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Ledger.Domain;

namespace Ledger.Api.Http.Binding;

/// <summary>A body that is in order: the record, and the JSON that it came as.</summary>
/// <remarks>Give it back with Dispose once the command is made; the JSON's memory is borrowed.</remarks>
internal sealed class Bound<T>(T body, JsonDocument document) : IDisposable
{
    public T Body => body;

    /// <summary>Says which fields were there.</summary>
    public JsonElement Json => document.RootElement;

    public void Dispose() => document.Dispose();
}

/// <summary>Reads request records out of JSON, or says everything that is wrong.</summary>
/// <remarks>What a record may hold is read off the record itself: its fields, their nullability, and the rules beside them.</remarks>
internal static class Binder
{
    private const int Deepest = 32;

    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = Deepest };
    private static readonly ConcurrentDictionary<Type, Shape> Shapes = new();

    /// <summary>The byte-order mark of UTF-8.</summary>
    public static ReadOnlySpan<byte> Mark => "\uFEFF"u8;

    /// <returns>Null where <paramref name="faults"/> says why.</returns>
    public static Bound<T>? Bind<T>(ReadOnlyMemory<byte> utf8, Faults faults)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(faults);
        if (Parse(utf8, faults) is not { } document) return null;
        var bound = false;
        try
        {
            var shape = For<T>();
            if (shape.TryBind(document.RootElement, faults) is not { } made) return null;
            bound = true;
            return new Bound<T>((T)shape.Make(document.RootElement, made), document);
        }
        finally
        {
            if (!bound) document.Dispose();
        }
    }

    /// <summary>The shape of a request record; made once.</summary>
    public static ObjectShape For<T>() => (ObjectShape)Shape(RequestJson.Default.GetTypeInfo(typeof(T))
        ?? throw new InvalidOperationException($"{typeof(T)} isn't listed in {nameof(RequestJson)}."));

    private static JsonDocument? Parse(ReadOnlyMemory<byte> utf8, Faults faults)
    {
        if (utf8.Span.StartsWith(Mark)) utf8 = utf8[Mark.Length..]; // RFC 8259 §8.1 allows to pass over it.
        if (utf8.IsEmpty)
        {
            faults.Add("There is no body.");
            return null;
        }

        if (!Utf8.IsValid(utf8.Span))
        {
            faults.Add("Isn't UTF-8.");
            return null;
        }

        try
        {
            return JsonDocument.Parse(utf8, Reading);
        }
        catch (JsonException e)
        {
            faults.Add($"Isn't JSON, or is more than {Deepest} deep: line {(e.LineNumber ?? 0) + 1}, byte {e.BytePositionInLine ?? 0}.");
            return null;
        }
    }

    private static ObjectShape Shape(JsonTypeInfo type)
    {
        if (Shapes.TryGetValue(type.Type, out var known)) return (ObjectShape)known;
        var shape = new ObjectShape(type);
        shape.Fill([.. type.Properties.Select(FieldOf)]);
        return (ObjectShape)Shapes.GetOrAdd(type.Type, shape);
    }

    private static ObjectShape.Field FieldOf(JsonPropertyInfo property)
    {
        var rules = property.AttributeProvider?.GetCustomAttributes(inherit: true) ?? [];
        var value = Nullable.GetUnderlyingType(property.PropertyType);
        var nullable = (value is not null || (!property.PropertyType.IsValueType && property.IsSetNullable)) && !rules.Any(rule => rule is NeverNullAttribute);
        var mustSaySomething = property.IsRequired;
        return new(property.Name, ShapeOf(property, value ?? property.PropertyType, rules, mustSaySomething), property.IsRequired, nullable);
    }

    private static Shape ShapeOf(JsonPropertyInfo property, Type type, object[] rules, bool mustSaySomething)
    {
        if (Rule<LabelsAttribute>() is not null) return new LabelsShape();
        if (Rule<ConfidentialAttribute>() is not null) return new ConfidentialShape();
        if (Rule<CheckedByItsRecordAttribute>() is not null) return AnyShape.Instance;
        if (type == typeof(string)) return StringOf();
        if (type.IsEnum) return CodesOf(type);
        if (type == typeof(Guid)) return new UuidShape();
        if (type == typeof(DateTimeOffset)) return new InstantShape();
        if (type == typeof(DateOnly)) return new DateShape();
        if (type == typeof(bool)) return new FlagShape();
        if (type == typeof(int) || type == typeof(long)) return NumberOf(whole: true);
        if (type == typeof(double)) return NumberOf(whole: false);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
            return new ListShape(
                ShapeOf(property, type.GetGenericArguments()[0], rules, mustSaySomething: true),
                Rule<NotEmptyAttribute>() is not null, Rule<DistinctAttribute>() is not null, ListShape.Usual);
        if (RequestJson.Default.GetTypeInfo(type) is { Kind: JsonTypeInfoKind.Object } record) return Shape(record);
        throw Undescribed();

        T? Rule<T>() where T : Attribute => rules.OfType<T>().FirstOrDefault();

        Shape StringOf()
        {
            if (Rule<SlugAttribute>() is not null) return new SlugShape();
            if (Rule<Sha256Attribute>() is { } sha256) return new PatternShape(sha256.Pattern, "Must be a SHA-256: 64 lower-case hexadecimal digits.");
            if (Rule<MediaTypeAttribute>() is { } media) return new PatternShape(media.Pattern, "Must be a media type without parameters, such as image/jpeg.");
            if (Rule<TimeZoneAttribute>() is not null) return new ZoneNameShape();
            if (Rule<OneOfAttribute>() is { } codes) return new CodeShape(codes.Codes);
            if (Rule<EachNameAttribute>() is not null) return new TextShape(NameAttribute.Longest, mustSaySomething);
            return Rule<MaxLengthAttribute>() is { } text ? new TextShape(text.Length, mustSaySomething) : throw Undescribed();
        }

        NumberShape NumberOf(bool whole) => Rule<RangeAttribute>() is { } range
            ? new NumberShape(Convert.ToDouble(range.Minimum, null), Convert.ToDouble(range.Maximum, null), whole)
            : throw Undescribed();

        // A field without a rule would take anything.
        InvalidOperationException Undescribed() => new($"Nothing says what {property.DeclaringType}.{property.Name} may hold.");
    }

    private static CodeShape CodesOf(Type type) =>
        new((IReadOnlyList<string>)typeof(Kebab<>).MakeGenericType(type).GetProperty(nameof(Kebab<DayOfWeek>.All), BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!);
}
