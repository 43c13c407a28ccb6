using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Ledger.Projections;

/// <summary>Where a page ended: the count, the filters and the last key. Opaque to everybody else; whoever forges one only chooses where to begin.</summary>
/// <param name="Filters">A hash of what the list was asked for.</param>
internal sealed record Cursor(long Count, string Filters, IReadOnlyList<string> Key)
{
    private const char Between = '|';

    /// <summary>What a query is known by, with everything that it filters by.</summary>
    public static string HashOf(object query) =>
        Base64Url.EncodeToString(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(query, query.GetType())).AsSpan(0, 9));

    public override string ToString() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(
        string.Join(Between, Key.Prepend(Filters).Prepend(Count.ToString(CultureInfo.InvariantCulture)))));

    /// <param name="keyLength">How many parts the list's key has.</param>
    public static Cursor? Parse(string text, int keyLength)
    {
        if (text.Length > 512 || !Base64Url.IsValid(text)) return null;
        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split(Between);
        if (parts.Length != keyLength + 2) return null;
        return long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? new Cursor(count, parts[1], parts[2..])
            : null;
    }
}

/// <summary>Which page is asked for, once the cursor is read.</summary>
/// <param name="After">The key behind which it begins; null = from the beginning.</param>
internal sealed record PageStart(long Count, int Limit, string Filters, IReadOnlyList<string>? After)
{
    /// <returns>Null where the cursor isn't one of this list's.</returns>
    public static PageStart? Of(object query, PageRequest page, long count, long visible, int keyLength)
    {
        var filters = Cursor.HashOf(query);
        if (page.Cursor is null) return new PageStart(count, page.Limit, filters, null);
        if (Cursor.Parse(page.Cursor, keyLength) is not { } cursor || cursor.Filters != filters || cursor.Count > visible) return null;
        if (page.CountIsAsked && cursor.Count != count) return null;
        return new PageStart(cursor.Count, page.Limit, filters, cursor.Key);
    }

    /// <summary>Of one item more than fits, the page and the cursor behind it.</summary>
    public Page<T>.Listed Page<T>(IReadOnlyList<T> items, Func<T, IReadOnlyList<string>> key, Covered covered) =>
        items.Count <= Limit
            ? new Page<T>.Listed(items, null, covered)
            : new Page<T>.Listed([.. items.Take(Limit)], new Cursor(Count, Filters, key(items[Limit - 1])).ToString(), covered);
}
