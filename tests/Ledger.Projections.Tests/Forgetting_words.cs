using System.Text;
using Ledger.Projections.Words;
using Ledger.Testing.EventStores;

namespace Ledger.Projections.Tests;

/// <summary>The word index is the one read model that holds texts; what it forgets leaves no byte in its file or its WAL.</summary>
public sealed class Forgetting_words : IDisposable
{
    private const string Word = "quetzalcoatlus";

    private readonly TemporaryDirectory _directory = new();

    private string File_ => _directory.File("words.sqlite");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Leaves_no_byte_in_the_file_or_its_wal_while_the_index_is_open()
    {
        using var index = WordIndex.Open(File_);
        Fill(index);
        Assert.True(Holds());
        index.Forget(["digest-7"]);
        Assert.False(Holds());
        Assert.Empty(index.Find("a", ["\"quetzalcoatlus\""], 1000, CancellationToken.None));
        Assert.Single(index.Find("a", ["\"word8\""], 1000, CancellationToken.None));
    }

    [Fact]
    public void Is_finished_at_the_next_opening_where_it_was_interrupted_after_the_deletion()
    {
        var killed = System.IO.Directory.CreateDirectory(_directory.File("killed")).FullName;
        using (var index = WordIndex.Open(File_))
        {
            Fill(index);
            // The event was indexed, which deletes; the process died before it cleared anything away.
            index.Write([], ["digest-7"], 201, Guid.NewGuid());
            foreach (var file in System.IO.Directory.GetFiles(_directory.Path)) File.Copy(file, Path.Combine(killed, Path.GetFileName(file)));
        }

        Assert.True(Holds(killed));
        using (WordIndex.Open(Path.Combine(killed, "words.sqlite"))) Assert.False(Holds(killed));
    }

    [Fact]
    public void Of_what_is_not_there_rewrites_nothing()
    {
        using var index = WordIndex.Open(File_);
        Fill(index);
        index.Forget(["digest-7"]);
        var written = File.GetLastWriteTimeUtc(File_);
        var size = new FileInfo(File_).Length;
        index.Forget(["digest-7", "digest-of-nothing"]);
        Assert.Equal((written, size), (File.GetLastWriteTimeUtc(File_), new FileInfo(File_).Length));
    }

    private static void Fill(WordIndex index)
    {
        for (var batch = 0; batch < 4; batch++)
        {
            var pieces = Enumerable.Range(batch * 50, 50).Select(i => new WordPiece(
                i, null, Guid.NewGuid(), "a", CaseText.Statement, i == 7 ? $"It was a {Word} that nobody saw, and word{i}." : $"An account with word{i}.", $"digest-{i}"));
            index.Write(pieces, [], (batch + 1) * 50, Guid.NewGuid());
        }
    }

    private bool Holds(string? directory = null) => System.IO.Directory.EnumerateFiles(directory ?? _directory.Path, "words.sqlite*").Any(file =>
    {
        using var stream = File.Open(file, FileMode.Open, System.IO.FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Word[4..])) >= 0;
    });
}
