using Ledger.Domain.Agreements;
using Ledger.Testing.Deciders;

namespace Ledger.Domain.Tests;

public sealed class WhoChangesThePolicy
{
    private static readonly AgreementState TwoMustAgree = Some.AgreementState() with { Safeguards = new Safeguards(PolicyApprovals: 2) };

    private static AgreementCommand.ChangePolicy Quorum(int confirmations) => Nothing with { ConfirmationsRequired = Change<int>.To(confirmations) };

    private static readonly AgreementCommand.ChangePolicy Nothing = new(default, default, default, default, default, default, default);

    [Fact]
    public void One_administrator_is_enough_where_nothing_else_is_agreed()
    {
        var changed = Assert.IsType<AgreementEvent.PolicyChanged>(Assert.Single(Accepted(Quorum(3), Some.AgreementState(), Some.Administrator)));

        Assert.Equal(3, changed.Policy.ConfirmationsRequired);
    }

    [Fact]
    public void Where_two_must_agree_the_first_only_approves_and_does_not_agree_with_itself()
    {
        var one = After(TwoMustAgree, Quorum(3), Some.Administrator, typeof(AgreementEvent.PolicyChangeApproved));

        Assert.Equal(1, one.Policy.ConfirmationsRequired);
        Assert.Equal("separation-of-duties", RefusedBecause(Quorum(3), one, Some.Administrator));
        var two = After(one, Quorum(3), Some.SecondAdministrator, typeof(AgreementEvent.PolicyChanged));
        Assert.Equal(3, two.Policy.ConfirmationsRequired);
        Assert.Empty(two.PolicyApprovals);
    }

    [Fact]
    public void Only_the_same_change_agrees()
    {
        var one = After(TwoMustAgree, Quorum(3), Some.Administrator, typeof(AgreementEvent.PolicyChangeApproved));
        var other = After(one, Quorum(2), Some.SecondAdministrator, typeof(AgreementEvent.PolicyChangeApproved));

        Assert.Equal(1, other.Policy.ConfirmationsRequired);
        After(other, Quorum(2), Some.Administrator, typeof(AgreementEvent.PolicyChanged));
    }

    [Fact]
    public void Nobody_lowers_the_number_alone()
    {
        var alone = Nothing with { PolicyApprovals = Change<int>.To(1) };

        var one = After(TwoMustAgree, alone, Some.Administrator, typeof(AgreementEvent.PolicyChangeApproved));
        Assert.Equal(2, one.Safeguards.PolicyApprovals);
        Assert.Equal(1, After(one, alone, Some.SecondAdministrator, typeof(AgreementEvent.SafeguardsChanged)).Safeguards.PolicyApprovals);
    }

    [Fact]
    public void A_change_of_both_parts_is_two_events_and_one_of_a_part_is_one()
    {
        var both = Quorum(3) with { PlacePrecisionMetres = Change<int>.To(5_000), TimePrecision = Change<TimePrecision>.To(TimePrecision.Day) };

        After(Some.AgreementState(), both, Some.Administrator, typeof(AgreementEvent.PolicyChanged), typeof(AgreementEvent.SafeguardsChanged));
        After(Some.AgreementState(), both with { ConfirmationsRequired = default }, Some.Administrator, typeof(AgreementEvent.SafeguardsChanged));
    }

    private static AgreementState After(AgreementState state, AgreementCommand command, Actor actor, params Type[] events)
    {
        var accepted = Accepted(command, state, actor);
        Assert.Equal(events, accepted.Select(e => e.GetType()));
        foreach (var e in accepted) state = AgreementDecider.Evolve(state, new Fact<AgreementEvent>(e, Guid.NewGuid(), actor, state.RecordedAt, state.Revision + 1));
        return state;
    }

    private static IReadOnlyList<AgreementEvent> Accepted(AgreementCommand command, AgreementState state, Actor actor) =>
        Assert.IsType<Decision<AgreementEvent>.Accepted>(AgreementDecider.Decide(command, state, actor)).Events;

    private static string RefusedBecause(AgreementCommand command, AgreementState state, Actor actor) =>
        Assert.IsType<Decision<AgreementEvent>.Refused>(AgreementDecider.Decide(command, state, actor)).Why.Code;
}
