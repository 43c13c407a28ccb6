using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Ledger.Application.Commands;
using Ledger.Domain;
using Ledger.Domain.Access;
using Ledger.Domain.Agreements;
using Ledger.Domain.Claims;
using Ledger.Domain.Coverage;
using Ledger.Domain.Violations;

namespace Ledger.Api.Http;

/// <summary>From what came of a command to what HTTP says: the one switch from outcome to status.</summary>
internal static class Receipts
{
    /// <summary>The no, or null where it was stored.</summary>
    public static Problem? ProblemOf(CommandOutcome outcome) => outcome switch
    {
        CommandOutcome.Stored => null,
        CommandOutcome.Refused no => Problem.Of(no.Why),
        CommandOutcome.NotFound => Problem.NotFound(),
        CommandOutcome.IfMatchRequired => Problem.IfMatchRequired(),
        CommandOutcome.StaleRevision stale => Problem.StaleRevision(stale.Current),
        CommandOutcome.KeyReused => Problem.KeyReused(),
        CommandOutcome.TooLarge much => Problem.TooLarge(much.Message),
        CommandOutcome.LostRace => Problem.Unavailable("Others kept writing to the same subject first; ask again."),
        _ => throw new UnreachableException(),
    };

    /// <summary>201 for what is new, and for a repeat by key whatever the first answer was; 200 for the rest.</summary>
    public static int StatusOf(CommandOutcome.Stored stored) =>
        stored.Answer.Created && stored.Repeat != Repeat.ById ? StatusCodes.Status201Created : StatusCodes.Status200OK;

    public static Receipt Of(CommandAnswer answer)
    {
        var receipt = new Receipt
        {
            EventId = answer.EventId,
            Revision = answer.Revision.Value,
            Position = answer.Position.ToString(),
            Sequence = answer.Sequence,
            Status = "",
        };
        return answer.State switch
        {
            ViolationState s => OfCase(receipt, s, answer.LastEvent),
            AgreementState s => receipt with
            {
                AgreementId = s.AgreementId.Value,
                Status = s.EndedAt is not null ? "ended" : s.IsSuspended ? "suspended" : "registered",
                Location = $"/api/v1/agreements/{s.AgreementId}",
                Endorsements = answer.LastEvent is AgreementEvent.PolicyChangeApproved yes
                    ? new EndorsementCount(s.PolicyApprovals.Count(earlier => earlier.Policy == yes.Policy && earlier.Safeguards == yes.Safeguards), s.Safeguards.PolicyApprovals)
                    : null,
            },
            CoverageState s => receipt with
            {
                CoverageId = s.CoverageId.Value, Status = s.Corrected ? "corrected" : "recorded", Location = $"/api/v1/coverage/{s.CoverageId}",
            },
            ClaimState s => receipt with
            {
                ClaimId = s.ClaimId.Value, Status = s.Withdrawn ? "withdrawn" : "recorded", Location = $"/api/v1/aggregate-claims/{s.ClaimId}",
            },
            KeyState s => receipt with
            {
                KeyId = s.KeyId.Value,
                Status = s.RevokedAt is not null ? "revoked" : s.Proposal is null ? "issued" : s.IsProposed ? "proposed" : "rotation-proposed",
                Location = $"/api/v1/keys/{s.KeyId}",
                Endorsements = s.RevokedAt is null && s.Proposal is { } proposal ? new EndorsementCount(proposal.Agreed.Count, proposal.Required) : null,
            },
            AccountState s => receipt with { Account = s.Subject.Value, Status = s.BlockedAt is not null ? "blocked" : answer.LastEvent is AccountEvent.Unblocked ? "open" : "ended" },
            WebhookState s => receipt with
            {
                WebhookId = s.WebhookId.Value, Status = s.Removed ? "removed" : "registered", Location = $"/api/v1/webhooks/{s.WebhookId}",
            },
            _ => throw new UnreachableException(),
        };
    }

    private static Receipt OfCase(Receipt receipt, ViolationState s, object last)
    {
        var path = $"/api/v1/violations/{s.ViolationId}";
        var of = receipt with { ViolationId = s.ViolationId.Value, Status = s.Status.Code(), Location = path };
        return last switch
        {
            ViolationEvent.Disputed e => of with { DisputeId = e.DisputeId.Value, Location = $"{path}/disputes/{e.DisputeId}" },
            ViolationEvent.RulingEndorsed e => of with { Endorsements = new EndorsementCount(e.Given, e.Required) },
            _ => of,
        };
    }
}

/// <summary>An answer to a command that was stored.</summary>
internal sealed class Answered(Receipt receipt, int status, bool replayed) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        var response = httpContext.Response;
        response.StatusCode = status;
        response.ContentType = "application/json; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{receipt.Revision}\"");
        response.Headers["Ledger-Position"] = receipt.Position;
        if (replayed) response.Headers["Idempotency-Replayed"] = "true";
        if (status == StatusCodes.Status201Created) response.Headers.Location = receipt.Location;
        var body = receipt is KeyReceipt key ? JsonSerializer.SerializeToUtf8Bytes(key, ReceiptJson.Default.KeyReceipt)
            : receipt is WebhookReceipt hook ? JsonSerializer.SerializeToUtf8Bytes(hook, ReceiptJson.Default.WebhookReceipt)
            : JsonSerializer.SerializeToUtf8Bytes(receipt, ReceiptJson.Default.Receipt);
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, httpContext.RequestAborted);
    }
}
