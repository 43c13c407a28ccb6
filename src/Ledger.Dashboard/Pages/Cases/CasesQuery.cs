using Ledger.Dashboard.Languages;
using Ledger.Dashboard.Pages.Overview;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;
using Ledger.Projections;
using Microsoft.AspNetCore.Http;

namespace Ledger.Dashboard.Pages.Cases;

/// <summary>Which cases the list shows, as the address says: every filter stands there, and nothing else does.</summary>
public sealed record CasesQuery(
    IReadOnlyList<ViolationStatus> Statuses, IReadOnlyList<PartyId> Parties, IReadOnlyList<Category> Categories, IReadOnlyList<ZoneId> Zones,
    DateOnly? From, DateOnly? To, BoundingBox? Box, string? Words)
{
    private const int LongestWords = 200;

    /// <summary>What isn't understood, or isn't the agreement's, filters nothing.</summary>
    public static CasesQuery Of(IQueryCollection query, AgreementState agreement)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(agreement);
        var words = query["q"].ToString().Trim();
        return new(
            Codes<ViolationStatus>(query["status"]),
            [.. query["party"].Select(id => new PartyId(id ?? "")).Where(id => id.Value == PartyId.Undetermined || agreement.PartyOf(id) is not null).Distinct()],
            Codes<Category>(query["category"]),
            [.. query["zone"].Select(id => new ZoneId(id ?? "")).Where(id => agreement.ZoneOf(id) is not null).Distinct()],
            Filters.DayOf(query["from"]), Filters.DayOf(query["to"]), BoxOf(query["bbox"]),
            words.Length == 0 ? null : words[..Math.Min(words.Length, LongestWords)]);
    }

    public ViolationQuery QueryFor(AgreementState agreement)
    {
        ArgumentNullException.ThrowIfNull(agreement);
        var zone = LocalDays.ZoneOf(agreement);
        return new ViolationQuery(agreement.AgreementId)
        {
            Cases = new CaseFilter
            {
                From = From is { } from ? LocalDays.Begin(from, zone) : null,
                To = To is { } to ? LocalDays.Begin(to.AddDays(1), zone) : null,
                Categories = Categories.Order().ToValues(),
                Zones = Zones.OrderBy(id => id.Value, StringComparer.Ordinal).ToValues(),
            },
            Statuses = Statuses.Order().ToValues(),
            Parties = Parties.OrderBy(id => id.Value, StringComparer.Ordinal).ToValues(),
            Box = Box,
            Words = Words,
        };
    }

    /// <summary>A chip a filter: what it says, and the name and value that removing it takes away.</summary>
    public IEnumerable<(string Said, string Name, string Value)> Chips(AgreementState agreement)
    {
        var w = Text.Core;
        foreach (var status in Statuses) yield return (Labels.Of("statuses", status), "status", status.Code());
        foreach (var party in Parties) yield return (Labels.Party(agreement, party), "party", party.Value);
        foreach (var category in Categories) yield return (Labels.Of("categories", category), "category", category.Code());
        foreach (var zone in Zones) yield return (agreement.ZoneOf(zone)?.Name ?? zone.Value, "zone", zone.Value);
        if (From is { } from) yield return ($"{w["FromDay"]} {Numbers.Day(from)}", "from", Filters.Iso(from)!);
        if (To is { } to) yield return ($"{w["ToDay"]} {Numbers.Day(to)}", "to", Filters.Iso(to)!);
        if (Words is { } words) yield return ($"“{words}”", "q", words);
    }

    private static IReadOnlyList<T> Codes<T>(Microsoft.Extensions.Primitives.StringValues texts) where T : struct, Enum =>
        [.. texts.Select(text => Filters.CodeOf<T>(text)).OfType<T>().Distinct()];

    private static BoundingBox? BoxOf(string? text)
    {
        var numbers = (text ?? "").Split(',').Select(part =>
            double.TryParse(part, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : (double?)null).ToArray();
        return numbers is [{ } west, { } south, { } east, { } north] && Math.Abs(west) <= 180 && Math.Abs(east) <= 180 && south is >= -90 and <= 90 && north is >= -90 and <= 90 && south <= north
            ? new BoundingBox(west, south, east, north)
            : null;
    }
}
