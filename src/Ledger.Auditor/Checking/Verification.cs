using System.Globalization;
using Ledger.Transparency;

namespace Ledger.Auditor;

/// <param name="State">Where the last head is remembered; null = where this program keeps it, or, for a package, nowhere.</param>
/// <param name="IsFull">Recompute the compliance figures too.</param>
/// <param name="Most">A head of more events than this isn't checked: its signer could claim any number, and keep a checker busy for years.</param>
internal sealed record VerificationOptions(string? State, bool IsFull, long Most, bool IsSilent);

/// <summary>Everything that can be verified of a published ledger, in the order in which one part rests on another.</summary>
internal sealed class Verification(LogSource source, TrustPolicy policy, VerificationOptions options, Surroundings around)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly Progress _progress = new(around, options.IsSilent);

    public async Task<Report> RunAsync(CancellationToken cancellation)
    {
        var first = await RunOnceAsync(cancellation);
        if (!first.MayHaveMoved || !source.IsLive) return first.Report;

        // Nodes behind one address may be a second apart; a real fault is still there after a moment.
        await Task.Delay(Pause, around.Time, cancellation);
        return (await RunOnceAsync(cancellation)).Report;
    }

    private async Task<(Report Report, bool MayHaveMoved)> RunOnceAsync(CancellationToken cancellation)
    {
        var report = new Report(source.Name);
        var run = new VerificationRun(source, policy, options, around, _progress, report);
        try
        {
            await run.VerifyAsync(cancellation);
        }
        catch (CouldNotCheckException exception)
        {
            report.Add(Check.NotChecked(run.Stage, exception.Message));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            report.Add(Check.NotChecked(run.Stage, "The ledger is so slow that the time for it has run out."));
        }
        finally
        {
            _progress.Close();
        }

        return (report, run.MayHaveMoved);
    }
}

/// <summary>One look at a ledger.</summary>
internal sealed class VerificationRun(
    LogSource source, TrustPolicy policy, VerificationOptions options, Surroundings around, Progress progress, Report report)
{
    private const int MostFaults = 10;

    /// <summary>How long a run may take beside the time that its events take.</summary>
    private static readonly TimeSpan Base = TimeSpan.FromMinutes(10);

    /// <summary>A line into the field brings this many events a second; a server that is slower keeps the checker waiting on purpose or by accident.</summary>
    private const int SlowestPerSecond = 500;

    /// <summary>What is being checked, for whoever has to say what couldn't be.</summary>
    public string Stage { get; private set; } = "signature";

    /// <summary>A fault may be a race with a ledger that is growing.</summary>
    public bool MayHaveMoved { get; private set; }

    public async Task VerifyAsync(CancellationToken cancellation)
    {
        report.AddFaults("health", await Confession.ReadAsync(source, cancellation));
        if (await ReadHeadAsync(cancellation) is not { } head) return;

        Stage = "history";
        var memory = OpenMemory(head.Checkpoint.Origin);
        if (memory?.Last is { } last && await CheckAgainstLastAsync(memory, last, head, cancellation)) return;

        Stage = "entries";
        if (head.Checkpoint.Size.Value > options.Most)
            throw new CouldNotCheckException($"The head claims {Shown.Count(head.Checkpoint.Size.Value, "event")}, more than --most allows ({Shown.Number(options.Most)}).");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Base + TimeSpan.FromSeconds(head.Checkpoint.Size.Value / SlowestPerSecond));
        if (!await CheckTreeAsync(head, memory, limit.Token)) return;

        Stage = "events";
        await CheckEventsAsync(head.Checkpoint, limit.Token);
        Remember(memory, head);
    }

    private async Task<TrustedHead?> ReadHeadAsync(CancellationToken cancellation)
    {
        switch (await HeadAudit.ReadAsync(source, policy, cancellation))
        {
            case HeadAnswer.Good(var head, var checks):
                report.Head = head.Checkpoint;
                foreach (var check in checks) report.Add(check);
                if (await HeadAudit.CheckNamedKeyAsync(source, head, cancellation) is { } other) report.AddFaults("signature", [other]);
                return head;
            case HeadAnswer.Bad(var check, var fault, var shown):
                report.Head = shown;
                Fail(check, [fault]);
                return null;
            default: throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>True where the head contradicts what was seen before, so that nothing else about it matters.</summary>
    private async Task<bool> CheckAgainstLastAsync(Memory memory, SignedCheckpoint last, TrustedHead head, CancellationToken cancellation)
    {
        var (before, now) = (last.Checkpoint, head.Checkpoint);
        if (now.Size.Value < before.Size.Value)
        {
            Fail(Stage, [TreeReader.WentBack(before, now)]);
            return true;
        }

        if (now.Size != before.Size || now.Root == before.Root) return false;
        await ReportForkAsync(memory, last, head, cancellation);
        return true;
    }

    private async Task ReportForkAsync(Memory memory, SignedCheckpoint last, TrustedHead head, CancellationToken cancellation)
    {
        Fail(Stage, [TreeReader.Forked(last.Checkpoint, head.Checkpoint)]);
        var fork = last.Checkpoint.Size == head.Checkpoint.Size ? null : await TreeReader.CompareAsync(source, last.Checkpoint, head.Checkpoint, cancellation);
        if (fork is Continuation.Continues or Continuation.NotTold) return;

        var path = memory.EvidencePath(head.Checkpoint);
        ForkEvidence.Of(head, last, fork as Continuation.Forks).Write(path);
        report.Evidence = path;
    }

    private async Task<bool> CheckTreeAsync(TrustedHead head, Memory? memory, CancellationToken cancellation)
    {
        var last = memory?.Last;
        long[] landmarks = [.. head.History.Rotations.Select(rotation => rotation.Size.Value), .. last is null ? Array.Empty<long>() : [last.Checkpoint.Size.Value]];
        var answer = await TreeAudit.RunAsync(source, head.Checkpoint, landmarks, progress, cancellation);
        if (answer.Faults.Count > 0)
        {
            Fail(Stage, answer.Faults);
            return false;
        }

        report.Add(Check.Passed("entries", $"The root recomputed from {Shown.Count(head.Checkpoint.Size.Value, "entry", "entries")} is the signed one."));
        report.Add(Check.Passed("tiles", $"Recomputed a second way, by tiles, the root is the same; {Shown.Count(answer.Tiles, "tile is", "tiles are")} served byte for byte as computed."));
        if (head.History.Rotations.FirstOrDefault(rotation => answer.RootsAt.TryGetValue(rotation.Size.Value, out var root) && root != rotation.Root) is { } rotation)
        {
            Fail("key changes", [new Fault("rotation-other-root", string.Create(CultureInfo.InvariantCulture, $"sequence {rotation.Size}: the key changed at a head that this ledger never had."), rotation.Size.Value)]);
            return false;
        }

        return memory is null || await CheckContinuesAsync(memory, last, head, answer, cancellation);
    }

    private async Task<bool> CheckContinuesAsync(Memory memory, SignedCheckpoint? last, TrustedHead head, TreeAnswer tree, CancellationToken cancellation)
    {
        Stage = "history";
        if (last is null)
        {
            report.Add(Check.Passed(Stage, "Seen for the first time; from now on it must continue this head."));
            return true;
        }

        if (tree.RootsAt[last.Checkpoint.Size.Value] != last.Checkpoint.Root)
        {
            await ReportForkAsync(memory, last, head, cancellation);
            return false;
        }

        report.Add(Check.Passed(Stage, $"It continues the head of {Shown.Count(last.Checkpoint.Size.Value, "event")} that was seen here before."));
        return true;
    }

    private async Task CheckEventsAsync(Checkpoint head, CancellationToken cancellation)
    {
        if (!source.HasEvents)
        {
            if (options.IsFull) throw new CouldNotCheckException(source.IsLive ? "Recomputing the figures takes a key that may read the events (--key or LEDGER_KEY)." : "The package holds no events (events.ndjson).");
            report.Note(source.IsLive
                ? "What the events say wasn't looked at, only that nobody can change it unseen. With a key (--key or LEDGER_KEY) every event is held against its entry."
                : "The package holds no events, so only the log was checked.");
            return;
        }

        var figures = options.IsFull ? new FigureAudit(source, head.Size.Value) : null;
        if (figures is not null) await figures.PrepareAsync(cancellation);
        var answer = await new EventAudit(source, head, figures is null ? null : figures.Add, progress).RunAsync(cancellation);
        if (answer.Faults.Count > 0)
        {
            Fail(Stage, answer.Faults);
            return;
        }

        var seesAll = await source.SeesEverythingAsync(cancellation);
        if (!ReportShown(answer, seesAll)) return;
        ReportTexts(answer);
        NoteUnchecked(answer, figures is null);
        if (figures is null) return;

        Stage = "figures";
        foreach (var check in await figures.EndAsync(cancellation)) report.Add(check);
        if (seesAll) report.AddFaults("texts", await figures.CheckConfidentialAsync(answer.Erased, cancellation));
        foreach (var note in figures.Notes) report.Note(note);
    }

    private void NoteUnchecked(EventAnswer answer, bool isWithoutFold)
    {
        report.Note(isWithoutFold
            ? "Of each event its position in the store isn't checked, and, without --full, nor is the agreementId of what follows upon a case's record: no entry commits to them."
            : "Of each event its position in the store isn't checked: no entry commits to it.");
        if (answer.Unknown.Count > 0) report.Note($"The events are shown with more than this program knows of, which wasn't checked: {string.Join(", ", answer.Unknown.Take(MostFaults).Select(Shown.Of))}.");
        if (!source.IsLive) report.Note("A package's README.txt and codes.json aren't signed by anybody, and weren't checked.");
    }

    private bool ReportShown(EventAnswer answer, bool seesAll)
    {
        if (answer.NotShown > 0 && seesAll)
        {
            var first = answer.FirstNotShown!.Value;
            Fail(Stage, [new Fault("event-missing", string.Create(CultureInfo.InvariantCulture, $"sequence {first}: the event isn't shown, though this key may read every event ({answer.NotShown} missing in all)."), first, MayHaveMoved: true)]);
            return false;
        }

        report.Add(Check.Passed(Stage, $"{Shown.Count(answer.Shown, "event")} held against the log: each is what was recorded, unchanged{(answer.Unproven > 0 ? ", but for texts that couldn't be checked" : string.Empty)}."));
        if (answer.NotShown > 0)
            report.Note(string.Create(CultureInfo.InvariantCulture, $"{Shown.Count(answer.NotShown, "event wasn't", "events weren't")} shown (the first is sequence {answer.FirstNotShown}); the entries are in the log. A key of an auditor shows all."));
        return true;
    }

    private void ReportTexts(EventAnswer answer)
    {
        if (answer.Unexplained.Count > 0)
        {
            report.AddFaults("texts", answer.Unexplained.OrderBy(pair => pair.Value).Take(MostFaults).Select(pair => new Fault(
                "text-missing", string.Create(CultureInfo.InvariantCulture, $"sequence {pair.Value}: a text of this event is gone (digest {Shown.Of(pair.Key)}), and no event says that it was erased."), pair.Value)));
            return;
        }

        if (answer.Unproven > 0)
        {
            report.Add(Check.NotChecked("texts", string.Create(CultureInfo.InvariantCulture,
                $"{Shown.Count(answer.Unproven, "text")} (the first at sequence {answer.FirstUnproven}) came without a disclosure, so whether it is the one that was recorded can't be said: ask for a newer export, which has them.")));
            return;
        }

        report.Add(Check.Passed("texts", answer.Erased.Count == 0
            ? "Every text that lies outside its event is there."
            : $"Every text that lies outside its event is there, but {Shown.Count(answer.Erased.Count, "text")} whose erasure is itself recorded."));
    }

    // What can't be verified isn't remembered: a later head would be measured against it.
    private void Remember(Memory? memory, TrustedHead head)
    {
        if (memory is null || report.HasFailed) return;
        memory.Remember(head.Signed, around.Time.GetUtcNow());
    }

    private void Fail(string check, IReadOnlyList<Fault> faults)
    {
        MayHaveMoved |= faults.Any(fault => fault.MayHaveMoved);
        report.AddFaults(check, faults);
    }

    private Memory? OpenMemory(Origin origin)
    {
        if (options.State is { } state) return Memory.Open(state, origin);
        return source.IsLive ? Memory.Open(Memory.PathIn(around.StateFolder(), origin), origin) : null;
    }
}
