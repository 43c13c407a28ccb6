namespace Ledger.Domain;

/// <summary>How exactly a time is known.</summary>
public enum TimePrecision { Minute, Hour, Day, Week, Month }

/// <summary>A span of time, from inclusive to exclusive, UTC.</summary>
public readonly record struct Interval(DateTimeOffset From, DateTimeOffset To);

/// <summary>Days, ISO weeks and months as the clocks of an agreement's time zone show them.</summary>
public static class LocalCalendar
{
    public static DateOnly DayOf(DateTimeOffset at, TimeZoneInfo zone) =>
        DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, zone).DateTime);

    /// <summary>The minute, hour, day, ISO week or month that holds <paramref name="at"/>.</summary>
    public static Interval PeriodOf(DateTimeOffset at, TimePrecision precision, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(at, zone);
        var day = DateOnly.FromDateTime(local.DateTime);
        return precision switch
        {
            TimePrecision.Minute => Within(at, TimeSpan.FromTicks(local.TimeOfDay.Ticks % TimeSpan.TicksPerMinute), TimeSpan.FromMinutes(1)),
            TimePrecision.Hour => Within(at, TimeSpan.FromTicks(local.TimeOfDay.Ticks % TimeSpan.TicksPerHour), TimeSpan.FromHours(1)),
            TimePrecision.Day => Between(day, day.AddDays(1), zone),
            TimePrecision.Week => Between(MondayOf(day), MondayOf(day).AddDays(7), zone),
            TimePrecision.Month => Between(new(day.Year, day.Month, 1), new DateOnly(day.Year, day.Month, 1).AddMonths(1), zone),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    public static DateOnly MondayOf(DateOnly day) => day.AddDays(-(((int)day.DayOfWeek + 6) % 7));

    /// <summary>The moment at which a local day begins; where midnight was skipped by a change of clocks, the first moment after it.</summary>
    public static DateTimeOffset StartOf(DateOnly day, TimeZoneInfo zone)
    {
        var local = day.ToDateTime(TimeOnly.MinValue);
        while (zone.IsInvalidTime(local)) local = local.AddMinutes(15);
        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }

    private static Interval Within(DateTimeOffset at, TimeSpan elapsed, TimeSpan length) =>
        new((at - elapsed).ToUniversalTime(), (at - elapsed + length).ToUniversalTime());

    private static Interval Between(DateOnly first, DateOnly next, TimeZoneInfo zone) => new(StartOf(first, zone), StartOf(next, zone));
}
