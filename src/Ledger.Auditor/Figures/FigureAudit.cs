using System.Globalization;
using System.Text.Json;

namespace Ledger.Auditor;

/// <summary>Folds the events as they come by, and compares the compliance pictures that the ledger gives with what its own events make.</summary>
internal sealed class FigureAudit(LogSource source, long count)
{
    private const int MostFaults = 10;
    private const int CasesAtATime = 8;
    private const string CaseStream = "violation-";

    private readonly CaseBook _book = new();
    private readonly List<(string Agreement, long Count, byte[] Answer)> _packed = [];
    private readonly List<Fault> _faults = [];
    private readonly Dictionary<string, List<string>> _confidential = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _agreements = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _unknown = new(StringComparer.Ordinal);
    private readonly List<string> _earlier = [];
    private int _nextPacked;
    private int _compared;
    private long _cases;

    /// <summary>What of the pictures wasn't checked, in sentences.</summary>
    public IEnumerable<string> Notes
    {
        get
        {
            yield return "Of the compliance pictures, the parties' standing, hours watched, medians, dates, the number of published totals and the statements aren't recomputed here.";
            if (_unknown.Count > 0) yield return $"The compliance pictures say more than this program knows of, which wasn't checked: {string.Join(", ", _unknown.Take(MostFaults).Select(Shown.Of))}.";
            foreach (var one in _earlier.Take(MostFaults)) yield return one;
        }
    }

    /// <summary>A package's pictures were taken at counts of their own, which have to be known before the fold passes them.</summary>
    public async Task PrepareAsync(CancellationToken cancellation)
    {
        foreach (var agreement in source.PackedPictures ?? [])
        {
            if (await source.ComplianceAsync(agreement, count, cancellation) is Answer.Found(var answer)) _packed.Add((agreement, CountOf(answer), answer));
        }

        _packed.Sort((one, other) => one.Count.CompareTo(other.Count));
    }

    public void Add(ShownEvent shown)
    {
        ComparePackedUpTo(shown.Sequence);
        _book.Add(shown.Header, shown.Fact);
        CheckAgreement(shown);
        if (shown.Texts.Confidential.Count == 0 || !shown.Header.Stream.StartsWith(CaseStream, StringComparison.Ordinal)) return;
        if (!_confidential.TryGetValue(shown.Header.Stream, out var digests)) _confidential[shown.Header.Stream] = digests = [];
        digests.AddRange(shown.Texts.Confidential);
    }

    /// <summary>The figures, after the last event.</summary>
    public async Task<IReadOnlyList<Check>> EndAsync(CancellationToken cancellation)
    {
        const string Rules = "rules";
        const string Name = "figures";
        if (_book.Faults.Count > 0) return [.. _book.Faults.Select(fault => Check.Failed(Rules, fault))];
        if (_book.Obstacle is { } obstacle) return [Check.NotChecked(Name, obstacle)];

        ComparePackedUpTo(count);
        foreach (var (agreement, at, _) in _packed.Skip(_nextPacked))
            _faults.Add(new Fault("figure-differs", $"{agreement}: the picture is at count {at}, and the head has {Shown.Count(count, "event")} only."));
        if (source.PackedPictures is null) await CompareServedAsync(cancellation);
        else if (_packed.Count > 0) FindMissing();

        var rules = Check.Passed(Rules, "Every event follows from those before it: no ruling while a dispute was open, no event missing within a case.");
        if (_faults.Count > 0) return [rules, .. _faults.Take(MostFaults).Select(fault => Check.Failed(Name, fault))];
        if (_compared == 0) return [rules, Check.NotChecked(Name, "There is no compliance picture to compare with.")];
        return [rules, Check.Passed(Name, $"{Shown.Count(_compared, "compliance picture")} with {Shown.Count(_cases, "case")}: every count, severity, category, casualty figure and dispute is what the events make.")];
    }

    /// <summary>Confidential digests that the ledger can't open any more and that no event says were erased.</summary>
    public async Task<IReadOnlyList<Fault>> CheckConfidentialAsync(IReadOnlySet<string> erased, CancellationToken cancellation)
    {
        var faults = new List<Fault>();
        await Parallel.ForEachAsync(_confidential, new ParallelOptions { MaxDegreeOfParallelism = CasesAtATime, CancellationToken = cancellation }, async (one, token) =>
        {
            var answer = await source.CaseAsync(one.Key[CaseStream.Length..], token);
            var gone = answer is Answer.Found(var bytes) ? GoneOf(bytes) : [];
            var unexplained = one.Value.FirstOrDefault(digest => gone.Contains(digest) && !erased.Contains(digest));
            if (unexplained is null) return;
            lock (faults) faults.Add(new Fault("text-missing", $"A confidential text of {one.Key} is gone (digest {Shown.Of(unexplained)}), and no event says that it was erased."));
        });
        return [.. faults.OrderBy(fault => fault.Sentence, StringComparer.Ordinal).Take(MostFaults)];
    }

    private void ComparePackedUpTo(long sequence)
    {
        for (; _nextPacked < _packed.Count && _packed[_nextPacked].Count <= sequence; _nextPacked++)
        {
            var (agreement, at, answer) = _packed[_nextPacked];
            Compare(agreement, at, answer);
        }
    }

    /// <summary>Only what begins something names its agreement in the stored bytes; the rest of that stream belongs to the same.</summary>
    private void CheckAgreement(ShownEvent shown)
    {
        if (shown.StoredAgreement is { } stored) _agreements.TryAdd(shown.Header.Stream, string.Intern(stored));
        if (_agreements.TryGetValue(shown.Header.Stream, out var own) && own != shown.Agreement && _faults.Count < MostFaults)
            _faults.Add(new Fault("event-shown-otherwise", string.Create(CultureInfo.InvariantCulture, $"sequence {shown.Sequence}: its agreementId is shown otherwise than it is stored."), shown.Sequence));
    }

    private void FindMissing()
    {
        foreach (var agreement in _book.Agreements.Except(_packed.Select(one => one.Agreement), StringComparer.Ordinal).Order(StringComparer.Ordinal))
            _faults.Add(new Fault("figure-missing", $"{Shown.Of(agreement)}: the package gives no compliance picture of an agreement whose events it shows."));
    }

    private async Task CompareServedAsync(CancellationToken cancellation)
    {
        foreach (var agreement in _book.Agreements.Where(Ids.IsAgreement).Order(StringComparer.Ordinal))
        {
            if (_faults.Count >= MostFaults) return;
            switch (await source.ComplianceAsync(agreement, count, cancellation))
            {
                case Answer.Found(var answer): Compare(agreement, count, answer); break;
                case Answer.Missing: _faults.Add(new Fault("figure-missing", $"{agreement}: the ledger gives no compliance picture of an agreement whose events it shows.")); break;
                default: _faults.Add(new Fault("figure-differs", $"{agreement}: the compliance picture is longer than any picture can be.")); break;
            }
        }
    }

    private void Compare(string agreement, long at, byte[] answer)
    {
        var picture = Picture.Of(_book, agreement, at);
        if (!_book.Agreements.Contains(agreement)) _faults.Add(new Fault("figure-differs", $"{agreement}: there is a compliance picture of an agreement that isn't among the events."));
        _faults.AddRange(picture.Compare(answer, MostFaults));
        _unknown.UnionWith(picture.Unknown);
        if (at != count) _earlier.Add($"{agreement}: the compliance picture is an earlier one, at count {at.ToString(CultureInfo.InvariantCulture)}; the head has {Shown.Count(count, "event")}.");
        _cases += _book.CasesOf(agreement).LongCount();
        _compared++;
    }

    private static long CountOf(byte[] answer)
    {
        if (!ShownEvent.TryOpen(answer, out var json)) return 0;
        using (json)
        {
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("asOf", out var asOf) && asOf.ValueKind == JsonValueKind.Object
                && asOf.TryGetProperty("count", out var number) && number.ValueKind == JsonValueKind.Number && number.TryGetInt64(out var value) ? value : 0;
        }
    }

    private static HashSet<string> GoneOf(byte[] answer)
    {
        if (!ShownEvent.TryOpen(answer, out var json)) return [];
        using (json)
        {
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("erased", out var erased) && erased.ValueKind == JsonValueKind.Array
                ? [.. erased.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)]
                : [];
        }
    }
}
