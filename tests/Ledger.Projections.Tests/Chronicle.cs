using System.Buffers.Text;
using System.Text.Json;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;
using Ledger.EventStore;
using Ledger.EventStore.InMemory;
using Ledger.Exchange.Simulation;
using Ledger.Serialization;
using Ledger.Testing.Deciders;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ledger.Projections.Tests;

/// <summary>A history that is written to a store event by event, and kept beside it for counting by hand.</summary>
internal sealed class Chronicle(IEventStore store)
{
    private readonly Dictionary<string, long> _next = [];
    private readonly List<SimulatedEvent> _events = [];

    public IReadOnlyList<SimulatedEvent> Events => _events;

    public IEventStore Store => store;

    public static Task<LedgerView> ViewOf(IEventStore store, string? directory = null) => LedgerView.OpenAsync(
        store, new InMemoryVault(TimeProvider.System), new LedgerViewOptions(directory, "64MB", 1), NullLogger.Instance, CancellationToken.None);

    public static async Task<Chronicle> OfAgreement(IEventStore store)
    {
        var chronicle = new Chronicle(store);
        var agreement = Some.AgreementState();
        await chronicle.Add($"agreement-{agreement.AgreementId}", new AgreementEvent.Registered(
            agreement.AgreementId, agreement.Title, agreement.TimeZone, agreement.Instruments, agreement.Parties, agreement.Guarantors,
            agreement.Provisions, agreement.Term, agreement.Exercise, agreement.Policy), Some.Administrator, Some.TermFrom);
        foreach (var zone in agreement.Zones)
            await chronicle.Add($"agreement-{agreement.AgreementId}", new AgreementEvent.ZoneDefined(zone), Some.Administrator, Some.TermFrom);
        return chronicle;
    }

    public static async Task<Chronicle> OfMission(IEventStore store, int seed, int violations)
    {
        var chronicle = new Chronicle(store);
        foreach (var e in new SimulatedMission(seed, violations).Events()) await chronicle.Add(e.Stream, e.Event, e.Actor, e.RecordedAt);
        return chronicle;
    }

    public Task Add(string stream, object @event, Actor? actor = null, DateTimeOffset? at = null)
    {
        var encoded = EventCodec.Encode(@event);
        return Add(stream, encoded.Type, encoded.Data, @event, actor ?? Some.Monitor, at ?? Some.Noon.AddHours(1).AddSeconds(_events.Count));
    }

    /// <summary>An event that a command of this id made.</summary>
    public Task Made(Guid commandId, string stream, object @event)
    {
        var encoded = EventCodec.Encode(@event);
        return Add(stream, encoded.Type, encoded.Data, @event, Some.Monitor, Some.Noon.AddHours(1).AddSeconds(_events.Count), commandId);
    }

    public async Task Add(string stream, string type, byte[] data, object @event, Actor actor, DateTimeOffset at, Guid? commandId = null)
    {
        var revision = _next.GetValueOrDefault(stream);
        at = new DateTimeOffset(at.UtcTicks - (at.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
        var metadata = EventCodec.EncodeMetadata(new EventMetadata(
            at, actor, commandId ?? IdOf(_events.Count), Base64Url.EncodeToString(new byte[32]), null, null, 1, Base64Url.EncodeToString(new byte[32])));
        var outcome = await store.AppendAsync(
            new StreamName(stream), revision == 0 ? ExpectedRevision.NoStream : ExpectedRevision.At(new StreamRevision(revision - 1)),
            [new EventToAppend(IdOf(_events.Count), type, data, metadata)], CancellationToken.None);
        Assert.IsType<AppendOutcome.Appended>(outcome);
        _events.Add(new SimulatedEvent(stream, revision, @event, actor, at));
        _next[stream] = revision + 1;
    }

    /// <summary>The case's own stream.</summary>
    public Task Case(ViolationId id, ViolationEvent e, Actor? actor = null, DateTimeOffset? at = null) => Add($"violation-{id}", e, actor, at);

    public static Guid IdOf(int number) => new(number + 1, 7, 7, new byte[8]);

    public static ViolationId CaseId(int number) => new(new Guid(number, 1, 1, new byte[8]));

    /// <summary>Every case as it stood at a count.</summary>
    public IReadOnlyList<ViolationState> CasesAt(long count)
    {
        var cases = new Dictionary<string, ViolationState>();
        foreach (var (e, n) in _events.Take((int)count).Select((e, n) => (e, n)))
            if (e.Event is ViolationEvent violation)
                cases[e.Stream] = ViolationEvolution.Evolve(
                    cases.GetValueOrDefault(e.Stream), new Fact<ViolationEvent>(violation, IdOf(n), e.Actor, e.RecordedAt, e.Revision));
        return [.. cases.Values];
    }

    public static byte[] Bytes(object answer) => JsonSerializer.SerializeToUtf8Bytes(answer, answer.GetType());
}

internal static class Asking
{
    public static async Task<LedgerView> CaughtUp(this LedgerView view, long count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await view.WaitForCountAsync(count, patience.Token);
        return view;
    }

    public static async Task<ComplianceAnswer.Picture> Picture(this LedgerView view, ComplianceQuery query, long count) =>
        Assert.IsType<ComplianceAnswer.Picture>(await view.ComplianceAsync(query, count, CancellationToken.None));

    public static async Task<PartyPicture> Of(this LedgerView view, ComplianceQuery query, PartyId party) =>
        (await view.Picture(query, view.Count)).Parties.Single(picture => picture.Party == party);

    public static async Task<Page<ViolationListItem>.Listed> Cases(this LedgerView view, ViolationQuery query, PageRequest? page = null) =>
        Assert.IsType<Page<ViolationListItem>.Listed>(await view.ViolationsAsync(query, view.Count, page ?? new PageRequest(500), CancellationToken.None));

    public static async Task<IReadOnlyList<Posting>> Postings(this LedgerView view, PostingsQuery query, long count)
    {
        var all = new List<Posting>();
        for (string? cursor = null; ;)
        {
            var page = Assert.IsType<Page<Posting>.Listed>(
                await view.PostingsAsync(query, count, new PageRequest(40, cursor), CancellationToken.None));
            all.AddRange(page.Items);
            if ((cursor = page.NextCursor) is null) return all;
        }
    }
}
