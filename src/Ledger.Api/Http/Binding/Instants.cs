using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ledger.Api.Http.Binding;

/// <summary>RFC 3339 times, with the offset that .NET's own parser would let be missing.</summary>
internal static class Instants
{
    /// <summary>A time or why it is none.</summary>
    /// <remarks>Years 1000 to 9999 less a month: a calendar month around any of them is still a time that .NET can hold.</remarks>
    public static bool TryParse(ReadOnlySpan<byte> text, out DateTimeOffset at)
    {
        at = default;
        // 2020-10-18T00:00:00Z
        if (text.Length is < 20 or > 40) return false;
        if (text[4] != '-' || text[7] != '-' || (text[10] | 0x20) != 't' || text[13] != ':' || text[16] != ':') return false;
        if (!Digits(text[..4], out var year) || !Digits(text[5..7], out var month) || !Digits(text[8..10], out var day)) return false;
        if (!Digits(text[11..13], out var hour) || !Digits(text[14..16], out var minute) || !Digits(text[17..19], out var second)) return false;
        if (year < 1000 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59) return false;

        var rest = text[19..];
        var ticks = 0L;
        if (rest[0] == '.' && !Fraction(ref rest, out ticks)) return false;
        if (!Offset(rest, out var offset)) return false;

        var utc = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc).Ticks + ticks - offset.Ticks;
        if (utc > Latest) return false;
        at = new DateTimeOffset(utc, TimeSpan.Zero);
        return true;
    }

    private static readonly long Latest = new DateTime(9999, 11, 30, 0, 0, 0, DateTimeKind.Utc).Ticks;

    private static bool Fraction(ref ReadOnlySpan<byte> rest, out long ticks)
    {
        ticks = 0;
        var length = rest[1..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (length <= 0) return false;
        var unit = TimeSpan.TicksPerSecond / 10;
        foreach (var digit in rest.Slice(1, length))
        {
            ticks += (digit - '0') * unit; // What is finer than a tick is dropped.
            unit /= 10;
        }

        rest = rest[(1 + length)..];
        return true;
    }

    private static bool Offset(ReadOnlySpan<byte> text, out TimeSpan offset)
    {
        offset = TimeSpan.Zero;
        if (text.Length == 1) return (text[0] | 0x20) == 'z';
        if (text.Length != 6 || text[0] is not ((byte)'+' or (byte)'-') || text[3] != ':') return false;
        if (!Digits(text[1..3], out var hours) || !Digits(text[4..6], out var minutes) || hours > 23 || minutes > 59) return false;
        offset = new TimeSpan(hours, minutes, 0);
        if (text[0] == '-') offset = -offset;
        return true;
    }

    private static bool Digits(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        foreach (var c in text)
        {
            if (c is < (byte)'0' or > (byte)'9') return false;
            value = (value * 10) + (c - '0');
        }

        return true;
    }
}

/// <summary>Reads what <see cref="Instants"/> reads, as UTC.</summary>
internal sealed class InstantConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.ValueIsEscaped || reader.HasValueSequence ? Encoding.UTF8.GetBytes(reader.GetString()!) : reader.ValueSpan;
        return Instants.TryParse(text, out var at) ? at : throw new JsonException();
    }

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}

/// <summary>Whole numbers by value: 5.0 is one, as it is in JSON Schema.</summary>
internal sealed class WholeConverter : JsonConverter<int>
{
    public override int Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TryGetInt32(out var value) ? value : checked((int)reader.GetDouble());

    public override void Write(Utf8JsonWriter writer, int value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}

/// <inheritdoc cref="WholeConverter"/>
internal sealed class LongConverter : JsonConverter<long>
{
    public override long Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TryGetInt64(out var value) ? value : checked((long)reader.GetDouble());

    public override void Write(Utf8JsonWriter writer, long value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}
