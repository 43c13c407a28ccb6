using Ledger.Application;
using Ledger.Dashboard.Languages;
using Ledger.Domain;

namespace Ledger.Dashboard.Layout;

/// <summary>A place in the navigation.</summary>
/// <param name="Word">Its key in <see cref="File"/>.</param>
/// <param name="Href">With <c>{a}</c> for the agreement that is shown; those are left out where none is.</param>
/// <param name="IsFor">Who sees it; who doesn't is refused by the page itself too.</param>
public sealed record NavEntry(string Word, string Href, Func<Principal?, bool> IsFor)
{
    public WordFile File { get; init; } = Text.Core;

    public bool IsOfAgreement => Href.Contains("{a}", StringComparison.Ordinal);

    public string HrefFor(AgreementId? agreement) => Href.Replace("{a}", agreement?.Value, StringComparison.Ordinal);

    /// <summary>True where it leads to the page that is shown.</summary>
    public bool IsCurrent(string path, AgreementId? agreement)
    {
        var href = HrefFor(agreement).Split('?')[0];
        return path == href || (Href != "/agreements/{a}" && Href != "/" && path.StartsWith(href + "/", StringComparison.Ordinal));
    }
}

/// <summary>Every entry, in its order. A new page adds a line.</summary>
public static class NavEntries
{
    private static readonly Func<Principal?, bool> SignedIn = viewer => viewer is not null;

    /// <summary>Of the agreement that is shown.</summary>
    public static readonly IReadOnlyList<NavEntry> OfAgreement =
    [
        new("NavOverview", "/agreements/{a}", SignedIn),
        new("NavMap", "/agreements/{a}/map", SignedIn) { File = Text.Field },
        new("NavViolations", "/agreements/{a}/violations", SignedIn),
        new("NavCoverage", "/agreements/{a}/coverage", SignedIn) { File = Text.Field },
        new("NavImports", "/agreements/{a}/imports", viewer => viewer?.Is(Role.Monitor) == true) { File = Text.Field },
        new("NavInbox", "/agreements/{a}/inbox", viewer => viewer?.Is(Role.Verifier) == true) { File = Text.Field },
        new("NavParty", "/agreements/{a}/party", viewer => viewer is { PartyId: not null } && viewer.Is(Role.Liaison)) { File = Text.Field },
    ];

    /// <summary>Of the ledger as a whole, at the end of the bar.</summary>
    public static readonly IReadOnlyList<NavEntry> OfLedger =
    [
        new("NavAgreements", "/", SignedIn),
        new("NavRecord", "/record", viewer => viewer?.Is(Role.Monitor) == true) { File = Text.Field },
        new("NavAdministration", "/administration", viewer => viewer?.Is(Role.Administrator) == true) { File = Text.Field },
        new("NavAudit", "/audit", _ => true) { File = Text.Field },
    ];
}
