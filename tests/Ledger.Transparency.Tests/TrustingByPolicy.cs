using System.Text;

namespace Ledger.Transparency.Tests;

public sealed class TrustingByPolicy : IDisposable
{
    private readonly SigningKey _log = Some.LogKey();
    private readonly SigningKey[] _keys = [.. Enumerable.Range(20, 6).Select(seed => Some.WitnessKey((byte)seed))];

    public void Dispose()
    {
        _log.Dispose();
        foreach (var key in _keys) key.Dispose();
    }

    private string Log => $"log {_log.Verifier}\n";

    private string Six => string.Concat(_keys.Select((key, i) => $"witness W{i} {key.Verifier}\n"));

    private string Example => $"{Log}{Six}group X 2 W0 W1 W2\ngroup Y any W3 W4 W5\ngroup X-and-Y all X Y\nquorum X-and-Y\n";

    [Theory]
    [InlineData("", false)]
    [InlineData("0 1 2", false)]
    [InlineData("3 4 5", false)]
    [InlineData("0 3", false)]
    [InlineData("0 1 3", true)]
    [InlineData("0 2 5", true)]
    [InlineData("0 1 2 3 4 5", true)]
    public void A_quorum_of_groups_counts_each_group_by_its_threshold(string cosigners, bool isMet)
    {
        var policy = Parse(Example);
        var lines = Numbers(cosigners).Select(i => Cosign(_keys[i], 100 + i)).ToList();
        var verdict = policy.Check(Cosigned(lines));
        Assert.Equal(isMet, verdict is PolicyVerdict.Trusted);
        if (verdict is PolicyVerdict.Trusted(var head, var by))
        {
            Assert.Equal(Some.Checkpoint(5).Checkpoint, head);
            Assert.Equal(Numbers(cosigners).Select(i => ($"W{i}", 100L + i)), by.Select(c => (c.Witness.Name, c.Time.Value)));
        }
        else
        {
            Assert.Equal(lines.Count, Assert.IsType<PolicyVerdict.QuorumNotMet>(verdict).Cosigners.Count);
        }
    }

    [Fact]
    public void Quorum_none_asks_for_the_log_only()
    {
        Assert.IsType<PolicyVerdict.Trusted>(Parse($"{Log}quorum none\n").Check(Some.Checkpoint(5)));
        Assert.IsType<PolicyVerdict.Trusted>(TrustPolicy.Of(_log.Verifier).Check(Some.Checkpoint(5)));
    }

    [Fact]
    public void A_quorum_may_be_one_witness()
    {
        var policy = Parse($"{Log}{Six}quorum W2\n");
        Assert.IsType<PolicyVerdict.QuorumNotMet>(policy.Check(Cosigned([Cosign(_keys[1], 1)])));
        Assert.IsType<PolicyVerdict.Trusted>(policy.Check(Cosigned([Cosign(_keys[2], 1)])));
    }

    [Fact]
    public void Two_lines_of_one_witness_count_once_and_the_newest_tells_the_time()
    {
        var policy = Parse($"{Log}{Six}group G 2 W0 W1\nquorum G\n");
        var verdict = policy.Check(Cosigned([Cosign(_keys[0], 7), Cosign(_keys[0], 9), Cosign(_keys[0], 8)]));
        Assert.Equal(9, Assert.Single(Assert.IsType<PolicyVerdict.QuorumNotMet>(verdict).Cosigners).Time.Value);
    }

    [Fact]
    public void A_checkpoint_that_no_listed_log_signed_is_not_trusted_whoever_cosigned_it()
    {
        using var other = Some.LogKey(2);
        var policy = Parse($"log {other.Verifier}\n{Six}quorum W0\n");
        Assert.IsType<PolicyVerdict.NotSigned>(policy.Check(Cosigned([Cosign(_keys[0], 7)])));
        Assert.IsType<PolicyVerdict.NotSigned>(Parse("quorum none\n").Check(Some.Checkpoint(5)));
    }

    [Fact]
    public void A_log_is_believed_under_its_own_origin_only()
    {
        using var elsewhere = Some.LogKey(1, "elsewhere.example");
        var text = Some.Checkpoint(5).Note.Text;
        Assert.True(SignedCheckpoint.TryParse(SignedNote.Create(text, [elsewhere.Sign(text)]).ToBytes(), out var checkpoint, out _));
        Assert.IsType<PolicyVerdict.NotSigned>(TrustPolicy.Of(elsewhere.Verifier).Check(checkpoint));
    }

    [Fact]
    public void A_known_keys_wrong_line_rejects_the_checkpoint_even_where_the_quorum_is_met_without_it()
    {
        var policy = Parse($"{Log}{Six}quorum W0\n");
        var forged = _keys[1].Cosign("other\n1\n", new UnixSeconds(3));
        Assert.Equal(forged, Assert.IsType<PolicyVerdict.Forged>(policy.Check(Cosigned([Cosign(_keys[0], 1), forged]))).Line);
    }

    [Fact]
    public void White_space_comments_empty_lines_and_any_order_are_allowed()
    {
        var policy = Parse($"# héllo\n\n \t\n  witness\tW0   {_keys[0].Verifier}  https://w.example/\n quorum W0\n\t# more\n{Log}");
        Assert.Equal("https://w.example/", Assert.Single(policy.Witnesses).Url);
        Assert.Equal($"{Log}witness W0 {_keys[0].Verifier} https://w.example/\nquorum W0\n", policy.ToString());
    }

    [Fact]
    public void A_policy_prints_as_it_was_read() => Assert.Equal(Example, Parse(Example).ToString());

    [Fact]
    public void Names_are_opaque_bytes()
    {
        byte[] bytes = [.. Some.Bytes("witness K"), 0xE2, 0x84, (byte)' ', .. Some.Bytes($"{_keys[0].Verifier}\nwitness K {_keys[1].Verifier}\nquorum K\n")];
        Assert.True(TrustPolicy.TryParse(bytes, out var policy, out var refusal), refusal?.Message);
        Assert.Equal(2, policy.Witnesses.Count);

        Parse($"witness K {_keys[0].Verifier}\nwitness \u212A {_keys[1].Verifier}\nquorum \u212A\n");
    }

    [Fact]
    public void Thirty_two_logs_witnesses_and_groups_are_supported()
    {
        var text = new StringBuilder();
        for (var i = 0; i < 32; i++)
        {
            using var log = Some.LogKey((byte)(100 + i), $"log{i}.example");
            using var witness = Some.WitnessKey((byte)(150 + i));
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"log {log.Verifier}\nwitness w{i} {witness.Verifier}\ngroup g{i} all w{i}{(i == 0 ? "" : $" g{i - 1}")}\n");
        }

        var policy = Parse(text.Append("quorum g31\n").ToString());
        Assert.True(policy.IsQuorum(policy.Witnesses));
        Assert.False(policy.IsQuorum(policy.Witnesses.Skip(1)));
    }

    [Fact]
    public void Each_mistake_in_a_policy_is_refused_with_its_line()
    {
        using var sameAsW0 = Some.WitnessKey(20, "another.name");
        using var logKey = Some.LogKey(1, "another.log");
        string[] mistakes =
        [
            $"witness W0 {sameAsW0.Verifier}", $"witness W9 {sameAsW0.Verifier}", $"log {logKey.Verifier}", $"log {_keys[0].Verifier}",
            $"witness W9 {_log.Verifier}", "witness W9", "witness W9 nokey", "log", "log x y z", "unknown line",
            "group G all", "group G 0 W0", "group G 2 W0", "group G 01 W0", "group G -1 W0", "group G most W0", "group W0 all W1",
            "group G all W7", "group G all G", "group G all W0 W0", "group G all none", "group none all W0", "quorum W7", "quorum", "quorum W0 W1",
            "QUORUM W0",
        ];
        foreach (var mistake in mistakes)
        {
            Assert.False(TrustPolicy.TryParse(Some.Bytes($"{Log}{Six}{mistake}\nquorum W0\n"), out _, out var refusal), mistake);
            Assert.Equal("policy-malformed", refusal.Code);
            Assert.StartsWith("Line 8: ", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void A_policy_has_64_witnesses_at_most(int count, bool isRead)
    {
        var lines = Enumerable.Range(100, count).Select(seed =>
        {
            using var key = Some.WitnessKey((byte)seed);
            return $"witness w{seed} {key.Verifier}\n";
        });
        Assert.Equal(isRead, TrustPolicy.TryParse(Some.Bytes($"{string.Concat(lines)}quorum none\n"), out _, out _));
    }

    [Fact]
    public void A_name_is_a_member_of_one_group_at_most()
    {
        Assert.False(TrustPolicy.TryParse(Some.Bytes($"{Six}group G all W0 W1\ngroup H all W1 W2\nquorum G\n"), out _, out var refusal));
        Assert.StartsWith("Line 8: ", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "policy-no-final-newline")]
    [InlineData("\n", "policy-no-quorum")]
    [InlineData("quorum none", "policy-no-final-newline")]
    [InlineData("quorum none\r\n", "policy-control-character")]
    [InlineData("quorum\0none\n", "policy-control-character")]
    [InlineData("quorum none\u007F\n", "policy-control-character")]
    [InlineData("quorum none\nquorum none\n", "policy-malformed")]
    public void A_policy_that_is_cut_or_holds_control_characters_or_has_not_one_quorum_is_refused(string text, string code)
    {
        Assert.False(TrustPolicy.TryParse(Some.Bytes(text), out _, out var refusal));
        Assert.Equal(code, refusal.Code);
    }

    private static IEnumerable<int> Numbers(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(number => int.Parse(number, System.Globalization.CultureInfo.InvariantCulture));

    private static NoteSignature Cosign(SigningKey key, long time) => key.Cosign(Some.Checkpoint(5).Note.Text, new UnixSeconds(time));

    // Put on by hand: merging would drop what a policy must refuse.
    private static SignedCheckpoint Cosigned(IReadOnlyList<NoteSignature> lines)
    {
        var note = Some.Checkpoint(5).Note;
        Assert.True(SignedCheckpoint.TryParse(SignedNote.Create(note.Text, [.. note.Signatures, .. lines]).ToBytes(), out var checkpoint, out _));
        return checkpoint;
    }

    private static TrustPolicy Parse(string text)
    {
        Assert.True(TrustPolicy.TryParse(Some.Bytes(text), out var policy, out var refusal), refusal?.Message);
        return policy;
    }
}
