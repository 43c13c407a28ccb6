using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Ledger.Application.Books;
using Ledger.Application.Queries;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;
using Ledger.EventStore;
using Ledger.Serialization;
using MediatR;

namespace Ledger.Application.Commands;

/// <summary>What another system says of a case, now or again.</summary>
/// <param name="Record">Its texts in the clear, whatever their length; they are sealed on the way.</param>
/// <param name="Hash">base64url of SHA-256 over the canonical JSON of the whole report: what was said word for word before is known by it.</param>
public sealed record ReportedCase(ViolationCommand.Record Record, string Hash);

/// <summary>Cases that another system reports, many at once, and again when it publishes anew.</summary>
/// <param name="DryRun">True = say what would come of it and store nothing.</param>
public sealed record ReportCases(Principal Principal, AgreementId Agreement, IReadOnlyList<ReportedCase> Cases, string? Correlation, bool DryRun, Turn Turn)
    : IRequest<IReadOnlyList<ReportOutcome>>;

/// <summary>Keeps batches that are under way together in their order: in the store, and in what is compared with what is stored.</summary>
public sealed class Turn
{
    private readonly Task _entered;
    private readonly Task _finished;
    private readonly TaskCompletionSource _entering = new();
    private readonly TaskCompletionSource _finishing = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Turn(Task entered, Task finished) => (_entered, _finished) = (entered, finished);

    public static Turn First() => new(Task.CompletedTask, Task.CompletedTask);

    public Turn Next() => new(_entering.Task, _finishing.Task);

    /// <summary>Everything before has its place in the store's order.</summary>
    internal Task ToEnter => _entered;

    /// <summary>Everything before is stored.</summary>
    internal Task ToCompare => _finished;

    internal void Entered() => _entering.TrySetResult();

    internal void Finished()
    {
        _entering.TrySetResult();
        _finishing.TrySetResult();
    }
}

/// <summary>What came of one report.</summary>
public abstract record ReportOutcome
{
    private ReportOutcome() { }

    public sealed record Recorded : ReportOutcome;

    /// <summary>Nothing in it is new.</summary>
    public sealed record Repeated : ReportOutcome;

    /// <summary>The source says something else than before; what it said stays in the history.</summary>
    public sealed record Revised : ReportOutcome;

    public sealed record Refused(string Code, string Message) : ReportOutcome;
}

/// <summary>Records what is new; turns what a source changed into amendments and claims of figures; stores nothing for what it said before.</summary>
/// <remarks>
/// The rules are those of every command, and the same deciders are asked. What is saved is the reading: a case that is new
/// needs none, because an append that expects no stream finds out by itself whether there is one. Only then the history is
/// read, and the report compared with what this source said last: what verifiers corrected meanwhile isn't taken back.
/// </remarks>
public sealed class ReportCasesHandler(
    Book<ViolationCommand, ViolationState, ViolationEvent> book, AgreementCache agreements, HistoryReader reader, IEventStore store,
    LedgerClock clock, Disclosures disclosures, IMediator mediator)
    : IRequestHandler<ReportCases, IReadOnlyList<ReportOutcome>>
{
    private const int SchemaVersion = 1;

    private static readonly Dictionary<AgreementId, AgreementState> NoOthers = [];

    /// <summary>Made once, kept for ever: event ids of imports derive from it.</summary>
    private static readonly Guid Namespace = new("7a0e6a6e-6f7b-5a55-8c6e-2d1f9a4b7c30");

    public async Task<IReadOnlyList<ReportOutcome>> Handle(ReportCases request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        try
        {
            var outcomes = new ReportOutcome?[request.Cases.Count];
            if (await RefusalAsync(request, cancellationToken) is { } refusal)
            {
                Array.Fill(outcomes, refusal);
                return outcomes!;
            }

            if (!request.DryRun) await RecordNewAsync(request, outcomes, cancellationToken);
            await request.Turn.ToCompare;
            for (var i = 0; i < outcomes.Length; i++) outcomes[i] ??= await CompareAsync(request, request.Cases[i], cancellationToken);
            Count(outcomes);
            return outcomes!;
        }
        finally
        {
            request.Turn.Finished();
        }
    }

    private async ValueTask<ReportOutcome?> RefusalAsync(ReportCases request, CancellationToken cancellation)
    {
        if (!request.Principal.Sees(request.Agreement) || !await agreements.ExistsAsync(request.Agreement, cancellation))
            return new ReportOutcome.Refused(Codes.UnknownAgreement, "There is no such agreement.");
        return RoleOf(request) is null ? new ReportOutcome.Refused(Codes.NotAllowed, "Your key has no role that may do this.") : null;
    }

    private static Role? RoleOf(ReportCases request) => request.Cases.Count == 0 ? Role.System : Permissions.RoleFor(request.Cases[0].Record, request.Principal);

    /// <summary>Appends every case as if it were new; those that aren't stay without an outcome, as do those whose texts must be sealed first.</summary>
    private async ValueTask RecordNewAsync(ReportCases request, ReportOutcome?[] outcomes, CancellationToken cancellation)
    {
        var actor = new Actor(request.Principal.Subject, RoleOf(request)!.Value, request.Principal.PartyId);
        var prepared = new Prepared?[outcomes.Length];
        var now = clock.Now();
        // One look at the agreement for the whole batch, at the moment that all of it is decided.
        var agreement = (await agreements.GetAsync(request.Agreement, cancellation))!;
        var context = new ViolationContext(agreement.State, agreement.Zone, NoOthers, null);
        for (var i = 0; i < outcomes.Length; i++)
            if (IsPlain(request.Cases[i].Record)) prepared[i] = Prepare(request, request.Cases[i], context, now, actor);

        await request.Turn.ToEnter;
        var pending = Append(request, prepared, actor, cancellation);
        request.Turn.Entered();
        using var step = Telemetry.Step("append");
        for (var i = 0; i < outcomes.Length; i++)
            if (prepared[i] is not null) outcomes[i] = OutcomeOf(await pending[i]);
    }

    /// <returns>Null where a rule refuses it as a new case. It may be there already, and then no rule refuses it: that must be seen first.</returns>
    private static Prepared? Prepare(ReportCases request, ReportedCase reported, ViolationContext context, DateTimeOffset now, Actor actor) =>
        ViolationDecider.Decide(reported.Record, null, context, now, actor) is Decision<ViolationEvent>.Accepted { Events: [var only] }
            ? Prepare(request, reported, only)
            : null;

    private static Prepared Prepare(ReportCases request, ReportedCase reported, ViolationEvent recorded)
    {
        var identity = IdentityOf(request, reported, "record", reported.Hash);
        var encoded = EventCodec.Encode(recorded);
        var id = DeterministicId.Version5(identity.CommandId, Encoding.ASCII.GetBytes($"{identity.RequestHash}/0"));
        return new Prepared(Streams.Of(reported.Record.ViolationId), id, encoded, identity);
    }

    /// <summary>All with one look at the clock: their times and their order agree.</summary>
    private Task<AppendOutcome>[] Append(ReportCases request, Prepared?[] prepared, Actor actor, CancellationToken cancellation)
    {
        var pending = new Task<AppendOutcome>[prepared.Length];
        if (!Array.Exists(prepared, one => one is not null)) return pending;
        var salts = RandomNumberGenerator.GetBytes(32 * prepared.Length);
        return clock.Stamp(null, now =>
        {
            for (var i = 0; i < prepared.Length; i++)
                if (prepared[i] is { } one)
                    pending[i] = store.AppendAsync(one.Stream, ExpectedRevision.NoStream, [one.At(now, actor, salts.AsSpan(32 * i, 32))], cancellation).AsTask();
            return pending;
        });
    }

    private static ReportOutcome? OutcomeOf(AppendOutcome outcome) => outcome switch
    {
        AppendOutcome.Appended { Repeated: false } => new ReportOutcome.Recorded(),
        AppendOutcome.Appended => new ReportOutcome.Repeated(),
        AppendOutcome.WrongExpectedRevision => null,
        AppendOutcome.TooLarge much => new ReportOutcome.Refused("too-large", much.Message),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>The case is there already, or its texts must be sealed, or a rule is in the way: one by one, on the way of every command.</summary>
    private async ValueTask<ReportOutcome> CompareAsync(ReportCases request, ReportedCase reported, CancellationToken cancellation)
    {
        var history = await reader.ReadAsync<ViolationEvent>(Streams.Of(reported.Record.ViolationId), null, cancellation);
        if (history.Count == 0) return await RecordAsync(request, reported, cancellation);
        ViolationState? state = null;
        foreach (var e in history) state = book.Evolve(state, e.Fact);
        if (state!.AgreementId != request.Agreement)
            return new ReportOutcome.Refused(Codes.ViolationExists, "A violation with this id exists and says something else.");
        if (history.Any(e => e.Metadata.RequestHash == reported.Hash)) return new ReportOutcome.Repeated();
        if (state.Recorder != request.Principal.Subject)
            return new ReportOutcome.Refused(Codes.ViolationExists, "A violation with this id exists and says something else, and somebody else recorded it.");

        var said = SourceSaid.Of(history, request.Principal.Subject, reported.Record.Report);
        var news = await NewsAsync(said, reported.Record.Report, cancellation);
        if (news.AllegedPartyChanged)
            return new ReportOutcome.Refused("alleged-party-changed", "The source now alleges another party. What it alleged first stays; whom the case is counted to is a verifier's ruling on attribution.");
        if (news.IsNothing) return new ReportOutcome.Repeated();
        return await ReviseAsync(request, reported, state, news, cancellation);
    }

    private async ValueTask<ReportOutcome> RecordAsync(ReportCases request, ReportedCase reported, CancellationToken cancellation)
    {
        var sealer = new Sealer();
        var record = reported.Record with { Report = Seal(reported.Record.Report, sealer) };
        if (request.DryRun)
        {
            var actor = new Actor(request.Principal.Subject, RoleOf(request)!.Value, request.Principal.PartyId);
            return await book.DecideAsync(record, null, clock.Now(), actor, request.Principal, cancellation) is Decision<ViolationEvent>.Refused no
                ? new ReportOutcome.Refused(no.Why.Code, no.Why.Message)
                : new ReportOutcome.Recorded();
        }

        return await SendAsync(request, reported, record, IdentityOf(request, reported, "record", reported.Hash), null, sealer.Done(), cancellation) switch
        {
            CommandOutcome.Stored { Repeat: Repeat.No } => new ReportOutcome.Recorded(),
            CommandOutcome.Stored => new ReportOutcome.Repeated(),
            var other => RefusalOf(other),
        };
    }

    /// <summary>First the amendment, then the figures: where a finding stands in the way of the one, the other is still taken, and the row says so again until the first can be.</summary>
    private async ValueTask<ReportOutcome> ReviseAsync(ReportCases request, ReportedCase reported, ViolationState state, News news, CancellationToken cancellation)
    {
        var version = reported.Record.Report.ExternalReference is { } reference ? $"{reference.System}{(reference.Version is { } v ? $" {v}" : "")}" : "the source";
        ReportOutcome? refusal = null;
        if (news.HasChanges)
        {
            var sealer = new Sealer();
            var amend = new ViolationCommand.Amend(Seal(news.ChangesFor(state), sealer), Prose.InClear($"Published again by {Cut(version, 120)} with other content."));
            refusal = await TakeAsync(request, reported, state, amend, IdentityOf(request, reported, "amend", reported.Hash), state.Revision, sealer.Done(), cancellation);
        }

        if (news.Figures is not null)
        {
            var identity = IdentityOf(request, reported, "figures", refusal is null ? reported.Hash : reported.Hash + "/figures");
            refusal = await TakeAsync(request, reported, state, new ViolationCommand.ReviseCasualties(news.Figures), identity, null, Sealed.Nothing, cancellation) ?? refusal;
        }

        return refusal ?? new ReportOutcome.Revised();
    }

    /// <returns>Null where it is taken.</returns>
    private async ValueTask<ReportOutcome?> TakeAsync(
        ReportCases request, ReportedCase reported, ViolationState state, ViolationCommand command, CommandIdentity identity, long? ifMatch, Sealed seal, CancellationToken cancellation)
    {
        if (request.DryRun)
        {
            var actor = new Actor(request.Principal.Subject, RoleOf(request)!.Value, request.Principal.PartyId);
            return await book.DecideAsync(command, state, clock.Now(), actor, request.Principal, cancellation) is Decision<ViolationEvent>.Refused no
                ? new ReportOutcome.Refused(no.Why.Code, no.Why.Message)
                : null;
        }

        var outcome = await SendAsync(request, reported, command, identity, ifMatch, seal, cancellation);
        return outcome is CommandOutcome.Stored ? null : RefusalOf(outcome);
    }

    private Task<CommandOutcome> SendAsync(
        ReportCases request, ReportedCase reported, ViolationCommand command, CommandIdentity identity, long? ifMatch, Sealed seal, CancellationToken cancellation) =>
        mediator.Send(new Execute<ViolationCommand>(Streams.Of(reported.Record.ViolationId), command, request.Principal, identity, ifMatch, seal), cancellation);

    private static ReportOutcome.Refused RefusalOf(CommandOutcome outcome) => outcome switch
    {
        CommandOutcome.Refused no => new(no.Why.Code, no.Why.Message),
        CommandOutcome.NotFound => new(Codes.UnknownAgreement, "There is no such agreement."),
        CommandOutcome.TooLarge much => new("too-large", much.Message),
        CommandOutcome.StaleRevision or CommandOutcome.LostRace => new("unavailable", "Others wrote to the same case at that moment; import the file again."),
        var other => throw new System.Diagnostics.UnreachableException(other.GetType().Name),
    };

    /// <summary>The same report of the same subject to the same agreement is the same command, whenever it comes: the store itself knows it again.</summary>
    private static CommandIdentity IdentityOf(ReportCases request, ReportedCase reported, string what, string hash)
    {
        var name = $"{request.Principal.Subject}\n{request.Agreement}\n{reported.Record.ViolationId}\n{what}\n{hash}";
        return new CommandIdentity(DeterministicId.Version5(Namespace, Encoding.UTF8.GetBytes(name)), HasKey: false, hash, request.Correlation);
    }

    private async ValueTask<News> NewsAsync(SourceSaid said, Report now, CancellationToken cancellation)
    {
        var sealedTexts = await disclosures.TextsAsync([said.Report.Narrative, said.Report.Observation?.Description], cancellation);
        return News.Between(said, now, prose => prose is null ? null : prose.Text ?? sealedTexts.TextOf(prose));
    }

    /// <summary>True where nothing must be sealed, and no other agreement be asked, before it is decided on.</summary>
    private static bool IsPlain(ViolationCommand.Record record) =>
        record.Report.AlsoBreaches.Count == 0
        && record.Report.Narrative is not { Text.Length: > Prose.Longest } && record.Report.Observation?.Description is not { Text.Length: > Prose.Longest };

    private static Report Seal(Report report, Sealer sealer) => report with
    {
        Narrative = report.Narrative is { Text: { } narrative } ? sealer.Text("narrative", narrative) : report.Narrative,
        Observation = Seal(report.Observation, sealer),
    };

    private static ReportChanges Seal(ReportChanges changes, Sealer sealer) => changes with
    {
        Narrative = changes.Narrative is { IsSet: true, Value.Text: { } narrative } ? Change<Prose?>.To(sealer.Text("narrative", narrative)) : changes.Narrative,
        Observation = changes.Observation.IsSet ? Change<Observation?>.To(Seal(changes.Observation.Value, sealer)) : default,
    };

    private static Observation? Seal(Observation? observation, Sealer sealer) =>
        observation is { Description.Text: { } description } ? observation with { Description = sealer.Text("description", description) } : observation;

    private static string Cut(string text, int longest) => text.Length <= longest ? text : text[..longest];

    private static void Count(ReportOutcome?[] outcomes)
    {
        foreach (var ((outcome, code), cases) in outcomes.CountBy(Said))
            Telemetry.Commands.Add(cases, new("command", nameof(ReportCases)), new("outcome", outcome), new("code", code));
    }

    /// <summary>In the words that every command is counted by.</summary>
    private static (string Outcome, string Code) Said(ReportOutcome? outcome) => outcome switch
    {
        ReportOutcome.Recorded or ReportOutcome.Revised => ("stored", ""),
        ReportOutcome.Repeated => ("repeat", ""),
        ReportOutcome.Refused no => ("refused", no.Code),
        _ => ("failed", ""),
    };

    private sealed record Prepared(StreamName Stream, Guid Id, EncodedEvent Encoded, CommandIdentity Identity)
    {
        public EventToAppend At(DateTimeOffset now, Actor actor, ReadOnlySpan<byte> salt) => new(
            Id, Encoded.Type, Encoded.Data,
            EventCodec.EncodeMetadata(new EventMetadata(
                now, actor, Identity.CommandId, Identity.RequestHash, Identity.CorrelationId, Identity.TraceParent, SchemaVersion, Base64Url.EncodeToString(salt))));
    }
}

/// <summary>What one source has said of a case so far, by its own acts alone.</summary>
internal sealed record SourceSaid(Report Report, Values<CasualtyRow> Figures)
{
    /// <param name="now">What it says now: claims of figures that name another source aren't its own, though the same machine brought them.</param>
    public static SourceSaid Of(IReadOnlyList<HistoryEvent<ViolationEvent>> history, Subject source, Report now)
    {
        var (report, figures) = ((Report?)null, Values<CasualtyRow>.None);
        foreach (var e in history.Where(e => e.Metadata.Actor.Subject == source))
        {
            switch (e.Event)
            {
                case ViolationEvent.Recorded recorded:
                    (report, figures) = (recorded.Report, recorded.Report.Casualties);
                    break;
                case ViolationEvent.Amended amended:
                    report = amended.Changes.ApplyTo(report!);
                    if (amended.Changes.Casualties.IsSet) figures = report.Casualties;
                    break;
                case ViolationEvent.CasualtiesRevised revised when News.IsOfSource(revised.Claim, now):
                    figures = revised.Claim.Rows;
                    break;
            }
        }

        return new SourceSaid(report!, figures);
    }
}

/// <summary>What a source says now that it didn't say before.</summary>
/// <param name="Changes">Without the figures, and without what names the publication.</param>
/// <param name="Figures">Null where they are the same.</param>
internal sealed record News(ReportChanges Changes, CasualtyClaim? Figures, Report Now, bool AllegedPartyChanged)
{
    public bool HasChanges => Changes != new ReportChanges();

    public bool IsNothing => !HasChanges && Figures is null;

    /// <summary>With the version that it was published in. Where a finding stands, only the source may say so.</summary>
    public ReportChanges ChangesFor(ViolationState state) => state.Finding is null || !Changes.OnlyNarrativeAndSource
        ? Changes with { Source = Change<Source?>.To(Now.Source), ExternalReference = Change<ExternalReference?>.To(Now.ExternalReference) }
        : Changes with { Source = Change<Source?>.To(Now.Source) };

    /// <param name="textOf">A text in the clear, also one that lies in the vault; null where it was erased.</param>
    public static News Between(SourceSaid said, Report now, Func<Prose?, string?> textOf)
    {
        var was = said.Report;
        var figuresGone = now.Casualties.Count == 0 && said.Figures.Count > 0;
        var changes = new ReportChanges
        {
            Category = If(was.Category, now.Category),
            Provision = If(was.Provision, now.Provision),
            OtherProvisions = If(was.OtherProvisions, now.OtherProvisions),
            AlsoBreaches = If(was.AlsoBreaches, now.AlsoBreaches),
            Weapon = If(was.Weapon, now.Weapon),
            Occurred = If(was.Occurred, now.Occurred),
            Location = If(was.Location, now.Location),
            OtherPlaces = If(was.OtherPlaces, now.OtherPlaces),
            AllegedBy = If(was.AllegedBy, now.AllegedBy),
            AffectedParty = If(was.AffectedParty, now.AffectedParty),
            Count = If(was.Count, now.Count),
            Observation = SameObservation() ? default : Change<Observation?>.To(now.Observation),
            Origin = If(was.Origin, now.Origin),
            RelatedTo = If(was.RelatedTo, now.RelatedTo),
            Narrative = SameText(was.Narrative, now.Narrative) ? default : Change<Prose?>.To(now.Narrative),
            // A claim of figures has rows. That there are none any more is a correction.
            Casualties = figuresGone ? Change<Values<CasualtyRow>>.To(now.Casualties) : default,
        };
        var figures = figuresGone || said.Figures.Equals(now.Casualties) ? null : new CasualtyClaim(now.Casualties, ClaimedBy(now), null, VersionOf(now));
        return new News(changes, figures, now, was.AllegedParty != now.AllegedParty);

        // Whose text was erased said something that nobody may compare any more: it isn't said again.
        bool SameText(Prose? before, Prose? after) => textOf(before) == after?.Text || (before is not null && textOf(before) is null && after is not null);

        bool SameObservation() => (was.Observation, now.Observation) switch
        {
            (null, null) => true,
            ({ } a, { } b) => a.Means == b.Means && a.DirectionOfFire == b.DirectionOfFire && SameText(a.Description, b.Description),
            _ => false,
        };
    }

    private static Change<T> If<T>(T was, T now) => EqualityComparer<T>.Default.Equals(was, now) ? default : Change<T>.To(now);

    private static string ClaimedBy(Report now) => now.Source?.Name ?? now.Origin;

    public static bool IsOfSource(CasualtyClaim claim, Report now) =>
        now.ExternalReference is { } reference && claim.Source is { } source && (source == Name(reference) || source.StartsWith(Name(reference) + ",", StringComparison.Ordinal));

    private static string? VersionOf(Report now) => now.ExternalReference is { } reference
        ? $"{Name(reference)}{(reference.Version is { } version ? $", version {version}" : "")}"
        : now.Source?.Reference;

    private static string Name(ExternalReference reference) => $"{reference.System} {reference.Id}";
}
