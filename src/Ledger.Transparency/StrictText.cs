using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Ledger.Transparency;

/// <summary>The small grammar that all C2SP texts share. Each reader takes exactly what its writer writes, so a text has one form only.</summary>
internal static class StrictText
{
    /// <summary>UTF-8 without replacement characters: bytes that aren't UTF-8 are no text.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out string? text)
    {
        text = Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;
        return text is not null;
    }

    /// <summary>C2SP signed-note, "Format": valid UTF-8, and no control character below U+0020 but the newline.</summary>
    public static bool IsNoteText(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out var rune, out var length) != System.Buffers.OperationStatus.Done) return false;
            if (rune.Value < 0x20 && rune.Value != '\n') return false;
            text = text[length..];
        }

        return true;
    }

    /// <summary>One non-empty line, without its newline.</summary>
    public static bool IsLine(string? text) => text is { Length: > 0 } && !text.Contains('\n', StringComparison.Ordinal) && IsNoteText(text);

    /// <summary>Decimal digits without leading zeros, up to 2^63 - 1.</summary>
    public static bool TryDecimal(ReadOnlySpan<char> text, out long value)
    {
        value = 0;
        if (text.IsEmpty || (text[0] == '0' && text.Length > 1)) return false;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    public static string Decimal(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>RFC 4648 §4 in its only canonical form: padded, no white space, unused bits zero.</summary>
    public static bool TryBase64(string text, [NotNullWhen(true)] out byte[]? bytes)
    {
        var buffer = new byte[(text.Length / 4 * 3) + 3];
        bytes = Convert.TryFromBase64String(text, buffer, out var length) ? buffer[..length] : null;

        // .NET skips white space and ignores unused bits; printing again shows both.
        if (bytes is not null && !string.Equals(Convert.ToBase64String(bytes), text, StringComparison.Ordinal)) bytes = null;
        return bytes is not null;
    }

    /// <summary>Lines that each end in a newline, without their newlines; null where the last one lacks it.</summary>
    public static string[]? Lines(string text) => text.EndsWith('\n') ? text[..^1].Split('\n') : null;
}
