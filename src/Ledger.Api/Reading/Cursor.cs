using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Ledger.Api.Reading;

/// <summary>Where a short list goes on: the count that it was begun at, and the place. Opaque to callers; it reveals and permits nothing by itself.</summary>
/// <param name="List">Which list it belongs to.</param>
internal sealed record Cursor(string List, long Count, string Place)
{
    public string Encode() =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{List} {Count} {Place}")));

    /// <summary>Null where it isn't one of ours.</summary>
    public static Cursor? Parse(string text)
    {
        if (!Base64Url.IsValid(text)) return null;
        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split(' ');
        return parts.Length == 3 && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? new Cursor(parts[0], count, parts[2])
            : null;
    }
}
