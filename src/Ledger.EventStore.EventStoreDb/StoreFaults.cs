namespace Ledger.EventStore.EventStoreDb;

/// <summary>The codes of <see cref="StoreFaultException"/>.</summary>
public static class StoreFaults
{
    /// <summary>A stream's metadata hides or limits its events ($maxAge, $maxCount, $tb), or its beginning is hidden.</summary>
    public const string StreamTruncated = "stream-truncated";

    /// <summary>A stream was deleted: softly and begun anew, or for ever.</summary>
    public const string StreamDeleted = "stream-deleted";

    /// <summary>A stream's revisions, dense by nature, have a gap.</summary>
    public const string EventsMissing = "events-missing";

    /// <summary>An event came behind others that were told to lie behind it.</summary>
    public const string EventsOutOfOrder = "events-out-of-order";

    /// <summary>Nothing lies any more at a position that was read before: scavenged, restored from an older backup, or another database.</summary>
    public const string CheckpointGone = "checkpoint-gone";

    /// <summary>An append was answered as done but nowhere to be found: its events are hidden or gone.</summary>
    public const string HiddenEvents = "hidden-events";
}
