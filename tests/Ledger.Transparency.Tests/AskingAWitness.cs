namespace Ledger.Transparency.Tests;

public sealed class AskingAWitness : IDisposable
{
    private readonly SigningKey _log = Some.LogKey();
    private readonly SigningKey _key = Some.WitnessKey(30);
    private readonly Witness _witness;

    public AskingAWitness() => _witness = new Witness(_key, [_log.Verifier]);

    public void Dispose()
    {
        _log.Dispose();
        _key.Dispose();
    }

    [Fact]
    public void A_witness_cosigns_a_log_from_its_beginning_and_on()
    {
        var state = WitnessState.Empty;
        var seen = 0;
        foreach (var size in new[] { 0, 0, 1, 1, 7, 8, 20 })
        {
            var reply = Assert.IsType<WitnessReply.Cosigned>(Answer(state, Request(seen, size), 100 + size));
            Assert.Equal(200, reply.Status);
            Assert.True(_key.Verifier.Verifies(Some.Checkpoint(size).Note.Text, reply.Line));
            Assert.Equal(Some.Checkpoint(size).Checkpoint, reply.State.Latest[Some.Log].Checkpoint);
            (state, seen) = (reply.State, size);
        }
    }

    [Fact]
    public void What_is_kept_for_monitors_has_the_logs_line_and_the_witnesses()
    {
        using var stranger = Some.LogKey(9);
        var text = Some.Checkpoint(3).Note.Text;
        Assert.True(SignedCheckpoint.TryParse(SignedNote.Create(text, [stranger.Sign(text), _log.Sign(text)]).ToBytes(), out var checkpoint, out _));
        var reply = Assert.IsType<WitnessReply.Cosigned>(Answer(WitnessState.Empty, new AddCheckpointRequest(new TreeSize(0), [], checkpoint).ToBytes()));
        Assert.Equal([_log.Sign(text), reply.Line], reply.State.Latest[Some.Log].Note.Signatures);
        Assert.Equal(reply.Line.Line, reply.Body);
        Assert.Equal(64, Witness.OriginHash(Some.Log).Length);
    }

    [Fact]
    public void A_valid_line_sent_a_hundred_times_is_kept_once()
    {
        var text = Some.Checkpoint(3).Note.Text;
        var note = SignedNote.Create(text, [.. Enumerable.Repeat(_log.Sign(text), SignedNote.MaxSignatures)]);
        Assert.True(SignedCheckpoint.TryParse(note.ToBytes(), out var checkpoint, out _));
        var reply = Assert.IsType<WitnessReply.Cosigned>(Answer(WitnessState.Empty, Request(0, 3, checkpoint)));
        Assert.Equal(2, reply.State.Latest[Some.Log].Note.Signatures.Count);
    }

    [Fact]
    public void An_unknown_origin_is_answered_404()
    {
        using var other = Some.LogKey(1, "other.example");
        var checkpoint = SignedCheckpoint.Sign(new Checkpoint(Origin.Of("other.example"), new TreeSize(1), Some.Leaf(0)), other);
        Refused(404, WitnessState.Empty, new AddCheckpointRequest(new TreeSize(0), [], checkpoint).ToBytes());
    }

    [Fact]
    public void No_trusted_signature_is_answered_403()
    {
        using var stranger = Some.LogKey(2);
        Refused(403, WitnessState.Empty, Request(0, 3, Some.Checkpoint(3, stranger)));
    }

    [Fact]
    public void A_line_that_only_claims_to_be_the_logs_is_answered_403()
    {
        var text = Some.Checkpoint(3).Note.Text;
        Assert.True(SignedCheckpoint.TryParse(SignedNote.Create(text, [_log.Sign(text), _log.Sign("x\n")]).ToBytes(), out var forged, out _));
        Refused(403, WitnessState.Empty, Request(0, 3, forged));
    }

    [Fact]
    public void A_malformed_request_is_answered_400()
    {
        Refused(400, WitnessState.Empty, []);
        Refused(400, WitnessState.Empty, Some.Bytes("old 0\n"));
        Refused(400, WitnessState.Empty, Some.Bytes($"old 00\n\n{Some.Checkpoint(3)}"));
    }

    [Fact]
    public void An_old_size_above_the_checkpoints_is_answered_400() =>
        Refused(400, Seen(5), new AddCheckpointRequest(new TreeSize(6), [], Some.Checkpoint(5)).ToBytes());

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(6)]
    public void Another_old_size_is_answered_409_with_the_latest_size(int old)
    {
        var reply = Assert.IsType<WitnessReply.OtherSize>(Answer(Seen(5), Request(old, 8)));
        Assert.Equal((409, "5\n", "text/x.tlog.size"), (reply.Status, reply.Body, reply.ContentType));
    }

    [Fact]
    public void A_log_that_this_witness_never_saw_is_at_size_zero() =>
        Assert.Equal("0\n", Assert.IsType<WitnessReply.OtherSize>(Answer(WitnessState.Empty, Request(3, 8))).Body);

    [Fact]
    public void A_bad_proof_is_answered_422()
    {
        foreach (var proof in Mutations.OfContent(Some.Consistency(5, 8)).Concat(Mutations.OfLength(Some.Consistency(5, 8), Some.Leaf(1))))
        {
            Refused(422, Seen(5), new AddCheckpointRequest(new TreeSize(5), proof, Some.Checkpoint(8)).ToBytes());
        }
    }

    [Fact]
    public void A_proof_from_size_zero_must_be_empty_or_is_answered_422() =>
        Refused(422, WitnessState.Empty, new AddCheckpointRequest(new TreeSize(0), [Some.Leaf(1)], Some.Checkpoint(8)).ToBytes());

    [Fact]
    public void The_same_size_with_another_root_is_answered_422()
    {
        var fork = SignedCheckpoint.Sign(new Checkpoint(Some.Log, new TreeSize(5), Some.Leaf(99)), _log);
        Refused(422, Seen(5), new AddCheckpointRequest(new TreeSize(5), [], fork).ToBytes());
    }

    [Fact]
    public void An_empty_tree_with_another_root_is_answered_422()
    {
        var odd = SignedCheckpoint.Sign(new Checkpoint(Some.Log, new TreeSize(0), Some.Leaf(99)), _log);
        Refused(422, WitnessState.Empty, new AddCheckpointRequest(new TreeSize(0), [], odd).ToBytes());
    }

    [Fact]
    public void A_forked_history_is_never_cosigned_after_the_first()
    {
        Hash[] forked = [.. Some.Leaves(4), Some.Leaf(1000), .. Some.Leaves(8)[5..]];
        var checkpoint = SignedCheckpoint.Sign(new Checkpoint(Some.Log, new TreeSize(8), Rfc6962.Root(forked)), _log);
        var proof = Prover.Consistency(new TreeSize(5), new TreeSize(8), Some.Hashes(forked));
        Refused(422, Seen(5), new AddCheckpointRequest(new TreeSize(5), proof, checkpoint).ToBytes());
    }

    [Fact]
    public void A_request_reads_back_byte_for_byte()
    {
        var body = Request(5, 8);
        Assert.True(AddCheckpointRequest.TryParse(body, out var request, out _));
        Assert.Equal(body, request.ToBytes());
        Assert.Equal(new TreeSize(5), request.Old);
        Assert.Equal(Some.Consistency(5, 8), request.Proof);
    }

    [Theory]
    [InlineData("old 5\r\n\n")]
    [InlineData("old  5\n\n")]
    [InlineData("Old 5\n\n")]
    [InlineData("old 05\n\n")]
    [InlineData("old -5\n\n")]
    [InlineData("5\n\n")]
    [InlineData("old\n\n")]
    [InlineData("\n\n")]
    [InlineData("old 5\nAAAA\n\n")]
    [InlineData("old 5\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")]
    [InlineData("old 5\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU= \n\n")]
    [InlineData("old 5\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n\n")]
    public void A_request_in_any_other_form_is_refused(string head) =>
        Assert.False(AddCheckpointRequest.TryParse(Some.Bytes(head + Some.Checkpoint(8)), out _, out _));

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, false)]
    public void A_request_has_63_hashes_at_most(int hashes, bool isRead)
    {
        var request = new AddCheckpointRequest(new TreeSize(5), Some.Leaves(hashes), Some.Checkpoint(8));
        Assert.Equal(isRead, AddCheckpointRequest.TryParse(request.ToBytes(), out _, out _));
    }

    [Fact]
    public void An_answer_with_lines_is_read_for_merging()
    {
        var reply = Answer(WitnessState.Empty, Request(0, 8));
        var answer = Assert.IsType<WitnessAnswer.Cosigned>(WitnessAnswer.Read(reply.Status, reply.ContentType, Some.Bytes(reply.Body)));
        var merged = CosignatureMerge.Merge(Some.Checkpoint(8), answer.Lines, [_key.Verifier]);
        Assert.Equal(2, merged.Checkpoint.Note.Signatures.Count);
    }

    [Theory]
    [InlineData("text/x.tlog.size", "5\n", true)]
    [InlineData("Text/X.tlog.size; charset=utf-8", "5\n", true)]
    [InlineData("text/x.tlog.size", "", false)]
    [InlineData("text/x.tlog.size", "5", false)]
    [InlineData("text/x.tlog.size", "05\n", false)]
    [InlineData("text/x.tlog.size", "5\n6\n", false)]
    [InlineData("text/plain", "5\n", false)]
    [InlineData(null, "", false)]
    public void A_conflict_tells_the_size_or_is_an_alarm(string? contentType, string body, bool isSize)
    {
        var answer = WitnessAnswer.Read(409, contentType, Some.Bytes(body));
        if (isSize) Assert.Equal(new WitnessAnswer.OtherSize(new TreeSize(5)), answer);
        else Assert.IsType<WitnessAnswer.Alarm>(answer);
    }

    [Theory]
    [InlineData(400, true)]
    [InlineData(403, true)]
    [InlineData(404, true)]
    [InlineData(422, true)]
    [InlineData(429, false)]
    [InlineData(500, false)]
    [InlineData(502, false)]
    [InlineData(503, false)]
    public void A_refusal_is_an_alarm_and_a_failure_means_none_now(int status, bool isAlarm) =>
        Assert.Equal(isAlarm, WitnessAnswer.Read(status, null, []) is WitnessAnswer.Alarm);

    [Fact]
    public void An_answer_that_is_no_signature_lines_is_an_alarm()
    {
        Assert.IsType<WitnessAnswer.Alarm>(WitnessAnswer.Read(200, null, Some.Bytes("OK\n")));
        Assert.IsType<WitnessAnswer.Alarm>(WitnessAnswer.Read(200, null, []));
        Assert.IsType<WitnessAnswer.Alarm>(WitnessAnswer.Read(200, null, [0xFF]));
    }

    private WitnessReply Answer(WitnessState state, ReadOnlySpan<byte> body, long now = 1_000) => _witness.Answer(state, body, new UnixSeconds(now));

    private WitnessState Seen(int size) => Assert.IsType<WitnessReply.Cosigned>(Answer(WitnessState.Empty, Request(0, size))).State;

    private static byte[] Request(int old, int size, SignedCheckpoint? checkpoint = null) => new AddCheckpointRequest(
        new TreeSize(old),
        old == 0 ? [] : Some.Consistency(old, size),
        checkpoint ?? Some.Checkpoint(size)).ToBytes();

    private void Refused(int status, WitnessState state, ReadOnlySpan<byte> body)
    {
        var refused = Assert.IsType<WitnessReply.Refused>(Answer(state, body));
        Assert.Equal(status, refused.Status);
        Assert.NotEmpty(refused.Why.Code);
        Assert.EndsWith("\n", refused.Body, StringComparison.Ordinal);
    }
}
