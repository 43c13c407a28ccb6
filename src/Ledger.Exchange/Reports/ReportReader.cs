using Ledger.Application;
using Ledger.Application.Queries;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;
using Ledger.Exchange.Exports;
using Ledger.Projections;
using MediatR;

namespace Ledger.Exchange.Reports;

/// <summary>What came of asking for a report.</summary>
public abstract record ReportAnswer
{
    private ReportAnswer() { }

    public sealed record Ready(DailyReport Report) : ReportAnswer;

    /// <summary>The agreement wasn't in the ledger at the report's count (404).</summary>
    public sealed record NotThere : ReportAnswer;

    /// <summary>The count isn't what was recorded by the end of the day, or the day isn't over (400).</summary>
    public sealed record NotTheEnd : ReportAnswer;

    /// <summary>The day hasn't begun (400).</summary>
    public sealed record NotBegun : ReportAnswer;
}

/// <summary>Puts a daily report together out of the same questions that everybody may ask.</summary>
public sealed class ReportReader(LedgerView view, IMediator mediator, TimeProvider time)
{
    private const int PageLength = 500;

    /// <param name="asOf">The count that it stands on; null = what was recorded by the end of the day, or by now.</param>
    /// <param name="isWhole">The caller says that this count is what was recorded by the end of the day; a count alone can't say whether more was to come, and the same count must give the same report.</param>
    /// <param name="headOf">What is cited, for a count.</param>
    public async Task<ReportAnswer> ReadAsync(
        Principal principal, AgreementId agreement, DateOnly date, long? asOf, bool isWhole, Func<AgreementState, ComplianceAnswer.Picture, long, Task<ExportHead>> headOf, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(principal);
        ArgumentNullException.ThrowIfNull(headOf);
        // The zone never changes, so that the agreement as it is now says when the day began.
        if (!principal.Sees(agreement) || view.Agreement(agreement) is not { } now) return new ReportAnswer.NotThere();
        var zone = TimeZoneInfo.FindSystemTimeZoneById(now.TimeZone);
        // The calendar's own ends have no day before, or none after, in every zone.
        if (date.Year == DateOnly.MinValue.Year) return new ReportAnswer.NotThere();
        if (date.Year == DateOnly.MaxValue.Year) return new ReportAnswer.NotBegun();
        var (from, to) = (LocalCalendar.StartOf(date, zone), LocalCalendar.StartOf(date.AddDays(1), zone));
        if (from > time.GetUtcNow()) return new ReportAnswer.NotBegun();

        var isOver = to <= time.GetUtcNow();
        var began = await CountBeforeAsync(from, cancellation);
        var ended = isOver ? await CountBeforeAsync(to, cancellation) : view.Count;
        var count = asOf ?? ended;
        if (isWhole && (!isOver || count != ended)) return new ReportAnswer.NotTheEnd();
        var last = (await view.CoveredAsync(Math.Min(count, view.Count), cancellation)).RecordedAt;
        var reach = last >= to ? ReportReach.Later : isWhole || (asOf is null && isOver) ? ReportReach.Whole : ReportReach.Provisional;
        if (view.Agreement(agreement, count) is not { } state) return new ReportAnswer.NotThere();

        var after = await PictureAsync(principal, new ComplianceQuery(agreement), count, cancellation);
        var before = view.Agreement(agreement, Math.Min(began, count)) is null ? null : await PictureAsync(principal, new ComplianceQuery(agreement), Math.Min(began, count), cancellation);
        var day = new CaseFilter { From = from, To = to };
        var onTheDay = await PictureAsync(principal, new ComplianceQuery(agreement) { Cases = day }, count, cancellation);
        var (tally, changes) = await ChangesAsync(principal, agreement, Math.Min(began, count), Math.Min(ended, count), count, cancellation);
        return new ReportAnswer.Ready(new DailyReport(
            state, date, from, to, reach, await headOf(state, after, count), before, after, onTheDay, tally, changes,
            await OccurredAsync(principal, agreement, day, count, cancellation), await CoverageAsync(principal, agreement, from, to, count, cancellation)));
    }

    /// <summary>How many events had been recorded before a moment.</summary>
    private Task<long> CountBeforeAsync(DateTimeOffset moment, CancellationToken cancellation) => view.CountAsOfAsync(moment.AddTicks(-TimeSpan.TicksPerMicrosecond), cancellation);

    private async Task<ComplianceAnswer.Picture> PictureAsync(Principal principal, ComplianceQuery query, long count, CancellationToken cancellation) =>
        await mediator.Send(new GetCompliance(principal, query, count), cancellation) as ComplianceAnswer.Picture
        ?? throw new InvalidOperationException("An agreement that is there has a picture.");

    private async Task<(ReportTally, IReadOnlyList<ReportChange>)> ChangesAsync(
        Principal principal, AgreementId agreement, long began, long ended, long count, CancellationToken cancellation)
    {
        var (tally, changes, cases) = (ReportTally.None, new List<ReportChange>(), new Dictionary<ViolationId, ViolationState>());
        await foreach (var e in view.ReadEventsAsync(began - 1, ended, cancellation))
        {
            if (e.Agreement != agreement || e.Violation is not { } violation || e.Event is not ViolationEvent fact) continue;
            var act = ReportActs.Of(fact);
            tally = tally.With(act.Group);
            if (act.Group == ReportGroup.Other || changes.Count >= DailyReport.MostRows) continue;
            if (!cases.TryGetValue(violation, out var state))
            {
                var view = await mediator.Send(new GetCase(principal, violation, count), cancellation);
                state = cases[violation] = view?.State ?? throw new InvalidOperationException("A case whose event is covered is there.");
            }

            var killed = await KilledAsync(principal, violation, act, e.Sequence, cancellation);
            changes.Add(new ReportChange(e.Sequence, e.Metadata.RecordedAt, act.Group, act.What, act.Code, act.Party, killed, state));
        }

        return (tally, changes);
    }

    /// <summary>What a claim of figures changed, from the case as it stood right before it: the same figures may be claimed twice, and a record's own amended.</summary>
    private async Task<(int? Before, int? After)?> KilledAsync(Principal principal, ViolationId violation, ReportActs act, long sequence, CancellationToken cancellation)
    {
        if (act.Claim is not { } claim || ReportActs.Killed(claim.Rows) is not { } after) return null;
        var before = await mediator.Send(new GetCase(principal, violation, sequence), cancellation)
            ?? throw new InvalidOperationException("A case is there before its figures are revised.");
        return (ReportActs.Killed(before.State.CasualtiesAsTheyStand()), after);
    }

    private async Task<IReadOnlyList<ViolationListItem>> OccurredAsync(
        Principal principal, AgreementId agreement, CaseFilter day, long count, CancellationToken cancellation) =>
        await mediator.Send(new GetViolations(principal, new ViolationQuery(agreement) { Cases = day }, count, new PageRequest(DailyReport.MostRows, null, CountIsAsked: true)), cancellation)
            is Page<ViolationListItem>.Listed listed ? listed.Items : [];

    private async Task<IReadOnlyList<CoverageItem>> CoverageAsync(
        Principal principal, AgreementId agreement, DateTimeOffset from, DateTimeOffset to, long count, CancellationToken cancellation)
    {
        var query = new CoverageQuery(agreement) { From = from, To = to };
        var page = (await mediator.Send(new GetCoverage(principal, query, count, new PageRequest(PageLength, null, CountIsAsked: true)), cancellation)).Page;
        // From equal to: the entry was corrected to nothing.
        return page is Page<CoverageItem>.Listed listed ? [.. listed.Items.Where(item => item.From < item.To)] : [];
    }
}

/// <summary>What an event says on a report: its group, its words, and what goes with them. No text that can be erased.</summary>
internal sealed record ReportActs(ReportGroup Group, string What, (string List, string Code)? Code = null, PartyId? Party = null, CasualtyClaim? Claim = null)
{
    public static ReportActs Of(ViolationEvent fact) => fact switch
    {
        ViolationEvent.Recorded r => new(ReportGroup.Recorded, "recorded", null, r.Report.AllegedParty),
        ViolationEvent.CasualtiesRevised r => new(ReportGroup.Revised, "casualtiesRevised", null, null, r.Claim),
        ViolationEvent.Amended => new(ReportGroup.Revised, "amended"),
        ViolationEvent.PartyReplied r => new(ReportGroup.Replied, "replied", ("replies", r.Reply.Code()), r.Party),
        ViolationEvent.Disputed d => new(ReportGroup.Disputed, "disputed", ("grounds", d.Grounds.Code()), d.Party),
        ViolationEvent.DisputeResolved d => new(ReportGroup.Ruled, "disputeResolved", ("outcomes", d.Outcome.Code())),
        ViolationEvent.DisputeWithdrawn => new(ReportGroup.Ruled, "disputeWithdrawn"),
        ViolationEvent.Confirmed c => new(ReportGroup.Ruled, "confirmed", ("severities", c.Severity.Code()), c.Attribution?.Party),
        ViolationEvent.Attributed a => new(ReportGroup.Ruled, "attributed", null, a.Attribution.Party ?? new PartyId(PartyId.Undetermined)),
        ViolationEvent.Dismissed d => new(ReportGroup.Ruled, "dismissed", ("dismissalReasons", d.Reason.Code())),
        ViolationEvent.LeftUnresolved u => new(ReportGroup.Ruled, "unresolved", ("unresolvedReasons", u.Reason.Code())),
        ViolationEvent.Reopened => new(ReportGroup.Ruled, "reopened"),
        ViolationEvent.Withdrawn => new(ReportGroup.Withdrawn, "withdrawn"),
        _ => new(ReportGroup.Other, "other"),
    };

    /// <summary>The best figure of people killed; null where these rows say nothing of them.</summary>
    public static int? Killed(IEnumerable<CasualtyRow> rows)
    {
        var killed = rows.Where(row => row.Kind == CasualtyKind.Killed).ToList();
        if (killed.Count == 0) return null;
        return killed.FirstOrDefault(row => row.Who == CasualtyWho.Total)?.Best ?? killed.Sum(row => row.Best);
    }
}
