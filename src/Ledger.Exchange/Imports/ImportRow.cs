using Ledger.Domain.Violations;

namespace Ledger.Exchange.Imports;

/// <summary>One row of a file: what to record, or what is wrong with it.</summary>
/// <param name="Line">The line of the file on which the row begins, from 1.</param>
/// <param name="Id">The row's id in its own system, where it can be read.</param>
/// <param name="Command">Null where the row can't be recorded.</param>
public sealed record ImportRow(long Line, string? Id, ViolationCommand.Record? Command, IReadOnlyList<RowError> Errors)
{
    public static ImportRow Good(long line, string id, ViolationCommand.Record command) => new(line, id, command, []);

    public static ImportRow Bad(long line, string? id, IReadOnlyList<RowError> errors) => new(line, id, null, errors);
}

/// <summary>A value that can't be read, and what would make it right.</summary>
/// <param name="Value">As it stands in the file, shortened.</param>
/// <param name="Fix">What to change, as a sentence.</param>
public sealed record RowError(string Column, string Value, string Fix);

/// <summary>The file as a whole can't be read: nothing of it was imported.</summary>
public sealed class ImportFileException(string message, Exception? inner = null) : Exception(message, inner);
