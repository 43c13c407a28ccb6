using System.Text.Json.Nodes;

namespace Ledger.Dashboard.Administration;

/// <summary>Several values in one field: apart by commas, spaces or lines.</summary>
internal static class Lists
{
    private static readonly char[] Between = [',', ' ', '\n', '\r', '\t', ';'];

    public static IReadOnlyList<string> Of(string? text) => (text ?? "").Split(Between, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public static JsonArray Json(IEnumerable<string> values) => new([.. values.Select(value => JsonValue.Create(value))]);

    /// <summary>Lines of <c>id | text</c>, as an array of objects with these two names.</summary>
    public static JsonArray Pairs(string? text, string id, string name) => new(
    [
        .. (text ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(line => line.Split('|', 2, StringSplitOptions.TrimEntries))
            .Select(parts => new JsonObject { [id] = parts[0], [name] = parts.Length == 2 ? parts[1] : parts[0] }),
    ]);
}
