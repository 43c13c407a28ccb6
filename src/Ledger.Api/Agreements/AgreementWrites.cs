using Ledger.Api.Http;
using Ledger.Application;
using Ledger.Domain;
using Ledger.Domain.Agreements;

namespace Ledger.Api.Agreements;

/// <summary>What administrators say of an agreement.</summary>
internal static class AgreementWrites
{
    public static void MapAgreementWrites(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/agreements").WithTags("Agreements").Needs(Act.RunAgreement);
        group.MapCommand("", (Call<AgreementRequest> c) => Register(c.Body.ToCommand()), creates: true).WithSummary("Register an agreement");

        var one = group.MapGroup("/{agreementId}");
        one.MapCommand("/parties", (Call<PartyRequest> c) => On(c.Agreement, new AgreementCommand.AddParty(c.Body.ToParty()))).WithSummary("Add a party");
        one.MapCommand("/provisions", (Call<ProvisionRequest> c) => On(c.Agreement, new AgreementCommand.AddProvision(c.Body.ToProvision()))).WithSummary("Add a provision");
        one.MapCommand("/zones", (Call<ZoneRequest> c) => On(c.Agreement, new AgreementCommand.DefineZone(c.Body.ToZone()))).WithSummary("Define a zone");
        one.MapCommand("/policy", (Call<PolicyChangeRequest> c) => On(c.Agreement, c.Body.ToCommand())).WithSummary("Change the policy");
        one.MapCommand("/suspension", (Call<TurnRequest> c) => On(c.Agreement, new AgreementCommand.Suspend(c.Body.At, c.Body.Reason(c.Seal)))).WithSummary("Suspend the agreement");
        one.MapCommand("/resumption", (Call<TurnRequest> c) => On(c.Agreement, new AgreementCommand.Resume(c.Body.At, c.Body.Reason(c.Seal)))).WithSummary("Resume the agreement");
        one.MapCommand("/end", (Call<TurnRequest> c) => On(c.Agreement, new AgreementCommand.End(c.Body.At, c.Body.Reason(c.Seal)))).WithSummary("End the agreement");
    }

    private static Target<AgreementCommand> Register(AgreementCommand.Register command) =>
        new(Streams.Of(command.AgreementId), command) { NewIn = command.AgreementId };

    private static Target<AgreementCommand>? On(AgreementId? agreement, AgreementCommand command) =>
        agreement is { } id ? new(Streams.Of(id), command) : null;
}
