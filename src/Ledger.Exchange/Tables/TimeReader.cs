using System.Globalization;
using Ledger.Domain;
using Ledger.Exchange.Imports;

namespace Ledger.Exchange.Tables;

/// <summary>How much of a time a cell says.</summary>
internal enum TimeGrade { Clock, Day, Month, Year }

/// <summary>What a cell says of a time: it begins and ends, as far as its writing tells.</summary>
/// <param name="End">Exclusive.</param>
internal readonly record struct ReadTime(DateTimeOffset Start, DateTimeOffset End, TimeGrade Grade);

/// <summary>Times as tables write them: ISO 8601 to any length, and the formats that the mapping names.</summary>
/// <remarks>A day is never made a moment: it begins and ends on the clocks of its zone, and nothing is more exact than it was written.</remarks>
internal sealed class TimeReader
{
    private static readonly string[] Iso =
    [
        "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
        "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm:ssK", "yyyy-MM", "yyyy",
    ];

    private static readonly DateTime Sample = new(2020, 10, 18, 2, 5, 6);

    private readonly string[] _formats;
    private readonly TimeZoneInfo _zone;

    public TimeReader(Mapping mapping, TimeZoneInfo agreement)
    {
        if (!mapping.Times.All(IsFormat))
            throw ImportFileException.OfMapping("times in the mapping are .NET's custom formats with the year in them, such as dd.MM.yyyy or MM/dd/yyyy HH:mm; one of them isn't.");
        _formats = [.. mapping.Times, .. Iso];
        _zone = mapping.TimeZone is { } name ? ZoneOf(name) : agreement;
    }

    /// <summary>Null where it isn't a time, or none that there was; the fault is said to the row.</summary>
    public ReadTime? Read(BoundCell? cell, RowReader row)
    {
        if (cell?.Read(row) is not { } text) return null;
        foreach (var format in _formats)
        {
            if (!DateTime.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var local)) continue;
            if (local.Year is < 1900 or > 9000) break;
            return GradeOf(format) == TimeGrade.Clock ? Clock(cell, text, format, local, row) : Period(DateOnly.FromDateTime(local), GradeOf(format));
        }

        row.Say(cell.Name, text, _formats.Length == Iso.Length
            ? "It is no time that there is, written as in 2020-10-18 or 2020-10-18T14:05. Other ways of writing stand in the mapping's times."
            : $"It is no time that there is, written as in 2020-10-18 or 2020-10-18T14:05, or as {string.Join(" or ", _formats.Take(_formats.Length - Iso.Length))}.");
        return null;
    }

    private ReadTime? Clock(BoundCell cell, string text, string format, DateTime local, RowReader row)
    {
        if (format[^1] is 'K' or 'z' && DateTimeOffset.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var exact) && local.Kind != DateTimeKind.Unspecified)
            return At(exact.ToUniversalTime());
        local = DateTime.SpecifyKind(local, DateTimeKind.Unspecified);
        if (_zone.IsInvalidTime(local))
        {
            row.Say(cell.Name, text, $"The clocks of {_zone.Id} were set forward over that time: it never was. Correct it, or write it with its offset.");
            return null;
        }

        // Where clocks were set back it was that time twice; the first is taken.
        var offset = _zone.IsAmbiguousTime(local) ? _zone.GetAmbiguousTimeOffsets(local).Max() : _zone.GetUtcOffset(local);
        return At(new DateTimeOffset(local, offset).ToUniversalTime());
    }

    private static ReadTime At(DateTimeOffset time) => new(time, time, TimeGrade.Clock);

    private ReadTime Period(DateOnly day, TimeGrade grade)
    {
        var (first, next) = grade switch
        {
            TimeGrade.Day => (day, day.AddDays(1)),
            TimeGrade.Month => (new DateOnly(day.Year, day.Month, 1), new DateOnly(day.Year, day.Month, 1).AddMonths(1)),
            _ => (new DateOnly(day.Year, 1, 1), new DateOnly(day.Year + 1, 1, 1)),
        };
        return new ReadTime(LocalCalendar.StartOf(first, _zone), LocalCalendar.StartOf(next, _zone), grade);
    }

    private static TimeGrade GradeOf(string format) =>
        format.Contains('H') || format.Contains('h') ? TimeGrade.Clock : format.Contains('d') ? TimeGrade.Day : format.Contains('M') ? TimeGrade.Month : TimeGrade.Year;

    private static TimeZoneInfo ZoneOf(string name) =>
        TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : throw ImportFileException.OfMapping("timeZone in the mapping file is an IANA name such as Europe/Kyiv.");

    /// <summary>Tried on a time: what is no format throws only when a cell comes as far as its fault. One without a year would read as this year's.</summary>
    private static bool IsFormat(string format)
    {
        if (format.Length < 2) return false; // One letter is .NET's name for a format, in whichever culture.
        try
        {
            return DateTime.TryParseExact(Sample.ToString(format, CultureInfo.InvariantCulture), format, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var read) && read.Year == Sample.Year;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
