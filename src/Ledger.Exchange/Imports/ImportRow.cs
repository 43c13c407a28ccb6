using Ledger.Domain;
using Ledger.Domain.Claims;
using Ledger.Domain.Coverage;
using Ledger.Domain.Violations;

namespace Ledger.Exchange.Imports;

/// <summary>One row of a file: what it says, what is wrong with it, or why it is passed over.</summary>
/// <param name="Line">The line of the file on which the row begins, from 1.</param>
/// <param name="Id">The row's id in its own system, where it can be read.</param>
/// <param name="Entry">Null where the row can't be taken, or is passed over.</param>
/// <param name="Skipped">Why the mapping passes the row over; null where it doesn't.</param>
public sealed record ImportRow(long Line, string? Id, Entry? Entry, IReadOnlyList<RowError> Errors, string? Skipped = null)
{
    /// <summary>The case that the row brings, where it brings one.</summary>
    public ViolationCommand.Record? Command => (Entry as Entry.Case)?.Record;

    public static ImportRow Good(long line, string id, ViolationCommand.Record command) => Good(line, id, new Entry.Case(command));

    public static ImportRow Good(long line, string id, Entry entry) => new(line, id, entry, []);

    public static ImportRow Bad(long line, string? id, IReadOnlyList<RowError> errors) => new(line, id, null, errors);

    public static ImportRow PassedOver(long line, string? id, string why) => new(line, id, null, [], why);
}

/// <summary>What a row brings into the ledger. Nothing that comes from a file is a finding or an attribution.</summary>
public abstract record Entry
{
    private Entry() { }

    /// <summary>A case, alleged or observed.</summary>
    public sealed record Case(ViolationCommand.Record Record) : Entry;

    /// <summary>Figures that somebody claims of a case that is there already.</summary>
    public sealed record Figures(ViolationId Of, CasualtyClaim Claim) : Entry;

    /// <summary>A published total: it stands beside the picture, never in it.</summary>
    public sealed record Total(ClaimCommand.Record Record) : Entry;

    /// <summary>Hours watched, or lost.</summary>
    public sealed record Coverage(CoverageId Id, CoverageCommand Command) : Entry;
}

/// <summary>A value that can't be read, and what would make it right.</summary>
/// <param name="Value">As it stands in the file, shortened.</param>
/// <param name="Fix">What to change, as a sentence.</param>
public sealed record RowError(string Column, string Value, string Fix);

/// <summary>The file as a whole can't be read: nothing of it was imported.</summary>
/// <remarks>Its message is for people at whatever end: it names no option of a program and no type of ours.</remarks>
public sealed class ImportFileException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What has to be mended: <c>file</c>, <c>mapping</c>, <c>gazetteer</c>, <c>encoding</c> or <c>delimiter</c>.</summary>
    public string Part { get; init; } = "file";

    internal static ImportFileException OfMapping(string message, Exception? inner = null) => new(message, inner) { Part = "mapping" };
}
