using Ledger.Domain.Violations;

namespace Ledger.Projections.Compliance;

/// <summary>What a verifier ruled, in one byte: two bits of severity, two of the finding behind the status, one for whether anybody ruled on attribution.</summary>
internal static class Facet
{
    public static byte Of(ViolationState state)
    {
        var (severity, finding) = state.Finding switch
        {
            Finding.Confirmed confirmed => (1 + (int)confirmed.Severity, 1),
            Finding.Dismissed => (0, 2),
            Finding.Unresolved => (0, 3),
            _ => (0, 0),
        };
        return (byte)(severity | (finding << 2) | (state.Attribution is null ? 0 : 1 << 4));
    }

    /// <summary>Null where the finding is no confirmation.</summary>
    public static Severity? SeverityOf(byte facet) => (facet & 3) == 0 ? null : (Severity)((facet & 3) - 1);

    /// <summary>0 none, 1 confirmed, 2 dismissed, 3 unresolved.</summary>
    public static int FindingOf(byte facet) => (facet >> 2) & 3;

    public static bool IsRuledOn(byte facet) => (facet & (1 << 4)) != 0;
}

/// <summary>What an amount in <c>measures</c> is an amount of. Stored in the read models only: they can be renumbered with a new <see cref="Storage.ReadModelFile.Version"/>.</summary>
internal static class Measure
{
    public const byte DisputesRaised = 0;
    public const byte DisputesOpen = 1;
    public const byte DisputesUpheld = 2;
    public const byte DisputesRejected = 3;
    public const byte DisputesWithdrawn = 4;
    public const byte AsPrinted = 5;

    private const int FirstFigure = 16;
    private const int FirstClaim = 96;

    /// <summary>Cases in which figures of this kind and these people are claimed: a claim of 0 is a claim too.</summary>
    public static byte Claims(CasualtyKind kind, CasualtyWho who) => (byte)(FirstClaim + Place(kind, who));

    public static byte Low(CasualtyKind kind, CasualtyWho who) => (byte)(FirstFigure + (Place(kind, who) * 3));

    public static byte Best(CasualtyKind kind, CasualtyWho who) => (byte)(Low(kind, who) + 1);

    public static byte High(CasualtyKind kind, CasualtyWho who) => (byte)(Low(kind, who) + 2);

    public static bool IsOfCasualties(byte code) => code == AsPrinted || code >= FirstFigure;

    private static int Place(CasualtyKind kind, CasualtyWho who) => ((int)kind * 4) + (int)who;
}
