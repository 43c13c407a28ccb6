using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;
using Ledger.Testing.Deciders;

namespace Ledger.Domain.Tests;

public sealed class WhoMaySayWhat
{
    [Theory]
    [InlineData("record")]
    [InlineData("dispute")]
    [InlineData("corroborate")]
    [InlineData("reply")]
    public void Who_took_part_does_not_rule(string part)
    {
        var both = new Actor(new("both"), Role.Monitor);
        var history = part switch
        {
            "record" => Case.Nothing().Given(both, Some.Recorded(Some.PartyA)),
            "reply" => Case.Alleged().When(both with { Role = Role.Liaison, Party = Some.PartyA }, Saying.Reply()),
            "dispute" => Case.Alleged().When(both, Saying.Dispute()).When(both, Saying.WithdrawDispute),
            _ => Case.Alleged().When(both, Saying.Corroboration()),
        };
        var ruling = both with { Role = Role.Verifier };
        history.When(ruling, Saying.Confirm()).ThenRefused("separation-of-duties");
        history.When(ruling, Saying.Dismiss()).ThenRefused("separation-of-duties");
        history.When(ruling, Saying.Unresolved).ThenRefused("separation-of-duties");
        history.When(ruling, Saying.Attribute(null)).ThenRefused("separation-of-duties");
        history.When(ruling, Saying.Reopen).ThenRefused("separation-of-duties");
    }

    [Fact]
    public void Nobody_resolves_their_own_dispute()
    {
        var both = new Actor(new("both"), Role.Monitor);
        Case.Alleged().When(both, Saying.Dispute()).When(both with { Role = Role.Verifier }, Saying.Reject).ThenRefused("separation-of-duties");
    }

    [Fact]
    public void A_party_does_not_rule()
    {
        Case.Alleged().When(Some.LiaisonA, Saying.Confirm()).ThenRefused("party-cannot-rule");
        Case.Alleged().When(Some.LiaisonA, Saying.Attribute(Some.PartyB)).ThenRefused("party-cannot-rule");
        Case.Alleged().When(Some.LiaisonA, Saying.Dismiss()).ThenRefused("party-cannot-rule");
    }

    [Fact]
    public void A_liaison_acts_only_in_cases_that_name_its_party_or_nobody()
    {
        Case.Alleged(Some.PartyA).When(Some.LiaisonB, Saying.Reply()).ThenRefused("not-your-party");
        Case.Alleged(Some.PartyA).When(Some.LiaisonB, Saying.Dispute()).ThenRefused("not-your-party");
        Case.Alleged(Some.PartyA).When(Some.LiaisonB, Saying.Evidence).ThenRefused("not-your-party");
        Case.Alleged(Some.PartyA).When(Some.LiaisonA, Saying.Reply()).Then(typeof(ViolationEvent.PartyReplied));
        Case.Alleged(undetermined: true).When(Some.LiaisonB, Saying.Reply()).Then(typeof(ViolationEvent.PartyReplied));
    }

    [Theory]
    [InlineData("affected")]
    [InlineData("alleging")]
    public void A_party_that_is_affected_or_alleges_is_named(string how)
    {
        var report = how == "affected"
            ? Some.Report(Some.PartyA) with { AffectedParty = Some.PartyB }
            : Some.Report(Some.PartyA) with { AllegedBy = Some.PartyB };
        Case.Nothing().Given(Some.Monitor, Some.Recorded(Some.PartyA, report: report))
            .When(Some.LiaisonB, Saying.Reply()).Then(typeof(ViolationEvent.PartyReplied));
    }

    [Fact]
    public void A_party_that_a_ruling_made_accountable_is_named() =>
        Case.Alleged(Some.PartyA).When(Some.Verifier, Saying.Attribute(Some.PartyB))
            .When(Some.LiaisonB, Saying.Dispute()).Then(typeof(ViolationEvent.Disputed));

    [Fact]
    public void A_liaison_speaks_for_no_other_party()
    {
        Case.Alleged().When(Some.LiaisonA, Saying.Reply(Some.PartyB)).ThenRefused("not-your-party");
        Case.Alleged().When(Some.LiaisonA, Saying.Dispute(Some.PartyB)).ThenRefused("not-your-party");
    }

    [Fact]
    public void A_liaisons_dispute_is_its_partys() =>
        Assert.Equal(Some.PartyA, Case.Alleged().When(Some.LiaisonA, Saying.Dispute()).State!.Disputes[0].Party);

    [Fact]
    public void Only_the_recorder_amends_and_withdraws()
    {
        Case.Alleged().When(Some.OtherMonitor, Saying.Amend()).ThenRefused("not-the-recorder");
        Case.Alleged().When(Some.OtherMonitor, Saying.Withdraw).ThenRefused("not-the-recorder");
    }

    [Fact]
    public void Only_who_raised_a_dispute_withdraws_it() =>
        Case.Alleged().When(Some.LiaisonA, Saying.Dispute()).When(Some.Monitor, Saying.WithdrawDispute).ThenRefused("not-your-dispute");

    [Fact]
    public void Rules_about_who_come_before_rules_about_the_case() =>
        Case.Alleged().When(Some.LiaisonA, Saying.Dispute())
            .When(Some.Monitor with { Role = Role.Verifier }, Saying.Confirm()).ThenRefused("separation-of-duties");

    [Fact]
    public void By_policy_who_confirmed_does_not_resolve()
    {
        var policy = new Policy(ConfirmersMayResolve: false);
        Case.Alleged().Under(policy).When(Some.Verifier, Saying.Confirm()).When(Some.LiaisonA, Saying.Dispute())
            .When(Some.Verifier, Saying.Reject).ThenRefused("separation-of-duties")
            .When(Some.SecondVerifier, Saying.Reject).Then(typeof(ViolationEvent.DisputeResolved));
        Case.Alleged().When(Some.Verifier, Saying.Confirm()).When(Some.LiaisonA, Saying.Dispute())
            .When(Some.Verifier, Saying.Reject).Then(typeof(ViolationEvent.DisputeResolved));
    }

    [Fact]
    public void By_policy_everyone_of_a_quorum_that_confirmed_does_not_resolve()
    {
        var policy = new Policy(ConfirmationsRequired: 2, ConfirmersMayResolve: false);
        Case.Alleged().Under(policy).When(Some.Verifier, Saying.Confirm()).When(Some.SecondVerifier, Saying.Confirm())
            .When(Some.LiaisonA, Saying.Dispute())
            .When(Some.Verifier, Saying.Reject).ThenRefused("separation-of-duties")
            .When(Some.SecondVerifier, Saying.Reject).ThenRefused("separation-of-duties")
            .When(Some.ThirdVerifier, Saying.Reject).Then(typeof(ViolationEvent.DisputeResolved));
    }
}
