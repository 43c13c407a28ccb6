namespace Ledger.Exchange.Imports;

/// <summary>What became of a row.</summary>
public abstract record RowOutcome
{
    private RowOutcome() { }

    public sealed record Stored : RowOutcome;

    /// <summary>It had been stored before, with the same content.</summary>
    public sealed record Repeated : RowOutcome;

    /// <summary>The source says something else than before: figures or an amendment were added, what it said first stays.</summary>
    public sealed record Revised : RowOutcome;

    /// <summary>No, by a rule of the ledger; the code is stable.</summary>
    public sealed record Refused(string Code, string Message) : RowOutcome;
}

/// <summary>A row that isn't in the ledger, and why.</summary>
/// <param name="Code">A rule's code, or <c>malformed</c> for a row that can't be read.</param>
/// <param name="Column">Null where the whole row is meant.</param>
public sealed record RowProblem(long Line, string? Id, string Code, string? Column, string? Value, string Message);

/// <summary>What came of an import.</summary>
/// <param name="Stored">Rows that brought something new.</param>
/// <param name="Revised">Rows whose source says something else than before.</param>
/// <param name="Repeated">Rows that had been stored before.</param>
/// <param name="Refused">How many rows each rule refused, by code.</param>
/// <param name="Malformed">Rows that can't be read.</param>
/// <param name="Skipped">How many rows the mapping passes over, by its reason.</param>
/// <param name="Problems">Rows that aren't in the ledger, in the order of the file; at most <see cref="MostProblems"/> where nobody takes them as they come.</param>
public sealed record ImportResult(
    long Rows, long Stored, long Revised, long Repeated, IReadOnlyDictionary<string, long> Refused, long Malformed, IReadOnlyDictionary<string, long> Skipped,
    IReadOnlyList<RowProblem> Problems, TimeSpan Elapsed)
{
    /// <summary>So many problems are kept in memory.</summary>
    public const int MostProblems = 10_000;

    public long RefusedInAll => Refused.Values.Sum();

    public long SkippedInAll => Skipped.Values.Sum();

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
