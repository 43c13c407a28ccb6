using System.Globalization;

namespace Ledger.Dashboard.Languages;

/// <summary>Numbers and moments as the reader's language writes them. Never all digits: 03/04 is two different days.</summary>
public static class Numbers
{
    public static string Whole(long number) => number.ToString("N0", CultureInfo.CurrentCulture);

    public static string OneDecimal(double number) => number.ToString("0.#", CultureInfo.CurrentCulture);

    public static string Percent(double share) => share.ToString("0 %", CultureInfo.CurrentCulture);

    /// <summary>18 Oct 2020 00:00 (+04:00).</summary>
    public static string Moment(DateTimeOffset moment, TimeZoneInfo zone)
    {
        ArgumentNullException.ThrowIfNull(zone);
        var local = TimeZoneInfo.ConvertTime(moment, zone);
        return $"{Written(local.DateTime, "d MMM yyyy HH:mm")} ({local.ToString("zzz", CultureInfo.InvariantCulture)})";
    }

    public static string Day(DateOnly day) => Written(day.ToDateTime(TimeOnly.MinValue), "d MMM yyyy");

    public static string ShortDay(DateOnly day) => Written(day.ToDateTime(TimeOnly.MinValue), "d MMM");

    public static string Month(DateOnly day) => Written(day.ToDateTime(TimeOnly.MinValue), "MMM yyyy");

    /// <summary>In the calendar that the records are in, whatever calendar the language would take.</summary>
    private static string Written(DateTime local, string form)
    {
        var culture = CultureInfo.CurrentCulture;
        if (culture.Calendar is not GregorianCalendar)
        {
            culture = (CultureInfo)culture.Clone();
            culture.DateTimeFormat.Calendar = culture.OptionalCalendars.OfType<GregorianCalendar>().FirstOrDefault() ?? new GregorianCalendar();
        }

        return local.ToString(form, culture);
    }
}
