using Ledger.Domain;
using Ledger.Domain.Access;
using Ledger.Domain.Agreements;
using Ledger.Domain.Claims;
using Ledger.Domain.Coverage;
using Ledger.Domain.Violations;

namespace Ledger.Serialization.Tests;

/// <summary>One event for each golden file, by the file's name. Add rows; what is stored for ever isn't changed.</summary>
internal static class Examples
{
    private const string Sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    private const string OtherSha256 = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752";
    private static readonly AgreementId Agreement = new("karabakh-2020");
    private static readonly PartyId Armenia = new("armenia");
    private static readonly PartyId Azerbaijan = new("azerbaijan");
    private static readonly PartyId Artsakh = new("artsakh");
    private static readonly DisputeId Dispute = new(Id(41));
    private static readonly DateTimeOffset Noon = new(2020, 10, 18, 12, 0, 0, TimeSpan.FromHours(4));
    private static readonly Prose Short = Prose.InClear("As the patrol's log says: \"three, to the NE\".\nSigned – Д. Петросян 😀");
    private static readonly Attribution ToAzerbaijan = new(Azerbaijan, Confidence.High, Prose.InClear("Crater analysis"));
    private static readonly CasualtyRow Injured = new(CasualtyKind.Injured, CasualtyWho.Civilian, Artsakh, 2, 3, 5);

    private static readonly Report Full = new(
        Category.StrikeOnSettlement,
        new ProvisionId("cease-fire"),
        Values.Of(new ProvisionId("exchange-of-bodies"), new ProvisionId("humanitarian-access")),
        Values.Of(new Breach(new AgreementId("bishkek-1994"), new ProvisionId("article-1"))),
        Weapon.Mlrs,
        new Occurred(Noon, Noon.AddMinutes(20).AddMilliseconds(250), TimePrecision.Hour),
        new Location.Point(new GeoPoint(39.8153, 46.7519), 150, "Stepanakert", "geonames:616062", new ZoneId("line-of-contact")),
        Values.Of("Shushi", "Martuni"),
        Azerbaijan,
        Armenia,
        Artsakh,
        new Count(3, 12, ObservedUnit.Explosion),
        new Observation(ObservationMeans.SawAndHeard, Prose.InClear("Three explosions, smoke over the market."), "SE to NW"),
        "smm-patrol-7",
        Values.Of(new CasualtyRow(CasualtyKind.Killed, CasualtyWho.Total, null, null, 1, null), Injured with { Low = 6, AsPrinted = true }),
        new Source("Daily report 113", Reliability.B, 2, "https://example.org/113"),
        new ExternalReference("SMM", "113/4", "2"),
        Values.Of(new ViolationId(Id(12)), new ViolationId(Id(13))),
        Short);

    private static readonly Report Minimal = new(
        Category.Other, null, Values<ProvisionId>.None, Values<Breach>.None, null, new Occurred(Noon, null, TimePrecision.Day), null,
        Values<string>.None, null, null, null, null, null, "smm-patrol-7", Values<CasualtyRow>.None, null, null, Values<ViolationId>.None, null);

    private static readonly Party Signatory = new(
        Armenia, "Republic of Armenia", Values.Of(new Label("hy", "Հայաստան"), new Label("ru", "Армения")), Standing.Signatory, Noon);

    private static readonly Provision CeaseFire = new(
        new ProvisionId("cease-fire"), "A cease-fire is declared from 12:00.", Values.Of(Category.ArtilleryOrMortar, Category.StrikeOnSettlement),
        "moscow-statement", Noon, Noon.AddDays(8));

    private static readonly Policy Joint = new(3, 2, true, true, false, 24, 2);

    public static IReadOnlyDictionary<string, object> All { get; } = new Dictionary<string, object>
    {
        ["agreement-registered.v1"] = new AgreementEvent.Registered(
            Agreement, "Moscow statement", "Asia/Baku",
            Values.Of(new Instrument("moscow-statement", "Statement of 10 October", new DateOnly(2020, 10, 10), "https://example.org/statement", Sha256)),
            Values.Of(Signatory, new Party(Artsakh, "Artsakh", Values<Label>.None, Standing.NonSignatory)),
            Values.Of(new Guarantor("Russian Federation")), Values.Of(CeaseFire), new Term(Noon, Noon.AddDays(30)), true, Joint),
        ["agreement-registered.minimal.v1"] = new AgreementEvent.Registered(
            Agreement, "Moscow statement", "UTC", Values<Instrument>.None, Values<Party>.None, Values<Guarantor>.None, Values<Provision>.None,
            new Term(Noon), false, Policy.Default),
        ["party-added.v1"] = new AgreementEvent.PartyAdded(Signatory),
        ["provision-added.v1"] = new AgreementEvent.ProvisionAdded(CeaseFire),
        ["zone-defined.v1"] = new AgreementEvent.ZoneDefined(new Zone(
            new ZoneId("line-of-contact"), "Line of contact", new Area(false, Values.Of(new Polygon(Values.Of(Square(46, 39, 2), Square(46.5, 39.5, 0.25))))))),
        ["zone-defined.multi.v1"] = new AgreementEvent.ZoneDefined(new Zone(
            new ZoneId("corridors"), "Corridors", new Area(true, Values.Of(new Polygon(Values.Of(Square(46, 39, 1))), new Polygon(Values.Of(Square(47, 40, 1))))))),
        ["policy-changed.v1"] = new AgreementEvent.PolicyChanged(Joint),
        ["safeguards-changed.v1"] = new AgreementEvent.SafeguardsChanged(new Safeguards(5_000, TimePrecision.Day, 2)),
        ["policy-change-approved.v1"] = new AgreementEvent.PolicyChangeApproved(Joint, new Safeguards(0, TimePrecision.Minute, 2)),
        ["agreement-suspended.v1"] = new AgreementEvent.Suspended(Noon, Short),
        ["agreement-resumed.v1"] = new AgreementEvent.Resumed(Noon.AddMicroseconds(1), null),
        ["agreement-ended.v1"] = new AgreementEvent.Ended(Noon, Prose.Sealed(Digest('e'))),

        ["monitoring-logged.v1"] = new CoverageEvent.MonitoringLogged(
            new CoverageId(Id(21)), Agreement, "Camera 4", new ZoneId("line-of-contact"), Noon, Noon.AddHours(6)),
        ["coverage-gap-recorded.v1"] = new CoverageEvent.GapRecorded(
            new CoverageId(Id(22)), Agreement, "Checkpoint Lachin", new ZoneId("corridors"), Noon, Noon.AddHours(2), GapCause.AccessDenied, Azerbaijan, Short),
        ["coverage-corrected.v1"] = new CoverageEvent.Corrected(Noon, Noon, Prose.InClear("The camera was off.")),

        ["aggregate-claim-recorded.v1"] = new ClaimEvent.AggregateClaimRecorded(
            new ClaimId(Id(31)), Agreement, new Claimant(Armenia, null), Azerbaijan, Noon, Noon.AddDays(1),
            Values.Of(new ClaimFigure("violations", 54, null), new ClaimFigure("artillery-or-mortar", 12, 5_000_000_000)),
            new ClaimSource("Ministry of Defence", "https://example.org/briefing"), Short),
        ["aggregate-claim-recorded.body.v1"] = new ClaimEvent.AggregateClaimRecorded(
            new ClaimId(Id(32)), Agreement, new Claimant(null, "ICRC"), null, Noon, Noon.AddDays(1),
            Values.Of(new ClaimFigure("killed", 0, 0)), new ClaimSource("Bulletin", null), null),
        ["aggregate-claim-withdrawn.v1"] = new ClaimEvent.AggregateClaimWithdrawn(Short),

        ["violation-recorded.v1"] = Recorded(Full) with
        {
            PossiblyInside = true, BeforeBound = true, Confidential = Values.Of(Digest('c'), Digest('d')),
        },
        ["violation-recorded.minimal.v1"] = Recorded(Minimal),
        ["violation-recorded.point.v1"] = Recorded(Minimal with { Location = new Location.Point(new GeoPoint(-0.5, 180)) }),
        ["violation-recorded.observer.v1"] = Recorded(Minimal with
        {
            Location = new Location.FromObserver(
                new GeoPoint(39.75, 46.8), "Post 12", new Span(350, 10.5), new Span(4000, 7000), "ridge", new ZoneId("line-of-contact")),
        }),
        ["violation-recorded.named.v1"] = Recorded(Minimal with
        {
            Location = new Location.Named("Ganja", "geonames:586523", new ZoneId("rear")),
        }),
        ["violation-recorded.sealed.v1"] = Recorded(Full with
        {
            Narrative = Prose.Sealed(Digest('n')),
            Observation = new Observation(ObservationMeans.Testimony, Prose.Sealed(Digest('o'))),
        }),
        ["evidence-attached.v1"] = new ViolationEvent.EvidenceAttached(
            new Evidence(Sha256, 5_000_000_000, "video/mp4", "Drone footage", Prose.Sealed(Digest('a')), true)),
        ["evidence-attached.clear.v1"] = new ViolationEvent.EvidenceAttached(
            new Evidence(Sha256, 1, "image/jpeg", "Crater", Prose.InClear("A resident"), false)),
        ["evidence-stripped.v1"] = new ViolationEvent.EvidenceStripped(
            Sha256, new Evidence(OtherSha256, 4_000_000, "image/jpeg", "Crater", null, false), Values.Of("device", "place")),
        ["evidence-erasure-approved.v1"] = new ViolationEvent.EvidenceErasureApproved(Agreement, Values.Of(OtherSha256, Sha256), "GDPR Article 17", Short),
        ["evidence-erased.v1"] = new ViolationEvent.EvidenceErased(Agreement, Values.Of(OtherSha256, Sha256), "GDPR Article 17", Prose.Sealed(Digest('e'))),
        ["violation-corroborated.v1"] = new ViolationEvent.Corroborated(
            "acoustic-network", new Observation(ObservationMeans.AcousticSensor, Prose.Sealed(Digest('d')), "N")),
        ["party-replied.v1"] = new ViolationEvent.PartyReplied(
            Azerbaijan, ReplyKind.AdmittedJustified, Prose.Sealed(Digest('s')), "Note 44", Sha256, Id(51)),
        ["party-replied.minimal.v1"] = new ViolationEvent.PartyReplied(Azerbaijan, ReplyKind.Denied, null, null, null, null),
        ["violation-disputed.v1"] = new ViolationEvent.Disputed(
            Dispute, Azerbaijan, DisputeGrounds.WrongTimeOrPlace, Short, Values.Of(Sha256, OtherSha256)),
        ["violation-disputed.by-nobody.v1"] = new ViolationEvent.Disputed(
            Dispute, null, DisputeGrounds.Misattribution, Prose.Sealed(Digest('s')), Values<string>.None),
        ["dispute-answered.v1"] = new ViolationEvent.DisputeAnswered(Dispute, Short, Values.Of(Sha256)),
        ["dispute-withdrawn.v1"] = new ViolationEvent.DisputeWithdrawn(Dispute, Short),
        ["dispute-resolved.v1"] = new ViolationEvent.DisputeResolved(
            Dispute, DisputeOutcome.Upheld, Short, new Remedy.Reattributed(new Attribution(null, Confidence.Low, Prose.Sealed(Digest('b'))))),
        ["dispute-resolved.dismissed.v1"] = new ViolationEvent.DisputeResolved(
            Dispute, DisputeOutcome.Upheld, Short, new Remedy.Dismissed(DismissalReason.OutsideMandate)),
        ["dispute-resolved.reopened.v1"] = new ViolationEvent.DisputeResolved(Dispute, DisputeOutcome.Upheld, Short, new Remedy.Reopened()),
        ["dispute-resolved.amended.v1"] = new ViolationEvent.DisputeResolved(
            Dispute, DisputeOutcome.Upheld, Short,
            new Remedy.Amended(new ReportChanges { Weapon = Change<Weapon?>.To(null), Narrative = Change<Prose?>.To(Prose.Sealed(Digest('n'))) })),
        ["dispute-resolved.rejected.v1"] = new ViolationEvent.DisputeResolved(Dispute, DisputeOutcome.Rejected, Short, null),
        ["ruling-endorsed.v1"] = new ViolationEvent.RulingEndorsed(new Ruling.Confirm(Severity.Serious, ToAzerbaijan), Short, 1, 3),
        ["ruling-endorsed.dismissed.v1"] = new ViolationEvent.RulingEndorsed(
            new Ruling.Dismiss(DismissalReason.Duplicate, new ViolationId(Id(12))), Short, 2, 3),
        ["ruling-endorsed.unresolved.v1"] = new ViolationEvent.RulingEndorsed(new Ruling.LeaveUnresolved(UnresolvedReason.Unverifiable), Short, 1, 2),
        ["ruling-endorsed.attributed.v1"] = new ViolationEvent.RulingEndorsed(
            new Ruling.Attribute(new Attribution(null, null, Prose.Sealed(Digest('b')))), Prose.Sealed(Digest('r')), 1, 2),
        ["ruling-endorsed.dispute-resolved.v1"] = new ViolationEvent.RulingEndorsed(
            new Ruling.Resolve(Dispute, DisputeOutcome.Upheld, new Remedy.Reattributed(ToAzerbaijan)), Short, 1, 2),
        ["ruling-endorsed.reopened.v1"] = new ViolationEvent.RulingEndorsed(new Ruling.Reopen(), Short, 3, 3),
        ["violation-confirmed.v1"] = new ViolationEvent.Confirmed(Severity.Serious, Short, ToAzerbaijan),
        ["violation-confirmed.without-attribution.v1"] = new ViolationEvent.Confirmed(Severity.Ungraded, Prose.Sealed(Digest('r')), null),
        ["violation-attributed.v1"] = new ViolationEvent.Attributed(ToAzerbaijan),
        ["violation-attributed.undetermined.v1"] = new ViolationEvent.Attributed(new Attribution(null)),
        ["violation-dismissed.v1"] = new ViolationEvent.Dismissed(DismissalReason.Duplicate, Short, new ViolationId(Id(12))),
        ["violation-left-unresolved.v1"] = new ViolationEvent.LeftUnresolved(UnresolvedReason.UnableToRule, Short),
        ["violation-amended.v1"] = new ViolationEvent.Amended(EverythingTo(Full), Short, true, false),
        ["violation-amended.cleared.v1"] = new ViolationEvent.Amended(EverythingTo(Minimal), Prose.Sealed(Digest('r')), false, true),
        ["casualties-revised.v1"] = new ViolationEvent.CasualtiesRevised(new CasualtyClaim(Values.Of(Injured), "Hospital of Ganja", Noon, "Bulletin 3")),
        ["violation-reopened.v1"] = new ViolationEvent.Reopened(Short),
        ["violation-withdrawn.v1"] = new ViolationEvent.Withdrawn(Short),
        ["erasure-approved.v1"] = new ViolationEvent.ErasureApproved(Values.Of(Digest('c')), "GDPR Article 17(1)(d)", Short),
        ["personal-data-erased.v1"] = new ViolationEvent.PersonalDataErased(Values.Of(Digest('c'), Digest('d')), "GDPR Article 17(1)(d)", Short),

        ["key-issued.v1"] = new AccessEvent.KeyIssued(
            new KeyId("k-7f3a"), new Subject("liaison-az"), Digest('k'), Values.Of(Role.Liaison, Role.Reader), Azerbaijan, Values.Of(Agreement), Noon, Digest('h')),
        ["key-issued.minimal.v1"] = new AccessEvent.KeyIssued(
            new KeyId("k-1"), new Subject("root"), Digest('k'), Values.Of(Role.Administrator), null, Values<AgreementId>.None, null, Digest('h')),
        ["key-revoked.v1"] = new AccessEvent.KeyRevoked(),
        ["key-proposed.v1"] = new AccessEvent.KeyProposed(
            new KeyId("k-7f3a"), new Subject("verifier-3"), Digest('k'), Values.Of(Role.Verifier), Azerbaijan, Values.Of(Agreement), Noon, Digest('h'), 2),
        ["key-rotation-proposed.v1"] = new AccessEvent.KeyRotationProposed(1, Digest('s'), 24, 2),
        ["key-approved.v1"] = new AccessEvent.KeyApproved(1),
        ["account-ended.v1"] = new AccountEvent.Ended(new Subject("oidc:7f3a")),
        ["account-blocked.v1"] = new AccountEvent.Blocked(new Subject("oidc:7f3a")),
        ["account-unblocked.v1"] = new AccountEvent.Unblocked(new Subject("oidc:7f3a")),
        ["key-rotated.v1"] = new AccessEvent.KeyRotated(1, Digest('s'), 24),
        ["webhook-registered.v2"] = new WebhookEvent.Registered(
            new WebhookId("w-1"), "https://example.org/hook?a=b", Values.Of(Agreement), Values.Of("violation-recorded-v1"), -1, Digest('w'),
            new WebhookFilter(Values.Of(Azerbaijan), Values.Of(Category.UavStrike), Values.Of(Severity.Serious), new WebhookArea(45.5, 38, 48, 41))),
        ["webhook-secret-rotated.v1"] = new WebhookEvent.SecretRotated(Digest('x')),
        ["webhook-resumed.v1"] = new WebhookEvent.Resumed(),
        ["webhook-removed.v1"] = new WebhookEvent.Removed(),
        ["evidence-read.v1"] = new ReadingEvent.EvidenceRead(Agreement, Sha256, Values.Of(new ViolationId(Id(12))), true),
    };

    /// <summary>The stored type of a golden file's event: <c>violation-recorded.minimal.v1</c> holds a <c>violation-recorded-v1</c>.</summary>
    public static string TypeOf(string golden) => golden[..golden.IndexOf('.', StringComparison.Ordinal)] + "-" + golden[(golden.LastIndexOf('.') + 1)..];

    public static string Digest(char of) => new(of, 43);

    private static ViolationEvent.Recorded Recorded(Report report) =>
        new(new ViolationId(Id(11)), Agreement, 7, report, false, false, Values<string>.None);

    private static ReportChanges EverythingTo(Report report) => new()
    {
        Category = Change<Category>.To(report.Category),
        Provision = Change<ProvisionId?>.To(report.Provision),
        OtherProvisions = Change<Values<ProvisionId>>.To(report.OtherProvisions),
        AlsoBreaches = Change<Values<Breach>>.To(report.AlsoBreaches),
        Weapon = Change<Weapon?>.To(report.Weapon),
        Occurred = Change<Occurred>.To(report.Occurred),
        Location = Change<Location?>.To(report.Location),
        OtherPlaces = Change<Values<string>>.To(report.OtherPlaces),
        AllegedBy = Change<PartyId?>.To(report.AllegedBy),
        AffectedParty = Change<PartyId?>.To(report.AffectedParty),
        Count = Change<Count?>.To(report.Count),
        Observation = Change<Observation?>.To(report.Observation),
        Origin = Change<string>.To(report.Origin),
        Casualties = Change<Values<CasualtyRow>>.To(report.Casualties),
        Source = Change<Source?>.To(report.Source),
        ExternalReference = Change<ExternalReference?>.To(report.ExternalReference),
        RelatedTo = Change<Values<ViolationId>>.To(report.RelatedTo),
        Narrative = Change<Prose?>.To(report.Narrative),
    };

    private static Ring Square(double west, double south, double side) => new(Values.Of(
        new GeoPoint(south, west), new GeoPoint(south, west + side), new GeoPoint(south + side, west + side), new GeoPoint(south + side, west),
        new GeoPoint(south, west)));

    private static Guid Id(int number) => new($"01920000-0000-7000-8000-{number:d12}");
}
