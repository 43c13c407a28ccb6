using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Ledger.Api.Http.Binding;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;

namespace Ledger.Api.Agreements;

/// <summary>Registers an agreement.</summary>
internal sealed record AgreementRequest : IChecked
{
    [Slug] public required string AgreementId { get; init; }

    [Name] public required string Title { get; init; }

    /// <summary>IANA name, such as Asia/Baku; UTC where left out. Days, weeks and months are counted by its clocks.</summary>
    [TimeZone] public string? TimeZone { get; init; }

    public IReadOnlyList<InstrumentRequest>? Instruments { get; init; }

    public required IReadOnlyList<PartyRequest> Parties { get; init; }

    public IReadOnlyList<GuarantorRequest>? Guarantors { get; init; }

    public IReadOnlyList<ProvisionRequest>? Provisions { get; init; }

    public required TermRequest Term { get; init; }

    /// <summary>True for a drill: it never enters a summary of a real agreement.</summary>
    public bool? Exercise { get; init; }

    public PolicyRequest? Policy { get; init; }

    public void Check(JsonElement json, Faults faults)
    {
        Twice(faults, "instruments", "instrumentId", Instruments?.Select(instrument => instrument.InstrumentId));
        Twice(faults, "parties", "partyId", Parties.Select(party => party.PartyId));
        Twice(faults, "provisions", "provisionId", Provisions?.Select(provision => provision.ProvisionId));
    }

    private static void Twice(Faults faults, string list, string id, IEnumerable<string>? ids)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var index = 0;
        foreach (var each in ids ?? [])
        {
            if (!seen.Add(each))
            {
                faults.Enter(list);
                faults.Enter(index);
                faults.Add(id, "Stands in the list twice.");
                faults.Leave();
                faults.Leave();
            }

            index++;
        }
    }
}

/// <summary>A text or declaration that belongs to the agreement.</summary>
internal sealed record InstrumentRequest
{
    [Slug] public required string InstrumentId { get; init; }

    [Name] public required string Title { get; init; }

    public required DateOnly Date { get; init; }

    [Text] public string? Reference { get; init; }

    [Sha256] public string? Sha256 { get; init; }
}

/// <summary>Who is bound, or acts without having signed.</summary>
internal sealed record PartyRequest
{
    [Slug] public required string PartyId { get; init; }

    [Name] public required string Name { get; init; }

    /// <summary>Names by language tag.</summary>
    [Labels] public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>signatory where left out.</summary>
    public Standing? Standing { get; init; }

    /// <summary>Acts before it are marked, not refused.</summary>
    public DateTimeOffset? BoundFrom { get; init; }
}

internal sealed record GuarantorRequest
{
    [Name] public required string Name { get; init; }
}

/// <summary>One clause.</summary>
internal sealed record ProvisionRequest : IChecked
{
    [Slug] public required string ProvisionId { get; init; }

    [Text] public required string Text { get; init; }

    /// <summary>What it forbids, where it can be said in categories.</summary>
    [Distinct] public IReadOnlyList<Category>? Prohibits { get; init; }

    /// <summary>The instrument that it stands in.</summary>
    [Slug] public string? Instrument { get; init; }

    public DateTimeOffset? From { get; init; }

    public DateTimeOffset? Until { get; init; }

    public void Check(JsonElement json, Faults faults)
    {
        if (Until < From) faults.Add("until", "Must not lie before from.");
    }
}

/// <summary>When the agreement is in force: from inclusive, until exclusive or open.</summary>
internal sealed record TermRequest : IChecked
{
    public required DateTimeOffset From { get; init; }

    public DateTimeOffset? Until { get; init; }

    public void Check(JsonElement json, Faults faults)
    {
        if (Until <= From) faults.Add("until", "Must lie after from.");
    }
}

/// <summary>What the parties agreed on how rulings are made; what is left out is as usual.</summary>
internal record PolicyRequest
{
    private const int MostSeats = 100;
    private const int MostHours = 24 * 366;
    private const int MostMetres = 200_000;

    /// <summary>Verifiers that must say the same before a case counts as confirmed.</summary>
    [NeverNull, Range(1, MostSeats)] public int? ConfirmationsRequired { get; init; }

    /// <summary>The same for dismissal, unresolved, attribution and the resolution of disputes.</summary>
    [NeverNull, Range(1, MostSeats)] public int? RulingsRequired { get; init; }

    /// <summary>The verifiers who make a quorum belong to different delegations.</summary>
    [NeverNull] public bool? OnePerDelegation { get; init; }

    /// <summary>Who disputes a case again brings evidence.</summary>
    [NeverNull] public bool? RedisputeNeedsEvidence { get; init; }

    /// <summary>Who confirmed a case may resolve a dispute about it.</summary>
    [NeverNull] public bool? ConfirmersMayResolve { get; init; }

    /// <summary>Hours from recording before a case may be confirmed.</summary>
    [NeverNull, Range(0, MostHours)] public int? ReplyWindowHours { get; init; }

    /// <summary>Administrators that must ask for the same erasure.</summary>
    [NeverNull, Range(1, MostSeats)] public int? ErasureApprovals { get; init; }

    /// <summary>Readers and liaisons see places no more exactly than this many metres; 0 = as recorded.</summary>
    [NeverNull, Range(0, MostMetres)] public int? PlacePrecisionMetres { get; init; }

    /// <summary>Readers and liaisons see times of occurrence no more exactly than this; minute = as recorded.</summary>
    [NeverNull] public TimePrecision? TimePrecision { get; init; }

    /// <summary>Administrators that must ask for the same change of the policy.</summary>
    [NeverNull, Range(1, MostSeats)] public int? PolicyApprovals { get; init; }
}

/// <summary>A change of the policy; what is left out stays as it is.</summary>
internal sealed record PolicyChangeRequest : PolicyRequest, IChecked
{
    public void Check(JsonElement json, Faults faults)
    {
        if (json.GetPropertyCount() == 0) faults.Add("Must change something.");
    }
}

/// <summary>A named area.</summary>
internal sealed record ZoneRequest
{
    [Slug] public required string ZoneId { get; init; }

    [Name] public required string Name { get; init; }

    public required AreaRequest Polygon { get; init; }
}

/// <summary>A GeoJSON Polygon or MultiPolygon (RFC 7946): longitude goes before latitude.</summary>
internal sealed record AreaRequest : IChecked
{
    private const int MostPoints = 10_000;
    private const int FewestOfRing = 4;

    [OneOf("Polygon", "MultiPolygon")] public required string Type { get; init; }

    /// <summary>Rings of [longitude, latitude], the first the outer one, each closed.</summary>
    [CheckedByItsRecord] public required JsonElement Coordinates { get; init; }

    public void Check(JsonElement json, Faults faults)
    {
        var points = 0;
        faults.Enter("coordinates");
        if (Type == "Polygon") CheckPolygon(Coordinates, faults, ref points);
        else if (IsFilledList(Coordinates, "Must be a list of polygons.", faults)) CheckPolygons(faults, ref points);
        if (points > MostPoints) faults.Add("Must have at most 10,000 points.");
        faults.Leave();
    }

    private void CheckPolygons(Faults faults, ref int points)
    {
        var index = 0;
        foreach (var polygon in Coordinates.EnumerateArray())
        {
            faults.Enter(index++);
            CheckPolygon(polygon, faults, ref points);
            faults.Leave();
        }
    }

    private static void CheckPolygon(JsonElement rings, Faults faults, ref int points)
    {
        if (!IsFilledList(rings, "Must be a list of rings.", faults)) return;
        var index = 0;
        foreach (var ring in rings.EnumerateArray())
        {
            faults.Enter(index++);
            CheckRing(ring, faults, ref points);
            faults.Leave();
        }
    }

    private static void CheckRing(JsonElement ring, Faults faults, ref int points)
    {
        if (!IsFilledList(ring, "Must be a ring: a list of [longitude, latitude].", faults)) return;
        var length = ring.GetArrayLength();
        points += length;
        if (points > MostPoints) return;

        var before = faults.Count;
        var index = 0;
        foreach (var position in ring.EnumerateArray())
        {
            if (!IsPosition(position)) faults.Add(index, "Must be [longitude, latitude]: two numbers, -180 to 180 and -90 to 90.");
            index++;
        }

        if (faults.Count != before) return;
        if (length < FewestOfRing) faults.Add("A ring has at least four points, the last the same as the first.");
        else if (!SamePlace(ring[0], ring[length - 1])) faults.Add("A ring is closed: its last point is the same as its first.");
    }

    private static bool IsPosition(JsonElement json) =>
        json.ValueKind == JsonValueKind.Array && json.GetArrayLength() == 2
        && json[0].ValueKind == JsonValueKind.Number && json[1].ValueKind == JsonValueKind.Number
        && Math.Abs(json[0].GetDouble()) <= 180 && Math.Abs(json[1].GetDouble()) <= 90;

    private static bool SamePlace(JsonElement a, JsonElement b) =>
        a[0].GetDouble().Equals(b[0].GetDouble()) && a[1].GetDouble().Equals(b[1].GetDouble());

    private static bool IsFilledList(JsonElement json, string wanted, Faults faults)
    {
        if (json.ValueKind == JsonValueKind.Array && json.GetArrayLength() > 0) return true;
        faults.Add(wanted);
        return false;
    }
}

/// <summary>A suspension, resumption or ending.</summary>
internal sealed record TurnRequest
{
    public required DateTimeOffset At { get; init; }

    [Text] public string? Reason { get; init; }
}
