using System.Buffers.Binary;

namespace Ledger.Transparency.Tests;

public sealed class Cosigning : IDisposable
{
    private readonly SigningKey _a = Some.WitnessKey(10);
    private readonly SigningKey _b = Some.WitnessKey(11);
    private readonly SigningKey _stranger = Some.WitnessKey(12);
    private readonly SignedCheckpoint _checkpoint = Some.Checkpoint(5);

    private IReadOnlyList<VerifierKey> Witnesses => [_a.Verifier, _b.Verifier];

    private string Text => _checkpoint.Note.Text;

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
        _stranger.Dispose();
    }

    [Fact]
    public void A_cosignature_is_time_and_signature_over_two_lines_and_the_text()
    {
        var line = _a.Cosign(Text, new UnixSeconds(1_679_315_147));
        Assert.Equal(1_679_315_147UL, BinaryPrimitives.ReadUInt64BigEndian(line.Value.Span));
        Assert.Equal(8 + 64, line.Value.Length);

        using var asLog = Some.LogKey(10, "witness.example/w10");
        var message = $"cosignature/v1\ntime 1679315147\n{Text}";
        Assert.Equal(asLog.Sign(message).Value.ToArray(), line.Value[8..].ToArray());
        Assert.True(_a.Verifier.Verifies(Text, line));
        Assert.Equal(new UnixSeconds(1_679_315_147), Cosignature.TimeOf(_a.Verifier, line));
    }

    [Fact]
    public void Another_time_another_text_or_another_witness_is_a_wrong_cosignature()
    {
        var line = _a.Cosign(Text, new UnixSeconds(100));
        var later = line.Value.ToArray();
        later[7]++;
        Assert.False(_a.Verifier.Verifies(Text, line with { Value = later }));
        Assert.False(_a.Verifier.Verifies(Some.Checkpoint(6).Note.Text, line));
        Assert.False(_b.Verifier.Verifies(Text, line));
    }

    [Fact]
    public void A_time_above_the_largest_signed_number_is_refused()
    {
        var value = _a.Cosign(Text, new UnixSeconds(1)).Value.ToArray();
        value[0] = 0x80;
        var line = new NoteSignature(_a.Verifier.Name, _a.Verifier.Id, value);
        Assert.Null(Cosignature.TimeOf(_a.Verifier, line));
        Assert.False(_a.Verifier.Verifies(Text, line));
    }

    [Fact]
    public void A_witness_never_leaves_out_the_time() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _a.Cosign(Text, new UnixSeconds(0)));

    [Fact]
    public void A_log_does_not_cosign_and_a_witness_does_not_sign()
    {
        using var log = Some.LogKey();
        Assert.Throws<InvalidOperationException>(() => log.Cosign(Text, new UnixSeconds(1)));
        Assert.Throws<InvalidOperationException>(() => _a.Sign(Text));
        Assert.Null(Cosignature.TimeOf(log.Verifier, log.Sign(Text)));
    }

    [Fact]
    public void Merging_keeps_one_line_per_witness_the_newest_in_the_order_of_the_witnesses()
    {
        var first = Merge(_checkpoint, Cosign(_b, 50), Cosign(_a, 10));
        var merged = Merge(first, Cosign(_a, 30), Cosign(_a, 20), Cosign(_b, 40));
        Assert.Equal([_checkpoint.Note.Signatures[0], Cosign(_a, 30), Cosign(_b, 50)], merged.Note.Signatures);
        Assert.Equal(_checkpoint.Note.Text, merged.Note.Text);
    }

    [Fact]
    public void Merging_does_not_depend_on_the_order_of_arrival()
    {
        NoteSignature[] lines = [Cosign(_a, 1), Cosign(_b, 2), Cosign(_a, 3)];
        var one = Merge(_checkpoint, lines);
        var other = lines.Reverse().Aggregate(_checkpoint, (checkpoint, line) => Merge(checkpoint, line));
        Assert.Equal(one.ToString(), other.ToString());
    }

    [Fact]
    public void Every_line_is_verified_before_it_is_merged()
    {
        var forged = Cosign(_a, 10) with { Value = Cosign(_b, 10).Value };
        var otherHead = _b.Cosign(Some.Checkpoint(6).Note.Text, new UnixSeconds(10));
        var merged = CosignatureMerge.Merge(_checkpoint, [forged, otherHead], Witnesses);
        Assert.Equal([forged, otherHead], merged.Forged);
        Assert.Equal(_checkpoint.ToString(), merged.Checkpoint.ToString());
    }

    [Fact]
    public void Lines_of_unknown_keys_are_not_merged()
    {
        var merged = CosignatureMerge.Merge(_checkpoint, [Cosign(_stranger, 10), Cosign(_a, 5)], Witnesses);
        Assert.Equal([Cosign(_stranger, 10)], merged.Unknown);
        Assert.Empty(merged.Forged);
        Assert.Equal(2, merged.Checkpoint.Note.Signatures.Count);
    }

    [Fact]
    public void A_note_full_of_strangers_lines_still_takes_the_witnesses()
    {
        var note = SignedNote.Create(Text, [.. Enumerable.Repeat(Cosign(_stranger, 1), SignedNote.MaxSignatures)]);
        Assert.True(SignedCheckpoint.TryParse(note.ToBytes(), out var full, out _));
        var merged = Merge(full, Cosign(_a, 1), Cosign(_b, 1));
        Assert.Equal([Cosign(_a, 1), Cosign(_b, 1)], merged.Note.Signatures.TakeLast(2));
        Assert.Equal(SignedNote.MaxSignatures, merged.Note.Signatures.Count);
    }

    [Fact]
    public void An_answer_without_a_time_is_not_merged()
    {
        using var asLog = Some.LogKey(10, "witness.example/w10");
        byte[] value = [.. new byte[8], .. asLog.Sign($"cosignature/v1\ntime 0\n{Text}").Value.Span];
        var merged = CosignatureMerge.Merge(_checkpoint, [new NoteSignature(_a.Verifier.Name, _a.Verifier.Id, value)], Witnesses);
        Assert.Single(merged.Forged);
        Assert.Single(merged.Checkpoint.Note.Signatures);
    }

    private NoteSignature Cosign(SigningKey key, long time) => key.Cosign(Text, new UnixSeconds(time));

    private SignedCheckpoint Merge(SignedCheckpoint checkpoint, params NoteSignature[] lines) =>
        CosignatureMerge.Merge(checkpoint, lines, Witnesses).Checkpoint;
}
