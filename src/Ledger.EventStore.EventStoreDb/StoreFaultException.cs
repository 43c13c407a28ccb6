namespace Ledger.EventStore.EventStoreDb;

/// <summary>The store answers, but what it holds isn't what it acknowledged: something of the ledger is gone, hidden, or another database's.</summary>
/// <remarks>Trying again doesn't help. The composition shows it in /health until somebody has looked.</remarks>
/// <param name="code">One of <see cref="StoreFaults"/>: stable, for programs.</param>
/// <param name="message">For people: which stream or position, and what is likely to have happened.</param>
public sealed class StoreFaultException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    public string Code { get; } = code;
}

/// <summary>The codes of <see cref="StoreFaultException"/>.</summary>
public static class StoreFaults
{
    /// <summary>A stream's metadata hides or limits its events ($maxAge, $maxCount, $tb), or its beginning is hidden.</summary>
    public const string StreamTruncated = "stream-truncated";

    /// <summary>A stream was deleted: softly and begun anew, or for ever.</summary>
    public const string StreamDeleted = "stream-deleted";

    /// <summary>A stream's revisions, dense by nature, have a gap.</summary>
    public const string EventsMissing = "events-missing";

    /// <summary>Nothing lies any more at a position that was read before: scavenged, restored from an older backup, or another database.</summary>
    public const string CheckpointGone = "checkpoint-gone";

    /// <summary>An append was answered as done but nowhere to be found: its events are hidden or gone.</summary>
    public const string HiddenEvents = "hidden-events";
}
