using Ledger.Api.Evidence;
using Ledger.Api.Http;
using Ledger.Application;
using Ledger.Domain;
using Ledger.Domain.Violations;

namespace Ledger.Api.Violations;

using static ViolationMapping;

/// <summary>What monitors, parties and verifiers say of a case.</summary>
internal static class ViolationWrites
{
    public static void MapViolationWrites(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("").WithTags("Violations");
        group.MapCommand("/agreements/{agreementId}/violations", (Call<ViolationRequest> c) => Record(c), creates: true).Needs(Act.Record).WithSummary("Record an alleged violation");

        var one = group.MapGroup("/violations/{violationId}");
        one.MapCommand("/corroborations", (Call<CorroborationRequest> c) => On(c, new ViolationCommand.Corroborate(c.Body.Origin, c.Body.Observation.ToObservation(c.Seal))))
            .Needs(Act.Corroborate).WithSummary("Add an independent account");
        one.MapCommand("/replies", (Call<ReplyRequest> c) => On(c, Reply(c))).Needs(Act.Reply).WithSummary("Answer as a party");
        one.MapCommand("/casualties", (Call<CasualtiesRequest> c) => On(c, new ViolationCommand.ReviseCasualties(
            new CasualtyClaim(ToRows(c.Body.Casualties), c.Body.ClaimedBy, c.Body.ClaimedAt, c.Body.Source)))).Needs(Act.ReviseCasualties).WithSummary("Add a claim of casualties");
        one.MapCommand("/amendments", (Call<AmendmentRequest> c) => On(c, new ViolationCommand.Amend(
            c.Body.Changes.ToChanges(c.Json.GetProperty("changes"), c.Seal), c.Seal.Text("reason", c.Body.Reason)))).Needs(Act.Amend).WithSummary("Correct the record");
        one.MapCommand("/attribution", (Call<AttributionRequest> c) => On(c, new ViolationCommand.Attribute(c.Body.ToAttribution(c.Seal)))).Needs(Act.Rule).WithSummary("Rule on who did it");
        one.MapCommand("/withdrawal", (Call<ReasonRequest> c) => On(c, new ViolationCommand.Withdraw(c.Seal.Text("reason", c.Body.Reason)))).Needs(Act.Withdraw).WithSummary("Withdraw the record");
        one.MapCommand("/reopening", (Call<ReasonRequest> c) => On(c, new ViolationCommand.Reopen(c.Seal.Text("reason", c.Body.Reason)))).Needs(Act.Rule).WithSummary("Reopen the case");
        one.MapCommand("/confirmation", (Call<ConfirmationRequest> c) => On(c, Confirm(c))).Needs(Act.Rule).WithSummary("Confirm the violation");
        one.MapCommand("/dismissal", (Call<DismissalRequest> c) => On(c, Dismiss(c))).Needs(Act.Rule).WithSummary("Dismiss the case");
        one.MapCommand("/unresolved", (Call<UnresolvedRequest> c) => On(c, new ViolationCommand.LeaveUnresolved(c.Body.Reason, c.Seal.Text("rationale", c.Body.Rationale))))
            .Needs(Act.Rule).WithSummary("Leave the case unresolved");

        one.MapPost("/erasure", (HttpContext context, Http.Commands commands, EvidenceFiles files) => commands.HandleAsync(context, (Call<ErasureRequest> c) => Erase(c, files)))
            .Accepts<ErasureRequest>(Body.Json).Describe<Receipt>(creates: false).Needs(Act.Erase).WithSummary("Erase personal data, or files of evidence");

        one.MapCommand("/disputes", (Call<DisputeRequest> c) => On(c, Dispute(c)), creates: true).Needs(Act.Dispute).WithSummary("Dispute the case");
        one.MapCommand("/disputes/{disputeId}/answer", (Call<DisputeAnswerRequest> c) => OnDispute(c, id =>
            new ViolationCommand.AnswerDispute(id, c.Seal.Text("statement", c.Body.Statement), ToValues(c.Body.Evidence)))).Needs(Act.AnswerDispute).WithSummary("Answer a dispute");
        one.MapCommand("/disputes/{disputeId}/withdrawal", (Call<ReasonRequest> c) => OnDispute(c, id =>
            new ViolationCommand.WithdrawDispute(id, c.Seal.Text("reason", c.Body.Reason)))).Needs(Act.WithdrawDispute).WithSummary("Withdraw a dispute");
        one.MapCommand("/disputes/{disputeId}/resolution", (Call<ResolutionRequest> c) => OnDispute(c, id => Resolve(c, id))).Needs(Act.Rule).WithSummary("Resolve a dispute");
    }

    /// <summary>One violation, also as a line of a batch.</summary>
    public static Target<ViolationCommand> Record(ViolationRequest body, AgreementId agreement, Guid commandId, Principal principal, Sealer seal)
    {
        var id = new ViolationId(body.ViolationId ?? CommandHeaders.MadeBy(commandId, "violation"));
        var command = new ViolationCommand.Record(id, agreement, body.ToReport(seal, principal.Subject), body.Confidential.ToDigests(seal));
        return new(Streams.Of(id), command) { NewIn = agreement };
    }

    private static Target<ViolationCommand>? Record(Call<ViolationRequest> c) =>
        c.Agreement is { } agreement ? Record(c.Body, agreement, c.CommandId, c.Principal, c.Seal) : null;

    private static ViolationCommand.Reply Reply(Call<ReplyRequest> c) => new(
        ToParty(c.Body.Party), c.Body.Reply, c.Body.Statement is { } text ? c.Seal.Text("statement", text) : null,
        c.Body.Reference, c.Body.Sha256, c.Body.ReplyTo);

    private static Target<ViolationCommand>? Erase(Call<ErasureRequest> c, EvidenceFiles files)
    {
        var command = new ViolationCommand.Erase(ToValues(c.Body.Names), c.Body.LegalBasis, c.Seal.Text("rationale", c.Body.Rationale)) { Evidence = ToValues(c.Body.Evidence) };
        // The event comes first: where the program dies behind it, the next start finds it and destroys again.
        return On(c, command) is not { } target ? null : target with { BeforeAnswer = stored => files.EraseAsync(stored.Answer.LastEvent) };
    }

    private static ViolationCommand.Dispute Dispute(Call<DisputeRequest> c) => new(
        new DisputeId(c.Made(c.Body.DisputeId, "dispute")), ToParty(c.Body.Party), c.Body.Grounds,
        c.Seal.Text("statement", c.Body.Statement), ToValues(c.Body.Evidence));

    private static ViolationCommand.Confirm Confirm(Call<ConfirmationRequest> c)
    {
        var attribution = c.Body.Attribution?.ToAttribution(c.Seal);
        // Left out = unchanged; null = undetermined.
        if (attribution is null && c.Json.TryGetProperty("attribution", out _)) attribution = new Attribution(null);
        return new(c.Body.Severity, c.Seal.Text("rationale", c.Body.Rationale), attribution);
    }

    private static ViolationCommand.Dismiss Dismiss(Call<DismissalRequest> c) => new(
        c.Body.Reason, c.Seal.Text("rationale", c.Body.Rationale), c.Body.DuplicateOf is { } original ? new ViolationId(original) : null);

    private static ViolationCommand.ResolveDispute Resolve(Call<ResolutionRequest> c, DisputeId id) => new(
        id, c.Body.Outcome, c.Seal.Text("rationale", c.Body.Rationale),
        c.Body.Remedy?.ToRemedy(c.Json.GetProperty("remedy"), c.Seal));

    private static Target<ViolationCommand>? On<TRequest>(Call<TRequest> c, ViolationCommand command) =>
        c.Violation is { } id ? new(Streams.Of(id), command) : null;

    private static Target<ViolationCommand>? OnDispute<TRequest>(Call<TRequest> c, Func<DisputeId, ViolationCommand> command) =>
        c.Dispute is { } dispute ? On(c, command(dispute)) : null;
}
