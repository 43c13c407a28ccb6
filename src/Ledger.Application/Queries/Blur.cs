using System.Security.Cryptography;
using System.Buffers.Text;
using System.Text;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;
using Ledger.Projections;
using Ledger.Serialization;

namespace Ledger.Application.Queries;

/// <summary>How exactly somebody may see the places and times of an agreement's cases.</summary>
public sealed class Blurs(LedgerView view)
{
    /// <summary>Null where they stand as recorded. The policy as it is now decides, also over what was recorded and answered before.</summary>
    public Blur? For(Principal principal, AgreementId agreement)
    {
        ArgumentNullException.ThrowIfNull(principal);
        if (principal.May(Act.ReadExactly, agreement)) return null;
        return view.Agreement(agreement) is { Safeguards: { IsBlurred: true } safeguards } state
            ? new Blur(safeguards.PlacePrecisionMetres, safeguards.TimePrecision, ZoneOf(state))
            : null;
    }

    /// <summary>The whole register of an agreement, from end to end, as the principal may see it.</summary>
    public IAsyncEnumerable<ViolationListItem> AllViolationsAsync(Principal principal, ViolationQuery query, long count, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(principal);
        ArgumentNullException.ThrowIfNull(query);
        if (!principal.Sees(query.Agreement)) return AsyncEnumerable.Empty<ViolationListItem>();
        return For(principal, query.Agreement) is { } blur
            ? view.AllViolationsAsync(query with { Cases = blur.Of(query.Cases), Box = blur.Of(query.Box) }, count, cancellation).Select(blur.Of)
            : view.AllViolationsAsync(query, count, cancellation);
    }

    private static TimeZoneInfo ZoneOf(AgreementState agreement) =>
        TimeZoneInfo.TryFindSystemTimeZoneById(agreement.TimeZone, out var zone) ? zone : TimeZoneInfo.Utc;
}

/// <summary>Makes places and times coarser, and questions too: a filter that looked at exact values would tell them by bisection.</summary>
/// <remarks>
/// A place becomes the middle of its cell in a grid whose cells are at least so wide everywhere up to 60° of latitude; an observer's position, which is
/// a monitor's, isn't shown at all; names of places are left out, for a village's name is as exact as a point. A time becomes the beginning of its period.
/// </remarks>
public sealed record Blur(int Metres, TimePrecision Time, TimeZoneInfo Zone)
{
    private const double MetresOfDegree = 110_500; // a little less than a degree of latitude anywhere, so that cells are rather larger

    public bool HidesPlaces => Metres > 0;

    private double Height => Metres / MetresOfDegree;

    private double Width => Height * 2; // a degree of longitude at 60°

    public Report Of(Report report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return report with { Occurred = Of(report.Occurred), Location = Of(report.Location), OtherPlaces = OfNames(report.OtherPlaces) };
    }

    public Occurred Of(Occurred occurred)
    {
        ArgumentNullException.ThrowIfNull(occurred);
        var precision = occurred.Precision > Time ? occurred.Precision : Time;
        if (Time == TimePrecision.Minute) return occurred;
        var from = LocalCalendar.PeriodOf(occurred.From, precision, Zone).From;
        var to = occurred.To is { } end ? LocalCalendar.PeriodOf(end, precision, Zone).From : (DateTimeOffset?)null;
        return new Occurred(from, to > from ? to : null, precision);
    }

    public DateTimeOffset Of(DateTimeOffset occurred) => Time == TimePrecision.Minute ? occurred : LocalCalendar.PeriodOf(occurred, Time, Zone).From;

    public Location? Of(Location? location)
    {
        if (!HidesPlaces || location is null) return location;
        if (location.RepresentativePoint is { } point) return new Location.Point(MiddleOf(point), Math.Ceiling(HalfDiagonal + Reach(location)), Zone: location.StatedZone);
        return location.StatedZone is { } zone ? new Location.Named(zone.Value, Zone: zone) : null;
    }

    public Values<string> OfNames(Values<string> places) => HidesPlaces ? Values<string>.None : places;

    /// <summary>The stored form of an event with its places and times made coarser; null where it holds none.</summary>
    public ReadOnlyMemory<byte>? Of(object? e) => e switch
    {
        ViolationEvent.Recorded r => EventCodec.Encode(r with { Report = Of(r.Report) }).Data,
        ViolationEvent.Amended a => EventCodec.Encode(a with { Changes = Of(a.Changes) }).Data,
        ViolationEvent.DisputeResolved { Remedy: Remedy.Amended r } d => EventCodec.Encode(d with { Remedy = new Remedy.Amended(Of(r.Changes)) }).Data,
        ViolationEvent.RulingEndorsed { Ruling: Ruling.Resolve { Remedy: Remedy.Amended r } s } y =>
            EventCodec.Encode(y with { Ruling = s with { Remedy = new Remedy.Amended(Of(r.Changes)) } }).Data,
        // Nobody here knows what a newer program wrote into it.
        null => "{}"u8.ToArray(),
        _ => (ReadOnlyMemory<byte>?)null, // an array's null would become an empty text
    };

    /// <summary>The filter that finds exactly the cases whose coarse values the asked one would find.</summary>
    public CaseFilter Of(CaseFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return filter with { From = NextBeginning(filter.From), To = NextBeginning(filter.To) };
    }

    /// <inheritdoc cref="Of(CaseFilter)"/>
    public BoundingBox? Of(BoundingBox? box)
    {
        if (!HidesPlaces || box is not { } b) return box;
        return new BoundingBox(LowEdge(b.West, Width), LowEdge(b.South, Height), HighEdge(b.East, Width), HighEdge(b.North, Height));
    }

    public ViolationListItem Of(ViolationListItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return item with { Occurred = Of(item.Occurred), Location = Of(item.Location) };
    }

    public PartyPicture Of(PartyPicture figures, DateTimeOffset? asOf)
    {
        ArgumentNullException.ThrowIfNull(figures);
        if (figures.LastConfirmed is not { } last || Time == TimePrecision.Minute) return figures;
        var occurred = Of(last.OccurredAt);
        return figures with
        {
            LastConfirmed = last with { OccurredAt = occurred },
            DaysSinceLastConfirmed = asOf is { } at ? (int)Math.Max(0, (at - occurred).TotalDays) : null,
        };
    }

    /// <summary>True where a series of such periods would show more than the times do.</summary>
    public bool IsTooFine(SeriesInterval interval) => interval switch
    {
        SeriesInterval.Day => Time > TimePrecision.Day,
        SeriesInterval.Week => Time > TimePrecision.Week,
        _ => false,
    };

    private ReportChanges Of(ReportChanges changes) => changes with
    {
        Occurred = changes.Occurred is { IsSet: true, Value: { } occurred } ? Change<Occurred>.To(Of(occurred)) : changes.Occurred,
        Location = changes.Location.IsSet ? Change<Location?>.To(Of(changes.Location.Value)) : changes.Location,
        OtherPlaces = changes.OtherPlaces is { IsSet: true, Value: { } places } ? Change<Values<string>>.To(OfNames(places)) : changes.OtherPlaces,
    };

    private double HalfDiagonal => MetresOfDegree * Math.Sqrt((Height * Height) + (Width * Width)) / 2;

    private static double Reach(Location location) => location switch
    {
        Location.Point p => p.UncertaintyMetres ?? 0,
        Location.FromObserver o => o.DistanceMetres?.To ?? 0,
        _ => 0,
    };

    private GeoPoint MiddleOf(GeoPoint point) => new(
        Math.Clamp((Math.Floor(point.Latitude / Height) + 0.5) * Height, -90, 90), Math.Clamp((Math.Floor(point.Longitude / Width) + 0.5) * Width, -180, 180));

    // A cell belongs to a box where its middle does, so a box becomes the union of its cells.
    private static double LowEdge(double from, double step) => Math.Ceiling((from / step) - 0.5) * step;

    private static double HighEdge(double to, double step) => Math.BitDecrement((Math.Floor((to / step) - 0.5) + 1) * step);

    private DateTimeOffset? NextBeginning(DateTimeOffset? moment)
    {
        if (Time == TimePrecision.Minute || moment is not { } at) return moment;
        var period = LocalCalendar.PeriodOf(at, Time, Zone);
        return period.From == at ? at : period.To;
    }
}

/// <summary>Closes cursors for those who see less than they are sorted by: a place in a list holds the exact time that it ended at.</summary>
/// <param name="secret">The same on every node, so that a list goes on at any of them.</param>
public sealed class CursorSeal(byte[] secret)
{
    private const int NonceLength = 12;
    private const int TagLength = 16;

    private readonly byte[] _key = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 32, info: "ledger cursor"u8.ToArray());

    public string Close(string cursor)
    {
        var text = Encoding.UTF8.GetBytes(cursor);
        var bytes = new byte[NonceLength + TagLength + text.Length];
        RandomNumberGenerator.Fill(bytes.AsSpan(0, NonceLength));
        using var cipher = new AesGcm(_key, TagLength);
        cipher.Encrypt(bytes.AsSpan(0, NonceLength), text, bytes.AsSpan(NonceLength + TagLength), bytes.AsSpan(NonceLength, TagLength));
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Null where it isn't one that was closed here.</summary>
    public string? Open(string closed)
    {
        if (closed is null || closed.Length > 1_024 || !Base64Url.IsValid(closed)) return null;
        var bytes = Base64Url.DecodeFromChars(closed);
        if (bytes.Length < NonceLength + TagLength) return null;
        var text = new byte[bytes.Length - NonceLength - TagLength];
        try
        {
            using var cipher = new AesGcm(_key, TagLength);
            cipher.Decrypt(bytes.AsSpan(0, NonceLength), bytes.AsSpan(NonceLength + TagLength), bytes.AsSpan(NonceLength, TagLength), text);
            return Encoding.UTF8.GetString(text);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
