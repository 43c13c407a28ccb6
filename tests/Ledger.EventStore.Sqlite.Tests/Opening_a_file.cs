using System.Runtime.InteropServices;
using Ledger.EventStore.Sqlite.Vault;
using Ledger.Testing.EventStores;

namespace Ledger.EventStore.Sqlite.Tests;

public sealed partial class Opening_a_file : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string EventFile => _directory.File("events.db");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_file_of_a_newer_schema_is_refused_and_left_alone()
    {
        await Open().DisposeAsync();
        Stranger.Execute(EventFile, "PRAGMA user_version = 2");

        RefusedAndUnchanged(EventFile, "written by a newer program: its schema is 2, this program knows 1");
    }

    [Fact]
    public void A_database_of_another_program_is_refused_and_left_alone()
    {
        Stranger.Execute(EventFile, "CREATE TABLE invoices (id INTEGER)");

        RefusedAndUnchanged(EventFile, "is a SQLite database, but not the event file of a Ceasefire Ledger");
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused_and_left_alone()
    {
        File.WriteAllText(EventFile, string.Concat(Enumerable.Repeat("Dear diary, ", 1000)));

        RefusedAndUnchanged(EventFile, "isn't a SQLite database");
    }

    [Fact]
    public void A_file_that_says_it_is_ours_and_lacks_its_tables_is_refused()
    {
        Stranger.Execute(EventFile, $"PRAGMA application_id = {0x4C454447}; PRAGMA user_version = 1; CREATE TABLE other (id INTEGER)");

        Assert.Contains("no such table", Refused(EventFile), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_vault_is_not_an_event_file()
    {
        await SqliteVault.Open(new SqliteVaultOptions(EventFile, Keys.First)).DisposeAsync();

        RefusedAndUnchanged(EventFile, "is a SQLite database, but not the event file");
    }

    [Fact]
    public async Task An_empty_file_is_one_whose_making_was_interrupted()
    {
        File.WriteAllBytes(EventFile, []);

        await using var store = Open();

        Assert.Null(await store.ReadHeadAsync(CancellationToken.None));
    }

    [Fact]
    public void A_directory_that_is_not_there_is_named()
    {
        var file = Path.Combine(_directory.Path, "absent", "events.db");

        Assert.Contains(file, Refused(file), StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_without_write_permission_is_named()
    {
        const UnixFileMode ReadOnly = UnixFileMode.UserRead | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        File.SetUnixFileMode(_directory.Path, ReadOnly | UnixFileMode.UserWrite);
        Directory.CreateDirectory(_directory.File("sealed"), ReadOnly);
        var file = Path.Combine(_directory.Path, "sealed", "events.db");

        // Root may write everywhere, so this thread asks as nobody, whoever runs the test.
        var user = SetFileSystemUser(65534);
        try
        {
            Assert.Contains(file, Refused(file), StringComparison.Ordinal);
            var refusal = Assert.Throws<StoreUnavailableException>(() => DataDirectoryLock.Take(_directory.File("sealed")));
            Assert.Contains("can't be written", refusal.Message, StringComparison.Ordinal);
        }
        finally
        {
            _ = SetFileSystemUser(user);
        }
    }

    private SqliteEventStore Open() => SqliteEventStore.Open(new SqliteEventStoreOptions(EventFile));

    private static string Refused(string file) =>
        Assert.Throws<StoreUnavailableException>(() => SqliteEventStore.Open(new SqliteEventStoreOptions(file))).Message;

    private static void RefusedAndUnchanged(string file, string because)
    {
        var before = File.ReadAllBytes(file);

        Assert.Contains(because, Refused(file), StringComparison.Ordinal);

        Assert.Equal(before, File.ReadAllBytes(file));
    }

    // setfsuid: the rights by which this thread alone opens files. Answers with the user before.
    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial int SetFileSystemUser(int user);
}
