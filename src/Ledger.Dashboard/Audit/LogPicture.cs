namespace Ledger.Dashboard.Audit;

/// <summary>The transparency log as anybody may see it.</summary>
/// <param name="Key">The verifier key that signs now, one line.</param>
/// <param name="Head">The published head; null before the first.</param>
/// <param name="Seals">Newest first.</param>
/// <param name="Problems">Codes of what the log says is wrong with itself.</param>
public sealed record LogPicture(
    string Origin, string Key, LogHead? Head, IReadOnlyList<LogWitness> Witnesses, IReadOnlyList<LogHead> Seals, int KeyChanges, IReadOnlyList<string> Problems)
{
    /// <summary>Verifier keys of the witnesses that the operator's policy names, one line each.</summary>
    public IReadOnlyList<string> WitnessKeys { get; init; } = [];
}

/// <param name="Root">Base64 of 32 bytes.</param>
public sealed record LogHead(long Size, string Root, DateTimeOffset? At);

/// <summary>Who has cosigned the published head.</summary>
/// <param name="At">When, by the witness's own clock.</param>
public sealed record LogWitness(string Name, DateTimeOffset At);
