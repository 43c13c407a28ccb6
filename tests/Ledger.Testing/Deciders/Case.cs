using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;

namespace Ledger.Testing.Deciders;

/// <summary>Given a history, when somebody says something, then these events follow or it is refused.</summary>
/// <remarks>Every accepted event is folded at once, so that a step can be the next one's history.</remarks>
public sealed class Case
{
    private readonly List<Fact<ViolationEvent>> _facts = [];
    private readonly Dictionary<AgreementId, AgreementState> _others = [];
    private ViolationState? _target;
    private DateTimeOffset _now = Some.Noon.AddHours(1);
    private AgreementState? _agreement = Some.AgreementState();

    public ViolationState? State { get; private set; }

    public ViolationStatus Status => State!.Status;

    public Decision<ViolationEvent>? Said { get; private set; }

    public IReadOnlyList<ViolationEvent> Events => [.. _facts.Select(fact => fact.Event)];

    /// <summary>A case against party A, recorded by a monitor, unless told otherwise.</summary>
    public static Case Alleged(PartyId? against = null, bool undetermined = false) =>
        new Case().Given(Some.Monitor, Some.Recorded(undetermined ? null : against ?? Some.PartyA));

    public static Case Nothing() => new();

    public Case Under(Policy policy) => Under(Some.AgreementState(policy));

    public Case Under(AgreementState? agreement)
    {
        _agreement = agreement;
        return this;
    }

    public Case Knowing(AgreementState other)
    {
        _others[other.AgreementId] = other;
        return this;
    }

    public Case WithOriginal(ViolationState? original)
    {
        _target = original;
        return this;
    }

    public Case At(DateTimeOffset now)
    {
        _now = now;
        return this;
    }

    public Case Given(Actor actor, ViolationEvent @event)
    {
        var fact = new Fact<ViolationEvent>(@event, new Guid(_facts.Count + 1, 0, 0, new byte[8]), actor, _now, _facts.Count);
        _facts.Add(fact);
        State = ViolationDecider.Evolve(State, fact);
        return this;
    }

    public Case When(Actor actor, ViolationCommand command)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(_agreement?.TimeZone ?? "UTC");
        Said = ViolationDecider.Decide(command, State, new ViolationContext(_agreement, zone, _others, _target), _now, actor);
        if (Said is Decision<ViolationEvent>.Accepted yes)
            foreach (var e in yes.Events) Given(actor, e);
        return this;
    }

    public Case ThenRefused(string code)
    {
        var refused = Assert.IsType<Decision<ViolationEvent>.Refused>(Said);
        Assert.Equal(code, refused.Why.Code);
        Assert.False(string.IsNullOrWhiteSpace(refused.Why.Message));
        return this;
    }

    /// <summary>Accepted, with events of exactly these types.</summary>
    public Case Then(params Type[] events)
    {
        if (Said is Decision<ViolationEvent>.Refused no) Assert.Fail($"Refused: {no.Why.Code}, {no.Why.Message}");
        var accepted = Assert.IsType<Decision<ViolationEvent>.Accepted>(Said);
        Assert.Equal(events, accepted.Events.Select(e => e.GetType()));
        return this;
    }

    public Case ThenStatus(ViolationStatus status)
    {
        Assert.Equal(status, Status);
        return this;
    }
}
