using System.Runtime.CompilerServices;
using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.Projections;
using MediatR;

namespace Ledger.Application.Queries;

/// <summary>An event for whoever may read it.</summary>
/// <param name="Data">Its stored JSON, free texts back where they were; the stored bytes themselves stand in <paramref name="Event"/>.</param>
/// <param name="Disclosures">Of every text that was put back into <paramref name="Data"/>: what an auditor holds it against its digest with.</param>
/// <param name="IsBlurred">True where the reader sees places and times less exactly than they are stored: the stored bytes aren't for them.</param>
public sealed record FeedItem(SequencedEvent Event, ReadOnlyMemory<byte> Data, IReadOnlyList<string> Disclosures, bool IsBlurred = false)
{
    public static FeedItem AsStored(SequencedEvent e)
    {
        ArgumentNullException.ThrowIfNull(e);
        return new FeedItem(e, e.Stored.Data, []);
    }
}

/// <summary>Some events in order.</summary>
/// <param name="UpTo">The last sequence that was looked at, seen or not: where to go on.</param>
public sealed record FeedPage(IReadOnlyList<FeedItem> Items, long UpTo);

/// <summary>The ledger's events, as far as a key may see them.</summary>
public sealed class EventFeed(LedgerView view, Disclosures disclosures, Blurs blurs)
{
    /// <summary>A key that sees little of a large ledger gets an answer after this many events, and asks on.</summary>
    private const int MostExamined = 10_000;

    /// <summary>True where the key may read the event: agreements that it sees, and the operator's acts for who may read those.</summary>
    public static bool Sees(Principal principal, SequencedEvent e)
    {
        ArgumentNullException.ThrowIfNull(principal);
        ArgumentNullException.ThrowIfNull(e);
        return e.Agreement is { } agreement ? principal.Sees(agreement) : principal.ReadsOperatorsActs;
    }

    /// <summary>Pages of events with after &lt; sequence &lt; count, until all are examined.</summary>
    /// <param name="size">Events in a page, at most.</param>
    public async IAsyncEnumerable<FeedPage> ReadAsync(
        Principal principal, long after, long count, int size, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (seen, examined) = (new List<SequencedEvent>(Math.Min(size, 512)), 0);
        var upTo = after;
        await foreach (var e in view.ReadEventsAsync(after, count, cancellation))
        {
            (upTo, examined) = (e.Sequence, examined + 1);
            if (Sees(principal, e)) seen.Add(e);
            if (seen.Count < size && examined < MostExamined) continue;

            yield return new FeedPage(await JoinAsync(principal, seen, cancellation), upTo);
            (seen, examined) = (new List<SequencedEvent>(seen.Count), 0);
        }

        if (examined > 0) yield return new FeedPage(await JoinAsync(principal, seen, cancellation), upTo);
    }

    public async ValueTask<IReadOnlyList<FeedItem>> JoinAsync(Principal principal, IReadOnlyList<SequencedEvent> events, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(events);
        var blurred = events.Select(e => e.Agreement is { } agreement ? blurs.For(principal, agreement)?.Of(e.Event) : null).ToArray();
        var joined = await disclosures.JoinAsync([.. events.Select((e, i) => blurred[i] ?? e.Stored.Data)], cancellation);
        return [.. events.Select((e, i) => new FeedItem(e, joined[i].Data, joined[i].Disclosures, blurred[i] is not null))];
    }
}

/// <summary>One page of the ledger's events behind a sequence.</summary>
public sealed record GetEvents(Principal Principal, long After, long Count, int Limit) : IRequest<FeedPage>;

/// <summary>A case's events, oldest first; null where there is no such case, or none that the key may see.</summary>
/// <param name="Count">Only events with sequence below it; null = all that are stored now.</param>
/// <param name="From">The revision to begin at.</param>
public sealed record GetHistory(Principal Principal, ViolationId ViolationId, long? Count, long From, int Limit) : IRequest<HistoryAnswer?>;

public abstract record HistoryAnswer
{
    private HistoryAnswer() { }

    /// <param name="Next">The revision of the next page; null = that was all.</param>
    /// <param name="Count">What the answer covers.</param>
    public sealed record Listed(IReadOnlyList<FeedItem> Items, long? Next, long Count) : HistoryAnswer;

    /// <summary>The newest event isn't numbered on this node yet.</summary>
    public sealed record NotYetVisible : HistoryAnswer;
}

public sealed class EventQueries(EventFeed feed, HistoryReader reader, LedgerView view) :
    IRequestHandler<GetEvents, FeedPage>, IRequestHandler<GetHistory, HistoryAnswer?>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public async Task<FeedPage> Handle(GetEvents request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        await foreach (var page in feed.ReadAsync(request.Principal, request.After, request.Count, request.Limit, cancellationToken))
            return page;
        return new FeedPage([], request.After);
    }

    public async Task<HistoryAnswer?> Handle(GetHistory request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var history = await reader.ReadAsync<ViolationEvent>(Streams.Of(request.ViolationId), null, cancellationToken);
        if (history.Count == 0) return null;
        var agreement = CaseQueries.AgreementOf(history);
        if (!request.Principal.Sees(agreement)) return null;

        if (await CountAsync(request, history, cancellationToken) is not { } count) return new HistoryAnswer.NotYetVisible();
        var covered = await view.CoveredOfAsync(history, count, cancellationToken);
        if (covered == 0) return null;

        var events = new List<SequencedEvent>();
        foreach (var e in history.Take(covered).Skip((int)Math.Min(request.From, covered)).Take(request.Limit))
        {
            var sequence = await view.SequenceOfAsync(e.Stored.Id, cancellationToken);
            events.Add(new SequencedEvent(sequence!.Value, e.Stored, e.Metadata, e.Event, agreement, request.ViolationId));
        }

        var next = request.From + request.Limit;
        return new HistoryAnswer.Listed(await feed.JoinAsync(request.Principal, events, cancellationToken), next < covered ? next : null, count);
    }

    private async ValueTask<long?> CountAsync(
        GetHistory request, IReadOnlyList<HistoryEvent<ViolationEvent>> history, CancellationToken cancellation)
    {
        if (request.Count is { } asked) return asked;
        var newest = await view.WaitForSequenceAsync(history[^1].Stored.Position, Patience, cancellation);
        return newest is { } sequence ? Math.Max(view.Count, sequence + 1) : null;
    }
}
