using System.Globalization;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;
using Ledger.Projections;
using Microsoft.AspNetCore.Http;

namespace Ledger.Dashboard.Map;

/// <summary>Which cases the map shows, as its address says it: the same names as the list's and the API's.</summary>
/// <remarks>A value that means nothing here (an old link, a party that never was) is passed over; the form shows what is left.</remarks>
internal sealed record CaseFilters(ViolationQuery Query, string? From, string? To)
{
    private const int LongestWords = 200;

    public bool IsAny => Query != new ViolationQuery(Query.Agreement);

    public static CaseFilters Of(IQueryCollection query, AgreementState agreement)
    {
        var zone = TimeZoneInfo.TryFindSystemTimeZoneById(agreement.TimeZone, out var found) ? found : TimeZoneInfo.Utc;
        var words = query["q"].ToString().Trim();
        return new CaseFilters(
            new ViolationQuery(agreement.AgreementId)
            {
                Statuses = Codes<ViolationStatus>(query["status"]),
                Parties = Ids(query["party"]).Where(id => id == PartyId.Undetermined || agreement.PartyOf(new PartyId(id)) is not null).Select(id => new PartyId(id)).ToValues(),
                Words = words.Length is > 0 and <= LongestWords ? words : null,
                Cases = new CaseFilter
                {
                    From = Moment(query["from"], zone, 0),
                    To = Moment(query["to"], zone, 1),
                    Categories = Codes<Category>(query["category"]),
                    Zones = Ids(query["zone"]).Where(id => agreement.ZoneOf(new ZoneId(id)) is not null).Select(id => new ZoneId(id)).ToValues(),
                },
            },
            Day(query["from"]), Day(query["to"]));
    }

    private static Values<T> Codes<T>(IEnumerable<string?> texts) where T : struct, Enum =>
        texts.Select(text => Kebab<T>.TryParse(text ?? "", out var code) ? code : (T?)null).OfType<T>().Distinct().Order().ToValues();

    private static IEnumerable<string> Ids(IEnumerable<string?> texts) => texts.OfType<string>().Where(Slug.IsValid).Distinct().Order(StringComparer.Ordinal);

    /// <summary>A day of the agreement's own calendar, whole; or a moment, as the API takes it.</summary>
    private static DateTimeOffset? Moment(string? text, TimeZoneInfo zone, int days)
    {
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is > 1900 and < 9999)
        {
            var local = day.AddDays(days).ToDateTime(TimeOnly.MinValue);
            return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
        }

        return DateTimeOffset.TryParse(text?.Replace(' ', '+'), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) ? moment.ToUniversalTime() : null;
    }

    private static string? Day(string? text) => DateOnly.TryParseExact(text, "yyyy-MM-dd", out _) ? text : null;
}
