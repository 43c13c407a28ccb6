using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;
using Ledger.Testing.Deciders;

namespace Ledger.Domain.Tests;

public sealed class HowAQuorumIsMade
{
    private static readonly Actor DelegateA = new(new("verifier-a"), Role.Verifier, Some.PartyA);
    private static readonly Actor OtherDelegateA = new(new("verifier-a2"), Role.Verifier, Some.PartyA);
    private static readonly Actor DelegateB = new(new("verifier-b"), Role.Verifier, Some.PartyB);

    [Fact]
    public void Below_the_quorum_a_ruling_has_no_effect()
    {
        var history = Case.Alleged().Under(new Policy(ConfirmationsRequired: 3)).When(Some.Verifier, Saying.Confirm());
        history.Then(typeof(ViolationEvent.RulingEndorsed)).ThenStatus(ViolationStatus.Alleged);
        Assert.Equal((1, 3), Tally(history));
    }

    [Fact]
    public void The_yes_that_fills_it_is_stored_together_with_the_ruling() =>
        Case.Alleged().Under(new Policy(ConfirmationsRequired: 2))
            .When(Some.Verifier, Saying.Confirm(why: "I saw it.")).When(Some.SecondVerifier, Saying.Confirm(why: "So did I."))
            .Then(typeof(ViolationEvent.RulingEndorsed), typeof(ViolationEvent.Confirmed)).ThenStatus(ViolationStatus.Confirmed);

    [Fact]
    public void A_quorum_of_one_stores_the_ruling_alone() =>
        Case.Alleged().When(Some.Verifier, Saying.Confirm()).Then(typeof(ViolationEvent.Confirmed));

    [Fact]
    public void Only_exactly_the_same_ruling_adds_up()
    {
        var history = Case.Alleged().Under(new Policy(ConfirmationsRequired: 2)).When(Some.Verifier, Saying.Confirm(severity: Severity.Serious));
        history.When(Some.SecondVerifier, Saying.Confirm(severity: Severity.Minor)).ThenStatus(ViolationStatus.Alleged);
        Assert.Equal((1, 2), Tally(history));
        history.When(Some.ThirdVerifier, Saying.Confirm(Some.AttributedTo(Some.PartyB))).ThenStatus(ViolationStatus.Alleged);
        Assert.Equal((1, 2), Tally(history));
    }

    [Fact]
    public void A_later_yes_replaces_the_earlier_of_the_same_subject()
    {
        var history = Case.Alleged().Under(new Policy(ConfirmationsRequired: 2))
            .When(Some.Verifier, Saying.Confirm()).When(Some.Verifier, Saying.Confirm());
        Assert.Equal((1, 2), Tally(history));
        Assert.Single(history.State!.Endorsements);
    }

    [Fact]
    public void One_per_delegation_counts_delegations()
    {
        var history = Case.Alleged(undetermined: true).Under(new Policy(ConfirmationsRequired: 2, OnePerDelegation: true))
            .When(DelegateA, Saying.Confirm());
        history.When(OtherDelegateA, Saying.Confirm()).ThenStatus(ViolationStatus.Alleged);
        Assert.Equal((1, 2), Tally(history));
        history.When(Some.Verifier, Saying.Confirm()).ThenStatus(ViolationStatus.Alleged);
        Assert.Equal((1, 2), Tally(history));
        history.When(DelegateB, Saying.Confirm()).ThenStatus(ViolationStatus.Confirmed);
    }

    [Fact]
    public void A_dispute_clears_endorsements()
    {
        var history = Case.Alleged().Under(new Policy(ConfirmationsRequired: 2)).When(Some.Verifier, Saying.Confirm())
            .When(Some.LiaisonA, Saying.Dispute()).When(Some.ThirdVerifier, Saying.Reject);
        history.When(Some.SecondVerifier, Saying.Confirm()).ThenStatus(ViolationStatus.Alleged);
        Assert.Equal((1, 2), Tally(history));
    }

    [Fact]
    public void An_amendment_clears_endorsements()
    {
        var history = Case.Alleged().Under(new Policy(ConfirmationsRequired: 2)).When(Some.Verifier, Saying.Confirm()).When(Some.Monitor, Saying.Amend());
        Assert.Empty(history.State!.Endorsements);
    }

    [Fact]
    public void Reopening_takes_the_quorum_of_the_finding_that_it_replaces()
    {
        var history = Case.Alleged().Under(new Policy(ConfirmationsRequired: 2, RulingsRequired: 1))
            .When(Some.Verifier, Saying.Confirm()).When(Some.SecondVerifier, Saying.Confirm()).ThenStatus(ViolationStatus.Confirmed);
        history.When(Some.ThirdVerifier, Saying.Reopen).Then(typeof(ViolationEvent.RulingEndorsed)).ThenStatus(ViolationStatus.Confirmed);
        history.When(Some.Verifier, Saying.Reopen).ThenStatus(ViolationStatus.Alleged);
    }

    [Fact]
    public void A_remedy_takes_the_quorum_of_the_finding_that_it_replaces()
    {
        var remedy = Saying.Uphold(new Remedy.Dismissed(DismissalReason.NoViolation));
        var history = Case.Alleged().Under(new Policy(ConfirmationsRequired: 2, RulingsRequired: 1))
            .When(Some.Verifier, Saying.Confirm()).When(Some.SecondVerifier, Saying.Confirm()).When(Some.LiaisonA, Saying.Dispute());
        history.When(Some.ThirdVerifier, remedy).Then(typeof(ViolationEvent.RulingEndorsed)).ThenStatus(ViolationStatus.Disputed);
        history.When(Some.Verifier, remedy).ThenStatus(ViolationStatus.Dismissed);
    }

    [Fact]
    public void One_verifier_does_not_attribute_anew_what_a_quorum_confirmed()
    {
        var history = ConfirmedByThree();
        history.When(Some.ThirdVerifier, Saying.Attribute(Some.PartyB)).Then(typeof(ViolationEvent.RulingEndorsed));
        Assert.Equal((1, 3), Tally(history));
        Assert.Equal(Some.PartyA, history.State!.AccountableParty);
        history.When(Some.Verifier, Saying.Attribute(Some.PartyB)).When(Some.SecondVerifier, Saying.Attribute(Some.PartyB))
            .Then(typeof(ViolationEvent.RulingEndorsed), typeof(ViolationEvent.Attributed));
        Assert.Equal(Some.PartyB, history.State!.AccountableParty);
    }

    [Theory]
    [InlineData("amended")]
    [InlineData("reattributed")]
    public void A_remedy_that_leaves_the_finding_takes_its_quorum_too(string kind)
    {
        Remedy remedy = kind == "amended"
            ? new Remedy.Amended(new ReportChanges { Category = Change<Category>.To(Category.MissileStrike) })
            : new Remedy.Reattributed(Some.AttributedTo(Some.PartyB));
        var history = ConfirmedByThree().When(Some.LiaisonA, Saying.Dispute());
        history.When(Some.Verifier, Saying.Uphold(remedy)).When(Some.SecondVerifier, Saying.Uphold(remedy))
            .Then(typeof(ViolationEvent.RulingEndorsed)).ThenStatus(ViolationStatus.Disputed);
        Assert.Equal((2, 3), Tally(history));
        history.When(Some.ThirdVerifier, Saying.Uphold(remedy)).ThenStatus(ViolationStatus.Confirmed);
    }

    [Fact]
    public void Rejecting_a_dispute_and_attributing_without_a_finding_take_the_usual_quorum()
    {
        ConfirmedByThree().When(Some.LiaisonA, Saying.Dispute()).When(Some.Verifier, Saying.Reject).Then(typeof(ViolationEvent.DisputeResolved));
        Case.Alleged().Under(new Policy(ConfirmationsRequired: 3)).When(Some.Verifier, Saying.Attribute(Some.PartyB)).Then(typeof(ViolationEvent.Attributed));
    }

    [Fact]
    public void A_yes_of_somebody_who_takes_part_afterwards_counts_no_longer()
    {
        var history = Case.Alleged().Under(new Policy(ConfirmationsRequired: 2)).When(Some.Verifier, Saying.Confirm())
            .When(Some.Verifier with { Role = Role.Monitor }, Saying.Corroboration());
        history.When(Some.SecondVerifier, Saying.Confirm()).ThenStatus(ViolationStatus.Alleged);
        Assert.Equal((1, 2), Tally(history));
        history.When(Some.ThirdVerifier, Saying.Confirm()).ThenStatus(ViolationStatus.Confirmed);
    }

    [Fact]
    public void Somebody_elses_corroboration_leaves_a_yes_as_it_is() =>
        Case.Alleged().Under(new Policy(ConfirmationsRequired: 2)).When(Some.Verifier, Saying.Confirm())
            .When(Some.OtherMonitor, Saying.Corroboration()).When(Some.SecondVerifier, Saying.Confirm()).ThenStatus(ViolationStatus.Confirmed);

    [Fact]
    public void A_spent_yes_does_not_add_up_again()
    {
        var history = Case.Alleged().Under(new Policy(RulingsRequired: 2))
            .When(Some.Verifier, Saying.Attribute(Some.PartyB)).When(Some.SecondVerifier, Saying.Attribute(Some.PartyB));
        Assert.Equal(Some.PartyB, history.State!.AccountableParty);
        history.When(Some.ThirdVerifier, Saying.Attribute(Some.PartyA));
        history.When(Some.Verifier, Saying.Attribute(Some.PartyB));
        Assert.Equal((1, 2), Tally(history));
    }

    private static Case ConfirmedByThree() => Case.Alleged().Under(new Policy(ConfirmationsRequired: 3))
        .When(Some.Verifier, Saying.Confirm()).When(Some.SecondVerifier, Saying.Confirm()).When(Some.ThirdVerifier, Saying.Confirm())
        .ThenStatus(ViolationStatus.Confirmed);

    private static (int Given, int Required) Tally(Case history)
    {
        var last = Assert.IsType<ViolationEvent.RulingEndorsed>(history.Events[^1]);
        return (last.Given, last.Required);
    }
}
