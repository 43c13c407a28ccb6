using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Ledger.Api.Http.Binding;
using Ledger.Domain;
using Ledger.Domain.Violations;

namespace Ledger.Api.Violations;

/// <summary>Records one case.</summary>
internal sealed record ViolationRequest
{
    /// <summary>Chosen by the client where it wants, for offline work; else made here.</summary>
    public Guid? ViolationId { get; init; }

    public required Category Category { get; init; }

    [Slug] public string? Provision { get; init; }

    [Slug, Distinct] public IReadOnlyList<string>? OtherProvisions { get; init; }

    public IReadOnlyList<BreachRequest>? AlsoBreaches { get; init; }

    public Weapon? Weapon { get; init; }

    public required OccurredRequest Occurred { get; init; }

    public LocationRequest? Location { get; init; }

    [EachName] public IReadOnlyList<string>? OtherPlaces { get; init; }

    /// <summary>Must be there; null = nobody is alleged.</summary>
    [Slug] public required string? AllegedParty { get; init; }

    /// <summary>The party that alleges; null = the recorder.</summary>
    [Slug] public string? AllegedBy { get; init; }

    [Slug] public string? AffectedParty { get; init; }

    public CountRequest? Count { get; init; }

    public ObservationRequest? Observation { get; init; }

    /// <summary>The independent source that the account comes from; the key's subject where left out.</summary>
    [Name] public string? Origin { get; init; }

    public IReadOnlyList<CasualtyRowRequest>? Casualties { get; init; }

    public SourceRequest? Source { get; init; }

    public ExternalReferenceRequest? ExternalReference { get; init; }

    [Distinct] public IReadOnlyList<Guid>? RelatedTo { get; init; }

    [Text(TextAttribute.Narrative)] public string? Narrative { get; init; }

    /// <summary>Read back by monitors and verifiers of the agreement and by auditors only.</summary>
    [Confidential] public JsonElement? Confidential { get; init; }
}

/// <summary>A provision of another agreement that the same act breaks.</summary>
internal sealed record BreachRequest
{
    [Slug] public required string AgreementId { get; init; }

    [Slug] public required string ProvisionId { get; init; }
}

/// <summary>When it happened, as exactly as is known.</summary>
internal sealed record OccurredRequest : IChecked
{
    public required DateTimeOffset From { get; init; }

    public DateTimeOffset? To { get; init; }

    public required TimePrecision Precision { get; init; }

    public void Check(JsonElement json, Faults faults)
    {
        if (To < From) faults.Add("to", "Must not lie before from.");
    }
}

/// <summary>Where it happened, as exactly as is known: a point · an observer's point with bearing and distance · a place by its name.</summary>
internal sealed record LocationRequest : IChecked
{
    [Range(-90.0, 90.0)] public double? Latitude { get; init; }

    [Range(-180.0, 180.0)] public double? Longitude { get; init; }

    /// <summary>Of a point: the radius of the circle in which it lies.</summary>
    [Range(0.0, 20_040_000.0)] public double? UncertaintyMetres { get; init; }

    public ObserverRequest? Observer { get; init; }

    /// <summary>From an observer, clockwise from true north; from may be greater than to where north lies between.</summary>
    public BearingRequest? BearingDegrees { get; init; }

    /// <summary>From an observer.</summary>
    public DistanceRequest? DistanceMetres { get; init; }

    [Name] public string? Place { get; init; }

    [Name] public string? PlaceId { get; init; }

    [Slug] public string? Zone { get; init; }

    public void Check(JsonElement json, Faults faults)
    {
        var isPoint = Latitude is not null || Longitude is not null || UncertaintyMetres is not null;
        if (Observer is not null)
        {
            Only(Latitude is null && Longitude is null, "latitude", "an observer's position stands in observer", faults);
            Only(UncertaintyMetres is null, "uncertaintyMetres", "it belongs to a point", faults);
            Only(PlaceId is null, "placeId", "it belongs to a point or a named place", faults);
        }
        else
        {
            Only(BearingDegrees is null, "bearingDegrees", "it needs an observer", faults);
            Only(DistanceMetres is null, "distanceMetres", "it needs an observer", faults);
            if (isPoint && Latitude is null) faults.Add("latitude", "Must be there.");
            if (isPoint && Longitude is null) faults.Add("longitude", "Must be there.");
            if (!isPoint && string.IsNullOrWhiteSpace(Place)) faults.Add("place", "Must be there, where there is neither a point nor an observer.");
        }
    }

    private static void Only(bool fits, string field, string why, Faults faults)
    {
        if (!fits) faults.Add(field, $"Doesn't belong here: {why}.");
    }
}

internal sealed record ObserverRequest
{
    [Range(-90.0, 90.0)] public required double Latitude { get; init; }

    [Range(-180.0, 180.0)] public required double Longitude { get; init; }

    [Name] public string? Name { get; init; }
}

internal sealed record BearingRequest
{
    [Range(0.0, 360.0)] public required double From { get; init; }

    [Range(0.0, 360.0)] public required double To { get; init; }
}

internal sealed record DistanceRequest : IChecked
{
    [Range(0.0, 20_040_000.0)] public required double From { get; init; }

    [Range(0.0, 20_040_000.0)] public required double To { get; init; }

    public void Check(JsonElement json, Faults faults)
    {
        if (To < From) faults.Add("to", "Must be at least from.");
    }
}

internal sealed record CountRequest : IChecked
{
    [Range(0, 10_000_000)] public required int Min { get; init; }

    [Range(0, 10_000_000)] public int? Max { get; init; }

    public required ObservedUnit Unit { get; init; }

    public void Check(JsonElement json, Faults faults)
    {
        if (Max < Min) faults.Add("max", "Must be at least min.");
    }
}

/// <summary>How it was perceived.</summary>
internal sealed record ObservationRequest
{
    public required ObservationMeans Means { get; init; }

    [Text] public string? Description { get; init; }

    [Name] public string? DirectionOfFire { get; init; }
}

/// <summary>One line of a claim of figures.</summary>
internal sealed record CasualtyRowRequest : IChecked
{
    public required CasualtyKind Kind { get; init; }

    public required CasualtyWho Who { get; init; }

    /// <summary>The party whose people they were.</summary>
    [Slug] public string? Of { get; init; }

    [Range(0, 10_000_000)] public int? Low { get; init; }

    [Range(0, 10_000_000)] public required int Best { get; init; }

    [Range(0, 10_000_000)] public int? High { get; init; }

    /// <summary>The source printed bounds that are out of order; they are kept so.</summary>
    public bool? AsPrinted { get; init; }

    public void Check(JsonElement json, Faults faults)
    {
        if (AsPrinted == true) return;
        if (Low > Best) faults.Add("low", "Must not be above best, unless the source printed it so (asPrinted).");
        if (High < Best) faults.Add("high", "Must not be below best, unless the source printed it so (asPrinted).");
    }
}

/// <summary>Where the account comes from, graded after the Admiralty code.</summary>
internal sealed record SourceRequest
{
    [Name] public required string Name { get; init; }

    public Reliability? Reliability { get; init; }

    [Range(1, 6)] public int? Credibility { get; init; }

    [Text] public string? Reference { get; init; }
}

internal sealed record ExternalReferenceRequest
{
    [Name] public required string System { get; init; }

    [Name] public required string Id { get; init; }

    [Name] public string? Version { get; init; }
}

/// <summary>The fields that a correction changes, each with its new value; null clears an optional one.</summary>
internal sealed record ChangesRequest : IChecked
{
    [NeverNull] public Category? Category { get; init; }

    [Slug] public string? Provision { get; init; }

    [Slug, Distinct] public IReadOnlyList<string>? OtherProvisions { get; init; }

    public IReadOnlyList<BreachRequest>? AlsoBreaches { get; init; }

    public Weapon? Weapon { get; init; }

    [NeverNull] public OccurredRequest? Occurred { get; init; }

    public LocationRequest? Location { get; init; }

    [EachName] public IReadOnlyList<string>? OtherPlaces { get; init; }

    [Slug] public string? AllegedBy { get; init; }

    [Slug] public string? AffectedParty { get; init; }

    public CountRequest? Count { get; init; }

    public ObservationRequest? Observation { get; init; }

    [NeverNull, Name] public string? Origin { get; init; }

    public IReadOnlyList<CasualtyRowRequest>? Casualties { get; init; }

    public SourceRequest? Source { get; init; }

    public ExternalReferenceRequest? ExternalReference { get; init; }

    [Distinct] public IReadOnlyList<Guid>? RelatedTo { get; init; }

    [Text(TextAttribute.Narrative)] public string? Narrative { get; init; }

    public void Check(JsonElement json, Faults faults)
    {
        if (json.GetPropertyCount() == 0) faults.Add("Must change something.");
        if (Origin is not null && string.IsNullOrWhiteSpace(Origin)) faults.Add("origin", "Must say something.");
    }
}

/// <summary>Attaches an item of evidence; its bytes may come with it, as multipart.</summary>
internal record EvidenceRequest
{
    [Sha256] public required string Sha256 { get; init; }

    /// <summary>Bytes.</summary>
    [Range(0.0, 9_007_199_254_740_991.0)] public required long Size { get; init; }

    [MediaType] public required string MediaType { get; init; }

    [Name] public required string Title { get; init; }

    /// <summary>Kept apart from the event, and erasable.</summary>
    [Text] public string? AcquiredFrom { get; init; }

    /// <summary>False for a working copy.</summary>
    public required bool Original { get; init; }
}

/// <summary>As <see cref="EvidenceRequest"/>, where the file itself has come.</summary>
internal sealed record FiledEvidenceRequest : EvidenceRequest
{
    /// <summary>True = a working copy without metadata was made beside the original.</summary>
    public bool? Stripped { get; init; }
}

/// <summary>What comes beside a file of evidence; what the file itself tells may be left out.</summary>
internal sealed record EvidencePartRequest
{
    [Sha256] public string? Sha256 { get; init; }

    [Range(0.0, 9_007_199_254_740_991.0)] public long? Size { get; init; }

    /// <summary>The file part's own Content-Type where left out.</summary>
    [MediaType] public string? MediaType { get; init; }

    [Name] public required string Title { get; init; }

    [Text] public string? AcquiredFrom { get; init; }

    public required bool Original { get; init; }

    /// <summary>True = a working copy without metadata is made beside the original (JPEG, PNG).</summary>
    public bool? Stripped { get; init; }
}

/// <summary>An independent second account.</summary>
internal sealed record CorroborationRequest
{
    /// <summary>Differs from the recorder's and from earlier ones.</summary>
    [Name] public required string Origin { get; init; }

    public required ObservationRequest Observation { get; init; }
}

/// <summary>A party's answer.</summary>
internal sealed record ReplyRequest
{
    public required ReplyKind Reply { get; init; }

    /// <summary>A liaison's is its own.</summary>
    [Slug] public string? Party { get; init; }

    [Text] public string? Statement { get; init; }

    [Text] public string? Reference { get; init; }

    /// <summary>Of the referenced document.</summary>
    [Sha256] public string? Sha256 { get; init; }

    /// <summary>The event that it answers.</summary>
    public Guid? ReplyTo { get; init; }
}

/// <summary>A new claim of figures; it replaces all rows of each kind that it names.</summary>
internal sealed record CasualtiesRequest
{
    [NotEmpty] public required IReadOnlyList<CasualtyRowRequest> Casualties { get; init; }

    [Name] public required string ClaimedBy { get; init; }

    public DateTimeOffset? ClaimedAt { get; init; }

    [Text] public string? Source { get; init; }
}

/// <summary>A correction; the original stays.</summary>
internal sealed record AmendmentRequest
{
    public required ChangesRequest Changes { get; init; }

    [Text] public required string Reason { get; init; }
}

/// <summary>Which party a case is counted to.</summary>
internal sealed record AttributionRequest
{
    /// <summary>Null = undetermined.</summary>
    [Slug] public required string? Party { get; init; }

    public required Confidence Confidence { get; init; }

    [Text] public required string Basis { get; init; }
}

/// <summary>An administrator's decision that personal data go for good.</summary>
internal sealed record ErasureRequest : IChecked
{
    /// <summary>Names within the confidential part, or of long free texts such as narrative; the whole confidential part where left out.</summary>
    [NotEmpty, EachName, Distinct] public IReadOnlyList<string>? Names { get; init; }

    /// <summary>Hashes of files of evidence: their bytes go, and those of working copies that were made of them. Then no names.</summary>
    [NotEmpty, Sha256, Distinct] public IReadOnlyList<string>? Evidence { get; init; }

    /// <summary>Such as GDPR Article 17. It stays in the history.</summary>
    [Text] public required string LegalBasis { get; init; }

    /// <summary>Why. It stays in the history, so it names nobody.</summary>
    [Text] public required string Rationale { get; init; }

    public void Check(JsonElement json, Faults faults)
    {
        if (Names is not null && Evidence is not null) faults.Add("evidence", "Files are erased apart: leave names out.");
    }
}

/// <summary>Why.</summary>
internal sealed record ReasonRequest
{
    [Text] public required string Reason { get; init; }
}

/// <summary>A formal challenge with grounds.</summary>
internal sealed record DisputeRequest
{
    public Guid? DisputeId { get; init; }

    public required DisputeGrounds Grounds { get; init; }

    [Text] public required string Statement { get; init; }

    /// <summary>A liaison's is its own; a monitor may dispute for nobody.</summary>
    [Slug] public string? Party { get; init; }

    /// <summary>SHA-256 of items.</summary>
    [Sha256, Distinct] public IReadOnlyList<string>? Evidence { get; init; }
}

/// <summary>An answer to a dispute.</summary>
internal sealed record DisputeAnswerRequest
{
    [Text] public required string Statement { get; init; }

    /// <summary>SHA-256 of items.</summary>
    [Sha256, Distinct] public IReadOnlyList<string>? Evidence { get; init; }
}

/// <summary>The end of a dispute.</summary>
internal sealed record ResolutionRequest : IChecked
{
    public required DisputeOutcome Outcome { get; init; }

    [Text] public required string Rationale { get; init; }

    /// <summary>With outcome upheld, and only then.</summary>
    public RemedyRequest? Remedy { get; init; }

    public void Check(JsonElement json, Faults faults)
    {
        if (Outcome == DisputeOutcome.Upheld && Remedy is null) faults.Add("remedy", "Must be there: a dispute that is upheld has a remedy.");
        if (Outcome == DisputeOutcome.Rejected && Remedy is not null) faults.Add("remedy", "Doesn't belong here: a dispute that is rejected has no remedy.");
    }
}

/// <summary>What follows from an upheld dispute: dismissed (reason) · reattributed (party, confidence, basis) · reopened · amended (changes).</summary>
internal sealed record RemedyRequest : IChecked
{
    [OneOf("dismissed", "reattributed", "reopened", "amended")] public required string Kind { get; init; }

    /// <summary>Of a dismissal: any but duplicate.</summary>
    [NeverNull] public DismissalReason? Reason { get; init; }

    /// <summary>Of a reattribution; null = undetermined.</summary>
    [Slug] public string? Party { get; init; }

    [NeverNull] public Confidence? Confidence { get; init; }

    [NeverNull, Text] public string? Basis { get; init; }

    [NeverNull] public ChangesRequest? Changes { get; init; }

    public void Check(JsonElement json, Faults faults)
    {
        Belongs(json, "reason", Kind == "dismissed", faults);
        Belongs(json, "party", Kind == "reattributed", faults);
        Belongs(json, "confidence", Kind == "reattributed", faults);
        Belongs(json, "basis", Kind == "reattributed", faults);
        Belongs(json, "changes", Kind == "amended", faults);
        if (Reason == DismissalReason.Duplicate) faults.Add("reason", "Must be any but duplicate: a remedy names no other case.");
        if (Basis is not null && string.IsNullOrWhiteSpace(Basis)) faults.Add("basis", "Must say something.");
    }

    private void Belongs(JsonElement json, string field, bool belongs, Faults faults)
    {
        var isThere = json.TryGetProperty(field, out _);
        if (isThere && !belongs) faults.Add(field, $"Doesn't belong to the remedy {Kind}.");
        if (!isThere && belongs) faults.Add(field, $"Must be there: it belongs to the remedy {Kind}.");
    }
}

/// <summary>A verifier's ruling that it happened and is a violation.</summary>
internal sealed record ConfirmationRequest
{
    public required Severity Severity { get; init; }

    [Text] public required string Rationale { get; init; }

    /// <summary>Left out = unchanged, null = undetermined.</summary>
    public AttributionRequest? Attribution { get; init; }
}

/// <summary>A verifier's ruling against the record.</summary>
internal sealed record DismissalRequest : IChecked
{
    public required DismissalReason Reason { get; init; }

    [Text] public required string Rationale { get; init; }

    /// <summary>With reason duplicate, and only then.</summary>
    public Guid? DuplicateOf { get; init; }

    public void Check(JsonElement json, Faults faults)
    {
        if (Reason == DismissalReason.Duplicate && DuplicateOf is null) faults.Add("duplicateOf", "Must be there: it names the case that this one repeats.");
        if (Reason != DismissalReason.Duplicate && DuplicateOf is not null) faults.Add("duplicateOf", "Belongs to the reason duplicate only.");
    }
}

/// <summary>A verifier's ruling that no ruling is possible now.</summary>
internal sealed record UnresolvedRequest
{
    public required UnresolvedReason Reason { get; init; }

    [Text] public required string Rationale { get; init; }
}
