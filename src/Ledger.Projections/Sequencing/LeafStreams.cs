using Ledger.EventStore;

namespace Ledger.Projections.Sequencing;

/// <summary>Which streams are the ledger's (transparency.md, "Which events are leaves"). Frozen: nothing else is ever numbered.</summary>
internal static class LeafStreams
{
    private const string Case = "violation-";

    private static readonly string[] Prefixes = [Case, "agreement-", "coverage-", "claim-", "access-", "webhook-"];

    /// <summary>^(agreement|coverage|claim|violation|access|webhook)-[a-z0-9-]+$</summary>
    public static bool Holds(StreamName stream)
    {
        var name = stream.Value.AsSpan();
        foreach (var prefix in Prefixes)
        {
            if (name.Length <= prefix.Length || !name.StartsWith(prefix, StringComparison.Ordinal)) continue;
            return !name[prefix.Length..].ContainsAnyExcept(Letters);
        }

        return false;
    }

    public static StreamName OfCase(Guid violation) => new(Case + violation.ToString("D"));

    /// <summary>The case whose stream this is; null for any other stream.</summary>
    public static Guid? CaseOf(StreamName stream) =>
        stream.Value.StartsWith(Case, StringComparison.Ordinal) && Guid.TryParseExact(stream.Value.AsSpan(Case.Length), "D", out var id) ? id : null;

    private static readonly System.Buffers.SearchValues<char> Letters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");
}
