namespace Ledger.Exchange.Packages;

/// <summary>Where a package's contents come from: a ledger in a directory, or one behind a server.</summary>
public interface IPackageSource
{
    /// <summary>A file of the log by its path as served: <c>checkpoint</c>, <c>vkey</c>, <c>keys</c>, <c>tile/0/000</c>.</summary>
    Task<byte[]> LogAsync(string path, CancellationToken cancellation);

    /// <summary>The first <paramref name="count"/> events, each as the event item of the HTTP contract with <c>raw</c>, on one line without its end.</summary>
    IAsyncEnumerable<ReadOnlyMemory<byte>> EventsAsync(long count, CancellationToken cancellation);

    /// <summary>Ids of the agreements that there are.</summary>
    Task<IReadOnlyList<string>> AgreementsAsync(CancellationToken cancellation);

    /// <summary>An agreement's compliance picture at a count; null where it wasn't there then.</summary>
    Task<byte[]?> ComplianceAsync(string agreement, long count, CancellationToken cancellation);
}

/// <summary>A package can't be made as asked. The message is one sentence for people.</summary>
public sealed class PackageException(string message) : Exception(message);
