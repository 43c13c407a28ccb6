using System.Text;

namespace Ledger.Transparency.Tests;

public class SigningNotes
{
    private const string KnownKey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    private const string KnownText = "This is an example message.\n";
    private const string KnownLine = "\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

    [Fact]
    public void The_known_answer_of_the_specification_verifies()
    {
        Assert.True(VerifierKey.TryParse(KnownKey, out var key, out _));
        var note = Parse(KnownText + "\n" + KnownLine);
        Assert.Equal(KnownText, note.Text);
        Assert.Equal(key, Assert.Single(Assert.IsType<NoteVerdict.Verified>(note.Verify([key])).By).Key);
        Assert.Equal(KnownText + "\n" + KnownLine, note.ToString());
    }

    [Fact]
    public void A_verifier_key_prints_as_it_was_read()
    {
        Assert.True(VerifierKey.TryParse(KnownKey, out var key, out _));
        Assert.Equal(KnownKey, key.ToString());
        Assert.Equal("530d903a", key.Id.ToString());
        Assert.Equal("example.com/foo", key.Name.Value);
        Assert.Equal(KeyType.Ed25519, key.Type);
    }

    [Theory]
    [InlineData("", "vkey-malformed")]
    [InlineData("example.com/foo", "vkey-malformed")]
    [InlineData("example.com/foo+530d903a", "vkey-malformed")]
    [InlineData("+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "vkey-malformed")]
    [InlineData("example .com+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "vkey-malformed")]
    [InlineData("example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "vkey-wrong-id")]
    [InlineData("example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "vkey-wrong-id")]
    [InlineData("example.com/foo++530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "vkey-malformed")]
    [InlineData("example.com/fooo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "vkey-wrong-id")]
    [InlineData("example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "vkey-unknown-type")]
    [InlineData("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3Q==", "vkey-malformed")]
    [InlineData("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n", "vkey-malformed")]
    [InlineData("example.com/foo+530d903a+", "vkey-malformed")]
    [InlineData("example.com/foo+530d903a+AQ==", "vkey-malformed")]
    public void A_verifier_key_in_any_other_form_is_refused(string vkey, string code)
    {
        Assert.False(VerifierKey.TryParse(vkey, out _, out var refusal));
        Assert.Equal(code, refusal.Code);
    }

    [Fact]
    public void A_key_id_is_the_first_four_bytes_of_the_hash_over_name_newline_type_and_key()
    {
        using var key = Some.WitnessKey(9);
        var hash = MerkleHash.Sha256([.. Some.Bytes("witness.example/w9\n"), 0x04, .. key.Verifier.ToPublicKey()]);
        Assert.Equal(Convert.ToHexStringLower(hash.Bytes[..4]), key.Verifier.Id.ToString());
    }

    [Fact]
    public void The_same_key_as_log_and_as_witness_has_two_key_ids()
    {
        using var log = Some.LogKey(9, "same.example");
        using var witness = Some.WitnessKey(9, "same.example");
        Assert.True(log.Verifier.IsSameKeyAs(witness.Verifier));
        Assert.NotEqual(log.Verifier.Id, witness.Verifier.Id);
        Assert.False(log.Verifier.Equals((object)witness.Verifier));
    }

    [Fact]
    public void The_same_text_always_gets_the_same_signature()
    {
        using var key = Some.LogKey();
        Assert.Equal(key.Sign(KnownText), key.Sign(KnownText));
        Assert.NotEqual(key.Sign(KnownText), key.Sign("Another.\n"));
    }

    [Fact]
    public void A_new_key_takes_its_randomness_from_the_caller_and_is_read_back()
    {
        var secret = SigningKey.NewSecret(KeyName.Of(Some.Log.Value), KeyType.Ed25519, seed => seed.Fill(1));
        Assert.True(SigningKey.TryParse(secret, out var key, out _));
        using (key)
        {
            using var same = Some.LogKey(1);
            Assert.Equal(same.Verifier, key.Verifier);
            Assert.Equal(same.Sign(KnownText), key.Sign(KnownText));
        }
    }

    [Fact]
    public void A_signing_key_in_any_other_form_is_refused_without_repeating_the_secret()
    {
        var secret = SigningKey.NewSecret(KeyName.Of("a.example"), KeyType.Cosignature, seed => seed.Fill(7));
        string[] others = [secret[1..], secret + "\n", secret[..^4], secret.Replace("a.example", "b.example", StringComparison.Ordinal), "PRIVATE+KEY+", ""];
        foreach (var other in others)
        {
            Assert.False(SigningKey.TryParse(other, out _, out var refusal));
            Assert.DoesNotContain("BAcHBw", refusal.Message, StringComparison.Ordinal);
        }

        Assert.Throws<ArgumentException>(() => SigningKey.FromSeed(KeyName.Of("a"), KeyType.Ed25519, new byte[31]));
    }

    [Fact]
    public void Unknown_keys_are_ignored_for_at_least_16_lines()
    {
        using var known = Some.LogKey();
        var strangers = Enumerable.Range(2, 15).Select(i => Some.LogKey((byte)i)).ToList();
        var note = Parse(SignedNote.Create(KnownText, [.. strangers.Select(key => key.Sign(KnownText)), known.Sign(KnownText)]).ToString());

        Assert.Equal(16, note.Signatures.Count);
        Assert.Equal(known.Verifier, Assert.Single(Assert.IsType<NoteVerdict.Verified>(note.Verify([known.Verifier])).By).Key);
        strangers.ForEach(key => key.Dispose());
    }

    [Fact]
    public void A_note_that_no_known_key_signed_says_nothing()
    {
        using var key = Some.LogKey(1);
        using var other = Some.LogKey(2);
        var note = SignedNote.Create(KnownText, [key.Sign(KnownText)]);
        Assert.IsType<NoteVerdict.NotSigned>(note.Verify([other.Verifier]));
        Assert.IsType<NoteVerdict.NotSigned>(note.Verify([]));
    }

    [Fact]
    public void A_known_keys_wrong_signature_rejects_the_whole_note()
    {
        using var good = Some.LogKey(1);
        using var forged = Some.LogKey(2);
        var note = SignedNote.Create(KnownText, [good.Sign(KnownText), forged.Sign("Another text.\n")]);
        Assert.IsType<NoteVerdict.Forged>(note.Verify([good.Verifier, forged.Verifier]));
        Assert.IsType<NoteVerdict.Verified>(note.Verify([good.Verifier]));
    }

    [Fact]
    public void A_known_name_with_an_unknown_id_is_an_unknown_key()
    {
        using var key = Some.LogKey();
        var line = key.Sign(KnownText) with { Id = new KeyId(1) };
        Assert.IsType<NoteVerdict.NotSigned>(SignedNote.Create(KnownText, [line]).Verify([key.Verifier]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    [InlineData(65)]
    [InlineData(72)]
    public void A_signature_of_another_length_is_a_wrong_signature(int length)
    {
        using var log = Some.LogKey();
        using var witness = Some.WitnessKey(2);
        Assert.False(log.Verifier.Verifies(KnownText, log.Sign(KnownText) with { Value = new byte[length] }));
        Assert.False(witness.Verifier.Verifies(KnownText, new NoteSignature(witness.Verifier.Name, witness.Verifier.Id, new byte[length])));
    }

    [Theory]
    [InlineData("a\tb\n")]
    [InlineData("a\rb\n")]
    [InlineData("a\0b\n")]
    [InlineData("a\u001Bb\n")]
    public void A_control_character_is_refused(string text) =>
        Refused(text + "\n" + KnownLine, "note-control-character");

    [Fact]
    public void Carriage_returns_are_refused() =>
        Refused((KnownText + "\n" + KnownLine).Replace("\n", "\r\n", StringComparison.Ordinal), "note-control-character");

    [Fact]
    public void A_missing_final_newline_is_refused() => Refused(KnownText + "\n" + KnownLine[..^1], "note-no-final-newline");

    [Fact]
    public void Text_that_is_not_UTF8_is_refused()
    {
        byte[] bytes = [0xC3, 0x28, .. Some.Bytes("\n\n" + KnownLine)];
        Assert.False(SignedNote.TryParse(bytes, out _, out var refusal));
        Assert.Equal("note-not-utf8", refusal.Code);
    }

    [Theory]
    [InlineData("Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQN=")]
    [InlineData("Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM")]
    [InlineData("Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM==")]
    [InlineData("Uw2Q-kn8")]
    [InlineData("Uw2QOg==")]
    [InlineData("!")]
    [InlineData("")]
    public void Base64_that_is_not_canonical_is_refused(string base64) =>
        Refused($"{KnownText}\n\u2014 example.com/foo {base64}\n", "note-malformed-signatures");

    [Theory]
    [InlineData("- example.com/foo Uw2QOkn8\n")]
    [InlineData("\u2014example.com/foo Uw2QOkn8\n")]
    [InlineData("\u2014  Uw2QOkn8\n")]
    [InlineData("\u2014 example.com/foo  Uw2QOkn8\n")]
    [InlineData("\u2014 example.com/foo Uw2QOkn8 \n")]
    [InlineData("\u2014 example+foo Uw2QOkn8\n")]
    [InlineData("\u2014 example\u00A0foo Uw2QOkn8\n")]
    [InlineData("\u2014 example.com/foo\n")]
    [InlineData("\u2014 a Uw2QOkn8\nextra\n")]
    [InlineData("\n")]
    public void A_malformed_signature_line_is_refused(string lines) => Refused($"{KnownText}\n{lines}", "note-malformed-signatures");

    [Fact]
    public void A_note_without_signatures_is_refused()
    {
        Refused("", "note-no-final-newline");
        Refused("text\n", "note-no-signatures");
        Refused("\n", "note-no-signatures");
        Refused("text\n\n", "note-malformed-signatures");
    }

    [Fact]
    public void A_note_that_is_too_long_or_has_too_many_lines_is_refused()
    {
        Refused(new string('a', SignedNote.MaxBytes + 1), "note-too-long");
        Refused(KnownText + "\n" + string.Concat(Enumerable.Repeat(KnownLine, SignedNote.MaxSignatures + 1)), "note-malformed-signatures");
        Parse(KnownText + "\n" + string.Concat(Enumerable.Repeat(KnownLine, SignedNote.MaxSignatures)));
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("a\n\nb\n")]
    [InlineData("a\n\n\n")]
    [InlineData("a\n\n\u2014 b Uw2QOkn8\n")]
    [InlineData("Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n")]
    public void A_text_may_hold_empty_lines_because_the_last_one_separates(string text)
    {
        using var key = Some.LogKey();
        var note = SignedNote.Create(text, [key.Sign(text)]);
        var read = Parse(note.ToString());
        Assert.Equal(text, read.Text);
        Assert.IsType<NoteVerdict.Verified>(read.Verify([key.Verifier]));
        Assert.Equal(note.ToBytes(), read.ToBytes());
    }

    [Theory]
    [InlineData("no newline")]
    [InlineData("")]
    [InlineData("a\r\n")]
    public void A_text_that_could_not_be_read_back_is_never_made_a_note(string text)
    {
        using var key = Some.LogKey();
        Assert.Throws<ArgumentException>(() => SignedNote.Create(text, [key.Sign(text)]));
        Assert.Throws<ArgumentException>(() => SignedNote.Create(KnownText, []));
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("a b")]
    [InlineData("a+b")]
    [InlineData("a\u2003b")]
    [InlineData("a\nb")]
    [InlineData("a\u0001")]
    public void A_name_that_a_line_could_not_carry_is_refused(string? name)
    {
        Assert.False(KeyName.TryCreate(name, out _));
        Assert.Throws<ArgumentException>(() => KeyName.Of(name!));
    }

    [Fact]
    public void Half_a_surrogate_pair_is_no_text()
    {
        using var key = Some.LogKey();
        Assert.False(KeyName.TryCreate("a\uDC00", out _));
        Assert.False(Origin.TryCreate("\uD800", out _));
        Assert.Throws<ArgumentException>(() => SignedNote.Create("\uD800\n", [key.Sign(KnownText)]));
    }

    private static SignedNote Parse(string text)
    {
        Assert.True(SignedNote.TryParse(Encoding.UTF8.GetBytes(text), out var note, out var refusal), refusal?.Message);
        return note;
    }

    private static void Refused(string text, string code)
    {
        Assert.False(SignedNote.TryParse(Encoding.UTF8.GetBytes(text), out _, out var refusal));
        Assert.Equal(code, refusal.Code);
    }
}
