using Ledger.Projections;
using MediatR;

namespace Ledger.Application.Queries;

/// <summary>The compliance picture at a count.</summary>
public sealed record GetCompliance(Principal Principal, ComplianceQuery Query, long Count) : IRequest<ComplianceAnswer>;

/// <summary>What a figure of that picture is made of.</summary>
public sealed record GetPostings(Principal Principal, PostingsQuery Query, long Count, PageRequest Page) : IRequest<Page<Posting>>;

public sealed class ComplianceQueries(LedgerView view, Blurs blurs) :
    IRequestHandler<GetCompliance, ComplianceAnswer>, IRequestHandler<GetPostings, Page<Posting>>
{
    public async Task<ComplianceAnswer> Handle(GetCompliance request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!request.Principal.Sees(request.Query.Agreement)) return new ComplianceAnswer.UnknownAgreement();
        if (blurs.For(request.Principal, request.Query.Agreement) is not { } blur) return await view.ComplianceAsync(request.Query, request.Count, cancellationToken);
        if (request.Query.Interval is { } interval && blur.IsTooFine(interval)) return new ComplianceAnswer.TooFine();
        var answer = await view.ComplianceAsync(request.Query with { Cases = blur.Of(request.Query.Cases) }, request.Count, cancellationToken);
        return answer is ComplianceAnswer.Picture picture
            ? picture with { Parties = [.. picture.Parties.Select(party => blur.Of(party, picture.AsOf.RecordedAt))] }
            : answer;
    }

    public async Task<Page<Posting>> Handle(GetPostings request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var figures = request.Query.Figures;
        if (!request.Principal.Sees(figures.Agreement)) return new Page<Posting>.UnknownAgreement();
        var query = blurs.For(request.Principal, figures.Agreement) is { } blur
            ? request.Query with { Figures = figures with { Cases = blur.Of(figures.Cases) } }
            : request.Query;
        return await view.PostingsAsync(query, request.Count, request.Page, cancellationToken);
    }
}
