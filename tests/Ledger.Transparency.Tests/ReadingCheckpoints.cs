namespace Ledger.Transparency.Tests;

public class ReadingCheckpoints
{
    private const string Root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

    [Fact]
    public void A_checkpoint_is_origin_size_and_root_each_on_its_line()
    {
        var checkpoint = new Checkpoint(Some.Log, new TreeSize(0), MerkleHash.EmptyRoot);
        Assert.Equal($"ledger.example/ceasefire\n0\n{Root}\n", checkpoint.Text);
        Assert.True(Checkpoint.TryParse(checkpoint.Text, out var read, out _));
        Assert.Equal(checkpoint, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\n1\n")]
    [InlineData("a\n1\n" + Root)]
    [InlineData("\n1\n" + Root + "\n")]
    [InlineData("a\r\n1\r\n" + Root + "\r\n")]
    [InlineData("a\u0007\n1\n" + Root + "\n")]
    [InlineData("a\n01\n" + Root + "\n")]
    [InlineData("a\n00\n" + Root + "\n")]
    [InlineData("a\n-1\n" + Root + "\n")]
    [InlineData("a\n+1\n" + Root + "\n")]
    [InlineData("a\n 1\n" + Root + "\n")]
    [InlineData("a\n1 \n" + Root + "\n")]
    [InlineData("a\n1e3\n" + Root + "\n")]
    [InlineData("a\n١\n" + Root + "\n")]
    [InlineData("a\n\n" + Root + "\n")]
    [InlineData("a\n9223372036854775808\n" + Root + "\n")]
    [InlineData("a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n")]
    [InlineData("a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuA==\n")]
    [InlineData("a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\n")]
    [InlineData("a\n1\n 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("a\n1\n\n")]
    public void A_checkpoint_in_any_other_form_is_refused(string text) => Assert.False(Checkpoint.TryParse(text, out _, out _));

    [Theory]
    [InlineData("extension\n")]
    [InlineData("\n")]
    public void Extension_lines_are_refused(string extension)
    {
        Assert.False(Checkpoint.TryParse($"a\n1\n{Root}\n{extension}", out _, out var refusal));
        Assert.Equal("checkpoint-extension", refusal.Code);
    }

    [Fact]
    public void A_log_signs_under_its_origin_only()
    {
        using var key = Some.LogKey(1, "other.example");
        Assert.Throws<ArgumentException>(() => Some.Checkpoint(3, key));
    }

    [Fact]
    public void A_signed_checkpoint_reads_back_byte_for_byte()
    {
        var checkpoint = Some.Checkpoint(3);
        Assert.True(SignedCheckpoint.TryParse(checkpoint.ToBytes(), out var read, out _));
        Assert.Equal(checkpoint.Checkpoint, read.Checkpoint);
        Assert.Equal(checkpoint.ToString(), read.ToString());
    }

    [Fact]
    public void A_note_about_something_else_is_no_checkpoint()
    {
        using var key = Some.LogKey();
        var note = SignedNote.Create("Hello.\n", [key.Sign("Hello.\n")]);
        Assert.False(SignedCheckpoint.TryParse(note.ToBytes(), out _, out var refusal));
        Assert.Equal("checkpoint-too-short", refusal.Code);
    }
}
