namespace Ledger.Exchange.Imports;

/// <summary>Where rows go: a node in this process, or a server over HTTP.</summary>
public interface IImportTarget
{
    /// <summary>Rows that it takes at a time.</summary>
    int BatchSize { get; }

    /// <summary>Batches that may be under way at once. They are begun in the order of the file.</summary>
    int Concurrency { get; }

    /// <summary>Takes rows that can be read; answers in their order.</summary>
    /// <remarks>Calls come one after the other, each before the one before is answered: what they say of one case is taken in the order of the calls.</remarks>
    /// <exception cref="EventStore.StoreUnavailableException">The node can't write; rows of this batch may be stored, sending them again is safe.</exception>
    /// <exception cref="HttpRequestException">The server can't be reached, or refused the batch as a whole.</exception>
    Task<IReadOnlyList<RowOutcome>> RecordAsync(IReadOnlyList<ImportRow> rows, CancellationToken cancellation);
}
