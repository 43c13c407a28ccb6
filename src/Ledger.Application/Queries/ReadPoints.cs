using Ledger.EventStore;
using Ledger.Projections;

namespace Ledger.Application.Queries;

/// <summary>The moment that a question is about: a count of events, or a time. Citations use the count.</summary>
public abstract record AsOf
{
    private AsOf() { }

    /// <summary>The first <paramref name="Events"/> events.</summary>
    public sealed record Count(long Events) : AsOf;

    /// <summary>The events before the first one that was recorded after the moment.</summary>
    public sealed record Moment(DateTimeOffset At) : AsOf;
}

/// <summary>What came of asking for a moment.</summary>
public abstract record ReadPoint
{
    private ReadPoint() { }

    /// <summary>Answers cover sequences 0 to <paramref name="Count"/> - 1.</summary>
    public sealed record At(long Count) : ReadPoint;

    /// <summary>More events than there are, or a time that hasn't come yet.</summary>
    public sealed record BeyondHead : ReadPoint;

    /// <summary>This node's read models haven't come so far within the time given; asking again helps.</summary>
    public sealed record NotYetVisible : ReadPoint;
}

/// <summary>Turns the moment that a caller names into a count, and waits for what the caller knows to be stored.</summary>
public sealed class ReadPoints(LedgerView view, IEventStore store, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <param name="after">The caller has seen this position; null where it doesn't say.</param>
    /// <param name="asOf">Null = as things stand.</param>
    public async ValueTask<ReadPoint> ResolveAsync(Position? after, AsOf? asOf, CancellationToken cancellation)
    {
        if (after is { } position && !await view.WaitUntilVisibleAsync(position, Patience, cancellation)) return new ReadPoint.NotYetVisible();
        return asOf switch
        {
            null => new ReadPoint.At(view.Count),
            AsOf.Count c => await ResolveAsync(c, cancellation),
            AsOf.Moment m => await ResolveAsync(m, cancellation),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private async ValueTask<ReadPoint> ResolveAsync(AsOf.Count asked, CancellationToken cancellation)
    {
        if (asked.Events <= view.Count) return new ReadPoint.At(asked.Events);
        // A sequence that a command has answered with may be a moment ahead of the read models.
        if (!await IsCaughtUpAsync(cancellation)) return new ReadPoint.NotYetVisible();
        return asked.Events <= view.Count ? new ReadPoint.At(asked.Events) : new ReadPoint.BeyondHead();
    }

    private async ValueTask<ReadPoint> ResolveAsync(AsOf.Moment asked, CancellationToken cancellation)
    {
        if (asked.At > time.GetUtcNow()) return new ReadPoint.BeyondHead();
        // The same moment must name the same count later, so what was stored by now has to be counted.
        if (!await IsCaughtUpAsync(cancellation)) return new ReadPoint.NotYetVisible();
        return new ReadPoint.At(await view.CountAsOfAsync(asked.At, cancellation));
    }

    private async ValueTask<bool> IsCaughtUpAsync(CancellationToken cancellation) =>
        await store.ReadHeadAsync(cancellation) is not { } head || await view.WaitUntilVisibleAsync(head, Patience, cancellation);
}
