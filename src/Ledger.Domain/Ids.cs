using System.Text.RegularExpressions;

namespace Ledger.Domain;

/// <summary>An agreement's slug, such as <c>karabakh-2020</c>.</summary>
public readonly record struct AgreementId(string Value)
{
    public override string ToString() => Value;
}

/// <summary>A party's slug within its agreement. <c>undetermined</c> is nobody's id.</summary>
public readonly record struct PartyId(string Value)
{
    /// <summary>What URLs and answers say where a case is counted to nobody.</summary>
    public const string Undetermined = "undetermined";

    public override string ToString() => Value;
}

/// <summary>A provision's slug within its agreement.</summary>
public readonly record struct ProvisionId(string Value)
{
    public override string ToString() => Value;
}

/// <summary>A zone's slug within its agreement.</summary>
public readonly record struct ZoneId(string Value)
{
    public override string ToString() => Value;
}

/// <summary>One case.</summary>
public readonly record struct ViolationId(Guid Value)
{
    public override string ToString() => Value.ToString("D");
}

/// <summary>One challenge to a case.</summary>
public readonly record struct DisputeId(Guid Value)
{
    public override string ToString() => Value.ToString("D");
}

/// <summary>One entry of hours watched or lost.</summary>
public readonly record struct CoverageId(Guid Value)
{
    public override string ToString() => Value.ToString("D");
}

/// <summary>One published total.</summary>
public readonly record struct ClaimId(Guid Value)
{
    public override string ToString() => Value.ToString("D");
}

/// <summary>One API key.</summary>
public readonly record struct KeyId(string Value)
{
    public override string ToString() => Value;
}

/// <summary>One webhook.</summary>
public readonly record struct WebhookId(string Value)
{
    public override string ToString() => Value;
}

/// <summary>Who acts, as a pseudonym: the display name lives in the vault.</summary>
public readonly record struct Subject(string Value)
{
    public override string ToString() => Value;
}

/// <summary>The form of every id that people choose: <c>^[a-z0-9][a-z0-9-]{0,63}$</c>.</summary>
public static partial class Slug
{
    public static bool IsValid(string? text) => text is not null && Form().IsMatch(text);

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,63}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
