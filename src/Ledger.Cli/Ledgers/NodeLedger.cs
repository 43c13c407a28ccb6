using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Ledger.Application;
using Ledger.Application.Commands;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;
using Ledger.Application.Queries;
using Ledger.EventStore;
using Ledger.Exchange.Answers;
using Ledger.Exchange.Imports;
using Ledger.Exchange.Exports;
using Ledger.Exchange.Packages;
using Ledger.Exchange.Reports;
using Ledger.Node;
using Ledger.Projections;
using Ledger.Serialization;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ledger.Cli.Ledgers;

/// <summary>A ledger in a data directory, opened in this process. It acts as a machine: nobody has signed in.</summary>
internal sealed class NodeLedger : ILedger
{
    private static readonly Principal Machine = Principal.Machine("import");

    private readonly LedgerNode _node;

    private NodeLedger(LedgerNode node) => _node = node;

    public LedgerNode Node => _node;

    /// <exception cref="StoreUnavailableException">Another process holds it, or it can't be opened.</exception>
    public static async Task<NodeLedger> OpenAsync(NodeOptions options, bool create, CancellationToken cancellation)
    {
        if (!create && options.Store == StoreKind.Sqlite && !File.Exists(Path.Combine(options.Data, "events.db")))
            throw new UsageException($"There is no ledger in {options.Data}. Name its directory with --data, its store with --store, or a server with --server.");
        return new NodeLedger(await LedgerNode.StartAsync(options, NullLoggerFactory.Instance, cancellation));
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    public async Task<ImportFrame?> FrameOfAsync(AgreementId id, CancellationToken cancellation) =>
        await _node.Get<AgreementCache>().GetAsync(id, cancellation) is { } agreement ? ImportFrame.Of(agreement.State, agreement.Zone) : null;

    public async Task<bool> RegisterAsync(AgreementCommand.Register agreement, CancellationToken cancellation)
    {
        using var body = JsonDocument.Parse(AgreementJson.Write(agreement));
        var identity = new CommandIdentity(Guid.CreateVersion7(), false, CanonicalJson.Hash(body.RootElement));
        var outcome = await _node.Mediator.Send(
            new Execute<AgreementCommand>(Streams.Of(agreement.AgreementId), agreement, Machine, identity, null, Sealed.Nothing), cancellation);
        return outcome switch
        {
            CommandOutcome.Stored stored => stored.Repeat == Repeat.No,
            CommandOutcome.Refused no => throw new RefusedException(no.Why.Code, no.Why.Message),
            var other => throw new StoreUnavailableException($"The agreement wasn't stored: {other.GetType().Name}."),
        };
    }

    public IImportTarget Target(AgreementId agreement) => new NodeTarget(_node.Mediator, Machine, "import");

    public Task<FileOutcome> ImportAsync(FileToImport file, Func<IImportTarget, Task<FileOutcome>> here, TextWriter error, CancellationToken cancellation) =>
        here(new NodeTarget(_node.Mediator, Machine, "import", file.DryRun));

    public async IAsyncEnumerable<HistoryEvent> HistoryAsync(ViolationId? violation, string? asOf, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await CatchUpAsync(cancellation);
        var count = await CountAsync(asOf, cancellation);
        var found = false;
        await foreach (var e in violation is { } id ? OfCaseAsync(id, count, cancellation) : _node.View.ReadEventsAsync(-1, count, cancellation))
        {
            found = true;
            yield return Shown(e);
        }

        if (violation is not null && !found) throw new UsageException($"The ledger has no violation {violation}{(asOf is null ? "" : $" as of {asOf}")}.");
    }

    public async Task<Picture> ComplianceAsync(PictureRequest request, CancellationToken cancellation)
    {
        await CatchUpAsync(cancellation);
        var query = new ComplianceQuery(request.Agreement)
        {
            Method = Parse<CountingMethod>("--method", request.Method),
            Basis = Parse<AccountBasis>("--basis", request.Basis),
            Interval = request.Interval is null ? null : Parse<SeriesInterval>("--interval", request.Interval),
            Cases = new CaseFilter
            {
                From = request.From is null ? null : Time("--from", request.From),
                To = request.To is null ? null : Time("--to", request.To),
                Categories = request.Categories.Select(code => Parse<Category>("--category", code)).ToValues(),
            },
        };
        var count = await CountAsync(request.AsOf, cancellation);
        return await _node.View.ComplianceAsync(query, count, cancellation) switch
        {
            ComplianceAnswer.Picture picture => Shown(picture),
            ComplianceAnswer.UnknownAgreement => throw new UsageException($"The ledger has no agreement '{request.Agreement}'{(request.AsOf is null ? "" : $" as of {request.AsOf}")}."),
            ComplianceAnswer.UnknownName unknown => throw new UsageException($"The agreement has no {unknown.Filter} '{unknown.Value}'."),
            ComplianceAnswer.TooManyPeriods many => throw new UsageException($"That makes {many.Periods} periods, at most {ComplianceAnswer.TooManyPeriods.Most} are shown: take a longer --interval, or set --from and --to."),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    public async Task<byte[]> ReportAsync(AgreementId agreement, DateOnly day, long? count, ReportWords words, CancellationToken cancellation)
    {
        await CatchUpAsync(cancellation);
        if (count > _node.View.Count) throw new UsageException($"The ledger's count is {_node.View.Count}, less than --as-of {count}.");
        var reports = new ReportReader(_node.View, _node.Mediator, TimeProvider.System);
        return await reports.ReadAsync(Machine, agreement, day, count, false, HeadAsync, cancellation) switch
        {
            ReportAnswer.Ready ready => ReportPage.Write(ready.Report, words),
            ReportAnswer.NotThere => throw new UsageException(ServerLedger.NoReport(agreement)),
            ReportAnswer.NotTheEnd => throw new System.Diagnostics.UnreachableException(),
            ReportAnswer.NotBegun => throw new UsageException("The day hasn't begun where the agreement is."),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

        async Task<ExportHead> HeadAsync(AgreementState state, ComplianceAnswer.Picture picture, long at)
        {
            var covered = await _node.View.CoveredAsync(at, cancellation);
            var root = await _node.Log.RootOfAsync(at, TimeSpan.FromSeconds(30), cancellation);
            return new ExportHead(state.AgreementId, state.Title, state.Exercise, at, covered.RecordedAt, _node.Origin, root?.ToString(), CountingMethod.RecordsV1, null, picture.Statements);
        }
    }

    public async Task<IPackageSource> PackageAsync(CancellationToken cancellation)
    {
        await CatchUpAsync(cancellation);
        if (!await _node.Log.WaitForPublishedAsync(_node.View.Count, TimeSpan.FromSeconds(30), cancellation))
            throw new PackageException($"No published head covers the {_node.View.Count} events yet. {string.Join(" ", _node.Log.Health.Problems.Select(problem => problem.Message))}");
        return new NodePackage(_node.View, _node.Get<Disclosures>(), _node.Log.FileAsync);
    }

    /// <summary>Waits until the read models have everything that is stored.</summary>
    public async Task CatchUpAsync(CancellationToken cancellation)
    {
        if (await _node.Store.ReadHeadAsync(cancellation) is not { } head) return;
        while (!await _node.View.WaitUntilVisibleAsync(head, TimeSpan.FromSeconds(1), cancellation))
        {
            if (_node.View.Health is { Status: ViewStatus.Faulted } health)
                throw new StoreUnavailableException($"The read models have stopped: {string.Join(" ", health.Problems.Select(problem => problem.Message))} Try: ledger rebuild");
        }
    }

    private async Task<long> CountAsync(string? asOf, CancellationToken cancellation)
    {
        var head = _node.View.Count;
        if (asOf is null) return head;
        if (asOf.All(char.IsAsciiDigit) && long.TryParse(asOf, CultureInfo.InvariantCulture, out var count))
            return count <= head ? count : throw new UsageException($"--as-of {asOf} lies beyond the ledger's {head} events.");

        var time = Time("--as-of", asOf);
        return time <= DateTimeOffset.UtcNow ? await _node.View.CountAsOfAsync(time, cancellation) : throw new UsageException($"--as-of {asOf} lies ahead.");
    }

    private async IAsyncEnumerable<SequencedEvent> OfCaseAsync(ViolationId id, long count, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var e in await _node.Get<HistoryReader>().ReadAsync<ViolationEvent>(Streams.Of(id), null, cancellation))
        {
            var sequence = await _node.View.SequenceOfAsync(e.Stored.Id, cancellation);
            if (sequence is { } s && s < count) yield return new SequencedEvent(s, e.Stored, e.Metadata, e.Event, null, id);
        }
    }

    private static HistoryEvent Shown(SequencedEvent e)
    {
        using var data = JsonDocument.Parse(e.Stored.Data);
        return new HistoryEvent(
            e.Sequence, e.Metadata.RecordedAt, e.Stored.Type, e.Stored.Stream.Value, e.Metadata.Actor.Subject.Value, e.Metadata.Actor.Role.Code(),
            data.RootElement.Clone(), Item(e));
    }

    private static string Item(SequencedEvent e) =>
        JsonSerializer.Serialize(EventItem.Of(FeedItem.AsStored(e), raw: false), AnswerJson.Plain.EventItem);

    private static Picture Shown(ComplianceAnswer.Picture p) => new(
        p.AgreementId.Value, p.AsOf.Count, p.AsOf.RecordedAt, p.Method.Code(), p.Basis.Code(), [.. p.Parties.Select(Shown)],
        p.Coverage.MonitoredHours, p.Coverage.GapHours, [.. p.Coverage.GapsByParty.Select(gap => (gap.Party?.Value, gap.Hours))], p.AggregateClaims, p.Statements);

    private static PictureParty Shown(PartyPicture p)
    {
        var killed = p.Casualties.FirstOrDefault(c => c is { Kind: CasualtyKind.Killed, Who: CasualtyWho.Total });
        return new PictureParty(
            p.Party.Value, p.Standing?.Code(), Figures(p.Counts), killed?.Low, killed?.Best, killed?.High, p.CasualtiesAsPrinted,
            [.. (p.Series ?? []).Select(period => new PicturePeriod(period.Period, Figures(period.Counts), period.MonitoredHours))]);
    }

    private static long[] Figures(StatusCounts c) => [c.Recorded, c.Alleged, c.Disputed, c.Confirmed, c.Dismissed, c.Unresolved, c.Withdrawn, c.Duplicate];

    private static T Parse<T>(string option, string code)
        where T : struct, Enum => Kebab<T>.TryParse(code, out var value)
            ? value
            : throw new UsageException($"{option} doesn't know '{code}'. It takes {string.Join(", ", Kebab<T>.All)}.");

    private static DateTimeOffset Time(string option, string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw new UsageException($"{option} takes a time such as 2020-10-18T00:00:00+04:00, not '{text}'.");
}
