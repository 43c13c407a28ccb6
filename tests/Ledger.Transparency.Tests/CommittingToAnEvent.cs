using System.Security.Cryptography;

namespace Ledger.Transparency.Tests;

public class CommittingToAnEvent
{
    private static readonly byte[] Data = Some.Bytes("""{ "severity" : "grave" }""");

    private static readonly byte[] Metadata = Some.Bytes("""{"salt":"c2FsdA=="}""");

    private const string HeaderText =
        "ceasefire-ledger-event/v1\nledger.example/ceasefire\n7\n0199a2b4-7c1d-7e33-8f00-0123456789ab\nviolation-0199a2b4\n3\nviolation-recorded-v1\n1790000000123456\n";

    [Fact]
    public void The_header_is_eight_lines_with_a_lower_case_id_and_microseconds() => Assert.Equal(HeaderText, Some.Header().Text);

    [Fact]
    public void The_commitment_is_the_hash_over_the_header_and_the_hashes_of_data_and_metadata()
    {
        byte[] input = [.. Some.Bytes(HeaderText), .. SHA256.HashData(Data), .. SHA256.HashData(Metadata)];
        Assert.Equal(SHA256.HashData(input), EventCommitment.Of(Some.Header(), Data, Metadata).Bytes.ToArray());
    }

    [Fact]
    public void The_entry_shows_the_sequence_and_the_commitment_and_nothing_else()
    {
        var entry = LeafEntry.Of(Some.Header(), Data, Metadata);
        Assert.Equal($"ceasefire-ledger-leaf/v1\n7\n{EventCommitment.Of(Some.Header(), Data, Metadata)}\n", entry.ToString());
        Assert.Equal(MerkleHash.Leaf(entry.ToBytes()), entry.LeafHash);
        Assert.True(LeafEntry.TryParse(entry.ToBytes(), out var read, out _));
        Assert.Equal(entry, read);
    }

    // Computed once by another program, so that this form can't move by accident.
    [Fact]
    public void The_form_of_a_leaf_is_frozen() =>
        Assert.Equal("Jyer7O6sCj8f3jUflFZ8HO+aJP5ml7IZJFjomaAk6Dk=", LeafEntry.Of(Some.Header(), Data, Metadata).Commitment.ToString());

    [Fact]
    public void Every_field_changes_the_commitment()
    {
        var header = Some.Header();
        EventHeader[] others =
        [
            header with { Origin = Origin.Of("other.example") }, header with { Sequence = new LeafIndex(8) }, header with { EventId = Guid.Empty },
            header with { Stream = "violation-0199a2b5" }, header with { Revision = 4 }, header with { Type = "violation-recorded-v2" },
            header with { RecordedAt = new UnixMicroseconds(1_790_000_000_123_457) },
        ];
        var commitments = others.Select(other => EventCommitment.Of(other, Data, Metadata))
            .Append(EventCommitment.Of(header, Data, Metadata))
            .Append(EventCommitment.Of(header, Metadata, Data))
            .Append(EventCommitment.Of(header, Data, Data))
            .Append(EventCommitment.Of(header, [], Metadata));
        Assert.Equal(11, commitments.Distinct().Count());
    }

    [Fact]
    public void The_stored_bytes_are_never_serialised_again() =>
        Assert.NotEqual(EventCommitment.Of(Some.Header(), Data, Metadata), EventCommitment.Of(Some.Header(), Some.Bytes("""{"severity":"grave"}"""), Metadata));

    [Fact]
    public void A_foreign_type_with_newlines_is_hashed_all_the_same_and_never_looks_like_another_header()
    {
        var odd = Some.Header(type: "odd\n5");
        Assert.NotEqual(EventCommitment.Of(odd, Data, Metadata), EventCommitment.Of(Some.Header(type: "odd"), Data, Metadata));
        Assert.Equal(9, odd.Text.Count(c => c == '\n'));
    }

    [Fact]
    public void A_stream_with_a_newline_is_no_leaf_stream() =>
        Assert.Throws<InvalidOperationException>(() => (Some.Header() with { Stream = "violation-a\n" }).Text);

    [Theory]
    [InlineData("")]
    [InlineData("ceasefire-ledger-leaf/v2\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("ceasefire-ledger-leaf/v1\n07\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("ceasefire-ledger-leaf/v1\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")]
    [InlineData("ceasefire-ledger-leaf/v1\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\n")]
    [InlineData("ceasefire-ledger-leaf/v1\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n")]
    [InlineData("ceasefire-ledger-leaf/v1\r\n7\r\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\r\n")]
    public void An_entry_in_any_other_form_is_refused(string text)
    {
        Assert.False(LeafEntry.TryParse(Some.Bytes(text), out _, out var refusal));
        Assert.Equal("leaf-malformed", refusal.Code);
    }
}

public class ChoosingLeaves
{
    [Theory]
    [InlineData("agreement-0199a2b4-7c1d")]
    [InlineData("coverage-a")]
    [InlineData("claim-1")]
    [InlineData("violation--")]
    [InlineData("access-x")]
    [InlineData("webhook-9")]
    public void The_ledgers_subjects_have_leaves(string stream) => Assert.True(LeafStreams.Contains(stream));

    [Theory]
    [InlineData("")]
    [InlineData("log-checkpoints")]
    [InlineData("vault-1")]
    [InlineData("vaultkey-1")]
    [InlineData("delivery-1")]
    [InlineData("job-1")]
    [InlineData("$all")]
    [InlineData("$ce-violation")]
    [InlineData("violation")]
    [InlineData("violation-")]
    [InlineData("violation-A")]
    [InlineData("Violation-a")]
    [InlineData("violation-a_b")]
    [InlineData("violation-\u0131")]
    [InlineData("violation-a\n")]
    [InlineData("\nviolation-a")]
    [InlineData("x-violation-a")]
    public void Anything_else_is_never_numbered(string stream) => Assert.False(LeafStreams.Contains(stream));
}

public class KeepingAFieldOutsideItsEvent
{
    private const string Known = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0";

    [Fact]
    public void The_known_answer_of_RFC_9901_comes_out()
    {
        var disclosure = Disclosure.Of("_26bc4LT-ac6q2KI6cBW5es", "family_name", "\"Möbius\"");
        Assert.Equal(Known, disclosure.Encoded);
        Assert.Equal("X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0", disclosure.Digest.ToString());
        Assert.True(disclosure.TryRead(out var name, out var json));
        Assert.Equal(("family_name", "\"Möbius\""), (name, json));
    }

    [Theory]
    [InlineData("")]
    [InlineData("!")]
    [InlineData("e30")]
    [InlineData("WzEsMiwzXQ")]
    [InlineData("WyJhIiwiYiJd")]
    [InlineData("W10")]
    [InlineData("Ww")]
    [InlineData("WyJcdWQ4MDAiLCJcdWQ4MDAiLDFd")]
    public void Text_that_is_no_salt_name_and_value_is_no_disclosure(string text) => Assert.False(new Disclosure(text).TryRead(out _, out _));
}
