namespace Ledger.Transparency.Tests;

public sealed class GivingReceipts : IDisposable
{
    private readonly SigningKey _log = Some.LogKey();

    public void Dispose() => _log.Dispose();

    private TrustPolicy Policy => TrustPolicy.Of(_log.Verifier);

    [Fact]
    public void A_receipt_verifies_offline_from_the_events_bytes()
    {
        var (receipt, leaf) = Receipt(out var header, out var data, out var metadata);
        Assert.True(TlogProof.TryParse(receipt.ToBytes(), out var read, out _));
        Assert.Equal(leaf, LeafEntry.Of(header, data, metadata).LeafHash);
        Assert.IsType<ReceiptVerdict.Logged>(read.Verify(LeafEntry.Of(header, data, metadata).LeafHash, Policy));
    }

    [Fact]
    public void One_changed_byte_of_the_event_is_enough_to_fail()
    {
        var (receipt, _) = Receipt(out var header, out var data, out var metadata);
        data[3] ^= 1;
        var verdict = receipt.Verify(LeafEntry.Of(header, data, metadata).LeafHash, Policy);
        Assert.Equal(ProofOutcome.WrongRoot, Assert.IsType<ReceiptVerdict.NotIncluded>(verdict).Why);
    }

    [Fact]
    public void A_receipt_of_a_log_that_is_not_trusted_fails()
    {
        using var other = Some.LogKey(2);
        var (receipt, leaf) = Receipt(out _, out _, out _);
        var verdict = receipt.Verify(leaf, TrustPolicy.Of(other.Verifier));
        Assert.IsType<PolicyVerdict.NotSigned>(Assert.IsType<ReceiptVerdict.NotTrusted>(verdict).Why);
    }

    [Fact]
    public void An_index_outside_the_checkpoint_fails()
    {
        var (receipt, leaf) = Receipt(out _, out _, out _);
        var verdict = (receipt with { Index = new LeafIndex(10) }).Verify(leaf, Policy);
        Assert.Equal(ProofOutcome.IndexOutsideTree, Assert.IsType<ReceiptVerdict.NotIncluded>(verdict).Why);
    }

    [Fact]
    public void A_receipt_is_header_index_hashes_empty_line_checkpoint()
    {
        var (receipt, _) = Receipt(out _, out _, out _);
        var text = receipt.ToString();
        Assert.StartsWith($"c2sp.org/tlog-proof@v1\nindex 7\n{receipt.Path[0]}\n", text, StringComparison.Ordinal);
        Assert.EndsWith($"{receipt.Path[^1]}\n\n{receipt.Checkpoint}", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Extra_data_is_carried_and_an_empty_one_is_refused()
    {
        var (receipt, _) = Receipt(out _, out _, out _);
        var text = (receipt with { Extra = Some.Bytes("more") }).ToString();
        Assert.True(TlogProof.TryParse(Some.Bytes(text), out var read, out _));
        Assert.Equal(Some.Bytes("more"), read.Extra!.Value.ToArray());
        Assert.Equal(text, read.ToString());
        Assert.False(TlogProof.TryParse(Some.Bytes(text.Replace("bW9yZQ==", "", StringComparison.Ordinal)), out _, out _));
    }

    [Fact]
    public void A_receipt_in_any_other_form_is_refused()
    {
        var good = Receipt(out _, out _, out _).Receipt.ToString();
        string[] others =
        [
            "", "\n\n", good[1..], good[..^1], good.Replace("\n", "\r\n", StringComparison.Ordinal),
            good.Replace("index 7", "index 07", StringComparison.Ordinal), good.Replace("index 7", "index -7", StringComparison.Ordinal),
            good.Replace("index 7", "index  7", StringComparison.Ordinal), good.Replace("index 7\n", "", StringComparison.Ordinal),
            good.Replace("@v1", "@v2", StringComparison.Ordinal), good.Replace("index 7\n", "index 7\n\n", StringComparison.Ordinal),
            good.Replace("index 7\n", "index 7\nAAAA\n", StringComparison.Ordinal), good.Replace("index", "extra !\nindex", StringComparison.Ordinal),
            good.Replace("index", "extra AAAA\nextra AAAA\nindex", StringComparison.Ordinal),
        ];
        foreach (var other in others) Assert.False(TlogProof.TryParse(Some.Bytes(other), out _, out _), other);
    }

    private (TlogProof Receipt, Hash Leaf) Receipt(out EventHeader header, out byte[] data, out byte[] metadata)
    {
        (header, data, metadata) = (Some.Header(7), Some.Bytes("""{"severity":"grave"}"""), Some.Bytes("""{"salt":"c2FsdA=="}"""));
        var leaf = LeafEntry.Of(header, data, metadata).LeafHash;
        Hash[] leaves = [.. Some.Leaves(7), leaf, Some.Leaf(8), Some.Leaf(9)];
        var head = new Checkpoint(Some.Log, new TreeSize(10), TiledTree.Empty.Append(leaves).Tree.Root);
        var path = Prover.Inclusion(new LeafIndex(7), head.Size, Some.Hashes(leaves));
        return (new TlogProof(new LeafIndex(7), path, SignedCheckpoint.Sign(head, _log)), leaf);
    }
}
