using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Projections;
using MediatR;

namespace Ledger.Application.Queries;

/// <summary>One agreement as it stood at a count; null where there was none, or none that the key may see.</summary>
public sealed record GetAgreement(Principal Principal, AgreementId AgreementId, long Count) : IRequest<AgreementState?>;

/// <summary>The agreements that a key may see, as they stood at a count, in alphabetical order of their ids.</summary>
public sealed record GetAgreements(Principal Principal, long Count) : IRequest<IReadOnlyList<AgreementState>>;

public sealed class AgreementQueries(LedgerView view) :
    IRequestHandler<GetAgreement, AgreementState?>, IRequestHandler<GetAgreements, IReadOnlyList<AgreementState>>
{
    public Task<AgreementState?> Handle(GetAgreement request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Task.FromResult(request.Principal.Sees(request.AgreementId) ? view.Agreement(request.AgreementId, request.Count) : null);
    }

    public Task<IReadOnlyList<AgreementState>> Handle(GetAgreements request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        IReadOnlyList<AgreementState> seen =
        [
            .. view.Agreements()
                .Where(agreement => request.Principal.Sees(agreement.AgreementId))
                .Select(agreement => view.Agreement(agreement.AgreementId, request.Count))
                .OfType<AgreementState>()
                .OrderBy(agreement => agreement.AgreementId.Value, StringComparer.Ordinal),
        ];
        return Task.FromResult(seen);
    }
}
