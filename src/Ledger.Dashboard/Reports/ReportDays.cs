using System.Globalization;
using Ledger.Domain.Agreements;

namespace Ledger.Dashboard.Reports;

/// <summary>The days that have a report: from the one on which the agreement came into the ledger to today, where the agreement is.</summary>
/// <remarks>A report tells what was recorded on a day, not what happened on it.</remarks>
public sealed record ReportDays(DateOnly First, DateOnly Last)
{
    public static ReportDays Of(AgreementState agreement, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(agreement);
        var zone = TimeZoneInfo.TryFindSystemTimeZoneById(agreement.TimeZone, out var found) ? found : TimeZoneInfo.Utc;
        var (first, last) = (DayOf(agreement.RecordedAt, zone), DayOf(now, zone));
        return new ReportDays(first, last < first ? first : last);
    }

    /// <summary>The newest days that there are, the newest first.</summary>
    public IEnumerable<DateOnly> Newest(int most) => Enumerable.Range(0, Math.Min(most, Last.DayNumber - First.DayNumber + 1)).Select(back => Last.AddDays(-back));

    /// <summary>The report itself, in the reader's language.</summary>
    public static string Link(AgreementState agreement, DateOnly day)
    {
        ArgumentNullException.ThrowIfNull(agreement);
        return string.Create(CultureInfo.InvariantCulture, $"/api/v1/agreements/{agreement.AgreementId}/reports/{day:yyyy-MM-dd}?lang={CultureInfo.CurrentUICulture.TwoLetterISOLanguageName}");
    }

    private static DateOnly DayOf(DateTimeOffset moment, TimeZoneInfo zone) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(moment, zone).DateTime);
}
