using System.Globalization;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Claims;
using Ledger.Domain.Coverage;
using Ledger.Domain.Violations;

namespace Ledger.Exchange.Simulation;

/// <summary>A made-up mission of so many cases, the same for the same seed on every machine.</summary>
/// <remarks>
/// Every act is asked of the domain's own deciders, so that what comes out is a history that the ledger would have
/// accepted. Cases run beside each other in the order of time, as on a real mission; a case is forgotten 60 days after
/// its record, so memory stays flat however many there are.
/// </remarks>
public sealed class SimulatedMission(int seed, int violations, AgreementId? agreement = null)
{
    private readonly Mission _mission = new(agreement ?? new AgreementId($"simulated-{seed.ToString(CultureInfo.InvariantCulture)}"), violations);

    public AgreementId Agreement => _mission.Agreement;

    public int Seed => seed;

    public int Violations => violations;

    public AgreementCommand.Register Register => _mission.Register();

    public static IEnumerable<Zone> Zones => Mission.ZonesToDefine();

    /// <summary>The agreement and its zones: what must stand in the ledger before the first case.</summary>
    public IEnumerable<SimulatedStep> Founding()
    {
        yield return Of("register", _mission.Register());
        foreach (var zone in Mission.ZonesToDefine()) yield return Of($"zone/{zone.ZoneId}", new AgreementCommand.DefineZone(zone));

        SimulatedStep.OnAgreement Of(string key, AgreementCommand command) =>
            new(key, Mission.Administrator, Mission.Begins, Agreement, command);
    }

    /// <summary>Everything after the founding, in the order of time.</summary>
    public IEnumerable<SimulatedStep> Steps() => Run().Select(done => done.Step);

    /// <summary>The whole history, in the order of time.</summary>
    public IEnumerable<SimulatedEvent> Events()
    {
        AgreementState? state = null;
        foreach (var step in Founding().Cast<SimulatedStep.OnAgreement>())
        {
            var events = Accepted(AgreementDecider.Decide(step.Command, state, step.Actor));
            foreach (var e in events)
            {
                var fact = Fact(e, step, (state?.Revision ?? -1) + 1);
                state = AgreementDecider.Evolve(state, fact);
                yield return new SimulatedEvent($"agreement-{Agreement}", fact.Revision, e, step.Actor, step.At);
            }
        }

        foreach (var done in Run())
            for (var i = 0; i < done.Events.Count; i++)
                yield return new SimulatedEvent(done.Stream, done.First + i, done.Events[i], done.Step.Actor, done.Step.At);
    }

    private IEnumerable<(SimulatedStep Step, string Stream, long First, IReadOnlyList<object> Events)> Run()
    {
        var agreement = Folded();
        var context = new ViolationContext(agreement, TimeZoneInfo.FindSystemTimeZoneById(agreement.TimeZone), new Dictionary<AgreementId, AgreementState>(), null);
        var cases = new Dictionary<ViolationId, ViolationState>();
        var due = new PriorityQueue<CaseScript, (DateTimeOffset, long)>();
        var forget = new Queue<(DateTimeOffset At, ViolationId Case)>();
        using var standing = Standing(agreement).GetEnumerator();
        var more = standing.MoveNext();
        long begun = 0, order = 0;
        var next = violations > 0 ? CaseScript.Write(_mission, seed, begun++, violations) : null;

        while (due.Count > 0 || next is not null || more)
        {
            // A record can lie up to 30 hours behind its occurrence, so scripts are begun that far ahead of their turn.
            while (next is not null && (due.Count == 0 || next.RecordedAt - TimeSpan.FromHours(31) <= due.Peek().NextAt))
            {
                due.Enqueue(next, (next.RecordedAt, order++));
                next = begun < violations ? CaseScript.Write(_mission, seed, begun++, violations) : null;
            }

            if (more && (due.Count == 0 || standing.Current.Step.At <= due.Peek().NextAt))
            {
                yield return standing.Current;
                more = standing.MoveNext();
                continue;
            }

            var script = due.Dequeue();
            var (at, actor, ask, target) = script.Next();
            while (forget.Count > 0 && forget.Peek().At < at) cases.Remove(forget.Dequeue().Case);
            cases.TryGetValue(script.Id, out var state);
            if (ask(state) is { } command
                && ViolationDecider.Decide(command, state, target is { } t ? context with { Target = cases.GetValueOrDefault(t) } : context, at, actor)
                    is Decision<ViolationEvent>.Accepted yes)
            {
                var first = (state?.Revision ?? -1) + 1;
                var step = new SimulatedStep.OnViolation(
                    $"{script.Id}/{first.ToString(CultureInfo.InvariantCulture)}", actor, at, script.Id, command, command.IsDecision ? first - 1 : null, target);
                if (first == 0) forget.Enqueue((at + CaseScript.Longest + TimeSpan.FromDays(8), script.Id));
                for (var i = 0; i < yes.Events.Count; i++) state = ViolationDecider.Evolve(state, Fact(yes.Events[i], step, first + i));
                cases[script.Id] = state!;
                yield return (step, $"violation-{script.Id}", first, yes.Events);
            }

            if (!script.IsOver) due.Enqueue(script, (script.NextAt, order++));
        }
    }

    /// <summary>Hours watched and lost at each post, and the totals that two parties publish each week.</summary>
    private IEnumerable<(SimulatedStep Step, string Stream, long First, IReadOnlyList<object> Events)> Standing(AgreementState agreement)
    {
        for (var day = 0; day < _mission.Days; day++)
        {
            var chance = Chance.Of(seed, -1 - day);
            var (from, to) = (Mission.Begins.AddDays(day), Mission.Begins.AddDays(day + 1));
            foreach (var site in Mission.Sites)
            {
                var id = new CoverageId(chance.Id());
                var watched = from + chance.Hours(12, 24);
                yield return Covered(id, to, new CoverageCommand.LogMonitoring(id, Agreement, site, null, from, watched));
                if (chance.Happens(0.12)) yield return Gap(ref chance, site, watched, to);
            }

            if (day % 7 != 6) continue;
            foreach (var (by, against) in new[] { (0, 1), (1, 0) })
            {
                var id = new ClaimId(chance.Id());
                var total = 20 + chance.Below(60);
                var command = new ClaimCommand.Record(
                    id, Agreement, new Claimant(Mission.Parties[by], null), Mission.Parties[against], to.AddDays(-7), to,
                    Values.Of(new ClaimFigure("violations", total, null)), new ClaimSource("Simulated press service", null), null);
                var step = new SimulatedStep.OnClaim($"claim/{id}", Mission.Monitors[by], to, id, command);
                yield return (step, $"claim-{id}", 0, Accepted(ClaimDecider.Decide(command, null, agreement, step.Actor)));
            }
        }

        (SimulatedStep, string, long, IReadOnlyList<object>) Gap(ref Chance chance, string site, DateTimeOffset from, DateTimeOffset to)
        {
            var id = new CoverageId(chance.Id());
            var cause = chance.One(Enum.GetValues<GapCause>());
            PartyId? responsible = cause is GapCause.AccessDenied or GapCause.AccessConditional ? chance.One(Mission.Parties) : null;
            return Covered(id, to, new CoverageCommand.RecordGap(id, Agreement, site, null, from, to, cause, responsible, null));
        }

        (SimulatedStep, string, long, IReadOnlyList<object>) Covered(CoverageId id, DateTimeOffset at, CoverageCommand command)
        {
            var step = new SimulatedStep.OnCoverage($"coverage/{id}", Mission.Monitors[0], at, id, command);
            return (step, $"coverage-{id}", 0, Accepted(CoverageDecider.Decide(command, null, agreement, at)));
        }
    }

    private AgreementState Folded()
    {
        AgreementState? state = null;
        foreach (var step in Founding().Cast<SimulatedStep.OnAgreement>())
            foreach (var e in Accepted(AgreementDecider.Decide(step.Command, state, step.Actor)))
                state = AgreementDecider.Evolve(state, Fact(e, step, (state?.Revision ?? -1) + 1));
        return state!;
    }

    private static IReadOnlyList<TEvent> Accepted<TEvent>(Decision<TEvent> decision) => decision switch
    {
        Decision<TEvent>.Accepted yes => yes.Events,
        Decision<TEvent>.Refused no => throw new InvalidOperationException($"The simulation asks for what the ledger refuses: {no.Why.Message}"),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static Fact<TEvent> Fact<TEvent>(TEvent e, SimulatedStep step, long revision) => new(e, Guid.Empty, step.Actor, step.At, revision);
}
