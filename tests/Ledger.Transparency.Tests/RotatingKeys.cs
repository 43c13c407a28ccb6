namespace Ledger.Transparency.Tests;

public sealed class RotatingKeys : IDisposable
{
    private readonly SigningKey _first = Some.LogKey(1);
    private readonly SigningKey _second = Some.LogKey(2);
    private readonly SigningKey _third = Some.LogKey(3);

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        _third.Dispose();
    }

    [Fact]
    public void A_rotation_is_six_lines()
    {
        var text = Rotation(_first, _second, 5).Text;
        Assert.Equal($"ceasefire-ledger-key/v1\nledger.example/ceasefire\n{_first.Verifier}\n{_second.Verifier}\n5\n{Some.Tree(5).Root}\n", text);
        Assert.True(KeyRotation.TryParse(text, out var read, out _));
        Assert.Equal(Rotation(_first, _second, 5), read);
    }

    [Fact]
    public void A_rotation_signed_by_both_keys_moves_trust()
    {
        Assert.True(KeyRotation.TryVerify(Signed(_first, _second, 5), _first.Verifier, out var rotation, out _));
        Assert.Equal(_second.Verifier, rotation.New);
    }

    [Fact]
    public void A_rotation_signed_by_one_key_only_is_refused()
    {
        var text = Rotation(_first, _second, 5).Text;
        foreach (var key in new[] { _first, _second }) Refused("rotation-half-signed", SignedNote.Create(text, [key.Sign(text)]));
        Refused("rotation-not-signed", SignedNote.Create(text, [_third.Sign(text)]));
        Refused("rotation-not-signed", SignedNote.Create(text, [_first.Sign(text), _second.Sign("x\n")]));
    }

    [Fact]
    public void A_rotation_away_from_another_key_is_refused() => Refused("rotation-other-key", Signed(_second, _third, 5));

    [Fact]
    public void A_further_signature_line_on_a_checkpoint_proves_nothing()
    {
        var text = Some.Checkpoint(5).Note.Text;
        var note = SignedNote.Create(text, [_first.Sign(text), _second.Sign(text)]);
        Refused("rotation-malformed", note);

        Assert.True(SignedCheckpoint.TryParse(note.ToBytes(), out var both, out _));
        Assert.IsType<PolicyVerdict.Trusted>(TrustPolicy.Of(_first.Verifier).Check(both));
        Assert.IsType<PolicyVerdict.NotSigned>(TrustPolicy.Of(_first.Verifier).Check(Some.Checkpoint(6, _second)));
    }

    [Fact]
    public void A_policy_that_follows_the_history_believes_each_key_at_its_sizes()
    {
        Assert.True(KeyHistory.TryFollow(_first.Verifier, [Signed(_first, _second, 5), Signed(_second, _third, 9)], out var history, out _));
        var policy = TrustPolicy.Of(_first.Verifier).Following(history);
        (int Size, SigningKey[] Keys)[] believed =
        [
            (4, [_first]), (5, [_first, _second]), (6, [_second]), (8, [_second]), (9, [_second, _third]), (10, [_third]),
        ];
        foreach (var (size, keys) in believed)
        {
            foreach (var key in new[] { _first, _second, _third })
            {
                Assert.Equal(keys.Contains(key), policy.Check(Some.Checkpoint(size, key)) is PolicyVerdict.Trusted);
            }
        }

        Assert.Equal(_third.Verifier, history.Newest);
    }

    [Fact]
    public void A_history_that_breaks_anywhere_is_refused_whole()
    {
        Assert.True(KeyHistory.TryFollow(_first.Verifier, [], out var none, out _));
        Assert.Equal(_first.Verifier, none.Newest);

        Assert.False(KeyHistory.TryFollow(_first.Verifier, [Signed(_first, _second, 5), Signed(_first, _third, 9)], out _, out var otherKey));
        Assert.Equal("rotation-other-key", otherKey.Code);
        Assert.False(KeyHistory.TryFollow(_first.Verifier, [Signed(_first, _second, 9), Signed(_second, _third, 5)], out _, out var falls));
        Assert.Equal("rotation-size-falls", falls.Code);
    }

    [Fact]
    public void A_history_of_another_log_changes_nothing()
    {
        var policy = TrustPolicy.Of(_first.Verifier);
        Assert.Equal(policy.ToString(), policy.Following(new KeyHistory(_second.Verifier, [Rotation(_second, _third, 5)])).ToString());
        Assert.IsType<PolicyVerdict.Trusted>(policy.Following(new KeyHistory(_second.Verifier, [])).Check(Some.Checkpoint(7, _first)));
    }

    [Fact]
    public void A_rotation_in_any_other_form_is_refused()
    {
        using var foreign = Some.LogKey(4, "elsewhere.example");
        using var witness = Some.WitnessKey(5, Some.Log.Value);
        var good = Rotation(_first, _second, 5).Text;
        string[] others =
        [
            "", good[..^1], good + "\n", good + "more\n", good.Replace("/v1", "/v2", StringComparison.Ordinal),
            good.Replace("\n5\n", "\n05\n", StringComparison.Ordinal), good.Replace("\n5\n", "\n5\r\n", StringComparison.Ordinal),
            good.Replace("=\n", "\n", StringComparison.Ordinal), good.Replace(Some.Log.Value + "\n", "elsewhere.example\n", StringComparison.Ordinal),
            good.Replace(Some.Log.Value + "\n", "\n", StringComparison.Ordinal),
            Rotation(_first, foreign, 5).Text, Rotation(_first, witness, 5).Text, Rotation(_first, _first, 5).Text,
        ];
        foreach (var other in others) Assert.False(KeyRotation.TryParse(other, out _, out _), other);
    }

    [Fact]
    public void A_rotation_is_signed_by_its_own_two_keys() =>
        Assert.Throws<ArgumentException>(() => Rotation(_first, _second, 5).Sign(_first, _third));

    private static KeyRotation Rotation(SigningKey from, SigningKey to, int size) =>
        new(Some.Log, from.Verifier, to.Verifier, new TreeSize(size), Some.Tree(size).Root);

    private static SignedNote Signed(SigningKey from, SigningKey to, int size) => Rotation(from, to, size).Sign(from, to);

    private void Refused(string code, SignedNote note)
    {
        Assert.False(KeyRotation.TryVerify(note, _first.Verifier, out var rotation, out var refusal));
        Assert.Null(rotation);
        Assert.Equal(code, refusal.Code);
    }
}
