using Ledger.Projections;
using MediatR;

namespace Ledger.Application.Queries;

/// <summary>The compliance picture at a count.</summary>
public sealed record GetCompliance(Principal Principal, ComplianceQuery Query, long Count) : IRequest<ComplianceAnswer>;

/// <summary>What a figure of that picture is made of.</summary>
public sealed record GetPostings(Principal Principal, PostingsQuery Query, long Count, PageRequest Page) : IRequest<Page<Posting>>;

public sealed class ComplianceQueries(LedgerView view, ComplianceCache cache) :
    IRequestHandler<GetCompliance, ComplianceAnswer>, IRequestHandler<GetPostings, Page<Posting>>
{
    public async Task<ComplianceAnswer> Handle(GetCompliance request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!request.Principal.Sees(request.Query.Agreement)) return new ComplianceAnswer.UnknownAgreement();
        return await cache.GetAsync(request.Query, request.Count, view.ComplianceAsync, cancellationToken);
    }

    public async Task<Page<Posting>> Handle(GetPostings request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Principal.Sees(request.Query.Figures.Agreement)
            ? await view.PostingsAsync(request.Query, request.Count, request.Page, cancellationToken)
            : new Page<Posting>.UnknownAgreement();
    }
}

/// <summary>The pictures that were asked for last. The same question about the same count has one answer for ever, so nothing here goes stale.</summary>
/// <remarks>Bounded by what the answers hold, because a picture by day can be a thousand times as large as one without a series. No disclosed text is in any of them.</remarks>
public sealed class ComplianceCache
{
    /// <summary>Rows of figures over all kept answers; about 20 MB.</summary>
    private const int MostRows = 100_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<(ComplianceQuery, long), LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = [];
    private int _rows;

    public async Task<ComplianceAnswer> GetAsync(
        ComplianceQuery query, long count, Func<ComplianceQuery, long, CancellationToken, Task<ComplianceAnswer>> ask, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(ask);
        var key = (query, count);
        if (Find(key) is { } known) return known;
        var answer = await ask(query, count, cancellation);
        if (answer is ComplianceAnswer.Picture picture) Keep(key, picture);
        return answer;
    }

    private ComplianceAnswer? Find((ComplianceQuery, long) key)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out var entry)) return null;
            _byUse.Remove(entry);
            _byUse.AddFirst(entry);
            return entry.Value.Answer;
        }
    }

    private void Keep((ComplianceQuery, long) key, ComplianceAnswer.Picture picture)
    {
        var rows = picture.Parties.Sum(party => 10 + party.ByCategory.Count + (party.Series?.Count ?? 0));
        lock (_gate)
        {
            if (rows > MostRows || _entries.ContainsKey(key)) return;
            _entries.Add(key, _byUse.AddFirst(new Entry(key, picture, rows)));
            _rows += rows;
            while (_rows > MostRows) Drop(_byUse.Last!);
        }
    }

    private void Drop(LinkedListNode<Entry> entry)
    {
        _byUse.Remove(entry);
        _entries.Remove(entry.Value.Key);
        _rows -= entry.Value.Rows;
    }

    private sealed record Entry((ComplianceQuery, long) Key, ComplianceAnswer Answer, int Rows);
}
