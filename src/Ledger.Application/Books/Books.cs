using Ledger.Domain;
using Ledger.Domain.Access;
using Ledger.Domain.Agreements;
using Ledger.Domain.Claims;
using Ledger.Domain.Coverage;
using Ledger.Domain.Violations;
using Ledger.Projections;

namespace Ledger.Application.Books;

public sealed class AgreementBook : Book<AgreementCommand, AgreementState, AgreementEvent>
{
    public override AgreementState Evolve(AgreementState? state, Fact<AgreementEvent> fact) => AgreementDecider.Evolve(state, fact);

    public override ValueTask<Decision<AgreementEvent>> DecideAsync(
        AgreementCommand command, AgreementState? state, DateTimeOffset now, Actor actor, Principal principal, CancellationToken cancellation) =>
        new(AgreementDecider.Decide(command, state, actor));

    public override AgreementId? AgreementOf(AgreementCommand command, AgreementState? state) =>
        command is AgreementCommand.Register c ? c.AgreementId : state?.AgreementId;

    public override bool Creates(AgreementCommand command) => command is AgreementCommand.Register;

    public override bool IsFirstOf(AgreementCommand command, AgreementEvent earlier) => (command, earlier) switch
    {
        (AgreementCommand.Register, AgreementEvent.Registered) => true,
        (AgreementCommand.AddParty c, AgreementEvent.PartyAdded e) => c.Party.PartyId == e.Party.PartyId,
        (AgreementCommand.AddProvision c, AgreementEvent.ProvisionAdded e) => c.Provision.ProvisionId == e.Provision.ProvisionId,
        (AgreementCommand.DefineZone c, AgreementEvent.ZoneDefined e) => c.Zone.ZoneId == e.Zone.ZoneId,
        _ => false,
    };
}

public sealed class ViolationBook(AgreementCache agreements, HistoryReader reader, Erasure erasure, LedgerView view) : Book<ViolationCommand, ViolationState, ViolationEvent>
{
    public override ViolationState Evolve(ViolationState? state, Fact<ViolationEvent> fact) => ViolationDecider.Evolve(state, fact);

    public override async ValueTask<Decision<ViolationEvent>> DecideAsync(
        ViolationCommand command, ViolationState? state, DateTimeOffset now, Actor actor, Principal principal, CancellationToken cancellation)
    {
        var own = await agreements.GetAsync(AgreementOf(command, state)!.Value, cancellation);
        var others = new Dictionary<AgreementId, AgreementState>();
        foreach (var breach in BreachesIn(command))
            if (principal.Sees(breach.AgreementId) && await agreements.GetAsync(breach.AgreementId, cancellation) is { } other) others[breach.AgreementId] = other.State;

        var target = command is ViolationCommand.Dismiss { DuplicateOf: { } original }
            ? await reader.FoldAsync<ViolationState, ViolationEvent>(Streams.Of(original), Evolve, cancellation)
            : null;
        var context = new ViolationContext(own?.State, own?.Zone ?? TimeZoneInfo.Utc, others, target);
        if (command is ViolationCommand.AttachEvidence attach && await IsErasedAsync(attach, own?.State.AgreementId, cancellation))
            return new Refusal(Codes.EvidenceErased, "This file was erased from the agreement's evidence; it isn't taken in again.");
        if (command is ViolationCommand.Erase { Evidence.Count: 0 } erase && state is not null) command = await erasure.ResolveAsync(erase, state, cancellation);
        return ViolationDecider.Decide(command, state, context, now, actor);
    }

    private async ValueTask<bool> IsErasedAsync(ViolationCommand.AttachEvidence command, AgreementId? agreement, CancellationToken cancellation) =>
        agreement is { } own && (await view.ErasedFilesAsync(cancellation)).Contains((own, command.Evidence.Sha256));

    public override AgreementId? AgreementOf(ViolationCommand command, ViolationState? state) =>
        command is ViolationCommand.Record c ? c.AgreementId : state?.AgreementId;

    public override bool Creates(ViolationCommand command) => command is ViolationCommand.Record;

    public override bool AnswersCreated(ViolationCommand command) => command is ViolationCommand.Record or ViolationCommand.Dispute;

    public override bool IsDecision(ViolationCommand command) => command.IsDecision;

    public override async ValueTask<bool> PathExistsAsync(ViolationCommand command, ViolationState? state, CancellationToken cancellation) => command switch
    {
        ViolationCommand.Record c => await agreements.ExistsAsync(c.AgreementId, cancellation),
        ViolationCommand.AnswerDispute c => state!.DisputeOf(c.DisputeId) is not null,
        ViolationCommand.WithdrawDispute c => state!.DisputeOf(c.DisputeId) is not null,
        ViolationCommand.ResolveDispute c => state!.DisputeOf(c.DisputeId) is not null,
        _ => true,
    };

    public override bool IsFirstOf(ViolationCommand command, ViolationEvent earlier) => (command, earlier) switch
    {
        (ViolationCommand.Record c, ViolationEvent.Recorded e) => c.AgreementId == e.AgreementId,
        (ViolationCommand.Dispute c, ViolationEvent.Disputed e) => c.DisputeId == e.DisputeId,
        _ => false,
    };

    public override IReadOnlyCollection<string> HiddenIn(ViolationEvent earlier) => earlier is ViolationEvent.Recorded e ? e.Confidential : [];

    public override ValueTask AfterAsync(IReadOnlyList<ViolationEvent> stored, CancellationToken cancellation) =>
        erasure.ApplyAsync(stored.OfType<ViolationEvent.PersonalDataErased>().SelectMany(e => e.Digests), cancellation);

    private static Values<Breach> BreachesIn(ViolationCommand command) => command switch
    {
        ViolationCommand.Record c => c.Report.AlsoBreaches,
        ViolationCommand.Amend c => c.Changes.AlsoBreaches.Or(Values<Breach>.None),
        ViolationCommand.ResolveDispute { Remedy: Remedy.Amended r } => r.Changes.AlsoBreaches.Or(Values<Breach>.None),
        _ => Values<Breach>.None,
    };
}

public sealed class CoverageBook(AgreementCache agreements) : Book<CoverageCommand, CoverageState, CoverageEvent>
{
    public override CoverageState Evolve(CoverageState? state, Fact<CoverageEvent> fact) => CoverageDecider.Evolve(state, fact);

    public override async ValueTask<Decision<CoverageEvent>> DecideAsync(
        CoverageCommand command, CoverageState? state, DateTimeOffset now, Actor actor, Principal principal, CancellationToken cancellation) =>
        CoverageDecider.Decide(command, state, (await agreements.GetAsync(AgreementOf(command, state)!.Value, cancellation))?.State, now);

    public override AgreementId? AgreementOf(CoverageCommand command, CoverageState? state) => command switch
    {
        CoverageCommand.LogMonitoring c => c.AgreementId,
        CoverageCommand.RecordGap c => c.AgreementId,
        _ => state?.AgreementId,
    };

    public override bool Creates(CoverageCommand command) => command is not CoverageCommand.Correct;

    public override async ValueTask<bool> PathExistsAsync(CoverageCommand command, CoverageState? state, CancellationToken cancellation) =>
        await agreements.GetAsync(AgreementOf(command, state)!.Value, cancellation) is not null;

    public override bool IsFirstOf(CoverageCommand command, CoverageEvent earlier) => (command, earlier) switch
    {
        (CoverageCommand.LogMonitoring c, CoverageEvent.MonitoringLogged e) => c.AgreementId == e.AgreementId,
        (CoverageCommand.RecordGap c, CoverageEvent.GapRecorded e) => c.AgreementId == e.AgreementId,
        _ => false,
    };
}

public sealed class ClaimBook(AgreementCache agreements) : Book<ClaimCommand, ClaimState, ClaimEvent>
{
    public override ClaimState Evolve(ClaimState? state, Fact<ClaimEvent> fact) => ClaimDecider.Evolve(state, fact);

    public override async ValueTask<Decision<ClaimEvent>> DecideAsync(
        ClaimCommand command, ClaimState? state, DateTimeOffset now, Actor actor, Principal principal, CancellationToken cancellation) =>
        ClaimDecider.Decide(command, state, (await agreements.GetAsync(AgreementOf(command, state)!.Value, cancellation))?.State, actor);

    public override AgreementId? AgreementOf(ClaimCommand command, ClaimState? state) =>
        command is ClaimCommand.Record c ? c.AgreementId : state?.AgreementId;

    public override bool Creates(ClaimCommand command) => command is ClaimCommand.Record;

    public override async ValueTask<bool> PathExistsAsync(ClaimCommand command, ClaimState? state, CancellationToken cancellation) =>
        await agreements.GetAsync(AgreementOf(command, state)!.Value, cancellation) is not null;

    public override bool IsFirstOf(ClaimCommand command, ClaimEvent earlier) =>
        (command, earlier) is (ClaimCommand.Record c, ClaimEvent.AggregateClaimRecorded e) && c.AgreementId == e.AgreementId;
}

public sealed class AccessBook : Book<AccessCommand, KeyState, AccessEvent>
{
    public override KeyState Evolve(KeyState? state, Fact<AccessEvent> fact) => AccessDecider.Evolve(state, fact);

    public override ValueTask<Decision<AccessEvent>> DecideAsync(
        AccessCommand command, KeyState? state, DateTimeOffset now, Actor actor, Principal principal, CancellationToken cancellation) =>
        new(AccessDecider.Decide(command, state, now, actor));

    public override AgreementId? AgreementOf(AccessCommand command, KeyState? state) => null;

    public override bool Creates(AccessCommand command) => command is AccessCommand.IssueKey;

    public override bool IsFirstOf(AccessCommand command, AccessEvent earlier) => command is AccessCommand.IssueKey && earlier is AccessEvent.KeyIssued or AccessEvent.KeyProposed;

    public override IReadOnlyCollection<string> HiddenIn(AccessEvent earlier) => earlier switch
    {
        AccessEvent.KeyIssued e => [e.DisplayName],
        AccessEvent.KeyProposed e => [e.DisplayName],
        _ => [],
    };
}

public sealed class AccountBook : Book<AccountCommand, AccountState, AccountEvent>
{
    public override AccountState Evolve(AccountState? state, Fact<AccountEvent> fact) => AccountDecider.Evolve(state, fact);

    public override ValueTask<Decision<AccountEvent>> DecideAsync(
        AccountCommand command, AccountState? state, DateTimeOffset now, Actor actor, Principal principal, CancellationToken cancellation) =>
        new(AccountDecider.Decide(command, state, actor));

    public override AgreementId? AgreementOf(AccountCommand command, AccountState? state) => null;

    public override bool Creates(AccountCommand command) => command is AccountCommand.End or AccountCommand.Block;

    /// <summary>The account is the issuer's; nothing of it is made here.</summary>
    public override bool AnswersCreated(AccountCommand command) => false;
}

public sealed class WebhookBook : Book<WebhookCommand, WebhookState, WebhookEvent>
{
    public override WebhookState Evolve(WebhookState? state, Fact<WebhookEvent> fact) => WebhookDecider.Evolve(state, fact);

    public override ValueTask<Decision<WebhookEvent>> DecideAsync(
        WebhookCommand command, WebhookState? state, DateTimeOffset now, Actor actor, Principal principal, CancellationToken cancellation) =>
        new(WebhookDecider.Decide(command, state));

    public override AgreementId? AgreementOf(WebhookCommand command, WebhookState? state) => null;

    public override bool Creates(WebhookCommand command) => command is WebhookCommand.Register;

    public override bool IsFirstOf(WebhookCommand command, WebhookEvent earlier) =>
        command is WebhookCommand.Register && earlier is WebhookEvent.Registered;
}

/// <summary>Who has read which file of evidence. The reader sees the agreement, or there would be nothing to note.</summary>
public sealed class ReadingBook : Book<ReadingCommand, ReadingState, ReadingEvent>
{
    public override ReadingState Evolve(ReadingState? state, Fact<ReadingEvent> fact) => ReadingDecider.Evolve(state, fact);

    public override ValueTask<Decision<ReadingEvent>> DecideAsync(
        ReadingCommand command, ReadingState? state, DateTimeOffset now, Actor actor, Principal principal, CancellationToken cancellation) =>
        new(ReadingDecider.Decide(command));

    public override AgreementId? AgreementOf(ReadingCommand command, ReadingState? state) => command is ReadingCommand.Note c ? c.AgreementId : state?.AgreementId;

    public override bool Creates(ReadingCommand command) => true;
}
