using System.Globalization;
using System.Text;
using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.EventStore;
using Ledger.Projections;
using MediatR;

namespace Ledger.Application.Queries;

/// <summary>Cases that may be the same act, told by somebody else. Null where there is no such case, or none that the key may see.</summary>
public sealed record GetPossibleDuplicates(Principal Principal, ViolationId ViolationId) : IRequest<IReadOnlyList<PossibleDuplicate>?>;

/// <summary>A likely twin and why it is one. Nothing follows from it by itself: a verifier dismisses one as a duplicate, a monitor corroborates, or nobody does anything.</summary>
/// <param name="Score">From 0 to 1, for the order of the list; it has no meaning beyond that.</param>
/// <param name="HoursApart">Between the times as far as they are known; 0 where they overlap.</param>
/// <param name="MetresApart">Between the points; null where one of the two has none.</param>
/// <param name="Reasons">Codes: same-time, near-in-time, same-place-name, near-in-place, same-category, related-category, other-alleged-party.</param>
public sealed record PossibleDuplicate(
    ViolationId ViolationId, ViolationStatus Status, Category Category, Occurred Occurred, Location? Location, PartyId? AllegedParty, string Origin,
    double Score, double HoursApart, double? MetresApart, IReadOnlyList<string> Reasons);

/// <summary>Looks in the register for cases near in time, place and kind, and in their streams for who told them.</summary>
public sealed class PossibleDuplicatesHandler(HistoryReader reader, AgreementCache agreements, LedgerView view, IEventStore store)
    : IRequestHandler<GetPossibleDuplicates, IReadOnlyList<PossibleDuplicate>?>
{
    /// <summary>What was recorded a moment ago may be the twin: so long the register is waited for.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private const int MostLookedAt = 500;
    private const int MostRead = 40;
    private const int MostTold = 20;
    private const double NearMetres = 10_000;
    private const double MetresPerDegree = 111_195;

    private static readonly Category[] Fire =
    [
        Category.SmallArmsFire, Category.HeavyWeaponsFire, Category.ArtilleryOrMortar, Category.MultipleRocketLaunch, Category.MissileStrike, Category.AirStrike,
        Category.UavStrike, Category.StrikeOnSettlement, Category.StrikeOnCivilianInfrastructure, Category.ViolenceAgainstCivilians, Category.Other,
    ];

    public async Task<IReadOnlyList<PossibleDuplicate>?> Handle(GetPossibleDuplicates request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var own = await StateAsync(request.ViolationId, cancellationToken);
        if (own is null || !request.Principal.Sees(own.AgreementId)) return null;
        if (await store.ReadHeadAsync(cancellationToken) is { } head) await view.WaitUntilVisibleAsync(head, Patience, cancellationToken);
        var zone = (await agreements.GetAsync(own.AgreementId, cancellationToken))!.Zone;
        var near = new List<PossibleDuplicate>();
        foreach (var item in await CandidatesAsync(own, zone, cancellationToken))
            if (Compare(own, item, zone) is { } twin) near.Add(twin);

        var told = new List<PossibleDuplicate>();
        foreach (var twin in near.OrderByDescending(twin => twin.Score).ThenBy(twin => twin.ViolationId.Value).Take(MostRead))
        {
            if (await StateAsync(twin.ViolationId, cancellationToken) is not { } other || IsSettled(own, other)) continue;
            told.Add(twin with { Origin = other.Report.Origin });
            if (told.Count == MostTold) break;
        }

        return told;
    }

    private Task<ViolationState?> StateAsync(ViolationId id, CancellationToken cancellation) =>
        reader.FoldAsync<ViolationState, ViolationEvent>(Streams.Of(id), ViolationDecider.Evolve, cancellation).AsTask();

    /// <summary>The register around the time: first what lies near the point, then what bears any place's name.</summary>
    private async Task<IEnumerable<ViolationListItem>> CandidatesAsync(ViolationState own, TimeZoneInfo zone, CancellationToken cancellation)
    {
        var (from, to) = Known(own.Report.Occurred, zone);
        var slack = Slack(own.Report.Occurred.Precision);
        var query = new ViolationQuery(own.AgreementId)
        {
            // What is known to the day alone begins at its midnight.
            Cases = new CaseFilter { From = from - TimeSpan.FromDays(1), To = to + slack },
            Statuses = Values.Of(ViolationStatus.Alleged, ViolationStatus.Disputed, ViolationStatus.Confirmed, ViolationStatus.Dismissed, ViolationStatus.Unresolved),
        };
        var found = new Dictionary<ViolationId, ViolationListItem>();
        if (own.Report.Location?.RepresentativePoint is { } at) await AddAsync(query with { Box = Around(at) });
        await AddAsync(query);
        found.Remove(own.ViolationId);
        return found.Values;

        async Task AddAsync(ViolationQuery asked)
        {
            if (await view.ViolationsAsync(asked, view.Count, new PageRequest(MostLookedAt), cancellation) is not Page<ViolationListItem>.Listed page) return;
            foreach (var item in page.Items) found.TryAdd(item.ViolationId, item);
        }
    }

    private static PossibleDuplicate? Compare(ViolationState own, ViolationListItem item, TimeZoneInfo zone)
    {
        var reasons = new List<string>();
        var (mine, its) = (Known(own.Report.Occurred, zone), Known(item.Occurred, zone));
        var apart = Math.Max(0, Math.Max((its.From - mine.To).TotalHours, (mine.From - its.To).TotalHours));
        if (apart > Slack(own.Report.Occurred.Precision).TotalHours) return null;
        reasons.Add(apart == 0 ? "same-time" : "near-in-time");

        var metres = own.Report.Location?.RepresentativePoint is { } a && item.Location?.RepresentativePoint is { } b ? Metres(a, b) : (double?)null;
        var sameName = Name(own.Report.Location) is { } name && Name(item.Location) == name;
        if (sameName) reasons.Add("same-place-name");
        else if (metres <= NearMetres) reasons.Add("near-in-place");
        else return null;

        if (own.Report.Category == item.Category) reasons.Add("same-category");
        else if (Fire.Contains(own.Report.Category) && Fire.Contains(item.Category)) reasons.Add("related-category");
        else return null;

        // Two sides may accuse each other of the same fire.
        if (own.Report.AllegedParty is { } alleged && item.AllegedParty is { } other && alleged != other) reasons.Add("other-alleged-party");
        var slack = Slack(own.Report.Occurred.Precision).TotalHours;
        var score = (0.4 * (1 - Math.Min(1, apart / slack))) + (0.4 * (sameName ? 1 : 1 - (metres!.Value / NearMetres))) + (own.Report.Category == item.Category ? 0.2 : 0.1);
        return new PossibleDuplicate(
            item.ViolationId, item.Status, item.Category, item.Occurred, item.Location, item.AllegedParty, "", Math.Round(score, 3), Math.Round(apart, 2),
            metres is { } m ? Math.Round(m) : null, reasons);
    }

    /// <summary>One reporter tells an act once; and what people have linked already needs no hint.</summary>
    private static bool IsSettled(ViolationState own, ViolationState other) =>
        own.Report.Origin == other.Report.Origin
        || own.Report.RelatedTo.Contains(other.ViolationId) || other.Report.RelatedTo.Contains(own.ViolationId)
        || own.Corroborations.Any(account => account.Origin == other.Report.Origin) || other.Corroborations.Any(account => account.Origin == own.Report.Origin);

    /// <summary>The time in which it lies, as far as is known.</summary>
    private static (DateTimeOffset From, DateTimeOffset To) Known(Occurred occurred, TimeZoneInfo zone)
    {
        var period = LocalCalendar.PeriodOf(occurred.From, occurred.Precision, zone);
        return (period.From, occurred.To is { } to && to > period.To ? to : period.To);
    }

    /// <summary>How far two accounts of one act may lie apart, by how exactly the first is known.</summary>
    private static TimeSpan Slack(TimePrecision precision) => precision switch
    {
        TimePrecision.Minute => TimeSpan.FromHours(3),
        TimePrecision.Hour => TimeSpan.FromHours(6),
        TimePrecision.Day => TimeSpan.FromHours(12),
        _ => TimeSpan.FromDays(1),
    };

    private static BoundingBox Around(GeoPoint at)
    {
        var north = NearMetres / MetresPerDegree;
        var east = Math.Min(180, north / Math.Max(0.01, Math.Cos(at.Latitude * Math.PI / 180)));
        return new BoundingBox(Around180(at.Longitude - east), Math.Max(-90, at.Latitude - north), Around180(at.Longitude + east), Math.Min(90, at.Latitude + north));
    }

    private static double Around180(double longitude) => longitude switch { < -180 => longitude + 360, > 180 => longitude - 360, _ => longitude };

    /// <summary>Along a great circle (haversine).</summary>
    private static double Metres(GeoPoint a, GeoPoint b)
    {
        var (lat1, lat2) = (a.Latitude * Math.PI / 180, b.Latitude * Math.PI / 180);
        var (dLat, dLon) = (lat2 - lat1, (b.Longitude - a.Longitude) * Math.PI / 180);
        var h = Math.Pow(Math.Sin(dLat / 2), 2) + (Math.Cos(lat1) * Math.Cos(lat2) * Math.Pow(Math.Sin(dLon / 2), 2));
        return 2 * 6_371_008.8 * Math.Asin(Math.Min(1, Math.Sqrt(h)));
    }

    /// <summary>A place's name without marks, signs and the case of letters.</summary>
    private static string? Name(Location? location)
    {
        var name = location switch { Location.Point p => p.Place, Location.FromObserver o => o.Place, Location.Named n => n.Place, _ => null };
        if (name is null) return null;
        var key = new StringBuilder(name.Length);
        foreach (var c in name.Normalize(NormalizationForm.FormD))
            if (char.IsLetterOrDigit(c) && char.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark) key.Append(char.ToLowerInvariant(c));
        return key.Length == 0 ? null : key.ToString();
    }
}
