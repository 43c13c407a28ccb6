using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Ledger.Api.Http.Binding;

// What the fields of a request may hold. The binder checks these, and the OpenAPI document shows them: one source for both,
// which is why they derive from the framework's own annotations.

/// <summary>A free text.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class TextAttribute(int longest = TextAttribute.Usual) : MaxLengthAttribute(longest)
{
    public const int Usual = 4_000;
    public const int Narrative = 16_000;
}

/// <summary>A name or a reference: one short text.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NameAttribute() : MaxLengthAttribute(Longest)
{
    public const int Longest = 200;
}

/// <summary>The IANA name of a time zone.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class TimeZoneAttribute() : MaxLengthAttribute(NameAttribute.Longest);

/// <summary>A list of names.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class EachNameAttribute : Attribute;

/// <summary>An id that people choose.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SlugAttribute() : RegularExpressionAttribute("^[a-z0-9][a-z0-9-]{0,63}$");

/// <summary>SHA-256 as 64 lower-case hexadecimal digits.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class Sha256Attribute() : RegularExpressionAttribute("^[0-9a-f]{64}$");

/// <summary>A media type without parameters (RFC 6838 §4.2).</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class MediaTypeAttribute() : RegularExpressionAttribute(Pattern_)
{
    [SuppressMessage("Naming", "CA1707:Identifiers should not contain underscores", Justification = "The base class has a member of the better name.")]
    private const string Pattern_ = "^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$";
}

/// <summary>One of these codes.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OneOfAttribute(params string[] codes) : AllowedValuesAttribute([.. codes])
{
    public IReadOnlyList<string> Codes => codes;
}

/// <summary>At least one item.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NotEmptyAttribute() : MinLengthAttribute(1);

/// <summary>No item twice.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class DistinctAttribute : Attribute;

/// <summary>May be left out, but not be null: there is nothing that null could stand for.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NeverNullAttribute : Attribute;

/// <summary>An object of names by language tag (BCP 47).</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class LabelsAttribute : Attribute;

/// <summary>The confidential part: any JSON under at most 32 names, 64 kB in all.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ConfidentialAttribute : Attribute
{
    public const int MostNames = 32;
    public const int MostBytes = 64 * 1024;
}

/// <summary>JSON whose form the record itself checks.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class CheckedByItsRecordAttribute : Attribute;

/// <summary>A record with rules over more than one of its fields.</summary>
internal interface IChecked
{
    /// <summary>Called where each field for itself is in order.</summary>
    /// <param name="json">The same as it came: it says which fields were there.</param>
    void Check(JsonElement json, Faults faults);
}
