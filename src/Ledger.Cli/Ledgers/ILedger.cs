using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Exchange.Imports;
using Ledger.Exchange.Packages;
using Ledger.Exchange.Reports;

namespace Ledger.Cli.Ledgers;

/// <summary>A ledger as the commands see it, whether it lies in a directory or behind a server.</summary>
internal interface ILedger : IAsyncDisposable
{
    /// <summary>What an import must know of an agreement; null where there is no such agreement.</summary>
    Task<ImportFrame?> FrameOfAsync(AgreementId id, CancellationToken cancellation);

    /// <returns>False where the same agreement was there already.</returns>
    /// <exception cref="RefusedException">A rule says no.</exception>
    Task<bool> RegisterAsync(AgreementCommand.Register agreement, CancellationToken cancellation);

    IImportTarget Target(AgreementId agreement);

    /// <summary>Imports a file: a directory takes its rows in this process, a server takes the file and is asked how it goes.</summary>
    /// <param name="here">Reads the file in this process and sends its rows to a target.</param>
    Task<FileOutcome> ImportAsync(FileToImport file, Func<IImportTarget, Task<FileOutcome>> here, TextWriter error, CancellationToken cancellation);

    /// <summary>Events in order: of one case, or all.</summary>
    /// <param name="asOf">A count or a time, as in the API; null = now.</param>
    IAsyncEnumerable<HistoryEvent> HistoryAsync(ViolationId? violation, string? asOf, CancellationToken cancellation);

    Task<Picture> ComplianceAsync(PictureRequest request, CancellationToken cancellation);

    /// <summary>The daily report as an HTML page.</summary>
    /// <param name="count">The count that it stands on; null = what was recorded by the end of the day.</param>
    Task<byte[]> ReportAsync(AgreementId agreement, DateOnly day, long? count, ReportWords words, CancellationToken cancellation);

    /// <summary>What an audit package is made from, once all that is stored is under a published head.</summary>
    Task<IPackageSource> PackageAsync(CancellationToken cancellation);
}

/// <summary>No, by a rule of the ledger.</summary>
internal sealed class RefusedException(string code, string message) : Exception($"{message} ({code})");

/// <summary>An event as it is shown.</summary>
/// <param name="Json">The whole event item on one line, as the API gives it.</param>
/// <param name="Data">The event's own data as JSON.</param>
internal sealed record HistoryEvent(
    long Sequence, DateTimeOffset RecordedAt, string Type, string Stream, string Subject, string Role, System.Text.Json.JsonElement Data, string Json);

/// <summary>What to ask of the compliance picture; texts as a person writes them and the API takes them.</summary>
internal sealed record PictureRequest(
    AgreementId Agreement, string? AsOf, string Method, string Basis, string? From, string? To, IReadOnlyList<string> Categories, string? Interval);

/// <summary>The compliance picture as it is shown.</summary>
internal sealed record Picture(
    string Agreement, long Count, DateTimeOffset? RecordedAt, string Method, string Basis, IReadOnlyList<PictureParty> Parties,
    double MonitoredHours, double GapHours, IReadOnlyList<(string? Party, double Hours)> GapsByParty, int AggregateClaims, IReadOnlyList<string> Statements);

/// <param name="Counts">Recorded, then the seven that add up to it, in the order of <see cref="Statuses"/>.</param>
internal sealed record PictureParty(
    string Party, string? Standing, IReadOnlyList<long> Counts, long? KilledLow, long? Killed, long? KilledHigh, long CasualtiesAsPrinted,
    IReadOnlyList<PicturePeriod> Series)
{
    public static readonly string[] Statuses = ["recorded", "alleged", "disputed", "confirmed", "dismissed", "unresolved", "withdrawn", "duplicate"];
}

internal sealed record PicturePeriod(string Period, IReadOnlyList<long> Counts, double MonitoredHours);

/// <summary>A file on its way into a ledger.</summary>
/// <param name="Parties">What the caller says that the file calls a party.</param>
internal sealed record FileToImport(FileInfo Path, ImportFrame Frame, IReadOnlyDictionary<string, PartyId> Parties, ImportOptions Options, bool DryRun);

/// <summary>What came of it.</summary>
/// <param name="Shown">The first rows that can't be read.</param>
/// <param name="Errors">Where the rows that aren't in the ledger are listed; null where there are none.</param>
/// <param name="Twins">A sentence about cases that may be there already, told by somebody else; null where none was found.</param>
internal sealed record FileOutcome(ImportResult Result, IReadOnlyList<RowProblem> Shown, string? Errors, string? Twins = null);
