using Ledger.Domain;
using Ledger.Projections;
using MediatR;

namespace Ledger.Application.Queries;

/// <summary>The register of cases.</summary>
public sealed record GetViolations(Principal Principal, ViolationQuery Query, long Count, PageRequest Page) : IRequest<Page<ViolationListItem>>;

/// <summary>Hours watched and lost.</summary>
public sealed record GetCoverage(Principal Principal, CoverageQuery Query, long Count, PageRequest Page) : IRequest<TextPage<CoverageItem>>;

/// <summary>Published totals.</summary>
public sealed record GetClaims(Principal Principal, ClaimQuery Query, long Count, PageRequest Page) : IRequest<TextPage<ClaimItem>>;

/// <summary>A page, and the free texts of its items.</summary>
public sealed record TextPage<T>(Page<T> Page, Disclosed? Texts);

public sealed class ListQueries(LedgerView view, Disclosures disclosures, Blurs blurs, CursorSeal seal) :
    IRequestHandler<GetViolations, Page<ViolationListItem>>,
    IRequestHandler<GetCoverage, TextPage<CoverageItem>>,
    IRequestHandler<GetClaims, TextPage<ClaimItem>>
{
    public async Task<Page<ViolationListItem>> Handle(GetViolations request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!request.Principal.Sees(request.Query.Agreement)) return new Page<ViolationListItem>.UnknownAgreement();
        return blurs.For(request.Principal, request.Query.Agreement) is { } blur
            ? await BlurredAsync(request, blur, cancellationToken)
            : await view.ViolationsAsync(request.Query, request.Count, request.Page, cancellationToken);
    }

    private async Task<Page<ViolationListItem>> BlurredAsync(GetViolations request, Blur blur, CancellationToken cancellation)
    {
        if (blur.HidesPlaces && request.Query.Words is not null)
            return new Page<ViolationListItem>.NotForYou("q", "By this agreement's policy words can't be searched with your key: they would tell places.");
        var query = request.Query with { Cases = blur.Of(request.Query.Cases), Box = blur.Of(request.Query.Box) };
        var page = request.Page;
        if (page.Cursor is { } closed)
        {
            if (seal.Open(closed) is not { } cursor) return new Page<ViolationListItem>.BadCursor();
            page = page with { Cursor = cursor };
        }

        var found = await view.ViolationsAsync(query, request.Count, page, cancellation);
        return found is Page<ViolationListItem>.Listed listed
            ? new Page<ViolationListItem>.Listed([.. listed.Items.Select(blur.Of)], listed.NextCursor is { } next ? seal.Close(next) : null, listed.Covered)
            : found;
    }

    public async Task<TextPage<CoverageItem>> Handle(GetCoverage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Principal.Sees(request.Query.Agreement)
            ? await JoinAsync(await view.CoverageAsync(request.Query, request.Count, request.Page, cancellationToken), item => item.Description, cancellationToken)
            : new TextPage<CoverageItem>(new Page<CoverageItem>.UnknownAgreement(), null);
    }

    public async Task<TextPage<ClaimItem>> Handle(GetClaims request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Principal.Sees(request.Query.Agreement)
            ? await JoinAsync(await view.ClaimsAsync(request.Query, request.Count, request.Page, cancellationToken), item => item.Text, cancellationToken)
            : new TextPage<ClaimItem>(new Page<ClaimItem>.UnknownAgreement(), null);
    }

    private async ValueTask<TextPage<T>> JoinAsync<T>(Page<T> page, Func<T, Prose?> textOf, CancellationToken cancellation) =>
        page is Page<T>.Listed listed
            ? new TextPage<T>(page, await disclosures.TextsAsync(listed.Items.Select(textOf), cancellation))
            : new TextPage<T>(page, null);
}
