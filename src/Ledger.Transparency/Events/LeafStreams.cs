using System.Text.RegularExpressions;

namespace Ledger.Transparency;

/// <summary>Which events are leaves. Frozen: another rule would number the same history otherwise, and no root would verify.</summary>
public static partial class LeafStreams
{
    /// <summary>True for the ledger's subjects. False for everything else: seals, the vault, deliveries, jobs, system streams, foreign streams.</summary>
    public static bool Contains(string stream) => Name().IsMatch(stream);

    // \z and not $, which would let a newline follow.
    [GeneratedRegex(@"\A(agreement|coverage|claim|violation|access|webhook)-[a-z0-9-]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
