using Ledger.Testing.EventStores;
using Microsoft.Data.Sqlite;

namespace Ledger.EventStore.Sqlite.Tests;

public sealed class Append_only_file : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("UPDATE events SET data = x'00' WHERE position = 2")]
    [InlineData("UPDATE events SET position = 100 WHERE position = 5")]
    [InlineData("UPDATE OR REPLACE events SET position = 1 WHERE position = 2")]
    [InlineData("DELETE FROM events WHERE position = 5")]
    [InlineData("DELETE FROM events")]
    [InlineData("REPLACE INTO events SELECT position, stream, revision, id, 'forged-v1', data, metadata FROM events WHERE position = 2")]
    [InlineData("INSERT OR REPLACE INTO events SELECT 6, stream, revision, id, 'forged-v1', data, metadata FROM events WHERE position = 2")]
    [InlineData("INSERT OR IGNORE INTO events SELECT position, stream, revision, id, 'forged-v1', data, metadata FROM events WHERE position = 2")]
    [InlineData("INSERT INTO events SELECT 3, stream, revision + 1, id, type, data, metadata FROM events WHERE position = 5")]
    [InlineData("INSERT INTO events SELECT 9, stream, revision + 1, id, type, data, metadata FROM events WHERE position = 5")]
    [InlineData("INSERT INTO events SELECT 6, stream, revision + 2, id, type, data, metadata FROM events WHERE position = 5")]
    [InlineData("INSERT INTO events SELECT -1, stream, revision + 1, id, type, data, metadata FROM events WHERE position = 5")]
    [InlineData("UPDATE streams SET name = 'another'")]
    [InlineData("DELETE FROM streams")]
    [InlineData("REPLACE INTO streams SELECT id, 'another' FROM streams")]
    [InlineData("REPLACE INTO streams SELECT id + 7, name FROM streams")]
    public async Task Refuses_what_would_change_history(string sql)
    {
        var file = await MakeFile();
        var before = Stranger.Read(file, "SELECT * FROM events JOIN streams ON streams.id = events.stream ORDER BY position");

        Assert.Throws<SqliteException>(() => Stranger.Execute(file, sql));

        Assert.Equal(before, Stranger.Read(file, "SELECT * FROM events JOIN streams ON streams.id = events.stream ORDER BY position"));
    }

    [Fact]
    public async Task Says_what_it_is_in_its_header()
    {
        var file = await MakeFile();

        Assert.Equal([$"{0x4C454447}"], Stranger.Read(file, "PRAGMA application_id"));
        Assert.Equal(["1"], Stranger.Read(file, "PRAGMA user_version"));
        Assert.Equal(["ok"], Stranger.Read(file, "PRAGMA integrity_check"));
    }

    private async Task<string> MakeFile()
    {
        var file = _directory.File("events.db");
        await using var store = SqliteEventStore.Open(new SqliteEventStoreOptions(file));
        await store.AppendAsync(new StreamName("violation-1"), ExpectedRevision.NoStream, SomeEvents.Many(5), CancellationToken.None);
        return file;
    }
}
