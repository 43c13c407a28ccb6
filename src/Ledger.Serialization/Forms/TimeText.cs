using System.Globalization;

namespace Ledger.Serialization.Forms;

/// <summary>RFC 3339 times in UTC: <c>2020-10-18T00:00:00Z</c>, with decimals of a second where there are any.</summary>
internal static class TimeText
{
    /// <summary>Enough for every time.</summary>
    public const int Longest = 28;

    private const int WholeSeconds = 19;
    private const int Decimals = 7;

    /// <summary>Writes a time without needless zeros; so it loses nothing, whatever its precision.</summary>
    /// <param name="fewestDecimals">Decimals that are written even where they are zeros.</param>
    public static int Format(DateTimeOffset value, Span<char> text, int fewestDecimals)
    {
        value.UtcDateTime.TryFormat(text, out var length, "O", CultureInfo.InvariantCulture); // always seven decimals and Z
        var end = length - 1;
        var shortest = WholeSeconds + 1 + fewestDecimals;
        while (end > shortest && text[end - 1] == '0') end--;
        if (end == WholeSeconds + 1) end--; // the point goes with the last decimal
        text[end] = 'Z';
        return end + 1;
    }

    public static bool TryParse(ReadOnlySpan<char> text, out DateTimeOffset value)
    {
        value = default;
        if (text.Length is <= WholeSeconds or > Longest || text[^1] != 'Z') return false;
        if (text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':') return false;

        var (year, month, day) = (Digits(text[..4]), Digits(text.Slice(5, 2)), Digits(text.Slice(8, 2)));
        var (hour, minute, second) = (Digits(text.Slice(11, 2)), Digits(text.Slice(14, 2)), Digits(text.Slice(17, 2)));
        var ticks = Fraction(text[WholeSeconds..^1]);
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)) return false;
        if (hour is < 0 or > 23 || minute is < 0 or > 59 || second is < 0 or > 59 || ticks < 0) return false;

        value = new DateTimeOffset(new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc).AddTicks(ticks));
        return true;
    }

    /// <summary>The ticks in <c>.25</c>, or nothing; -1 where it is neither.</summary>
    private static int Fraction(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return 0;
        if (text[0] != '.' || text.Length < 2) return -1;
        var ticks = Digits(text[1..]);
        for (var i = text.Length - 1; i < Decimals; i++) ticks *= 10;
        return ticks;
    }

    /// <summary>The number; negative where a character isn't a digit.</summary>
    private static int Digits(ReadOnlySpan<char> text)
    {
        var number = 0;
        foreach (var c in text)
        {
            if (!char.IsAsciiDigit(c)) return -1;
            number = (number * 10) + (c - '0');
        }

        return number;
    }
}
