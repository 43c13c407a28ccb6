namespace Ledger.Domain.Agreements;

/// <summary>An agreement as its stream says it stands.</summary>
/// <param name="Revision">Of the newest event folded.</param>
public sealed record AgreementState(
    AgreementId AgreementId,
    string Title,
    string TimeZone,
    Values<Instrument> Instruments,
    Values<Party> Parties,
    Values<Guarantor> Guarantors,
    Values<Provision> Provisions,
    Values<Zone> Zones,
    Term Term,
    Values<Suspension> Suspensions,
    DateTimeOffset? EndedAt,
    bool Exercise,
    Policy Policy,
    DateTimeOffset RecordedAt,
    long Revision)
{
    public Safeguards Safeguards { get; init; } = Safeguards.None;

    /// <summary>Administrators' yeses to changes of the policy that haven't taken effect.</summary>
    public Values<PolicyApproval> PolicyApprovals { get; init; } = Values<PolicyApproval>.None;

    public bool IsSuspended => Suspensions.Count > 0 && Suspensions[^1].To is null;

    public Party? PartyOf(PartyId id) => Parties.FirstOrDefault(party => party.PartyId == id);

    public Provision? ProvisionOf(ProvisionId id) => Provisions.FirstOrDefault(provision => provision.ProvisionId == id);

    public Zone? ZoneOf(ZoneId id) => Zones.FirstOrDefault(zone => zone.ZoneId == id);

    /// <summary>The zone that a place belongs to: the stated one, else the first defined whose polygon holds the representative point.</summary>
    public ZoneId? ZoneAt(Violations.Location? location)
    {
        if (location?.StatedZone is { } stated) return stated;
        return location?.RepresentativePoint is { } point ? Zones.FirstOrDefault(zone => zone.Polygon.Holds(point))?.ZoneId : null;
    }
}

/// <summary>A time in which the agreement isn't in force; open while nobody has resumed it.</summary>
public sealed record Suspension(DateTimeOffset From, DateTimeOffset? To);

/// <summary>One administrator's yes to exactly this policy.</summary>
public sealed record PolicyApproval(Subject By, Policy Policy, Safeguards Safeguards);

/// <summary>How a time lies to the time in force.</summary>
public enum TermFit { Inside, PartlyInside, Outside }

/// <summary>The time in force: the term less suspensions, up to an ending.</summary>
public static class TimeInForce
{
    /// <summary>How the time that a record gives lies to the time in force, as the agreement is known now.</summary>
    public static TermFit Fit(this AgreementState agreement, Violations.Occurred occurred, TimeZoneInfo zone)
    {
        var given = occurred.To is { } to
            ? new Interval(occurred.From, to)
            : LocalCalendar.PeriodOf(occurred.From, occurred.Precision, zone);
        // A time that ends at an inclusive moment touches what begins there; a calendar period doesn't hold its own end.
        var reach = occurred.To is null ? given.To : given.To.AddTicks(1);
        var touched = TimeSpan.Zero;
        var touches = false;
        foreach (var span in Spans(agreement))
        {
            var (from, until) = (Later(span.From, given.From), Earlier(span.To, reach));
            if (from >= until) continue;
            touches = true;
            touched += until - from;
        }

        if (!touches) return TermFit.Outside;
        return touched == reach - given.From ? TermFit.Inside : TermFit.PartlyInside;
    }

    private static IEnumerable<Interval> Spans(AgreementState agreement)
    {
        var end = Earlier(agreement.Term.Until ?? DateTimeOffset.MaxValue, agreement.EndedAt ?? DateTimeOffset.MaxValue);
        var from = agreement.Term.From;
        foreach (var suspension in agreement.Suspensions)
        {
            yield return new Interval(from, Earlier(suspension.From, end));
            if (suspension.To is not { } resumed) yield break;
            from = Later(from, resumed);
        }

        yield return new Interval(from, end);
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
