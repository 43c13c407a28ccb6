namespace Ledger.Domain.Violations;

/// <summary>What was hit where that is civilian, else the means.</summary>
public enum Category
{
    SmallArmsFire, HeavyWeaponsFire, ArtilleryOrMortar, MultipleRocketLaunch, MissileStrike, AirStrike, UavStrike, UavOverflight,
    StrikeOnSettlement, StrikeOnCivilianInfrastructure, GroundAdvance, UnauthorisedDeployment, WeaponsInWithdrawalZone, MineOrIed,
    Abduction, ChildRecruitment, DetaineeObligationBreached, ViolenceAgainstCivilians, HumanitarianAccessDenied,
    ObstructionOfMonitors, AttackOnMonitors, InformationConcealed, ConfrontationalRhetoric, Other,
}

public enum Weapon
{
    SmallArms, HeavyMachineGun, GrenadeLauncher, RecoillessGun, Cannon, Mortar, Tank, Artillery, Mlrs, AntiTankMissile, AntiAircraft,
    BallisticMissile, CruiseMissile, Uav, LoiteringMunition, ClusterMunition, Mine, None, Unknown,
}

/// <summary>What a count counts (after the OSCE SMM's daily reports).</summary>
public enum ObservedUnit { Explosion, Projectile, MuzzleFlash, IlluminationFlare, Burst, Shot, Salvo, Incident }

/// <summary>How it was perceived.</summary>
public enum ObservationMeans { Heard, Saw, SawAndHeard, Camera, Uav, AcousticSensor, Radar, Satellite, Testimony, Media, Document, PartyStatement }

public enum Severity { Minor, Serious, Ungraded }

public enum Confidence { Low, Medium, High }

public enum ReplyKind { Denied, Admitted, AdmittedJustified, CounterAlleged, StatementWithdrawn }

public enum DisputeGrounds { Denial, Misattribution, NotABreach, WrongTimeOrPlace, Duplicate, Fabricated, Other }

public enum DisputeOutcome { Upheld, Rejected }

public enum DismissalReason { NoIncident, NoViolation, NotSubstantiated, OutsideMandate, Duplicate }

public enum UnresolvedReason { UnableToRule, Unverifiable }

public enum CasualtyKind { Killed, Injured, Missing, Captured }

public enum CasualtyWho { Total, Civilian, Combatant, Unknown }

/// <summary>Admiralty grading of a source, A to F.</summary>
public enum Reliability { A, B, C, D, E, F }

/// <summary>When it happened, as exactly as is known.</summary>
/// <param name="To">The end, where the source gives one; inclusive.</param>
public sealed record Occurred(DateTimeOffset From, DateTimeOffset? To, TimePrecision Precision);

/// <summary>From the least to the most; either bound may be the only one known.</summary>
public sealed record Span(double From, double To);

/// <summary>Where it happened, as exactly as is known.</summary>
public abstract record Location
{
    private Location() { }

    /// <summary>The zone that the record states.</summary>
    public abstract ZoneId? StatedZone { get; }

    /// <summary>The one point that stands for it on a map, where there is one.</summary>
    public abstract GeoPoint? RepresentativePoint { get; }

    /// <param name="UncertaintyMetres">Radius of the circle in which it lies.</param>
    public sealed record Point(
        GeoPoint At, double? UncertaintyMetres = null, string? Place = null, string? PlaceId = null, ZoneId? Zone = null) : Location
    {
        public override ZoneId? StatedZone => Zone;

        public override GeoPoint? RepresentativePoint => At;
    }

    /// <summary>As seen or heard from an observer's position.</summary>
    /// <param name="BearingDegrees">Clockwise from true north; from may be greater than to where north lies between.</param>
    public sealed record FromObserver(
        GeoPoint Observer, string? ObserverName = null, Span? BearingDegrees = null, Span? DistanceMetres = null,
        string? Place = null, ZoneId? Zone = null) : Location
    {
        public override ZoneId? StatedZone => Zone;

        /// <summary>The middle of the wedge; the observer's own position where bearing or distance isn't known.</summary>
        public override GeoPoint? RepresentativePoint =>
            BearingDegrees is { } bearing && DistanceMetres is { } distance
                ? Observer.Towards(Middle(bearing), (distance.From + distance.To) / 2)
                : Observer;

        private static double Middle(Span bearing)
        {
            var width = (bearing.To - bearing.From + 360) % 360;
            return (bearing.From + (width / 2)) % 360;
        }
    }

    public sealed record Named(string Place, string? PlaceId = null, ZoneId? Zone = null) : Location
    {
        public override ZoneId? StatedZone => Zone;

        public override GeoPoint? RepresentativePoint => null;
    }
}

public sealed record Count(int Min, int? Max, ObservedUnit Unit);

public sealed record Observation(ObservationMeans Means, Prose? Description = null, string? DirectionOfFire = null);

/// <summary>One line of a claim of figures.</summary>
/// <param name="Of">The party whose people they were.</param>
/// <param name="AsPrinted">The source printed bounds that are out of order; they are kept so.</param>
public sealed record CasualtyRow(
    CasualtyKind Kind, CasualtyWho Who, PartyId? Of, int? Low, int Best, int? High, bool AsPrinted = false);

/// <param name="Credibility">Admiralty grading of the information, 1 to 6.</param>
public sealed record Source(string Name, Reliability? Reliability = null, int? Credibility = null, string? Reference = null);

public sealed record ExternalReference(string System, string Id, string? Version = null);

/// <summary>A provision of another agreement that the same act breaks. Named, not counted.</summary>
public sealed record Breach(AgreementId AgreementId, ProvisionId ProvisionId);

/// <summary>An item of evidence; its bytes live outside the log.</summary>
/// <param name="Sha256">64 lower-case hexadecimal digits.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Original">False for a working copy.</param>
public sealed record Evidence(string Sha256, long Size, string MediaType, string Title, Prose? AcquiredFrom, bool Original);

/// <summary>A working copy of an original, without what its metadata tells.</summary>
public sealed record StrippedCopy(string Sha256, long Size, Values<string> Removed);

/// <summary>Which party a case is counted to, by a verifier's ruling. Party null = undetermined.</summary>
public sealed record Attribution(PartyId? Party, Confidence? Confidence = null, Prose? Basis = null);

/// <summary>A claim of figures: the latest replaces all rows of each kind that it names.</summary>
public sealed record CasualtyClaim(Values<CasualtyRow> Rows, string ClaimedBy, DateTimeOffset? ClaimedAt = null, string? Source = null);

/// <summary>What a monitor says of one case: the fields that a record has and an amendment may change.</summary>
/// <param name="AllegedParty">Null = undetermined. Never changes; attribution is for that.</param>
/// <param name="AllegedBy">The party that alleges; null = the recorder.</param>
/// <param name="Origin">The independent source that the account comes from.</param>
public sealed record Report(
    Category Category,
    ProvisionId? Provision,
    Values<ProvisionId> OtherProvisions,
    Values<Breach> AlsoBreaches,
    Weapon? Weapon,
    Occurred Occurred,
    Location? Location,
    Values<string> OtherPlaces,
    PartyId? AllegedParty,
    PartyId? AllegedBy,
    PartyId? AffectedParty,
    Count? Count,
    Observation? Observation,
    string Origin,
    Values<CasualtyRow> Casualties,
    Source? Source,
    ExternalReference? ExternalReference,
    Values<ViolationId> RelatedTo,
    Prose? Narrative);

/// <summary>A correction: the fields that change, each with its new value.</summary>
public sealed record ReportChanges
{
    public Change<Category> Category { get; init; }

    public Change<ProvisionId?> Provision { get; init; }

    public Change<Values<ProvisionId>> OtherProvisions { get; init; }

    public Change<Values<Breach>> AlsoBreaches { get; init; }

    public Change<Weapon?> Weapon { get; init; }

    public Change<Occurred> Occurred { get; init; }

    public Change<Location?> Location { get; init; }

    public Change<Values<string>> OtherPlaces { get; init; }

    public Change<PartyId?> AllegedBy { get; init; }

    public Change<PartyId?> AffectedParty { get; init; }

    public Change<Count?> Count { get; init; }

    public Change<Observation?> Observation { get; init; }

    public Change<string> Origin { get; init; }

    public Change<Values<CasualtyRow>> Casualties { get; init; }

    public Change<Source?> Source { get; init; }

    public Change<ExternalReference?> ExternalReference { get; init; }

    public Change<Values<ViolationId>> RelatedTo { get; init; }

    public Change<Prose?> Narrative { get; init; }

    /// <summary>True where nothing but the narrative and the source changes: all that a standing finding allows.</summary>
    public bool OnlyNarrativeAndSource => this with { Narrative = default, Source = default } == new ReportChanges();

    public Report ApplyTo(Report report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return report with
        {
            Category = Category.Or(report.Category),
            Provision = Provision.Or(report.Provision),
            OtherProvisions = OtherProvisions.Or(report.OtherProvisions),
            AlsoBreaches = AlsoBreaches.Or(report.AlsoBreaches),
            Weapon = Weapon.Or(report.Weapon),
            Occurred = Occurred.Or(report.Occurred),
            Location = Location.Or(report.Location),
            OtherPlaces = OtherPlaces.Or(report.OtherPlaces),
            AllegedBy = AllegedBy.Or(report.AllegedBy),
            AffectedParty = AffectedParty.Or(report.AffectedParty),
            Count = Count.Or(report.Count),
            Observation = Observation.Or(report.Observation),
            Origin = Origin.Or(report.Origin),
            Casualties = Casualties.Or(report.Casualties),
            Source = Source.Or(report.Source),
            ExternalReference = ExternalReference.Or(report.ExternalReference),
            RelatedTo = RelatedTo.Or(report.RelatedTo),
            Narrative = Narrative.Or(report.Narrative),
        };
    }
}
