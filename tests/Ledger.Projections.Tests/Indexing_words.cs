using Ledger.Projections.Words;
using Ledger.Testing.EventStores;
using Microsoft.Data.Sqlite;

namespace Ledger.Projections.Tests;

/// <summary>A text is found from the event that brought it to the one that put another in its place.</summary>
public sealed class Indexing_words : IDisposable
{
    private static readonly Guid First = new("11111111-1111-4111-8111-111111111111");
    private static readonly Guid Second = new("22222222-2222-4222-8222-222222222222");

    private readonly TemporaryDirectory _directory = new();

    private string File_ => _directory.File("words.sqlite");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_later_text_of_the_same_case_and_field_takes_the_place_of_the_earlier_and_of_no_other()
    {
        using var index = WordIndex.Open(File_);
        index.Write(
            [
                new WordPiece(0, 0, First, "a", CaseText.Location, "Harbour", null),
                new WordPiece(0, 0, First, "a", CaseText.Narrative, "Smoke over the harbour", null),
                new WordPiece(1, 1, Second, "a", CaseText.Location, "Harbour", null),
                new WordPiece(2, null, Second, "a", CaseText.Statement, "We saw nothing", null),
                new WordPiece(3, 0, First, "a", CaseText.Location, "Mill", null),
                new WordPiece(4, 0, First, "a", CaseText.Narrative, null, null),
                new WordPiece(5, null, Second, "a", CaseText.Statement, "We saw it after all", null),
            ],
            [], 6, Guid.NewGuid());
        Assert.Equal([First, Second], Found(index, "harbour", 3));
        Assert.Equal([First, Second], Found(index, "harbour", 4));
        Assert.Equal([Second], Found(index, "harbour", 5));
        Assert.Empty(Found(index, "mill", 3));
        Assert.Equal([First], Found(index, "mill", 4));
        Assert.Equal([First], Found(index, "smoke", 4));
        Assert.Empty(Found(index, "smoke", 5));
        Assert.Equal([Second], Found(index, "nothing", 6));
        Assert.Equal([Second], Found(index, "all", 6));
    }

    [Fact]
    public void A_file_of_another_form_is_made_anew()
    {
        using (var index = WordIndex.Open(File_)) index.Write([new WordPiece(0, 0, First, "a", CaseText.Location, "Harbour", null)], [], 1, Guid.NewGuid());
        using (var index = WordIndex.Open(File_)) Assert.Equal([First], Found(index, "harbour", 1));
        using (var connection = new SqliteConnection($"Data Source={File_};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 0"; // As it was before it said its version.
            command.ExecuteNonQuery();
        }

        using (var index = WordIndex.Open(File_))
        {
            Assert.Equal(0, index.Checkpoint().Count);
            Assert.Empty(Found(index, "harbour", 1));
        }
    }

    [Fact]
    public void A_damaged_file_is_made_anew()
    {
        File.WriteAllText(File_, new string('x', 8192));
        using var index = WordIndex.Open(File_);
        Assert.Equal(0, index.Checkpoint().Count);
    }

    private static Guid[] Found(WordIndex index, string word, long count) =>
        [.. index.Find("a", [$"\"{word}\""], count, CancellationToken.None).Order()];
}
