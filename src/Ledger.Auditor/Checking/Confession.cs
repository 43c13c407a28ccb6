using System.Globalization;
using System.Text.Json;

namespace Ledger.Auditor;

/// <summary>What a ledger says against itself: one that has found its own history changed says so, and is believed in that.</summary>
internal static class Confession
{
    private const int Most = 10;

    /// <summary>Empty where it says nothing against itself, or nothing at all.</summary>
    public static async Task<IReadOnlyList<Fault>> ReadAsync(LogSource source, CancellationToken cancellation)
    {
        if (await source.HealthAsync(cancellation) is not Answer.Found(var bytes)) return [];
        try
        {
            using var json = JsonDocument.Parse(bytes);
            var health = json.RootElement;
            if (health.ValueKind != JsonValueKind.Object || !health.TryGetProperty("status", out var status) || status.ValueKind != JsonValueKind.String) return [];
            if (!status.ValueEquals("faulted") && !status.ValueEquals("read-only")) return [];
            List<Fault> faults = [];
            if (health.TryGetProperty("problems", out var problems) && problems.ValueKind == JsonValueKind.Array) faults.AddRange(problems.EnumerateArray().Take(Most).Select(Read).OfType<Fault>());
            return faults.Count > 0 ? faults : [new Fault("says-faulted", "The ledger says that something is wrong with it, and not what.")];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static Fault? Read(JsonElement problem)
    {
        if (problem.ValueKind != JsonValueKind.Object || !problem.TryGetProperty("code", out var code) || code.ValueKind != JsonValueKind.String) return null;
        var message = problem.TryGetProperty("message", out var text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "";
        var sequence = problem.TryGetProperty("sequence", out var number) && number.ValueKind == JsonValueKind.Number && number.TryGetInt64(out var value) ? value : (long?)null;
        var place = sequence is { } at ? string.Create(CultureInfo.InvariantCulture, $"sequence {at}: ") : "";
        return new Fault("says-" + Shown.Of(code.GetString()!), $"{place}The ledger itself says: {Shown.Of(message)}", sequence);
    }
}
