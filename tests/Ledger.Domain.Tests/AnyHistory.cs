using CsCheck;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;
using Ledger.Testing.Deciders;

namespace Ledger.Domain.Tests;

public sealed class AnyHistory
{
    private static readonly Gen<Actor> Actors = OneOf(
        Some.Monitor, Some.OtherMonitor, Some.LiaisonA, Some.LiaisonB, Some.Verifier, Some.SecondVerifier, Some.ThirdVerifier);

    private static readonly Gen<PartyId?> Parties = OneOf<PartyId?>(null, Some.PartyA, Some.PartyB, Some.NonSignatory);

    private static readonly Gen<ViolationCommand> Commands = Gen.Select(Gen.Int[0, 15], Parties, Gen.Int[0, 9]).Select<(int, PartyId?, int), ViolationCommand>(t => t switch
    {
        (0, _, _) => Saying.Evidence,
        (1, _, var n) => Saying.Corroboration($"team-{n}"),
        (2, _, _) => Saying.Reply(),
        (3, _, var n) => Saying.Dispute(id: new DisputeId(new Guid(n, 1, 0, new byte[8]))),
        (4, _, var n) => new ViolationCommand.AnswerDispute(new DisputeId(new Guid(n, 1, 0, new byte[8])), Some.Text(), Values<string>.None),
        (5, _, var n) => new ViolationCommand.WithdrawDispute(new DisputeId(new Guid(n, 1, 0, new byte[8])), Some.Text()),
        (6, _, var n) => new ViolationCommand.ResolveDispute(new DisputeId(new Guid(n, 1, 0, new byte[8])), DisputeOutcome.Rejected, Some.Text(), null),
        (7, var p, var n) => new ViolationCommand.ResolveDispute(
            new DisputeId(new Guid(n, 1, 0, new byte[8])), DisputeOutcome.Upheld, Some.Text(),
            (n % 4) switch
            {
                0 => new Remedy.Dismissed(DismissalReason.NoIncident),
                1 => new Remedy.Reattributed(Some.AttributedTo(p)),
                2 => new Remedy.Reopened(),
                _ => new Remedy.Amended(new ReportChanges { Category = Change<Category>.To(Category.AirStrike) }),
            }),
        (8, var p, _) => Saying.Confirm(p is null ? null : Some.AttributedTo(p)),
        (9, _, _) => Saying.Dismiss(),
        (10, _, _) => Saying.Unresolved,
        (11, var p, _) => Saying.Attribute(p),
        (12, _, var n) => n < 5 ? Saying.Amend() : Saying.AmendNarrative,
        (13, _, var n) => Saying.Casualties(best: n),
        (14, _, _) => Saying.Reopen,
        _ => Saying.Withdraw,
    });

    /// <summary>Whatever is accepted folds, with one status, and what the rules promise of a case holds after every step.</summary>
    [Fact]
    public void That_is_accepted_folds_and_keeps_the_promises() =>
        Gen.Select(Parties, Gen.Select(Actors, Commands).Array[1, 60], Gen.Int[1, 3]).Sample((alleged, steps, quorum) =>
        {
            var history = Case.Nothing().Under(new Policy(ConfirmationsRequired: quorum, RulingsRequired: quorum))
                .Given(Some.Monitor, Some.Recorded(alleged));
            foreach (var (actor, command) in steps)
            {
                var s = history.State!;
                if (DisputeIn(command) is { } dispute && s.DisputeOf(dispute) is null) continue; // 404 before any rule
                if (actor.Role != Role.Liaison && command is ViolationCommand.Reply) continue;   // not-allowed before any rule
                history.When(actor, command);
                if (history.Said is Decision<ViolationEvent>.Refused)
                {
                    Assert.Same(s, history.State);
                    continue;
                }

                Assert.Equal(history.Events.Count - 1, history.State!.Revision);
                Assert.Equal(alleged, history.State.Report.AllegedParty);
                var open = history.State.Disputes.Where(d => d.Status == DisputeStatus.Open).ToArray();
                Assert.Equal(open.Length, open.Select(d => (d.Party, d.Party is null ? d.By : default)).Distinct().Count());
                if (history.State.IsWithdrawn) Assert.Null(history.State.Finding);
                if (command.IsRuling) Assert.NotEqual(Some.Monitor.Subject, actor.Subject);
            }
        }, iter: 2_000);

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static DisputeId? DisputeIn(ViolationCommand command) => command switch
    {
        ViolationCommand.AnswerDispute c => c.DisputeId,
        ViolationCommand.WithdrawDispute c => c.DisputeId,
        ViolationCommand.ResolveDispute c => c.DisputeId,
        _ => null,
    };
}
