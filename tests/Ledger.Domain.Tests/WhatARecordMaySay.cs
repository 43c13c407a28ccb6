using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;
using Ledger.Testing.Deciders;

namespace Ledger.Domain.Tests;

public sealed class WhatARecordMaySay
{
    [Fact]
    public void A_record_names_the_revision_of_the_agreement_that_it_was_judged_by()
    {
        var history = Case.Nothing().Under(Some.AgreementState() with { Revision = 7 }).When(Some.Monitor, Saying.Record(Some.PartyA));
        Assert.Equal(7, history.State!.AgreementRevision);
    }

    [Fact]
    public void An_agreement_must_exist() =>
        Case.Nothing().Under((AgreementState?)null).When(Some.Monitor, Saying.Record(Some.PartyA)).ThenRefused("unknown-agreement");

    [Theory]
    [InlineData("alleged")]
    [InlineData("alleging")]
    [InlineData("affected")]
    [InlineData("casualties")]
    public void Parties_must_exist(string field)
    {
        var nobody = new PartyId("nobody");
        var report = field switch
        {
            "alleged" => Some.Report(nobody),
            "alleging" => Some.Report(Some.PartyA) with { AllegedBy = nobody },
            "affected" => Some.Report(Some.PartyA) with { AffectedParty = nobody },
            _ => Some.Report(Some.PartyA) with { Casualties = Values.Of(new CasualtyRow(CasualtyKind.Killed, CasualtyWho.Civilian, nobody, null, 1, null)) },
        };
        Case.Nothing().When(Some.Monitor, Saying.Record(report: report)).ThenRefused("unknown-party");
    }

    [Fact]
    public void Undetermined_is_not_a_partys_id() =>
        Case.Nothing().When(Some.Monitor, Saying.Record(new PartyId("undetermined"))).ThenRefused("reserved-party");

    [Fact]
    public void Provisions_must_exist()
    {
        var report = Some.Report(Some.PartyA) with { Provision = new ProvisionId("article-99") };
        Case.Nothing().When(Some.Monitor, Saying.Record(report: report)).ThenRefused("unknown-provision");
        report = Some.Report(Some.PartyA) with { OtherProvisions = Values.Of(new ProvisionId("article-99")) };
        Case.Nothing().When(Some.Monitor, Saying.Record(report: report)).ThenRefused("unknown-provision");
    }

    [Fact]
    public void A_breach_of_another_agreement_names_one_that_exists()
    {
        var other = Some.AgreementState() with { AgreementId = new AgreementId("bishkek-1994") };
        var report = Some.Report(Some.PartyA) with { AlsoBreaches = Values.Of(new Breach(other.AgreementId, Some.Provision)) };
        Case.Nothing().When(Some.Monitor, Saying.Record(report: report)).ThenRefused("unknown-agreement");
        Case.Nothing().Knowing(other).When(Some.Monitor, Saying.Record(report: report)).Then(typeof(ViolationEvent.Recorded));
        report = report with { AlsoBreaches = Values.Of(new Breach(other.AgreementId, new ProvisionId("none"))) };
        Case.Nothing().Knowing(other).When(Some.Monitor, Saying.Record(report: report)).ThenRefused("unknown-provision");
    }

    [Fact]
    public void A_zone_must_exist()
    {
        var report = Some.Report(Some.PartyA) with { Location = new Location.Named("Ganja", null, new ZoneId("nowhere")) };
        Case.Nothing().When(Some.Monitor, Saying.Record(report: report)).ThenRefused("unknown-zone");
    }

    [Fact]
    public void It_did_not_happen_in_the_future_but_a_field_clock_may_run_five_minutes_ahead()
    {
        var report = Some.Report(Some.PartyA);
        Case.Nothing().At(Some.Noon.AddMinutes(-5)).When(Some.Monitor, Saying.Record(report: report)).Then(typeof(ViolationEvent.Recorded));
        Case.Nothing().At(Some.Noon.AddMinutes(-5).AddTicks(-10)).When(Some.Monitor, Saying.Record(report: report)).ThenRefused("occurred-in-future");
    }

    [Fact]
    public void A_time_outside_the_term_is_refused()
    {
        var before = new Occurred(Some.TermFrom.AddHours(-3), null, TimePrecision.Minute);
        Case.Nothing().When(Some.Monitor, Saying.Record(report: Some.Report(Some.PartyA, before))).ThenRefused("outside-term");
    }

    [Fact]
    public void A_time_partly_outside_the_term_is_marked()
    {
        // The term begins at noon in Baku; the day of its beginning is half outside.
        var day = new Occurred(Some.TermFrom.AddHours(-2), null, TimePrecision.Day);
        var history = Case.Nothing().When(Some.Monitor, Saying.Record(report: Some.Report(Some.PartyA, day))).Then(typeof(ViolationEvent.Recorded));
        Assert.True(history.State!.PossiblyInside);

        var within = Case.Nothing().When(Some.Monitor, Saying.Record(Some.PartyA));
        Assert.False(within.State!.PossiblyInside);
    }

    [Fact]
    public void An_end_touches_the_term_that_begins_at_it()
    {
        var until = new Occurred(Some.TermFrom.AddHours(-2), Some.TermFrom, TimePrecision.Minute);
        Assert.True(Case.Nothing().When(Some.Monitor, Saying.Record(report: Some.Report(Some.PartyA, until))).State!.PossiblyInside);
    }

    [Fact]
    public void A_suspension_is_not_in_force_and_a_later_ending_moves_nothing()
    {
        var suspended = Some.AgreementState() with { Suspensions = Values.Of(new Suspension(Some.Noon.AddHours(-1), Some.Noon.AddHours(1))) };
        Case.Nothing().Under(suspended).When(Some.Monitor, Saying.Record(Some.PartyA)).ThenRefused("outside-term");

        var ended = Some.AgreementState() with { EndedAt = Some.Noon.AddHours(-1) };
        Case.Nothing().Under(ended).When(Some.Monitor, Saying.Record(Some.PartyA)).ThenRefused("outside-term");
        Case.Alleged().Under(ended).When(Some.Verifier, Saying.Confirm()).Then(typeof(ViolationEvent.Confirmed));
    }

    [Fact]
    public void An_act_before_the_alleged_party_was_bound_is_marked_not_refused()
    {
        var early = new Occurred(Some.Noon.AddDays(-1), null, TimePrecision.Minute);
        Assert.True(Case.Nothing().When(Some.Monitor, Saying.Record(report: Some.Report(Some.PartyB, early))).State!.BeforeBound);
        Assert.False(Case.Nothing().When(Some.Monitor, Saying.Record(report: Some.Report(Some.PartyA, early))).State!.BeforeBound);
    }

    [Fact]
    public void An_amendment_that_moves_the_time_passes_the_term_rule_again()
    {
        var outside = new ReportChanges { Occurred = Change<Occurred>.To(new Occurred(Some.TermFrom.AddDays(-3), null, TimePrecision.Minute)) };
        Case.Alleged().When(Some.Monitor, Saying.Amend(outside)).ThenRefused("outside-term");
        var partly = new ReportChanges { Occurred = Change<Occurred>.To(new Occurred(Some.TermFrom.AddHours(-2), null, TimePrecision.Day)) };
        Assert.True(Case.Alleged().When(Some.Monitor, Saying.Amend(partly)).State!.PossiblyInside);
    }

    [Fact]
    public void The_same_id_with_other_content_is_refused() =>
        Case.Alleged().When(Some.Monitor, Saying.Record(Some.PartyB)).ThenRefused("violation-exists");

    [Fact]
    public void Another_name_for_oneself_is_no_other_origin()
    {
        Case.Alleged().When(Some.Monitor, Saying.Corroboration("camera")).ThenRefused("same-origin");
        Case.Alleged().When(Some.OtherMonitor, Saying.Corroboration("team-2")).When(Some.OtherMonitor, Saying.Corroboration("camera")).Then(typeof(ViolationEvent.Corroborated));
    }

    [Fact]
    public void A_record_does_not_take_on_the_origin_of_what_corroborates_it()
    {
        var changes = new ReportChanges { Origin = Change<string>.To("team-2") };
        var history = Case.Alleged().When(Some.OtherMonitor, Saying.Corroboration("team-2"));
        history.When(Some.Monitor, Saying.Amend(changes)).ThenRefused("same-origin");
        history.When(Some.Monitor, Saying.Amend(new ReportChanges { Origin = Change<string>.To("team-3") })).Then(typeof(ViolationEvent.Amended));
        history.When(Some.LiaisonA, Saying.Dispute()).When(Some.Verifier, Saying.Uphold(new Remedy.Amended(changes))).ThenRefused("same-origin");
    }

    [Fact]
    public void A_history_from_before_that_rule_is_still_amended_elsewhere() =>
        Case.Alleged().Given(Some.Monitor, new ViolationEvent.Corroborated("team-1", new Observation(ObservationMeans.Saw)))
            .When(Some.Monitor, Saying.Amend(new ReportChanges { Origin = Change<string>.To("team-1"), Weapon = Change<Weapon?>.To(Weapon.Mortar) }))
            .Then(typeof(ViolationEvent.Amended));

    [Fact]
    public void A_monitor_who_names_a_party_takes_nothing_from_it()
    {
        var history = Case.Alleged().When(Some.Monitor, Saying.Dispute(Some.PartyA));
        history.When(Some.LiaisonA, Saying.Dispute(id: Some.OtherDispute)).Then(typeof(ViolationEvent.Disputed));
        history.When(Some.Monitor, Saying.Dispute(Some.PartyB, id: new DisputeId(new Guid("018f2a6e-0000-7000-8000-00000000d003")))).ThenRefused("dispute-already-open");
        history.When(Some.OtherMonitor, Saying.Dispute(Some.PartyA, id: new DisputeId(new Guid("018f2a6e-0000-7000-8000-00000000d004")))).Then(typeof(ViolationEvent.Disputed));
    }

    [Fact]
    public void A_party_disputes_once_whichever_of_its_liaisons_speaks() =>
        Case.Alleged().When(Some.LiaisonA, Saying.Dispute()).When(new Actor(new("liaison-a2"), Role.Liaison, Some.PartyA), Saying.Dispute(id: Some.OtherDispute))
            .ThenRefused("dispute-already-open");

    [Fact]
    public void A_corroboration_comes_from_another_origin()
    {
        Case.Alleged().When(Some.OtherMonitor, Saying.Corroboration("team-1")).ThenRefused("same-origin");
        Case.Alleged().When(Some.OtherMonitor, Saying.Corroboration()).When(Some.OtherMonitor, Saying.Corroboration()).ThenRefused("same-origin");
    }

    [Fact]
    public void One_open_dispute_a_party_or_for_monitors_a_subject()
    {
        var history = Case.Alleged(undetermined: true).When(Some.LiaisonA, Saying.Dispute());
        history.When(Some.LiaisonA, Saying.Dispute(id: Some.OtherDispute)).ThenRefused("dispute-already-open");
        history.When(Some.LiaisonB, Saying.Dispute(id: Some.OtherDispute)).Then(typeof(ViolationEvent.Disputed));
        history.When(Some.Monitor, Saying.Dispute(id: new DisputeId(new Guid("018f2a6e-0000-7000-8000-00000000d003")))).Then(typeof(ViolationEvent.Disputed));
        history.When(Some.Monitor, Saying.Dispute(id: new DisputeId(new Guid("018f2a6e-0000-7000-8000-00000000d004")))).ThenRefused("dispute-already-open");
        history.When(Some.OtherMonitor, Saying.Dispute(id: new DisputeId(new Guid("018f2a6e-0000-7000-8000-00000000d005")))).Then(typeof(ViolationEvent.Disputed));
    }

    [Fact]
    public void By_policy_a_second_dispute_brings_evidence()
    {
        var history = Case.Alleged().Under(new Policy(RedisputeNeedsEvidence: true)).When(Some.LiaisonA, Saying.Dispute()).When(Some.Verifier, Saying.Reject);
        history.When(Some.LiaisonA, Saying.Dispute(id: Some.OtherDispute)).ThenRefused("evidence-needed");
        history.When(Some.LiaisonA, Saying.Dispute(null, Some.OtherDispute, "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"))
            .Then(typeof(ViolationEvent.Disputed));
    }

    [Fact]
    public void By_policy_a_confirmation_waits_for_the_reply_window()
    {
        var history = Case.Alleged().Under(new Policy(ReplyWindowHours: 24));
        history.When(Some.Verifier, Saying.Confirm()).ThenRefused("reply-window-open");
        history.At(history.State!.RecordedAt.AddHours(24)).When(Some.Verifier, Saying.Confirm()).Then(typeof(ViolationEvent.Confirmed));
    }

    [Fact]
    public void A_duplicates_original_exists_in_the_agreement_and_is_open()
    {
        var dismissal = Saying.Dismiss(DismissalReason.Duplicate, Some.Original);
        Case.Alleged().When(Some.Verifier, dismissal).ThenRefused("unknown-violation");
        Case.Alleged().WithOriginal(WhatMayFollowWhat.AnOriginal() with { AgreementId = new AgreementId("other") }).When(Some.Verifier, dismissal).ThenRefused("unknown-violation");
        Case.Alleged().WithOriginal(WhatMayFollowWhat.AnOriginal() with { IsWithdrawn = true }).When(Some.Verifier, dismissal).ThenRefused("duplicate-of-closed");
        Case.Alleged().When(Some.Verifier, Saying.Dismiss(DismissalReason.Duplicate, Some.Violation)).ThenRefused("duplicate-of-closed");
        Case.Alleged().WithOriginal(WhatMayFollowWhat.AnOriginal()).When(Some.Verifier, dismissal).ThenStatus(ViolationStatus.Duplicate);
    }

    [Fact]
    public void A_full_case_takes_rulings_and_nothing_else()
    {
        var history = Case.Alleged();
        while (history.State!.Revision + 1 < ViolationState.MostEvents)
            history.Given(Some.Monitor, new ViolationEvent.EvidenceAttached(Some.Evidence()));
        history.When(Some.Monitor, Saying.Evidence).ThenRefused("case-full");
        history.When(Some.Verifier, Saying.Confirm()).Then(typeof(ViolationEvent.Confirmed));
    }

    [Fact]
    public void The_latest_claim_replaces_the_kinds_that_it_names_and_claims_never_add_up()
    {
        var history = Case.Alleged()
            .When(Some.Monitor, Saying.Casualties(CasualtyKind.Killed, 5))
            .When(Some.Monitor, Saying.Casualties(CasualtyKind.Injured, 28))
            .When(Some.Monitor, Saying.Casualties(CasualtyKind.Killed, 10));
        Assert.Equal([(CasualtyKind.Injured, 28), (CasualtyKind.Killed, 10)], history.State!.CasualtiesAsTheyStand().Select(row => (row.Kind, row.Best)));
    }
}
