using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;
using Ledger.Testing.Deciders;

namespace Ledger.Domain.Tests;

public sealed class WhatIsErased
{
    private static ViolationCommand.Erase Erase(string digests = "witness phone", string basis = "GDPR Article 17", string why = "Asked for.") =>
        new(Values<string>.None, basis, Some.Text(why)) { Digests = digests.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToValues() };

    private static Case TwoMustAgree => Case.Alleged().Under(Policy.Default with { ErasureApprovals = 2 });

    [Fact]
    public void What_the_case_does_not_hold_any_more_is_refused()
    {
        Case.Alleged().When(Some.Administrator, Erase("")).ThenRefused("nothing-to-erase");
        Case.Alleged().When(Some.Administrator, Erase()).When(Some.SecondAdministrator, Erase()).ThenRefused("nothing-to-erase");
    }

    [Fact]
    public void Where_two_must_agree_the_first_only_approves_and_does_not_agree_with_itself()
    {
        var one = TwoMustAgree.When(Some.Administrator, Erase()).Then(typeof(ViolationEvent.ErasureApproved));
        Assert.Empty(one.State!.Erased);
        one.When(Some.Administrator, Erase()).ThenRefused("separation-of-duties");
        one.When(Some.SecondAdministrator, Erase(why: "In other words.")).Then(typeof(ViolationEvent.PersonalDataErased));
        Assert.Equal(["witness", "phone"], one.State.Erased);
        Assert.Empty(one.State.ErasureApprovals);
    }

    [Fact]
    public void Only_the_same_erasure_on_the_same_basis_agrees()
    {
        TwoMustAgree.When(Some.Administrator, Erase("phone")).Then(typeof(ViolationEvent.ErasureApproved))
            .When(Some.SecondAdministrator, Erase()).Then(typeof(ViolationEvent.ErasureApproved))
            .When(Some.SecondAdministrator, Erase("phone", basis: "Another law")).Then(typeof(ViolationEvent.ErasureApproved))
            .When(Some.SecondAdministrator, Erase("phone")).Then(typeof(ViolationEvent.PersonalDataErased));
    }

    [Theory]
    [InlineData("withdrawn")]
    [InlineData("disputed")]
    [InlineData("confirmed")]
    [InlineData("full")]
    public void No_status_and_no_number_of_events_keeps_a_case_from_being_erased(string how)
    {
        var one = Case.Alleged();
        if (how == "withdrawn") one.Given(Some.Monitor, new ViolationEvent.Withdrawn(Some.Text()));
        if (how == "disputed") one.When(Some.LiaisonA, Saying.Dispute());
        if (how == "confirmed") one.When(Some.Verifier, Saying.Confirm());
        while (how == "full" && one.State!.Revision + 1 < ViolationState.MostEvents)
            one.Given(Some.Monitor, new ViolationEvent.CasualtiesRevised(new CasualtyClaim(Values<CasualtyRow>.None, "x")));
        if (how == "full") one.When(Some.Monitor, Saying.Casualties()).ThenRefused("case-full");
        one.When(Some.Administrator, Erase()).Then(typeof(ViolationEvent.PersonalDataErased));
    }
}
