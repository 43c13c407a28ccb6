using System.Globalization;
using Ledger.Dashboard.Languages;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;
using Ledger.Projections;
using Microsoft.AspNetCore.Http;

namespace Ledger.Dashboard.Pages.Overview;

/// <summary>Which cases, and how they are counted: as the address says. What isn't understood filters nothing and isn't kept.</summary>
/// <param name="From">First local day, inclusive.</param>
/// <param name="To">Last local day, inclusive.</param>
/// <param name="Interval">Null = as the length of time suggests.</param>
public sealed record Filters(
    DateOnly? From, DateOnly? To, Category? Category, ZoneId? Zone, CountingMethod Method, AccountBasis Basis, SeriesInterval? Interval)
{
    public static Filters Of(IQueryCollection query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return new(
            DayOf(query["from"]), DayOf(query["to"]), CodeOf<Category>(query["category"]),
            query["zone"].ToString() is { Length: > 0 } zone && Slug.IsValid(zone) ? new ZoneId(zone) : null,
            CodeOf<CountingMethod>(query["method"]) ?? CountingMethod.RecordsV1, CodeOf<AccountBasis>(query["basis"]) ?? AccountBasis.Accountable,
            CodeOf<SeriesInterval>(query["interval"]));
    }

    /// <summary>For links that stay within the same cases and method.</summary>
    public IEnumerable<(string Name, string? Value)> Values =>
    [
        ("from", Iso(From)), ("to", Iso(To)), ("category", Category?.Code()), ("zone", Zone?.Value),
        ("method", Method == CountingMethod.RecordsV1 ? null : Method.Code()), ("basis", Basis == AccountBasis.Accountable ? null : Basis.Code()),
    ];

    public ComplianceQuery QueryFor(AgreementState agreement)
    {
        ArgumentNullException.ThrowIfNull(agreement);
        var zone = LocalDays.ZoneOf(agreement);
        return new ComplianceQuery(agreement.AgreementId) { Cases = CasesIn(zone, agreement), Method = Method, Basis = Basis };
    }

    public CaseFilter CasesIn(TimeZoneInfo zone, AgreementState agreement) => new()
    {
        From = From is { } from ? LocalDays.Begin(from, zone) : null,
        To = To is { } to ? LocalDays.Begin(to.AddDays(1), zone) : null,
        Categories = Category is { } category ? new[] { category }.ToValues() : Values<Category>.None,
        Zones = Zone is { } id && agreement.ZoneOf(id) is not null ? new[] { id }.ToValues() : Values<ZoneId>.None,
    };

    public static T? CodeOf<T>(string? text) where T : struct, Enum => Kebab<T>.TryParse(text, out var code) ? code : null;

    public static DateOnly? DayOf(string? text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is > 1 and < 9999 ? day : null;

    public static string? Iso(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}

/// <summary>Days, weeks and months as an agreement's time zone has them.</summary>
public static class LocalDays
{
    public static TimeZoneInfo ZoneOf(AgreementState agreement)
    {
        ArgumentNullException.ThrowIfNull(agreement);
        return TimeZoneInfo.TryFindSystemTimeZoneById(agreement.TimeZone, out var zone) ? zone : TimeZoneInfo.Utc;
    }

    /// <summary>Where a day begins: at midnight, or where clocks jump over it at the first moment that there is.</summary>
    public static DateTimeOffset Begin(DateOnly day, TimeZoneInfo zone)
    {
        ArgumentNullException.ThrowIfNull(zone);
        var midnight = day.ToDateTime(TimeOnly.MinValue);
        while (zone.IsInvalidTime(midnight)) midnight = midnight.AddMinutes(15);
        return new DateTimeOffset(midnight, zone.GetUtcOffset(midnight)).ToUniversalTime();
    }

    /// <summary>The days of a period as series name it: 2020-10-18, 2020-W42 or 2020-10. The last one is inclusive.</summary>
    public static (DateOnly First, DateOnly Last)? Days(string period)
    {
        ArgumentNullException.ThrowIfNull(period);
        if (Filters.DayOf(period) is { } day) return (day, day);
        if (period is [_, _, _, _, '-', 'W', _, _] && int.TryParse(period.AsSpan(0, 4), out var year) && int.TryParse(period.AsSpan(6), out var week)
            && year is > 1 and < 9999 && week is >= 1 and <= 53)
        {
            var monday = DateOnly.FromDateTime(ISOWeek.ToDateTime(year, week, DayOfWeek.Monday));
            return (monday, monday.AddDays(6));
        }

        return DateOnly.TryParseExact(period + "-01", "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var first) && first.Year is > 1 and < 9999
            ? (first, first.AddMonths(1).AddDays(-1))
            : null;
    }

    /// <summary>A period as people write it.</summary>
    public static string Written(string period)
    {
        if (Days(period) is not var (first, last)) return period;
        if (first == last) return Numbers.Day(first);
        return period.Contains('W', StringComparison.Ordinal) ? $"{Numbers.Day(first)} – {Numbers.Day(last)}" : Numbers.Month(first);
    }
}
