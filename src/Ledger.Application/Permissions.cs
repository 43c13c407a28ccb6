using Ledger.Domain;
using Ledger.Domain.Access;
using Ledger.Domain.Agreements;
using Ledger.Domain.Claims;
using Ledger.Domain.Coverage;
using Ledger.Domain.Violations;

namespace Ledger.Application;

/// <summary>Which role may ask for what (api.md, "Who may do what"). What isn't in the table is allowed to nobody.</summary>
public static class Permissions
{
    /// <summary>The role that a principal acts in for this command, or null where it may not.</summary>
    public static Role? RoleFor(object command, Principal principal)
    {
        ArgumentNullException.ThrowIfNull(principal);
        foreach (var role in Allowed(command))
            if (principal.Is(role)) return role;
        return principal.Is(Role.System) ? Role.System : null;
    }

    private static ReadOnlySpan<Role> Allowed(object command) => command switch
    {
        ViolationCommand.Record => [Role.Monitor],
        ViolationCommand.AttachEvidence => [Role.Monitor, Role.Liaison, Role.Verifier],
        ViolationCommand.Corroborate => [Role.Monitor],
        ViolationCommand.Reply => [Role.Liaison],
        ViolationCommand.Dispute => [Role.Monitor, Role.Liaison],
        ViolationCommand.AnswerDispute => [Role.Monitor, Role.Liaison],
        ViolationCommand.WithdrawDispute => [Role.Monitor, Role.Liaison],
        ViolationCommand.ReviseCasualties => [Role.Monitor],
        ViolationCommand.Amend => [Role.Monitor],
        ViolationCommand.Withdraw => [Role.Monitor],
        ViolationCommand.Erase => [Role.Administrator],
        // A liaison gets as far as the rule that says why it may not: party-cannot-rule.
        ViolationCommand { IsRuling: true } => [Role.Verifier, Role.Liaison],
        CoverageCommand => [Role.Monitor, Role.Administrator],
        ClaimCommand.Record => [Role.Monitor],
        ClaimCommand.Withdraw => [Role.Monitor, Role.Administrator],
        AgreementCommand or AccessCommand or WebhookCommand => [Role.Administrator],
        _ => [],
    };
}
