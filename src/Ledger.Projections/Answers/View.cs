using Ledger.Domain;
using Ledger.EventStore;
using Ledger.Serialization;

namespace Ledger.Projections;

/// <summary>Where the read models lie and how much of the machine they may take.</summary>
/// <param name="Directory">Null = in memory; everything is folded anew at each start.</param>
/// <param name="MemoryLimit">DuckDB's own limit, in its own words.</param>
public sealed record LedgerViewOptions(string? Directory, string MemoryLimit = "96MiB", int Threads = 2)
{
    /// <summary>With which saved read models are signed, so that a figure that somebody changed in the file is noticed at the next start. Of the node's secrets; empty = anybody can sign.</summary>
    public ReadOnlyMemory<byte> Key { get; init; }

    internal byte[] KeyBytes => Key.ToArray();
}

/// <summary>An event of the ledger with its number.</summary>
/// <param name="Sequence">Its dense number in the whole ledger, from 0.</param>
/// <param name="Event">The domain's event; null where this program doesn't know the type.</param>
/// <param name="Agreement">Null for keys and webhooks.</param>
/// <param name="Violation">The case that it belongs to, if any.</param>
public sealed record SequencedEvent(
    long Sequence, RecordedEvent Stored, EventMetadata Metadata, object? Event, AgreementId? Agreement, ViolationId? Violation);

/// <summary>What an answer covers: sequences 0 to <paramref name="Count"/> - 1.</summary>
/// <param name="RecordedAt">Of the last covered event; null where there is none.</param>
public sealed record Covered(long Count, DateTimeOffset? RecordedAt);

public enum ViewStatus { CatchingUp, Ready, ReadOnly, Faulted }

/// <summary>Something that people should know of.</summary>
/// <param name="Code">Stable, kebab-case.</param>
/// <param name="Sequence">Where in the ledger it lies, if it lies anywhere.</param>
public sealed record ViewProblem(string Code, string Message, long? Sequence = null);

/// <summary>How the read models are.</summary>
/// <param name="Count">Events that queries cover.</param>
/// <param name="Lag">How old the newest covered event is while there are newer ones to be read; zero at the head.</param>
/// <param name="Backlog">Events read from the store that queries don't cover yet.</param>
public sealed record ViewHealth(ViewStatus Status, long Count, TimeSpan Lag, long Backlog, IReadOnlyList<ViewProblem> Problems);

/// <summary>The codes of <see cref="ViewProblem"/>.</summary>
public static class ViewProblems
{
    /// <summary>An event type that this program doesn't know: an older node in a rolling upgrade.</summary>
    public const string NewerEvent = "newer-event";

    /// <summary>A stream's revisions have a hole in the store's order.</summary>
    public const string MissingEvent = "missing-event";

    /// <summary>Stored bytes that aren't what their type promises, or that don't follow from what stands before them.</summary>
    public const string UnreadableEvent = "unreadable-event";

    /// <summary>The store holds less than, or something else than, what the read models were made from: a restored backup.</summary>
    public const string StoreChanged = "store-changed";

    /// <summary>The store can't be read now, or a part of it can't; it is tried again.</summary>
    public const string StoreUnreadable = "store-unreadable";

    /// <summary>The read models can't be written or read.</summary>
    public const string ReadModel = "read-model-failed";

    /// <summary>The word index has stopped; everything else goes on.</summary>
    public const string WordIndex = "word-index-failed";
}
