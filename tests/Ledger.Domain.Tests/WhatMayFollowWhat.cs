using Ledger.Domain.Violations;
using Ledger.Testing.Deciders;
using static Ledger.Domain.Violations.ViolationStatus;

namespace Ledger.Domain.Tests;

/// <summary>The table of domain.md, "Status and what may follow what", cell by cell.</summary>
public sealed class WhatMayFollowWhat
{
    private const string Fine = "";

    /// <summary>status × command → code ("" = allowed). A dispute in the row's history is open where the status is disputed.</summary>
    public static TheoryData<ViolationStatus, string, string> Table()
    {
        string[] commands =
            ["evidence", "corroborate", "reply", "casualties", "dispute", "confirm", "dismiss", "unresolved", "attribute", "amend", "amend-narrative", "reopen", "withdraw"];
        Dictionary<ViolationStatus, string[]> rows = new()
        {
            [Alleged] = [Fine, Fine, Fine, Fine, Fine, Fine, Fine, Fine, Fine, Fine, Fine, "nothing-to-reopen", Fine],
            [Disputed] = [Fine, Fine, Fine, Fine, Fine, "dispute-open", "dispute-open", "dispute-open", "dispute-open", Fine, Fine, "dispute-open", "dispute-open"],
            [Confirmed] = [Fine, Fine, Fine, Fine, Fine, "already-ruled", "already-ruled", "already-ruled", Fine, "finding-stands", Fine, Fine, "finding-stands"],
            [Dismissed] = [Fine, Fine, Fine, Fine, Fine, "already-ruled", "already-ruled", "already-ruled", Fine, "finding-stands", Fine, Fine, "finding-stands"],
            [Unresolved] = [Fine, Fine, Fine, Fine, Fine, Fine, Fine, "already-ruled", Fine, "finding-stands", Fine, Fine, "finding-stands"],
            [Withdrawn] = [Fine, .. Enumerable.Repeat("case-closed", 10), Fine, "case-closed"],
            [Duplicate] = [Fine, .. Enumerable.Repeat("case-closed", 10), Fine, "case-closed"],
        };
        var table = new TheoryData<ViolationStatus, string, string>();
        foreach (var (status, codes) in rows)
            for (var i = 0; i < commands.Length; i++) table.Add(status, commands[i], codes[i]);
        return table;
    }

    [Theory]
    [MemberData(nameof(Table))]
    public void Every_cell_holds(ViolationStatus status, string command, string code)
    {
        var history = In(status);
        history.ThenStatus(status);
        var (actor, said) = Say(command);
        history.When(actor, said);
        if (code.Length == 0) Assert.IsType<Decision<ViolationEvent>.Accepted>(history.Said);
        else history.ThenRefused(code);
    }

    [Fact]
    public void While_disputed_with_a_finding_only_narrative_and_source_may_be_amended()
    {
        var history = In(Confirmed).When(Some.LiaisonA, Saying.Dispute()).ThenStatus(Disputed);
        history.When(Some.Monitor, Saying.Amend()).ThenRefused("finding-stands");
        history.When(Some.Monitor, Saying.AmendNarrative).Then(typeof(ViolationEvent.Amended));
    }

    [Fact]
    public void A_rejected_dispute_lets_the_standing_finding_show_again() =>
        In(Confirmed).When(Some.LiaisonA, Saying.Dispute()).ThenStatus(Disputed)
            .When(Some.SecondVerifier, Saying.Reject).Then(typeof(ViolationEvent.DisputeResolved)).ThenStatus(Confirmed);

    [Fact]
    public void A_withdrawn_dispute_lets_the_allegation_show_again() =>
        Case.Alleged().When(Some.LiaisonA, Saying.Dispute()).ThenStatus(Disputed)
            .When(Some.LiaisonA, Saying.WithdrawDispute).ThenStatus(Alleged);

    [Fact]
    public void Of_two_open_disputes_one_resolved_leaves_the_case_disputed() =>
        Case.Alleged(undetermined: true)
            .When(Some.LiaisonA, Saying.Dispute())
            .When(Some.LiaisonB, Saying.Dispute(id: Some.OtherDispute))
            .When(Some.Verifier, Saying.Reject).ThenStatus(Disputed);

    [Fact]
    public void Upheld_with_dismissal_dismisses_in_the_same_append() =>
        In(Confirmed).When(Some.LiaisonA, Saying.Dispute())
            .When(Some.SecondVerifier, Saying.Uphold(new Remedy.Dismissed(DismissalReason.NoIncident)))
            .Then(typeof(ViolationEvent.DisputeResolved), typeof(ViolationEvent.Dismissed)).ThenStatus(Dismissed);

    [Fact]
    public void Upheld_with_dismissal_on_a_dismissed_case_is_already_ruled() =>
        In(Dismissed).When(Some.LiaisonA, Saying.Dispute())
            .When(Some.SecondVerifier, Saying.Uphold(new Remedy.Dismissed(DismissalReason.NoIncident))).ThenRefused("already-ruled");

    [Fact]
    public void Upheld_with_reattribution_keeps_the_finding()
    {
        var history = Case.Alleged(Some.PartyA).When(Some.Verifier, Saying.Confirm()).When(Some.LiaisonA, Saying.Dispute())
            .When(Some.SecondVerifier, Saying.Uphold(new Remedy.Reattributed(Some.AttributedTo(Some.PartyB))))
            .Then(typeof(ViolationEvent.DisputeResolved), typeof(ViolationEvent.Attributed)).ThenStatus(Confirmed);
        Assert.Equal(Some.PartyB, history.State!.AccountableParty);
        Assert.Equal(Some.PartyA, history.State.Report.AllegedParty);
    }

    [Fact]
    public void Upheld_with_reopening_clears_the_finding() =>
        In(Confirmed).When(Some.LiaisonA, Saying.Dispute())
            .When(Some.SecondVerifier, Saying.Uphold(new Remedy.Reopened()))
            .Then(typeof(ViolationEvent.DisputeResolved), typeof(ViolationEvent.Reopened)).ThenStatus(Alleged);

    [Fact]
    public void Upheld_with_reopening_needs_a_finding() =>
        Case.Alleged().When(Some.LiaisonA, Saying.Dispute())
            .When(Some.Verifier, Saying.Uphold(new Remedy.Reopened())).ThenRefused("nothing-to-reopen");

    [Fact]
    public void Upheld_with_amendment_may_change_any_field_and_keeps_the_finding()
    {
        var changes = new ReportChanges { Category = Change<Category>.To(Category.AirStrike) };
        var history = In(Confirmed).When(Some.LiaisonA, Saying.Dispute())
            .When(Some.SecondVerifier, Saying.Uphold(new Remedy.Amended(changes)))
            .Then(typeof(ViolationEvent.DisputeResolved), typeof(ViolationEvent.Amended)).ThenStatus(Confirmed);
        Assert.Equal(Category.AirStrike, history.State!.Report.Category);
    }

    [Fact]
    public void A_closed_dispute_takes_no_answer_resolution_or_withdrawal()
    {
        var history = Case.Alleged().When(Some.LiaisonA, Saying.Dispute()).When(Some.Verifier, Saying.Reject);
        history.When(Some.Monitor, Saying.Answer).ThenRefused("dispute-closed");
        history.When(Some.Verifier, Saying.Reject).ThenRefused("dispute-closed");
        history.When(Some.LiaisonA, Saying.WithdrawDispute).ThenRefused("dispute-closed");
    }

    [Fact]
    public void Reopening_clears_the_finding_and_leaves_attribution()
    {
        var history = Case.Alleged().When(Some.Verifier, Saying.Confirm(Some.AttributedTo(Some.PartyB))).When(Some.SecondVerifier, Saying.Reopen);
        history.ThenStatus(Alleged);
        Assert.Equal(Some.PartyB, history.State!.AccountableParty);
    }

    [Fact]
    public void A_withdrawn_case_reopens_as_alleged() => In(Withdrawn).When(Some.Verifier, Saying.Reopen).ThenStatus(Alleged);

    [Fact]
    public void A_duplicate_reopens_as_alleged() => In(Duplicate).When(Some.SecondVerifier, Saying.Reopen).ThenStatus(Alleged);

    [Fact]
    public void Attribution_left_out_of_a_confirmation_is_unchanged()
    {
        var history = Case.Alleged().When(Some.Verifier, Saying.Confirm());
        Assert.Null(history.State!.Attribution);
        Assert.Equal(Some.PartyA, history.State.AccountableParty);
    }

    [Fact]
    public void Attribution_to_nobody_makes_the_case_undetermined()
    {
        var history = Case.Alleged().When(Some.Verifier, Saying.Confirm(new Attribution(null)));
        Assert.NotNull(history.State!.Attribution);
        Assert.Null(history.State.AccountableParty);
    }

    private static Case In(ViolationStatus status) => status switch
    {
        Alleged => Case.Alleged(undetermined: true),
        Disputed => Case.Alleged(undetermined: true).When(Some.LiaisonB, Saying.Dispute(id: Some.OtherDispute)),
        Confirmed => Case.Alleged(undetermined: true).When(Some.Verifier, Saying.Confirm()),
        Dismissed => Case.Alleged(undetermined: true).When(Some.Verifier, Saying.Dismiss()),
        Unresolved => Case.Alleged(undetermined: true).When(Some.Verifier, Saying.Unresolved),
        Withdrawn => Case.Alleged(undetermined: true).When(Some.Monitor, Saying.Withdraw),
        Duplicate => Case.Alleged(undetermined: true).WithOriginal(AnOriginal())
            .When(Some.Verifier, Saying.Dismiss(DismissalReason.Duplicate, Some.Original)),
        _ => throw new ArgumentOutOfRangeException(nameof(status)),
    };

    internal static ViolationState AnOriginal() => Case.Nothing().Given(Some.Monitor, Some.Recorded(null, Some.Original)).State!;

    private static (Actor Actor, ViolationCommand Command) Say(string command) => command switch
    {
        "evidence" => (Some.Monitor, Saying.Evidence),
        "corroborate" => (Some.OtherMonitor, Saying.Corroboration()),
        "reply" => (Some.LiaisonA, Saying.Reply()),
        "casualties" => (Some.Monitor, Saying.Casualties()),
        "dispute" => (Some.LiaisonA, Saying.Dispute()),
        "confirm" => (Some.SecondVerifier, Saying.Confirm()),
        "dismiss" => (Some.SecondVerifier, Saying.Dismiss()),
        "unresolved" => (Some.SecondVerifier, Saying.Unresolved),
        "attribute" => (Some.SecondVerifier, Saying.Attribute(Some.PartyB)),
        "amend" => (Some.Monitor, Saying.Amend()),
        "amend-narrative" => (Some.Monitor, Saying.AmendNarrative),
        "reopen" => (Some.SecondVerifier, Saying.Reopen),
        "withdraw" => (Some.Monitor, Saying.Withdraw),
        _ => throw new ArgumentOutOfRangeException(nameof(command)),
    };
}
