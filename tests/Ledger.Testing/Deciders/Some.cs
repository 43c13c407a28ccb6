using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;

namespace Ledger.Testing.Deciders;

/// <summary>Test data that is right in every way that the test doesn't speak of.</summary>
public static class Some
{
    public static readonly DateTimeOffset TermFrom = new(2020, 10, 10, 8, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset Noon = new(2020, 10, 20, 12, 0, 0, TimeSpan.Zero);

    public static readonly AgreementId Agreement = new("karabakh-2020");
    public static readonly PartyId PartyA = new("armenia");
    public static readonly PartyId PartyB = new("azerbaijan");
    public static readonly PartyId NonSignatory = new("artsakh");
    public static readonly ProvisionId Provision = new("no-strikes");
    public static readonly ZoneId Zone = new("line-of-contact");

    public static readonly Actor Monitor = new(new("monitor-1"), Role.Monitor);
    public static readonly Actor OtherMonitor = new(new("monitor-2"), Role.Monitor);
    public static readonly Actor LiaisonA = new(new("liaison-a"), Role.Liaison, PartyA);
    public static readonly Actor LiaisonB = new(new("liaison-b"), Role.Liaison, PartyB);
    public static readonly Actor Verifier = new(new("verifier-1"), Role.Verifier);
    public static readonly Actor SecondVerifier = new(new("verifier-2"), Role.Verifier);
    public static readonly Actor ThirdVerifier = new(new("verifier-3"), Role.Verifier);
    public static readonly Actor Administrator = new(new("administrator"), Role.Administrator);
    public static readonly Actor SecondAdministrator = new(new("administrator-2"), Role.Administrator);

    public static readonly ViolationId Violation = new(new Guid("018f2a6e-0000-7000-8000-000000000001"));
    public static readonly ViolationId Original = new(new Guid("018f2a6e-0000-7000-8000-000000000002"));
    public static readonly DisputeId Dispute = new(new Guid("018f2a6e-0000-7000-8000-00000000d001"));
    public static readonly DisputeId OtherDispute = new(new Guid("018f2a6e-0000-7000-8000-00000000d002"));

    public static Prose Text(string text = "As the notes of the day say.") => Prose.InClear(text);

    public static Zone Square(string id = "line-of-contact", double west = 46, double south = 39, double east = 47, double north = 40) => new(
        new ZoneId(id), "Line of contact",
        new Area(false, Values.Of(new Polygon(Values.Of(new Ring(Values.Of(
            new GeoPoint(south, west), new GeoPoint(south, east), new GeoPoint(north, east), new GeoPoint(north, west), new GeoPoint(south, west))))))));

    public static AgreementState AgreementState(Policy? policy = null, Term? term = null) => new(
        Agreement, "Moscow statement of 10 October 2020", "Asia/Baku", Values<Instrument>.None,
        Values.Of(
            new Party(PartyA, "Armenia", Values<Label>.None),
            new Party(PartyB, "Azerbaijan", Values<Label>.None, BoundFrom: Noon),
            new Party(NonSignatory, "Artsakh authorities", Values<Label>.None, Standing.NonSignatory)),
        Values<Guarantor>.None,
        Values.Of(new Provision(Provision, "No strikes on settlements.", Values.Of(Category.StrikeOnSettlement))),
        Values.Of(Square()), term ?? new Term(TermFrom), Values<Suspension>.None, null, true, policy ?? Policy.Default, TermFrom, 0);

    public static Report Report(PartyId? alleged = null, Occurred? occurred = null) => new(
        Category.StrikeOnSettlement, Provision, Values<ProvisionId>.None, Values<Breach>.None, Weapon.BallisticMissile,
        occurred ?? new Occurred(Noon, null, TimePrecision.Minute),
        new Location.Point(new GeoPoint(39.8, 46.75), 500, "Khankendi / Stepanakert", null, Zone), Values<string>.None,
        alleged, null, null, new Count(1, null, ObservedUnit.Explosion), new Observation(ObservationMeans.Heard), "team-1",
        Values<CasualtyRow>.None, new Source("Daily notes", Reliability.B, 2), null, Values<ViolationId>.None, Text());

    public static ViolationEvent.Recorded Recorded(PartyId? alleged, ViolationId? id = null, Report? report = null) =>
        new(id ?? Violation, Agreement, 0, report ?? Report(alleged), false, false, Values<string>.None);

    public static Attribution AttributedTo(PartyId? party) => new(party, Confidence.Medium, Text("Crater analysis."));

    public static Evidence Evidence(string sha256 = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9") =>
        new(sha256, 12, "image/jpeg", "Crater", null, true);
}
