using Ledger.EventStore.InMemory;
using Ledger.Log.Signing;
using Ledger.Transparency;
using Microsoft.Data.Sqlite;

namespace Ledger.Log.Tests;

/// <summary>transparency.md, "Sealing", step 4, with the auditor's real witnesses.</summary>
public sealed class Asking_witnesses : IDisposable
{
    private readonly LogBench _bench = new();
    private readonly VerifierKey _log;

    public Asking_witnesses() => _log = LogKey();

    [Fact]
    public async Task A_head_is_published_with_a_quorum_and_stays_while_there_is_none()
    {
        await using var store = new InMemoryEventStore();
        var witnesses = await Task.WhenAll(Enumerable.Range(1, 3).Select(i => Witness.StartAsync(_bench.Path_(""), $"w{i}", _log)));
        var policy = Witness.PolicyOf(_log, 2, [.. witnesses.Select(witness => (witness.Key.Name.Value, witness.Key, witness.Url))]);
        await using var log = await _bench.OpenAsync(store, _bench.Options with { Policy = policy });
        await using var other = await _bench.OpenAsync(store, _bench.Options with { Policy = policy, TileFile = _bench.Path_("b.db"), SignerState = _bench.Path_("b.state") });

        await LogBench.AppendAsync(store, 0, 5);
        var head = await LogBench.PublishedAsync(log, 5);
        Assert.IsType<PolicyVerdict.Trusted>(policy.Check(head));
        await LogBench.PublishedAsync(other, 5);

        // One dies: two are enough.
        witnesses[0].Kill();
        await LogBench.AppendAsync(store, 5, 5);
        head = await LogBench.PublishedAsync(log, 10);
        var trusted = Assert.IsType<PolicyVerdict.Trusted>(policy.Check(head));
        Assert.Equal(["w2", "w3"], trusted.Cosigners.Select(cosigner => cosigner.Witness.Name));

        // Two are dead: what was published stays, events are taken and sealed, and health says why.
        witnesses[1].Kill();
        await LogBench.AppendAsync(store, 10, 5);
        await LogBench.Until(() => log.Health.Problems.Concat(other.Health.Problems).Any(problem => problem.Code == LogProblems.WitnessPolicyUnmet), () => log.Health.ToString());
        await LogBench.Until(() => log.Health.Sealed!.Size.Value == 15, () => log.Health.ToString());
        Assert.Equal(LogStatus.Ready, log.Health.Status);
        Assert.Equal(10, log.Published!.Checkpoint.Size.Value);
        Assert.Equal(10, other.Published!.Checkpoint.Size.Value);
        Assert.Null(log.Proof(new LeafIndex(12)));

        // They come back, with what they remember on disk, and all recovers.
        await Task.WhenAll(witnesses[0].StartAsync(), witnesses[1].StartAsync());
        head = await LogBench.PublishedAsync(log, 15);
        Assert.IsType<PolicyVerdict.Trusted>(policy.Check(head));
        await LogBench.PublishedAsync(other, 15);
        await LogBench.Until(() => log.Health.Problems.Count + other.Health.Problems.Count == 0, () => $"{string.Join(";", log.Health.Problems)} {string.Join(";", other.Health.Problems)}");
        foreach (var witness in witnesses) witness.Dispose();
    }

    [Fact]
    public async Task What_another_node_published_ends_the_complaint_of_one_that_reaches_no_witness()
    {
        await using var store = new InMemoryEventStore();
        using var witness = await Witness.StartAsync(_bench.Path_(""), "w1", _log);
        var (reaching, lonely) = (Witness.PolicyOf(_log, 1, ("w1", witness.Key, witness.Url)), Witness.PolicyOf(_log, 1, ("w1", witness.Key, "http://127.0.0.1:9/")));
        await using var log = await _bench.OpenAsync(store, _bench.Options with { Policy = reaching });
        await using var other = await _bench.OpenAsync(store, _bench.Options with { Policy = lonely, TileFile = _bench.Path_("b.db"), SignerState = _bench.Path_("b.state") });
        witness.Kill();
        await LogBench.AppendAsync(store, 0, 5);
        await LogBench.Until(() => Complains(log) && Complains(other), () => $"{log.Health} {other.Health}");

        await witness.StartAsync();

        await LogBench.PublishedAsync(other, 5);
        await LogBench.Until(() => !Complains(log) && !Complains(other), () => string.Join(";", log.Health.Problems.Concat(other.Health.Problems)));
        Assert.True(other.Health.Witnesses!.IsMet);
        Assert.True(other.Health.Witnesses.Cosigned["w1"]);

        static bool Complains(TransparencyLog of) => of.Health.Problems.Any(problem => problem.Code == LogProblems.WitnessPolicyUnmet);
    }

    [Fact]
    public async Task A_published_head_is_stored_so_that_a_new_node_serves_the_same()
    {
        await using var store = new InMemoryEventStore();
        using var witness = await Witness.StartAsync(_bench.Path_(""), "w1", _log);
        var policy = Witness.PolicyOf(_log, 1, ("w1", witness.Key, witness.Url));
        string note;
        await using (var log = await _bench.OpenAsync(store, _bench.Options with { Policy = policy }))
        {
            await LogBench.AppendAsync(store, 0, 4);
            note = (await LogBench.PublishedAsync(log, 4)).ToString();
        }

        witness.Kill();
        await using var again = await _bench.OpenAsync(store, _bench.Options with { Policy = policy });
        Assert.Equal(note, (await LogBench.PublishedAsync(again, 4)).ToString());
    }

    [Theory]
    [InlineData(422, "text/plain", "no")]
    [InlineData(409, "text/plain", "")]
    [InlineData(200, "text/plain", "— w1 AAAA\n")]
    [InlineData(200, "text/plain", "rubbish")]
    public async Task A_lying_witness_is_named_and_holds_nobody_up(int status, string type, string body)
    {
        await using var store = new InMemoryEventStore();
        using var honest = await Witness.StartAsync(_bench.Path_(""), "w2", _log);
        using var liar = new LyingWitness(_ => (status, type, body));
        using var key = SigningKey.FromSeed(KeyName.Of("w1"), KeyType.Cosignature, new byte[32]);
        var policy = Witness.PolicyOf(_log, 1, ("w1", key.Verifier, liar.Url), ("w2", honest.Key, honest.Url));
        await using var log = await _bench.OpenAsync(store, _bench.Options with { Policy = policy });
        await LogBench.AppendAsync(store, 0, 4);
        var head = await LogBench.PublishedAsync(log, 4);

        Assert.IsType<PolicyVerdict.Trusted>(policy.Check(head));
        await LogBench.Until(() => log.Health.Problems.Any(problem => problem.Code == LogProblems.WitnessAlarm && problem.Message.Contains("w1", StringComparison.Ordinal)), () => log.Health.ToString());
        Assert.Equal(LogStatus.Ready, log.Health.Status);
    }

    [Fact]
    public async Task A_line_that_isnt_the_witnesss_own_never_gets_onto_the_head()
    {
        await using var store = new InMemoryEventStore();
        using var key = SigningKey.FromSeed(KeyName.Of("w1"), KeyType.Cosignature, new byte[32]);
        using var other = SigningKey.FromSeed(KeyName.Of("w1"), KeyType.Cosignature, [.. Enumerable.Repeat((byte)1, 32)]);
        // The right name and id, and somebody else's signature.
        using var liar = new LyingWitness(request => (200, "text/plain", new NoteSignature(key.Verifier.Name, key.Verifier.Id, other.Cosign(request.Checkpoint.Note.Text, new UnixSeconds(1)).Value).Line));
        var policy = Witness.PolicyOf(_log, 1, ("w1", key.Verifier, liar.Url));
        await using var log = await _bench.OpenAsync(store, _bench.Options with { Policy = policy });
        await LogBench.AppendAsync(store, 0, 4);
        await LogBench.Until(() => log.Health.Problems.Any(problem => problem.Code == LogProblems.WitnessAlarm), () => log.Health.ToString());

        Assert.Null(log.Published);
        Assert.Contains(log.Health.Problems, problem => problem.Code == LogProblems.WitnessPolicyUnmet);
    }

    [Fact]
    public async Task A_witness_that_is_ahead_at_the_start_makes_the_node_read_only()
    {
        // The whole data and the signer's state come from an old backup; only the witness remembers.
        using var witness = await Witness.StartAsync(_bench.Path_(""), "w1", _log);
        var policy = Witness.PolicyOf(_log, 1, ("w1", witness.Key, witness.Url));
        var options = _bench.Options with { Policy = policy };
        await _bench.RunAsync(
            async (store, log) =>
            {
                await LogBench.AppendAsync(store, 0, 3);
                return await LogBench.PublishedAsync(log, 3);
            },
            options);
        SqliteConnection.ClearAllPools();
        File.Copy(_bench.EventFile, _bench.Path_("old.db"));
        File.Copy(_bench.SignerState, _bench.Path_("old.state"));
        await _bench.RunAsync(
            async (store, log) =>
            {
                await LogBench.AppendAsync(store, 3, 6);
                return await LogBench.PublishedAsync(log, 9);
            },
            options);
        SqliteConnection.ClearAllPools();
        foreach (var end in (string[])["-wal", "-shm"]) File.Delete(_bench.EventFile + end);
        File.Copy(_bench.Path_("old.db"), _bench.EventFile, overwrite: true);
        File.Copy(_bench.Path_("old.state"), _bench.SignerState, overwrite: true);
        File.Delete(_bench.TileFile);

        var health = await _bench.TroubleAsync(options);
        Assert.Equal(LogStatus.ReadOnly, health.Status);
        var problem = Assert.Single(health.Problems);
        Assert.Equal((LogProblems.StoreBehindWitness, (long?)3), (problem.Code, problem.Sequence));
        Assert.Contains("w1", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_that_believes_another_key_for_this_log_stops_the_start()
    {
        await using var store = new InMemoryEventStore();
        using var other = SigningKey.FromSeed(KeyName.Of("ledger.example/test"), KeyType.Ed25519, new byte[32]);
        var policy = TrustPolicy.Of(other.Verifier);
        var refused = await Assert.ThrowsAsync<LogRefusedException>(() => _bench.OpenAsync(store, _bench.Options with { Policy = policy }));
        Assert.Contains("Ledger:Policy", refused.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        _bench.Dispose();
    }

    /// <summary>The key that the log will begin with: it lies in the secrets already, so that witnesses can know it.</summary>
    private VerifierKey LogKey() => SignerKeys.In(_bench.Secrets).FirstFor(KeyName.Of("ledger.example/test")).Verifier;
}
