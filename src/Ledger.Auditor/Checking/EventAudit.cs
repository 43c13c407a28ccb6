using System.Globalization;
using System.Threading.Channels;
using Ledger.Transparency;

namespace Ledger.Auditor;

/// <summary>What came of holding the events against their leaves.</summary>
/// <param name="Shown">Events that were shown and are the ones that the log committed to.</param>
/// <param name="NotShown">Events within the head that weren't shown.</param>
/// <param name="FirstNotShown">The first of them.</param>
/// <param name="Unproven">Texts that were shown without what it takes to hold them against their digest.</param>
/// <param name="FirstUnproven">The event that the first of them belongs to.</param>
/// <param name="Unexplained">Digests whose text is missing and that no event says was erased, each with the event that it belongs to.</param>
/// <param name="Unknown">Properties that events were shown with and that this program doesn't know.</param>
/// <param name="Erased">Digests that the events say were erased.</param>
internal sealed record EventAnswer(
    IReadOnlyList<Fault> Faults, long Shown, long NotShown, long? FirstNotShown, long Unproven, long? FirstUnproven,
    IReadOnlyDictionary<string, long> Unexplained, IReadOnlySet<string> Unknown, IReadOnlySet<string> Erased);

/// <summary>Reads every event that the credential shows, recomputes its leaf from the stored bytes, and compares it with the leaf in the log.</summary>
/// <remarks>The leaves come from tiles that are read a second time, so their root is computed once more: a server that gives other tiles now is found out.</remarks>
internal sealed class EventAudit(LogSource source, Checkpoint head, Action<ShownEvent>? fold, Progress progress)
{
    private const int Batch = 128;
    private const int LargestBatch = 4 * 1024 * 1024;
    private const int BatchesAhead = 8;

    /// <summary>Events behind the head that are looked through for erasures that explain a missing text.</summary>
    private const int MostBehind = 100_000;

    /// <summary>A feed that breaks off this often in a row isn't going to end.</summary>
    private const int MostBreaks = 3;

    private const int MostFaults = 10;
    private const int MostMissing = 1_000_000;

    private readonly LeafCursor _leaves = new(source, head.Size);
    private readonly CompactRange _range = new();
    private readonly List<Fault> _faults = [];
    private readonly Dictionary<string, long> _missing = new(StringComparer.Ordinal);
    private readonly HashSet<string> _erased = new(StringComparer.Ordinal);
    private long _shown;
    private long? _firstNotShown;
    private long _unproven;
    private long? _firstUnproven;
    private bool _givesDisclosures;
    private readonly SortedSet<string> _unknown = new(StringComparer.Ordinal);

    public async Task<EventAnswer> RunAsync(CancellationToken cancellation)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var batches = Channel.CreateBounded<Task<Line[]>>(BatchesAhead);
        var reading = ReadAheadAsync(batches.Writer, ended.Token);
        try
        {
            await foreach (var batch in batches.Reader.ReadAllAsync(cancellation))
            {
                foreach (var line in await batch) await TakeAsync(line, cancellation);
                if (_faults.Count >= MostFaults) break;
            }
        }
        finally
        {
            await ended.CancelAsync();
            await reading.ContinueWith(_ => { }, TaskScheduler.Default);
        }

        if (_faults.Count == 0) await EndAsync(cancellation);
        progress.Close();
        foreach (var digest in _erased) _missing.Remove(digest);
        return new EventAnswer(_faults, _shown, Math.Min(_range.Size.Value, head.Size.Value) - _shown, _firstNotShown, _unproven, _firstUnproven, _missing, _unknown, _erased);
    }

    private async Task ReadAheadAsync(ChannelWriter<Task<Line[]>> batches, CancellationToken cancellation)
    {
        try
        {
            List<byte[]> lines = [];
            var bytes = 0;
            await foreach (var line in ReadLinesAsync(cancellation))
            {
                lines.Add(line);
                bytes += line.Length;
                if (lines.Count < Batch && bytes < LargestBatch) continue;
                await WriteAsync(lines);
                (lines, bytes) = ([], 0);
            }

            await WriteAsync(lines);
            batches.Complete();
        }
        catch (Exception exception)
        {
            // Whoever reads the batches learns of it there.
            batches.Complete(exception);
        }

        async Task WriteAsync(List<byte[]> lines) => await batches.WriteAsync(Task.Run(() => lines.Select(Read).ToArray(), cancellation), cancellation);
    }

    /// <summary>All lines; where the feed breaks off it is taken up again behind the last event.</summary>
    private async IAsyncEnumerable<byte[]> ReadLinesAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var (after, behind, breaks) = (-1L, 0, 0);
        while (true)
        {
            await using var feed = await source.OpenEventsAsync(after, cancellation);
            if (feed.Count < head.Size.Value)
                throw new CouldNotCheckException($"The ledger shows {Shown.Count(feed.Count.Value, "event")} only, and its log has {Shown.Number(head.Size.Value)}: it hasn't caught up with itself. Try again later.");

            await using var lines = LineReader.ReadAsync(feed.Lines, cancellation).GetAsyncEnumerator(cancellation);
            while (true)
            {
                try
                {
                    if (!await lines.MoveNextAsync()) yield break;
                }
                catch (CouldNotCheckException) when (source.IsLive && ++breaks < MostBreaks)
                {
                    break;
                }

                var sequence = SequenceOf(lines.Current);
                if (sequence >= head.Size.Value && ++behind > MostBehind) yield break;

                // A line cut off in the middle isn't the event; it comes again.
                if (sequence is { } number && number > after) (after, breaks) = (number, 0);
                yield return lines.Current;
            }
        }
    }

    private static long? SequenceOf(byte[] line)
    {
        var reader = new System.Text.Json.Utf8JsonReader(line);
        try
        {
            while (reader.Read())
            {
                if (reader.CurrentDepth != 1 || reader.TokenType != System.Text.Json.JsonTokenType.PropertyName || !reader.ValueTextEquals("sequence"u8)) continue;
                return reader.Read() && reader.TokenType == System.Text.Json.JsonTokenType.Number && reader.TryGetInt64(out var sequence) ? sequence : null;
            }
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }

        return null;
    }

    private Line Read(byte[] line) => new(ShownEvent.Read(line, head.Origin, out var why), why);

    private async Task TakeAsync(Line line, CancellationToken cancellation)
    {
        if (_faults.Count >= MostFaults) return;
        if (line.Event is not { } shown)
        {
            Add("event-unreadable", _range.Size.Value, $"an event was shown that can't be read: {line.Why}.");
            return;
        }

        if (shown.Sequence >= head.Size.Value)
        {
            _erased.UnionWith(shown.Texts.Erased);
            return;
        }

        if (shown.Sequence < _range.Size.Value)
        {
            Add("events-unordered", shown.Sequence, "the event was shown twice, or out of order.");
            return;
        }

        await SkipToAsync(shown.Sequence, cancellation);
        if (_faults.Count == 0) await CompareAsync(shown, cancellation);
        if (_shown % 1024 == 0) progress.Show("events", _range.Size.Value, head.Size.Value);
    }

    private async Task CompareAsync(ShownEvent shown, CancellationToken cancellation)
    {
        var (leaf, fault) = await _leaves.ReadAsync(shown.Sequence, cancellation);
        if (fault is not null)
        {
            _faults.Add(fault);
            return;
        }

        _range.Append(leaf);
        if (shown.Entry.LeafHash != leaf) Add("event-differs", shown.Sequence, "the event that is shown isn't the one that the log committed to; it was changed afterwards, or another is shown in its place.");
        else if (shown.Texts.Difference is { } difference) Add("event-shown-otherwise", shown.Sequence, $"{difference}.");
        else Take(shown);
    }

    private void Take(ShownEvent shown)
    {
        _shown++;
        _erased.UnionWith(shown.Texts.Erased);
        _unproven += shown.Texts.Unproven.Count;
        if (shown.Texts.Unproven.Count > 0) _firstUnproven ??= shown.Sequence;
        if (_unknown.Count < MostFaults) _unknown.UnionWith(shown.Unknown);
        _givesDisclosures |= shown.Texts.HasDisclosures;
        foreach (var digest in shown.Texts.Missing) _missing.TryAdd(digest, shown.Sequence);
        if (_missing.Count > MostMissing) Add("texts-missing", shown.Sequence, "more texts are missing than can be counted.");
        fold?.Invoke(shown);
    }

    private async Task EndAsync(CancellationToken cancellation)
    {
        await SkipToAsync(head.Size.Value, cancellation);
        if (_faults.Count == 0 && _range.Root != head.Root)
            Add("tiles-vary", 0, "the log gave other hashes when it was asked a second time.");

        // Whoever gives them with other events would give them with this one too, if they had them.
        if (_givesDisclosures && _firstUnproven is { } first)
            Add("text-undisclosed", first, "a text of this event is shown without its disclosure, and other events have theirs.");
    }

    private async Task SkipToAsync(long sequence, CancellationToken cancellation)
    {
        while (_range.Size.Value < sequence && _faults.Count == 0)
        {
            _firstNotShown ??= _range.Size.Value;
            var (leaf, fault) = await _leaves.ReadAsync(_range.Size.Value, cancellation);
            if (fault is not null) _faults.Add(fault);
            else _range.Append(leaf);
        }
    }

    private void Add(string code, long sequence, string what) =>
        _faults.Add(new Fault(code, string.Create(CultureInfo.InvariantCulture, $"sequence {sequence}: {what}"), sequence));

    private sealed record Line(ShownEvent? Event, string Why);
}

/// <summary>Reads leaf hashes in order, a few tiles ahead.</summary>
internal sealed class LeafCursor(LogSource source, TreeSize size)
{
    private const int Ahead = 8;

    private readonly Queue<(long Index, Task<Answer> Tile)> _coming = new();
    private (long Index, Answer Answer) _current = (-1, new Answer.Missing());
    private long _next;

    /// <param name="sequence">Not before an earlier one.</param>
    public async Task<(Hash Leaf, Fault? Fault)> ReadAsync(long sequence, CancellationToken cancellation)
    {
        var index = sequence / TileId.FullWidth;
        while (_current.Index < index) await AdvanceAsync(cancellation);
        if (_current.Answer is not Answer.Found(var bytes)) return (default, TileReader.FaultOf(_current.Answer, TileId.At(0, index, size)!.Value));
        Hash.TryRead(bytes.AsSpan((int)(sequence % TileId.FullWidth) * Hash.Length, Hash.Length), out var leaf);
        return (leaf, null);
    }

    private async Task AdvanceAsync(CancellationToken cancellation)
    {
        while (_coming.Count < Ahead && TileId.At(0, _next, size) is { } tile)
        {
            _coming.Enqueue((_next++, TileReader.ReadAsync(source, tile, cancellation)));
        }

        var (index, coming) = _coming.Dequeue();
        _current = (index, await coming);
    }
}
