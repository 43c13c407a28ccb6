using Ledger.Projections;
using MediatR;

namespace Ledger.Application.Queries;

/// <summary>The compliance picture at a count.</summary>
public sealed record GetCompliance(Principal Principal, ComplianceQuery Query, long Count) : IRequest<ComplianceAnswer>;

/// <summary>What a figure of that picture is made of.</summary>
public sealed record GetPostings(Principal Principal, PostingsQuery Query, long Count, PageRequest Page) : IRequest<Page<Posting>>;

public sealed class ComplianceQueries(LedgerView view) :
    IRequestHandler<GetCompliance, ComplianceAnswer>, IRequestHandler<GetPostings, Page<Posting>>
{
    public async Task<ComplianceAnswer> Handle(GetCompliance request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!request.Principal.Sees(request.Query.Agreement)) return new ComplianceAnswer.UnknownAgreement();
        return await view.ComplianceAsync(request.Query, request.Count, cancellationToken);
    }

    public async Task<Page<Posting>> Handle(GetPostings request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Principal.Sees(request.Query.Figures.Agreement)
            ? await view.PostingsAsync(request.Query, request.Count, request.Page, cancellationToken)
            : new Page<Posting>.UnknownAgreement();
    }
}
