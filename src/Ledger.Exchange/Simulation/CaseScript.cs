using System.Globalization;
using Ledger.Domain;
using Ledger.Domain.Violations;

namespace Ledger.Exchange.Simulation;

/// <summary>What happens to one simulated case, from its record to its last word.</summary>
/// <remarks>
/// Shares are of the order that missions published: of SLMM's 8,064 complaints about a third were ruled violations, a
/// quarter of cases name nobody, one in six is disputed. They are there to make figures look alive, not to be right.
/// </remarks>
internal sealed class CaseScript
{
    private static readonly (Category Category, ProvisionId Provision, Weapon Weapon, double Weight)[] Kinds =
    [
        (Category.SmallArmsFire, Mission.CeaseFire, Weapon.SmallArms, 30),
        (Category.HeavyWeaponsFire, Mission.CeaseFire, Weapon.HeavyMachineGun, 14),
        (Category.ArtilleryOrMortar, Mission.CeaseFire, Weapon.Mortar, 18),
        (Category.UavStrike, Mission.CeaseFire, Weapon.Uav, 4),
        (Category.UavOverflight, Mission.CeaseFire, Weapon.Uav, 8),
        (Category.WeaponsInWithdrawalZone, Mission.Withdrawal, Weapon.Artillery, 8),
        (Category.GroundAdvance, Mission.Withdrawal, Weapon.SmallArms, 3),
        (Category.StrikeOnSettlement, Mission.Civilians, Weapon.Artillery, 6),
        (Category.ViolenceAgainstCivilians, Mission.Civilians, Weapon.SmallArms, 3),
        (Category.MineOrIed, Mission.Civilians, Weapon.Mine, 2),
        (Category.ObstructionOfMonitors, Mission.Access, Weapon.None, 3),
        (Category.HumanitarianAccessDenied, Mission.Access, Weapon.None, 1),
    ];

    private static readonly (int Kind, double Weight)[] KindWeights = [.. Kinds.Select((kind, i) => (i, kind.Weight))];
    private static readonly (int Party, double Weight)[] Alleged = [(0, 33), (1, 31), (2, 11), (-1, 25)];

    private readonly Queue<(DateTimeOffset At, Actor Actor, Func<ViolationState?, ViolationCommand?> Ask, ViolationId? DependsOn)> _acts = new();

    /// <summary>No case has anything happen to it later than this after its record.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(60);

    private CaseScript(ViolationId id, DateTimeOffset recordedAt) => (Id, RecordedAt) = (id, recordedAt);

    public ViolationId Id { get; }

    public DateTimeOffset RecordedAt { get; }

    public bool IsOver => _acts.Count == 0;

    public DateTimeOffset NextAt => _acts.Peek().At;

    public (DateTimeOffset At, Actor Actor, Func<ViolationState?, ViolationCommand?> Ask, ViolationId? DependsOn) Next() => _acts.Dequeue();

    public static ViolationId IdOf(int seed, long number) => new(Chance.Of(seed, number).Id());

    public static CaseScript Write(Mission mission, int seed, long number, int violations)
    {
        var chance = Chance.Of(seed, number);
        var id = new ViolationId(chance.Id());
        var step = TimeSpan.FromDays(mission.Days) / violations;
        var occurred = Floor(Mission.Begins + (step * number) + (step * chance.Fraction()));
        var script = new CaseScript(id, Floor(occurred + chance.Hours(0.5, 30)));
        script.Fill(mission, ref chance, seed, number, occurred);
        return script;
    }

    private void Fill(Mission mission, ref Chance chance, int seed, long number, DateTimeOffset occurred)
    {
        var monitor = chance.One(Mission.Monitors);
        var verifier = chance.One(Mission.Verifiers);
        var report = ReportOf(ref chance, number, occurred, monitor);
        var at = RecordedAt;
        Add(at, monitor, _ => new ViolationCommand.Record(Id, mission.Agreement, report, Values<string>.None));

        if (chance.Happens(0.02))
        {
            Add(at += chance.Hours(1, 48), monitor, _ => new ViolationCommand.Withdraw(Say("The source took its account back.")));
            return;
        }

        if (chance.Happens(0.08))
        {
            var sha = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(BitConverter.GetBytes(chance.Next())));
            Add(at += chance.Hours(0.2, 5), monitor, _ => new ViolationCommand.AttachEvidence(
                new Evidence(sha, 184_320, "image/jpeg", "Photograph of the place", null, true)));
        }

        if (chance.Happens(0.10))
        {
            var second = Other(ref chance, Mission.Monitors, monitor);
            Add(at += chance.Hours(1, 20), second, _ => new ViolationCommand.Corroborate(
                second.Subject.Value + "-patrol", new Observation(ObservationMeans.Heard, Say("Heard from the next post."))));
        }

        if (chance.Happens(0.05))
        {
            var best = 1 + chance.Below(6);
            var claim = new CasualtyClaim(Values.Of(Killed(best, best + chance.Below(3))), "Simulated hospital", null, "Register of admissions");
            Add(at += chance.Hours(3, 40), monitor, _ => new ViolationCommand.ReviseCasualties(claim));
        }

        if (chance.Happens(0.06))
        {
            var earlier = report.Occurred with { Precision = TimePrecision.Hour };
            Add(at += chance.Hours(1, 40), monitor, _ => new ViolationCommand.Amend(
                new ReportChanges { Occurred = Change<Occurred>.To(earlier) }, Say("The log of the post gives the hour only.")));
        }

        if (report.AllegedParty is { } alleged && chance.Happens(0.35))
        {
            var kind = chance.Weighted([(ReplyKind.Denied, 80.0), (ReplyKind.CounterAlleged, 12.0), (ReplyKind.AdmittedJustified, 6.0), (ReplyKind.Admitted, 2.0)]);
            Add(at += chance.Hours(2, 60), Mission.LiaisonOf(alleged), _ => new ViolationCommand.Reply(null, kind, Say("The party's answer to the mission."), null, null, null));
        }

        if (number > 0 && chance.Happens(0.02))
        {
            var original = IdOf(seed, number - 1);
            Add(at += chance.Hours(12, 72), verifier, _ => new ViolationCommand.Dismiss(DismissalReason.Duplicate, Say("The same fire as the case before."), original), original);
            return;
        }

        if (report.AllegedParty is { } challenged && chance.Happens(0.17)) at = Disputed(ref chance, at, challenged, verifier, monitor);
        if (chance.Happens(0.60)) Ruled(ref chance, at, verifier);
    }

    private DateTimeOffset Disputed(ref Chance chance, DateTimeOffset at, PartyId party, Actor verifier, Actor monitor)
    {
        var dispute = new DisputeId(chance.Id());
        var grounds = chance.Weighted([(DisputeGrounds.Denial, 50.0), (DisputeGrounds.Misattribution, 30.0), (DisputeGrounds.WrongTimeOrPlace, 12.0), (DisputeGrounds.NotABreach, 8.0)]);
        var liaison = Mission.LiaisonOf(party);
        Add(at += chance.Hours(4, 90), liaison, _ => new ViolationCommand.Dispute(dispute, null, grounds, Say("The party challenges the record."), Values<string>.None));
        if (chance.Happens(0.3)) Add(at += chance.Hours(2, 40), monitor, _ => new ViolationCommand.AnswerDispute(dispute, Say("The recorder stands by the record."), Values<string>.None));
        if (chance.Happens(0.08))
        {
            Add(at += chance.Hours(4, 90), liaison, _ => new ViolationCommand.WithdrawDispute(dispute, Say("The party takes its challenge back.")));
            return at;
        }

        if (!chance.Happens(0.75)) return at; // stays open: figures must show it as disputed
        var upheld = chance.Happens(0.35);
        Remedy? remedy = !upheld ? null : grounds == DisputeGrounds.Misattribution
            ? new Remedy.Reattributed(new Attribution(null, Confidence.Low, Say("Neither account can be told from the other.")))
            : new Remedy.Dismissed(DismissalReason.NotSubstantiated);
        Add(at += chance.Hours(10, 200), verifier, _ => new ViolationCommand.ResolveDispute(
            dispute, upheld ? DisputeOutcome.Upheld : DisputeOutcome.Rejected, Say("Weighed against the posts' logs."), remedy));
        return at;
    }

    private void Ruled(ref Chance chance, DateTimeOffset at, Actor verifier)
    {
        var which = chance.Fraction();
        var severity = chance.Weighted([(Severity.Minor, 60.0), (Severity.Serious, 30.0), (Severity.Ungraded, 10.0)]);
        var attributed = chance.Happens(0.4);
        Add(at += chance.Hours(24, 300), verifier, state => which switch
        {
            < 0.55 => new ViolationCommand.Confirm(severity, Say("Two posts saw it."), attributed
                ? new Attribution(state?.AccountableParty, Confidence.Medium, Say("By the direction of fire.")) : null),
            < 0.75 => new ViolationCommand.Dismiss(which < 0.65 ? DismissalReason.NotSubstantiated : DismissalReason.NoViolation, Say("Nothing was found at the place."), null),
            _ => new ViolationCommand.LeaveUnresolved(UnresolvedReason.UnableToRule, Say("The place couldn't be reached in time.")),
        });
        if (chance.Happens(0.03)) Add(at + chance.Hours(48, 200), verifier, _ => new ViolationCommand.Reopen(Say("New evidence came in.")));
    }

    private static Report ReportOf(ref Chance chance, long number, DateTimeOffset occurred, Actor monitor)
    {
        var (category, provision, weapon, _) = Kinds[chance.Weighted(KindWeights)];
        var party = chance.Weighted(Alleged);
        var sector = chance.Below(Mission.Zones.Length);
        var point = Mission.PointIn(sector, chance.Fraction(), chance.Fraction());
        var casualties = chance.Happens(0.09) ? Values.Of(Killed(chance.Below(3), 1 + chance.Below(4))) : Values<CasualtyRow>.None;
        return new Report(
            category, provision, Values<ProvisionId>.None, Values<Breach>.None, weapon,
            new Occurred(occurred, null, chance.Weighted([(TimePrecision.Minute, 70.0), (TimePrecision.Hour, 20.0), (TimePrecision.Day, 10.0)])),
            WhereOf(ref chance, sector, point), Values<string>.None,
            party < 0 ? null : Mission.Parties[party], null, party < 0 ? null : Mission.Parties[(party + 1) % 2],
            weapon == Weapon.None ? null : new Count(1 + chance.Below(20), null, ObservedUnit.Burst),
            new Observation(chance.Happens(0.7) ? ObservationMeans.Heard : ObservationMeans.Saw), monitor.Subject.Value,
            casualties, null, null, Values<ViolationId>.None,
            Prose.InClear(string.Create(CultureInfo.InvariantCulture, $"Simulated case {number + 1}: {category.Code()} near {Mission.Zones[sector]}.")));
    }

    private static Location WhereOf(ref Chance chance, int sector, GeoPoint point) => chance.Below(10) switch
    {
        < 6 => new Location.Point(point, 50 + (50 * chance.Below(10))),
        < 9 => new Location.FromObserver(
            point, Mission.Sites[sector], new Span(chance.Below(180), 180 + chance.Below(40)), new Span(1_000, 1_000 + (500 * chance.Below(8))), null, Mission.Zones[sector]),
        _ => new Location.Named($"Village {chance.Below(60) + 1}", null, Mission.Zones[sector]),
    };

    private static CasualtyRow Killed(int best, int high) => new(CasualtyKind.Killed, CasualtyWho.Total, null, Math.Max(0, best - 1), best, Math.Max(best, high));

    private static Actor Other(ref Chance chance, Actor[] of, Actor not)
    {
        var at = chance.Below(of.Length - 1);
        return of[at] == not ? of[^1] : of[at];
    }

    private static Prose Say(string text) => Prose.InClear(text);

    private static DateTimeOffset Floor(DateTimeOffset at) => new(at.Ticks - (at.Ticks % TimeSpan.TicksPerSecond), TimeSpan.Zero);

    private void Add(DateTimeOffset at, Actor actor, Func<ViolationState?, ViolationCommand?> ask, ViolationId? dependsOn = null) =>
        _acts.Enqueue((at, actor, ask, dependsOn));
}
