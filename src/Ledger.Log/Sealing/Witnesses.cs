using System.Collections.Concurrent;
using System.Net.Http.Headers;
using Ledger.Transparency;

namespace Ledger.Log.Sealing;

/// <summary>What a round of asking brought.</summary>
/// <param name="Head">With the newest valid line of each witness that answered.</param>
/// <param name="Lines">Who cosigned, and whether these are as many as the policy asks for.</param>
/// <param name="Missing">Names of witnesses that didn't cosign, and why.</param>
/// <param name="Alarms">What no honest witness answers to an honest log.</param>
/// <param name="Ahead">The largest size that a witness says it has seen, where that is more than the head's.</param>
internal sealed record WitnessRound(
    SignedCheckpoint Head, WitnessHealth Lines, IReadOnlyList<string> Missing, IReadOnlyList<LogProblem> Alarms, (string Witness, TreeSize Size)? Ahead);

/// <summary>Asks every witness of the policy for its cosignature (C2SP tlog-witness, "add-checkpoint").</summary>
internal sealed class Witnesses : IDisposable
{
    /// <summary>Once there are enough lines, the others have this long to come too.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(250);

    private const int LongestAnswer = 64 * 1024;

    private readonly TrustPolicy _policy;
    private readonly TimeSpan _patience;
    private readonly HttpClient _http;
    private readonly ConcurrentDictionary<string, TreeSize> _sizes = new(StringComparer.Ordinal);

    public Witnesses(TrustPolicy policy, TimeSpan patience)
    {
        (_policy, _patience) = (policy, patience);
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = patience, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
        {
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = LongestAnswer,
        };
    }

    /// <summary>False where nobody need be asked.</summary>
    public bool IsAsked => _policy.Quorum != TrustPolicy.NoQuorum || _policy.Witnesses.Any(witness => witness.Url is not null);

    public bool IsMetBy(SignedCheckpoint head) => _policy.IsQuorum(CosignersOf(head));

    /// <summary>Whose valid lines a head carries.</summary>
    public WitnessHealth Of(SignedCheckpoint head)
    {
        var cosigners = CosignersOf(head).ToHashSet();
        return new WitnessHealth(
            _policy.IsQuorum(cosigners),
            _policy.Witnesses.GroupBy(witness => witness.Name, StringComparer.Ordinal).ToDictionary(of => of.Key, of => of.All(cosigners.Contains), StringComparer.Ordinal));
    }

    /// <param name="proof">From an older size to the head's: what it takes to see that the head contains it.</param>
    public async Task<WitnessRound> AskAsync(SignedCheckpoint head, Func<TreeSize, IReadOnlyList<Hash>> proof, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var asked = _policy.Witnesses.Select(witness => AskAsync(witness, head, proof, limit.Token)).ToList();
        List<NoteSignature> lines = [];
        for (var open = asked.ToList(); open.Count > 0;)
        {
            var done = await Task.WhenAny(open);
            open.Remove(done);
            if (await done is Reply.Cosigned cosigned) lines.AddRange(cosigned.Lines);
            if (open.Count > 0 && lines.Count > 0 && IsMetBy(Merge(head, lines).Checkpoint)) limit.CancelAfter(Grace);
        }

        cancellation.ThrowIfCancellationRequested();
        var merged = Merge(head, lines);
        var replies = _policy.Witnesses.Zip(asked, (witness, task) => (Witness: witness, Reply: task.Result)).ToList();
        var cosigners = CosignersOf(merged.Checkpoint).ToHashSet();
        return new WitnessRound(
            merged.Checkpoint, Of(merged.Checkpoint),
            [.. replies.Where(r => !cosigners.Contains(r.Witness)).Select(r => $"{r.Witness.Name} ({r.Reply.Why})")],
            [.. replies.Where(r => r.Reply is Reply.Alarm || (r.Reply is Reply.Cosigned && !cosigners.Contains(r.Witness))).Select(Alarm)],
            replies.Where(r => r.Reply is Reply.Ahead).Select(r => ((string, TreeSize)?)(r.Witness.Name, ((Reply.Ahead)r.Reply).Size)).MaxBy(r => r!.Value.Item2.Value));
    }

    public void Dispose() => _http.Dispose();

    private abstract record Reply(string Why)
    {
        public sealed record Cosigned(IReadOnlyList<NoteSignature> Lines) : Reply("its line isn't a cosignature of its key");

        public sealed record Ahead(TreeSize Size) : Reply($"it has seen {Size} events");

        public sealed record None(string Why) : Reply(Why);

        public sealed record Alarm(string Why) : Reply(Why);
    }

    private static LogProblem Alarm((PolicyWitness Witness, Reply Reply) r) =>
        new(LogProblems.WitnessAlarm, $"The witness {r.Witness.Name} doesn't answer as an honest witness of an honest log: {r.Reply.Why}.");

    private MergedCheckpoint Merge(SignedCheckpoint head, List<NoteSignature> lines) =>
        CosignatureMerge.Merge(head, lines, [.. _policy.Witnesses.Select(witness => witness.Key)]);

    private IEnumerable<PolicyWitness> CosignersOf(SignedCheckpoint head) =>
        _policy.Witnesses.Where(witness => head.Note.Signatures.Any(line => witness.Key.Verifies(head.Note.Text, line)));

    private async Task<Reply> AskAsync(PolicyWitness witness, SignedCheckpoint head, Func<TreeSize, IReadOnlyList<Hash>> proof, CancellationToken cancellation)
    {
        if (witness.Url is not { } url) return new Reply.None("the policy names no address");
        try
        {
            // Twice: the first answer may say from where the witness wants its proof.
            for (var attempt = 0; attempt < 2; attempt++)
            {
                var old = _sizes.GetValueOrDefault(witness.Name);
                if (old.Value > head.Checkpoint.Size.Value) return new Reply.Ahead(old);
                switch (await SendAsync(url, new AddCheckpointRequest(old, old.Value == 0 ? [] : proof(old), head), cancellation))
                {
                    case WitnessAnswer.Cosigned cosigned:
                        _sizes[witness.Name] = head.Checkpoint.Size;
                        return new Reply.Cosigned(cosigned.Lines);
                    case WitnessAnswer.OtherSize other:
                        _sizes[witness.Name] = other.Latest;
                        break;
                    case WitnessAnswer.NoneNow none:
                        return new Reply.None(none.Reason.TrimEnd('.'));
                    case WitnessAnswer.Alarm alarm:
                        // It may have been asked from a size that it never said: the next round begins at nothing.
                        _sizes.TryRemove(witness.Name, out _);
                        return new Reply.Alarm(alarm.Reason.TrimEnd('.'));
                }
            }

            var latest = _sizes.GetValueOrDefault(witness.Name);
            return latest.Value > head.Checkpoint.Size.Value ? new Reply.Ahead(latest) : new Reply.None($"it says that it is at {latest} events and then doesn't go on from there");
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException or UriFormatException)
        {
            return new Reply.None(e is OperationCanceledException ? "it gave no answer in time" : "it can't be reached");
        }
    }

    private async Task<WitnessAnswer> SendAsync(string url, AddCheckpointRequest request, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(_patience);
        using var content = new ByteArrayContent(request.ToBytes());
        content.Headers.ContentType = new MediaTypeHeaderValue("text/plain") { CharSet = "utf-8" };
        using var response = await _http.PostAsync(new Uri($"{url.TrimEnd('/')}/add-checkpoint"), content, limit.Token);
        var body = await response.Content.ReadAsByteArrayAsync(limit.Token);
        return WitnessAnswer.Read((int)response.StatusCode, response.Content.Headers.ContentType?.ToString(), body);
    }
}
