using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.Projections;
using MediatR;

namespace Ledger.Application.Queries;

/// <summary>A case folded from its own stream: always current. Null where there is none, or none that the key may see.</summary>
/// <param name="AsOf">Only events with sequence below this count; null = all that are stored.</param>
public sealed record GetCase(Principal Principal, ViolationId ViolationId, long? AsOf) : IRequest<CaseView?>;

/// <summary>A case with its texts.</summary>
/// <param name="Confidential">Null for who may not read it, and where the case has none.</param>
public sealed record CaseView(ViolationState State, Disclosed Texts, IReadOnlyList<(string Name, string ValueJson)>? Confidential)
{
    /// <summary>Digests of the confidential part that nothing is there for, to whoever may read it.</summary>
    internal IReadOnlyList<string> Gone { get; init; } = [];

    /// <summary>Digests of what isn't there any more, in alphabetical order: erased, or gone without an event that says so (an auditor tells the two apart).</summary>
    public IReadOnlyList<string> Erased => [.. State.Erased.Union(Texts.Erased).Union(Gone).Order(StringComparer.Ordinal)];
}

public sealed class CaseQueries(HistoryReader reader, LedgerView view, Disclosures disclosures, Blurs blurs) :
    IRequestHandler<GetCase, CaseView?>
{
    public async Task<CaseView?> Handle(GetCase request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var history = await reader.ReadAsync<ViolationEvent>(Streams.Of(request.ViolationId), null, cancellationToken);
        if (history.Count == 0 || !request.Principal.Sees(AgreementOf(history))) return null;

        var covered = request.AsOf is { } count ? await view.CoveredOfAsync(history, count, cancellationToken) : history.Count;
        if (covered == 0) return null;

        ViolationState? state = null;
        for (var i = 0; i < covered; i++) state = ViolationEvolution.Evolve(state, history[i].Fact);
        if (blurs.For(request.Principal, state!.AgreementId) is { } blur) state = state with { Report = blur.Of(state.Report) };
        return await JoinAsync(state, request.Principal, cancellationToken);
    }

    private async ValueTask<CaseView> JoinAsync(ViolationState state, Principal principal, CancellationToken cancellation)
    {
        if (state.Confidential.Count == 0 || !principal.ReadsConfidential(state.AgreementId))
            return new CaseView(state, await disclosures.TextsAsync(CaseTexts.Of(state), cancellation), null);

        var (texts, confidential) = await disclosures.TextsAndConfidentialAsync(CaseTexts.Of(state), state.Confidential, cancellation);
        return new CaseView(state, texts, confidential.NamesAndValues) { Gone = confidential.Erased };
    }

    internal static AgreementId AgreementOf(IReadOnlyList<HistoryEvent<ViolationEvent>> history) =>
        history[0].Event is ViolationEvent.Recorded first
            ? first.AgreementId
            : throw new InvalidOperationException("A case's stream begins with its record.");
}

/// <summary>Every free text of a case.</summary>
internal static class CaseTexts
{
    public static IEnumerable<Prose?> Of(ViolationState s) =>
    [
        s.Report.Narrative,
        s.Report.Observation?.Description,
        s.Finding?.Rationale,
        s.Attribution?.Basis,
        .. s.Endorsements.SelectMany(yes => Of(yes.Ruling).Append(yes.Rationale)),
        .. s.Evidence.Select(item => item.Item.AcquiredFrom),
        .. s.Corroborations.Select(account => account.Observation.Description),
        .. s.Replies.Select(reply => reply.Statement),
        .. s.Disputes.SelectMany(Of),
    ];

    private static IEnumerable<Prose?> Of(CaseDispute dispute) =>
    [
        dispute.Statement,
        dispute.WithdrawalReason,
        dispute.Resolution?.Rationale,
        .. dispute.Answers.Select(answer => answer.Statement),
        .. Of(dispute.Resolution?.Remedy),
    ];

    private static IEnumerable<Prose?> Of(Ruling ruling) => ruling switch
    {
        Ruling.Confirm c => [c.Attribution?.Basis],
        Ruling.Attribute a => [a.Attribution.Basis],
        Ruling.Resolve r => Of(r.Remedy),
        _ => [],
    };

    private static IEnumerable<Prose?> Of(Remedy? remedy) => remedy switch
    {
        Remedy.Reattributed r => [r.Attribution.Basis],
        Remedy.Amended a => [a.Changes.Narrative.Value, a.Changes.Observation.Value?.Description],
        _ => [],
    };
}

/// <summary>How much of a stream lies below a count.</summary>
internal static class Covering
{
    /// <returns>How many of the first events have a sequence below the count: sequences rise along a stream, so halving finds the place.</returns>
    public static async ValueTask<int> CoveredOfAsync<TEvent>(
        this LedgerView view, IReadOnlyList<HistoryEvent<TEvent>> history, long count, CancellationToken cancellation)
    {
        var (low, high) = (0, history.Count);
        while (low < high)
        {
            // The newest event first: most questions are about now.
            var middle = high == history.Count ? high - 1 : (low + high) / 2;
            var sequence = await view.SequenceOfAsync(history[middle].Stored.Id, cancellation);
            if (sequence is { } known && known < count) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}
