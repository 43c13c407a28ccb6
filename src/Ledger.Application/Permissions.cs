using System.Collections.Frozen;
using Ledger.Domain;
using Ledger.Domain.Access;
using Ledger.Domain.Agreements;
using Ledger.Domain.Claims;
using Ledger.Domain.Coverage;
using Ledger.Domain.Violations;

namespace Ledger.Application;

/// <summary>Everything that whoever signed in may ask for.</summary>
public enum Act
{
    ReadCodes, ReadOwnKey,
    ReadAgreements, ReadCases, ReadFigures, ReadCoverage, ReadClaims, ReadEvents, ReadEvidence, Export,
    ReadConfidential, ReadExactly, ReadOperatorsActs, ReadMetrics,
    Record, AttachEvidence, Corroborate, ReviseCasualties, Amend, Withdraw,
    Reply, Dispute, AnswerDispute, WithdrawDispute,
    Rule, Erase,
    KeepCoverage, RecordClaim, WithdrawClaim, Import,
    RunAgreement, DealWithKeys, DealWithWebhooks,
}

/// <summary>How far an act reaches. What lies out of reach looks as if it weren't there.</summary>
public enum Reach
{
    /// <summary>Nothing that is anybody's.</summary>
    Anybody,

    /// <summary>The agreements that the key sees, each for itself.</summary>
    Agreement,

    /// <summary>As <see cref="Agreement"/>, and a liaison's only for its own party, in cases that name it or nobody (the decider's rows: not-your-party).</summary>
    OwnParty,

    /// <summary>As <see cref="Agreement"/>, and only what the same subject said before (the decider's rows: not-the-recorder, not-your-dispute).</summary>
    OwnWord,

    /// <summary>The ledger as a whole: only keys that aren't limited to agreements.</summary>
    Ledger,
}

/// <summary>One row of the table: who may, and how far it reaches.</summary>
public sealed record Permission(Act Act, Reach Reach, params IReadOnlyList<Role> Roles);

/// <summary>Who may do what (api.md, "Who may do what"): the one table that every way in asks. What isn't in it is allowed to nobody.</summary>
public static class Permissions
{
    private static readonly Role[] Everybody = [Role.Administrator, Role.Monitor, Role.Liaison, Role.Verifier, Role.Auditor, Role.Reader];

    /// <remarks>An act is done in the first role of its row that the principal has: that one stands in the event.</remarks>
    public static readonly IReadOnlyList<Permission> Table =
    [
        new(Act.ReadCodes, Reach.Anybody, Everybody),
        new(Act.ReadOwnKey, Reach.Anybody, Everybody),

        new(Act.ReadAgreements, Reach.Agreement, Everybody),
        new(Act.ReadCases, Reach.Agreement, Everybody),
        new(Act.ReadFigures, Reach.Agreement, Everybody),
        new(Act.ReadCoverage, Reach.Agreement, Everybody),
        new(Act.ReadClaims, Reach.Agreement, Everybody),
        new(Act.ReadEvents, Reach.Agreement, Everybody),
        new(Act.ReadEvidence, Reach.Agreement, Everybody),
        new(Act.Export, Reach.Agreement, Everybody),
        new(Act.ReadConfidential, Reach.Agreement, Role.Monitor, Role.Verifier, Role.Auditor),
        new(Act.ReadExactly, Reach.Agreement, Role.Monitor, Role.Verifier, Role.Auditor, Role.Administrator),
        new(Act.ReadOperatorsActs, Reach.Ledger, Role.Administrator, Role.Auditor),
        new(Act.ReadMetrics, Reach.Ledger, Role.Administrator, Role.Auditor),

        new(Act.Record, Reach.Agreement, Role.Monitor),
        new(Act.AttachEvidence, Reach.OwnParty, Role.Monitor, Role.Liaison, Role.Verifier),
        new(Act.Corroborate, Reach.Agreement, Role.Monitor),
        new(Act.ReviseCasualties, Reach.Agreement, Role.Monitor),
        new(Act.Amend, Reach.OwnWord, Role.Monitor),
        new(Act.Withdraw, Reach.OwnWord, Role.Monitor),

        new(Act.Reply, Reach.OwnParty, Role.Liaison),
        new(Act.Dispute, Reach.OwnParty, Role.Monitor, Role.Liaison),
        new(Act.AnswerDispute, Reach.OwnParty, Role.Monitor, Role.Liaison),
        new(Act.WithdrawDispute, Reach.OwnWord, Role.Monitor, Role.Liaison),

        // A liaison gets as far as the rule that says why it may not: party-cannot-rule.
        new(Act.Rule, Reach.Agreement, Role.Verifier, Role.Liaison),
        new(Act.Erase, Reach.Agreement, Role.Administrator),

        new(Act.KeepCoverage, Reach.Agreement, Role.Monitor, Role.Administrator),
        new(Act.RecordClaim, Reach.Agreement, Role.Monitor),
        new(Act.WithdrawClaim, Reach.OwnWord, Role.Monitor, Role.Administrator),

        new(Act.Import, Reach.Agreement, Role.Monitor),

        new(Act.RunAgreement, Reach.Agreement, Role.Administrator),
        new(Act.DealWithKeys, Reach.Ledger, Role.Administrator),
        new(Act.DealWithWebhooks, Reach.Ledger, Role.Administrator),
    ];

    private static readonly FrozenDictionary<Act, Permission> ByAct = Table.ToFrozenDictionary(row => row.Act);

    /// <summary>The role that a principal acts in, or null where it may not.</summary>
    public static Role? RoleFor(Act act, Principal principal)
    {
        ArgumentNullException.ThrowIfNull(principal);
        if (!ByAct.TryGetValue(act, out var row)) return null;
        foreach (var role in row.Roles)
            if (principal.Is(role)) return role;
        return principal.Is(Role.System) ? Role.System : null;
    }

    /// <inheritdoc cref="RoleFor(Act, Principal)"/>
    public static Role? RoleFor(object command, Principal principal) => ActOf(command) is { } act ? RoleFor(act, principal) : null;

    /// <summary>True where the principal has a role for it, and what it is about is within reach.</summary>
    /// <param name="agreement">Whose; null for what is the whole ledger's.</param>
    public static bool May(this Principal principal, Act act, AgreementId? agreement = null) =>
        RoleFor(act, principal) is not null && (ByAct[act].Reach switch
        {
            Reach.Anybody => true,
            Reach.Ledger => principal.SeesAllAgreements,
            _ => agreement is { } one && principal.Sees(one),
        });

    /// <summary>What a command asks for; null for a command that nobody has thought of here.</summary>
    public static Act? ActOf(object command) => command switch
    {
        ViolationCommand.Record => Act.Record,
        ViolationCommand.AttachEvidence or ViolationCommand.StripEvidence => Act.AttachEvidence,
        ViolationCommand.Corroborate => Act.Corroborate,
        ViolationCommand.Reply => Act.Reply,
        ViolationCommand.Dispute => Act.Dispute,
        ViolationCommand.AnswerDispute => Act.AnswerDispute,
        ViolationCommand.WithdrawDispute => Act.WithdrawDispute,
        ViolationCommand.ReviseCasualties => Act.ReviseCasualties,
        ViolationCommand.Amend => Act.Amend,
        ViolationCommand.Withdraw => Act.Withdraw,
        ViolationCommand.Erase => Act.Erase,
        ViolationCommand { IsRuling: true } => Act.Rule,
        CoverageCommand => Act.KeepCoverage,
        ClaimCommand.Record => Act.RecordClaim,
        ClaimCommand.Withdraw => Act.WithdrawClaim,
        AgreementCommand => Act.RunAgreement,
        AccessCommand or AccountCommand => Act.DealWithKeys,
        WebhookCommand => Act.DealWithWebhooks,
        ReadingCommand => Act.ReadEvidence,
        _ => null,
    };
}
