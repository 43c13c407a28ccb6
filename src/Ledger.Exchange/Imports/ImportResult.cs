namespace Ledger.Exchange.Imports;

/// <summary>What became of a row.</summary>
public abstract record RowOutcome
{
    private RowOutcome() { }

    public sealed record Stored : RowOutcome;

    /// <summary>It had been stored before, with the same content.</summary>
    public sealed record Repeated : RowOutcome;

    /// <summary>No, by a rule of the ledger; the code is stable.</summary>
    public sealed record Refused(string Code, string Message) : RowOutcome;
}

/// <summary>A row that isn't in the ledger, and why.</summary>
/// <param name="Code">A rule's code, or <c>malformed</c> for a row that can't be read.</param>
/// <param name="Column">Null where the whole row is meant.</param>
public sealed record RowProblem(long Line, string? Id, string Code, string? Column, string? Value, string Message);

/// <summary>What came of an import.</summary>
/// <param name="Refused">How many rows each rule refused, by code.</param>
/// <param name="Malformed">Rows that can't be read.</param>
/// <param name="Problems">Every row that isn't in the ledger, in the order of the file.</param>
public sealed record ImportResult(
    long Rows, long Stored, long Repeated, IReadOnlyDictionary<string, long> Refused, long Malformed, IReadOnlyList<RowProblem> Problems, TimeSpan Elapsed)
{
    public long RefusedInAll => Refused.Values.Sum();

    public double RowsPerSecond => Elapsed > TimeSpan.Zero ? Rows / Elapsed.TotalSeconds : 0;

    public bool IsComplete => RefusedInAll == 0 && Malformed == 0;
}

/// <summary>How far an import is.</summary>
/// <param name="Fraction">Of the file, 0 to 1; null where its size isn't known.</param>
/// <param name="Left">Null where the size isn't known, or nothing can be said yet.</param>
public sealed record ImportProgress(long Rows, double RowsPerSecond, double? Fraction, TimeSpan? Left)
{
    /// <summary>What is being done, where that changes on the way.</summary>
    public string? Step { get; init; }
}
