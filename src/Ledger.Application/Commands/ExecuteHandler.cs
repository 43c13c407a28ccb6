using System.Security.Cryptography;
using System.Buffers.Text;
using System.Text;
using Ledger.Application.Books;
using Ledger.Domain;
using Ledger.EventStore;
using Ledger.EventStore.Vault;
using Ledger.Projections;
using Ledger.Serialization;
using MediatR;

namespace Ledger.Application.Commands;

/// <summary>The one way into the history: read the stream, look for a repeat, decide, append.</summary>
/// <remarks>
/// The order is the HTTP contract's: existence and scope, role, If-Match, repeat, revision, rules. Existence comes before
/// the role so that what is out of a key's scope looks as if it weren't there; both need the stream, so both live here.
/// Everything is done anew after a lost race, because what was true of the stream may not be true any more.
/// </remarks>
public sealed class ExecuteHandler<TCommand, TState, TEvent>(
    Book<TCommand, TState, TEvent> book, HistoryReader reader, IEventStore store, IVault vault, LedgerView view, LedgerClock clock)
    : IRequestHandler<Execute<TCommand>, CommandOutcome>
    where TCommand : notnull
    where TState : class
    where TEvent : notnull
{
    /// <summary>How long an answer waits for its event to be numbered.</summary>
    private static readonly TimeSpan SequencePatience = TimeSpan.FromSeconds(1);

    public async Task<CommandOutcome> Handle(Execute<TCommand> request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return await MakeAsync(request, cancellationToken)
            ?? await JudgeAsync(request, await reader.ReadAsync<TEvent>(request.Stream, null, cancellationToken), isRead: true, cancellationToken);
    }

    /// <summary>What is made mostly isn't there yet, and an append that expects no stream finds out by itself: only then is the stream read.</summary>
    /// <remarks>Not where disclosures go into the vault first: those of a repeat would be left behind there.</remarks>
    private async ValueTask<CommandOutcome.Stored?> MakeAsync(Execute<TCommand> request, CancellationToken cancellation) =>
        book.Creates(request.Command) && request is { DryRun: false, IfMatch: null, Seal.Disclosures.Count: 0 }
            ? await JudgeAsync(request, [], isRead: false, cancellation) as CommandOutcome.Stored
            : null;

    private async ValueTask<CommandOutcome> JudgeAsync(
        Execute<TCommand> request, IReadOnlyList<HistoryEvent<TEvent>> history, bool isRead, CancellationToken cancellationToken)
    {
        var state = Fold(history, history.Count);

        if (!await IsThereAsync(request, state, cancellationToken)) return new CommandOutcome.NotFound();
        if (Permissions.RoleFor(request.Command, request.Principal) is not { } role)
            return new CommandOutcome.Refused(new Refusal(Codes.NotAllowed, "Your key has no role that may do this."));
        if (book.IsDecision(request.Command) && request.IfMatch is null) return new CommandOutcome.IfMatchRequired();
        if (await FindRepeatAsync(request, history, cancellationToken) is { } repeat) return repeat;
        if (request.IfMatch is { } expected && history.Count > 0 && history[^1].Stored.Revision.Value is var current && current != expected)
            return new CommandOutcome.StaleRevision(current);

        var actor = new Actor(request.Principal.Subject, role, request.Principal.PartyId);
        var decision = await DecideAsync(request, state, actor, cancellationToken);
        return decision switch
        {
            Decision<TEvent>.Refused no => new CommandOutcome.Refused(no.Why),
            Decision<TEvent>.Accepted when request.DryRun => new CommandOutcome.WouldStore(),
            Decision<TEvent>.Accepted yes => await AppendAsync(request, history, isRead, state, yes.Events, actor, cancellationToken),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private async ValueTask<bool> IsThereAsync(Execute<TCommand> request, TState? state, CancellationToken cancellation)
    {
        if (state is null && !book.Creates(request.Command)) return false;
        var agreement = book.AgreementOf(request.Command, state);
        var inScope = agreement is { } a ? request.Principal.Sees(a) : request.Principal.SeesAllAgreements;
        return inScope && await book.PathExistsAsync(request.Command, state, cancellation);
    }

    private async ValueTask<CommandOutcome?> FindRepeatAsync(
        Execute<TCommand> request, IReadOnlyList<HistoryEvent<TEvent>> history, CancellationToken cancellation)
    {
        var byKey = LastWhere(history, e => e.Metadata.CommandId == request.Identity.CommandId);
        if (byKey >= 0)
        {
            return await IsSameAsync(request, history[byKey], cancellation)
                ? await AnswerAsync(request.Command, history, byKey, OfSameCommand(request.Identity), cancellation)
                : new CommandOutcome.KeyReused();
        }

        var byId = LastWhere(history, e => book.IsFirstOf(request.Command, e.Event));
        return byId >= 0 && await IsSameAsync(request, history[byId], cancellation)
            ? await AnswerAsync(request.Command, history, byId, Repeat.ById, cancellation)
            : null;
    }

    /// <summary>The same content: by the hash of what isn't hidden, and by the hidden part itself, which no hash may outlive.</summary>
    private async ValueTask<bool> IsSameAsync(Execute<TCommand> request, HistoryEvent<TEvent> earlier, CancellationToken cancellation)
    {
        if (earlier.Metadata.RequestHash != request.Identity.RequestHash) return false;

        var digests = book.HiddenIn(earlier.Event);
        if (digests.Count != request.Seal.Hidden.Count) return false;
        if (digests.Count == 0) return true;

        var opened = await vault.OpenAsync(digests, cancellation);
        // What was erased can't be compared any more; the rest of the request has matched.
        return opened.Values.All(disclosure =>
            request.Seal.Hidden.TryGetValue(disclosure.Name, out var value) && value == Canonical.Form(disclosure.ValueJson()));
    }

    private async ValueTask<CommandOutcome> AppendAsync(
        Execute<TCommand> request, IReadOnlyList<HistoryEvent<TEvent>> history, bool isRead, TState? state, IReadOnlyList<TEvent> events,
        Actor actor, CancellationToken cancellation)
    {
        await HideAsync(request, cancellation);
        var prepared = events.Select((e, place) => Prepare(request.Identity, e, place)).ToArray();
        var expected = history.Count == 0 ? ExpectedRevision.NoStream : ExpectedRevision.At(history[^1].Stored.Revision);
        var recordedAt = DateTimeOffset.MinValue;
        var pending = clock.Stamp(history.Count == 0 ? null : history[^1].Metadata.RecordedAt, now =>
        {
            recordedAt = now;
            var stamped = prepared.Select(p => p.At(now, actor, request.Identity)).ToArray();
            return store.AppendAsync(request.Stream, expected, stamped, cancellation);
        });

        AppendOutcome outcome;
        using (Telemetry.Step("append")) outcome = await pending;
        switch (outcome)
        {
            case AppendOutcome.Appended { Repeated: false } done:
                await book.AfterAsync(events, CancellationToken.None); // Stored is stored: nobody who hangs up keeps a text from being erased.
                var first = done.Revision.Value - events.Count + 1;
                for (var i = 0; i < events.Count; i++)
                    state = book.Evolve(state, new Fact<TEvent>(events[i], prepared[i].Id, actor, recordedAt, first + i));
                var sequence = await NumberAsync(done.Position, cancellation);
                return new CommandOutcome.Stored(
                    new CommandAnswer(request.Stream, prepared[^1].Id, done.Revision, done.Position, sequence, state!, events[^1], book.AnswersCreated(request.Command)),
                    Repeat.No);
            case AppendOutcome.Appended when !isRead:
                return new CommandOutcome.LostRace(); // Whether it is the same command, hidden parts included, only the history tells.
            case AppendOutcome.Appended:
                // Another try of the same command had been stored: the answer comes from its bytes, not from this try's.
                var stored = await reader.ReadAsync<TEvent>(request.Stream, null, cancellation);
                var last = LastWhere(stored, e => e.Metadata.CommandId == request.Identity.CommandId);
                return await AnswerAsync(request.Command, stored, last, OfSameCommand(request.Identity), cancellation);
            case AppendOutcome.WrongExpectedRevision:
                return new CommandOutcome.LostRace();
            case AppendOutcome.TooLarge much:
                return new CommandOutcome.TooLarge(much.Message);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private async ValueTask<Decision<TEvent>> DecideAsync(Execute<TCommand> request, TState? state, Actor actor, CancellationToken cancellation)
    {
        using var step = Telemetry.Step("decide");
        return await book.DecideAsync(request.Command, state, clock.Now(), actor, request.Principal, cancellation);
    }

    private async ValueTask HideAsync(Execute<TCommand> request, CancellationToken cancellation)
    {
        if (request.Seal.Disclosures.Count == 0) return;
        using var step = Telemetry.Step("hide");
        await vault.PutAsync(request.Seal.Disclosures, cancellation);
    }

    private async Task<long?> NumberAsync(Position position, CancellationToken cancellation)
    {
        using var step = Telemetry.Step("number");
        return await view.WaitForSequenceAsync(position, SequencePatience, cancellation);
    }

    private async ValueTask<CommandOutcome> AnswerAsync(
        TCommand command, IReadOnlyList<HistoryEvent<TEvent>> history, int last, Repeat repeat, CancellationToken cancellation)
    {
        var e = history[last];
        await book.AfterAsync([e.Event], CancellationToken.None); // The first try may have died right after its append.
        var sequence = await NumberAsync(e.Stored.Position, cancellation);
        var answer = new CommandAnswer(
            e.Stored.Stream, e.Stored.Id, e.Stored.Revision, e.Stored.Position, sequence, Fold(history, last + 1)!, e.Event, book.AnswersCreated(command));
        return new CommandOutcome.Stored(answer, repeat);
    }

    /// <summary>Without a key nobody can send the same command again: what was found is an earlier try of this very request.</summary>
    private static Repeat OfSameCommand(CommandIdentity identity) => identity.HasKey ? Repeat.ByKey : Repeat.No;

    private TState? Fold(IReadOnlyList<HistoryEvent<TEvent>> history, int count)
    {
        TState? state = null;
        for (var i = 0; i < count; i++) state = book.Evolve(state, history[i].Fact);
        return state;
    }

    private static int LastWhere(IReadOnlyList<HistoryEvent<TEvent>> history, Func<HistoryEvent<TEvent>, bool> match)
    {
        for (var i = history.Count - 1; i >= 0; i--)
            if (match(history[i])) return i;
        return -1;
    }

    /// <summary>Event ids derive from the command, its content and the place in the batch, so that a try that was stored and timed out is the same append when tried again.</summary>
    private static Prepared Prepare(CommandIdentity identity, TEvent @event, int place)
    {
        var id = DeterministicId.Version5(identity.CommandId, Encoding.UTF8.GetBytes($"{identity.RequestHash}/{place}"));
        var salt = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        return new Prepared(id, EventCodec.Encode(@event), salt);
    }

    private sealed record Prepared(Guid Id, EncodedEvent Encoded, string Salt)
    {
        private const int SchemaVersion = 1;

        public EventToAppend At(DateTimeOffset now, Actor actor, CommandIdentity identity) => new(
            Id, Encoded.Type, Encoded.Data,
            EventCodec.EncodeMetadata(new EventMetadata(
                now, actor, identity.CommandId, identity.RequestHash, identity.CorrelationId, identity.TraceParent, SchemaVersion, Salt)));
    }
}
