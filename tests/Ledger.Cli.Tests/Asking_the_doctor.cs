using System.Security.Cryptography;
using Microsoft.Data.Sqlite;

namespace Ledger.Cli.Tests;

/// <summary>Data directories damaged for real, and a doctor that finds it, says it, and touches nothing.</summary>
public sealed class Asking_the_doctor(Asking_the_doctor.Healthy healthy) : IClassFixture<Asking_the_doctor.Healthy>, IDisposable
{
    private readonly Shell _shell = new();

    [Fact]
    public async Task A_whole_ledger_is_called_whole()
    {
        var said = await DoctorAsync(0);
        Assert.Contains("every seal's root was computed again", said, StringComparison.Ordinal);
        Assert.Contains("The one file has the hash of its name", said, StringComparison.Ordinal);
        Assert.EndsWith("Nothing is wrong; 1 thing to know.\n", said, StringComparison.Ordinal); // Evidence that the simulation names by its hash alone.
    }

    [Fact]
    public async Task A_changed_byte_of_an_event_is_found_and_where_it_lies()
    {
        Sql("events.db", Without("events_never_change", "UPDATE events SET data = CAST(replace(CAST(data AS TEXT), '\"precision\":\"', '\"precision\": \"') AS BLOB) WHERE position = (SELECT max(position) FROM events WHERE CAST(data AS TEXT) LIKE '%\"precision\":\"%')"));
        var said = await DoctorAsync(1);
        Assert.Contains("WRONG history: The seal over", said, StringComparison.Ordinal);
        Assert.Contains("isn't the one that was sealed", said, StringComparison.Ordinal);
        Assert.Contains("ok    events:", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_cut_off_at_the_end_are_missed()
    {
        Sql("events.db", Without("events_never_go", "DELETE FROM events WHERE position > (SELECT max(position) - 40 FROM events)"));
        var said = await DoctorAsync(1);
        Assert.Contains("WRONG signer's state: This node has signed or adopted a head of", said, StringComparison.Ordinal);
        Assert.Contains("ledger recover --accept-loss", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_guard_that_was_taken_away_is_missed()
    {
        Sql("events.db", "DROP TRIGGER events_never_go");
        Assert.Contains("WRONG events: It lacks the trigger events_never_go.", await DoctorAsync(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_page_is_found()
    {
        Overwrite(In("data", "events.db"), 4096 * 3, 2000);
        Assert.Contains("WRONG events:", await DoctorAsync(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_called_so()
    {
        File.WriteAllText(In("data", "events.db"), new string('x', 5000));
        Assert.Contains("WRONG events: It isn't a SQLite database.", await DoctorAsync(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_that_are_gone_altogether_are_missed_and_the_rest_is_looked_at_all_the_same()
    {
        File.Delete(In("data", "events.db"));
        var said = await DoctorAsync(1);
        Assert.Contains("WRONG events: events.db isn't there.", said, StringComparison.Ordinal);
        Assert.Contains("ok    vault:", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_that_are_gone_are_missed_everywhere_that_needs_them()
    {
        Directory.Delete(In("data.secrets"), recursive: true);
        var said = await DoctorAsync(1);
        Assert.Contains("WRONG secrets: The secrets directory", said, StringComparison.Ordinal);
        Assert.Contains("WRONG signing key:", said, StringComparison.Ordinal);
        Assert.Contains("WRONG vault: The vault is wrapped by a key that isn't here", said, StringComparison.Ordinal);
        Assert.False(Directory.Exists(In("data.secrets")));
    }

    [Fact]
    public async Task Secrets_that_others_can_read_are_said()
    {
        if (OperatingSystem.IsWindows()) return;
        File.SetUnixFileMode(In("data.secrets"), (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(In("data.secrets", "vault.key"), (UnixFileMode)0b110_100_100);
        var said = await DoctorAsync(1);
        Assert.Contains("chmod 700", said, StringComparison.Ordinal);
        Assert.Contains("Other users of the machine can read vault.key.", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_vaults_key_opens_nothing_and_no_key_is_printed()
    {
        var key = RandomNumberGenerator.GetBytes(32);
        File.WriteAllBytes(In("data.secrets", "vault.key"), key);
        var said = await DoctorAsync(1);
        Assert.Contains("WRONG vault: The vault is wrapped by a key that isn't here", said, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexStringLower(key), said, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Convert.ToBase64String(key), said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tiles_that_are_gone_are_no_loss()
    {
        File.Delete(In("data", "tiles.db"));
        Assert.Contains("note  tiles: There is no tiles.db.", await DoctorAsync(0), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changed_tiles_are_told_from_changed_events()
    {
        Sql("tiles.db", "DROP TRIGGER tiles_only_grow; UPDATE tiles SET hashes = CAST(zeroblob(length(hashes)) AS BLOB) WHERE level = 0 AND idx = 0");
        var said = await DoctorAsync(1);
        Assert.Contains("WRONG tiles:", said, StringComparison.Ordinal);
        Assert.Contains("delete tiles.db", said, StringComparison.Ordinal);
        Assert.Contains("ok    history:", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damaged_read_models_are_no_loss()
    {
        Overwrite(Directory.GetFiles(In("data", "read-models"), "*.duckdb", SearchOption.AllDirectories).Single(), 0, 8192);
        Assert.Contains("note  read models: Generation 1: It can't be read", await DoctorAsync(0), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evidence_that_changed_or_went_is_found()
    {
        var file = Directory.GetFiles(In("data", "evidence"), "*", SearchOption.AllDirectories).Single(file => !Path.GetFileName(file).Contains('.', StringComparison.Ordinal));
        File.AppendAllText(file, "!");
        Assert.Contains("WRONG evidence: The file", await DoctorAsync(1), StringComparison.Ordinal);
        File.Delete(file);
        Assert.Contains("was handed in and isn't there any more", await DoctorAsync(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_in_use_is_looked_at_and_its_user_named()
    {
        using var held = new FileStream(In("data", "lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        var said = await DoctorAsync(0, "", isHeld: true);
        Assert.Contains("note  use: The directory is used by another process", said, StringComparison.Ordinal);
        Assert.Contains("ok    history:", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_killed_process_left_in_the_WAL_is_read_and_left_there()
    {
        using (var import = _shell.Start("ledger simulate --data killed --violations 200000 --seed 7"))
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            while (new FileInfo(In("killed", "events.db-wal")) is not { Exists: true, Length: > 500_000 }) await Task.Delay(20, patience.Token);
            import.Kill();
            await import.WaitForExitAsync(patience.Token);
        }

        var (exit, output, error) = await _shell.RunAsync("ledger doctor --data killed");
        Assert.True(exit == 0, output + error);
        Assert.Contains("ok    history:", output, StringComparison.Ordinal);
        Assert.True(new FileInfo(In("killed", "events.db-wal")).Length > 500_000);
    }

    [Fact]
    public async Task A_server_that_isnt_a_ledger_is_called_so()
    {
        using var other = new System.Net.HttpListener();
        var port = FreePort();
        other.Prefixes.Add($"http://127.0.0.1:{port}/");
        other.Start();
        var answering = AnswerAsync(other);
        var (exit, _, error) = await _shell.RunAsync($"ledger doctor --server http://127.0.0.1:{port}");
        await answering;
        Assert.Equal(2, exit);
        Assert.Contains("isn't a ledger", error, StringComparison.Ordinal);
    }

    public void Dispose() => _shell.Dispose();

    private static async Task AnswerAsync(System.Net.HttpListener other)
    {
        var context = await other.GetContextAsync();
        context.Response.OutputStream.Write("<html>hello</html>"u8);
        context.Response.Close();
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Runs it, and sees to it that nothing changed: no byte of any file, no file more or less.</summary>
    private async Task<string> DoctorAsync(int expected, string more = "", bool isHeld = false)
    {
        if (!Directory.Exists(In("data"))) Take();
        var before = isHeld ? "" : Fingerprint();
        var (exit, output, error) = await _shell.RunAsync($"ledger doctor {more}");
        Assert.True(exit == expected, $"{exit} instead of {expected}: {output}{error}");
        if (!isHeld) Assert.Equal(before, Fingerprint());
        return output.ReplaceLineEndings("\n");
    }

    private string In(params string[] names)
    {
        if (names[0].StartsWith("data", StringComparison.Ordinal) && !Directory.Exists(Path.Combine(_shell.Root, "data"))) Take();
        return Path.Combine([_shell.Root, .. names]);
    }

    private void Take()
    {
        foreach (var file in Directory.GetFiles(healthy.Shell.Root, "*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(_shell.Root, Path.GetRelativePath(healthy.Shell.Root, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }

        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Path.Combine(_shell.Root, "data.secrets"), (UnixFileMode)0b111_000_000);
    }

    private void Sql(string file, string sql)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = In("data", file), Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>What somebody does who knows what he does: the guard goes, the change comes, the guard comes back.</summary>
    private string Without(string trigger, string change)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = In("data", "events.db"), Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT sql FROM sqlite_schema WHERE name = '{trigger}'";
        return $"DROP TRIGGER {trigger}; {change}; {command.ExecuteScalar()};";
    }

    private static void Overwrite(string file, long from, int length)
    {
        using var stream = File.OpenWrite(file);
        stream.Seek(from, SeekOrigin.Begin);
        stream.Write(new byte[length].Select((_, i) => (byte)(i * 31)).ToArray());
    }

    private string Fingerprint() => string.Join('\n', Directory.GetFiles(_shell.Root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        .Select(file => $"{Path.GetRelativePath(_shell.Root, file)} {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)))}"));

    /// <summary>A small ledger with everything in it, sealed to its end; each test damages a copy.</summary>
    public sealed class Healthy : IAsyncLifetime
    {
        internal Shell Shell { get; } = new();

        public async Task InitializeAsync()
        {
            await RunAsync("ledger simulate --violations 300 --seed 3");
            await RunAsync("ledger export --audit package"); // Which waits until everything is sealed.
            Directory.Delete(Path.Combine(Shell.Root, "package"), recursive: true);
            var evidence = "A photograph."u8.ToArray();
            var hash = Convert.ToHexStringLower(SHA256.HashData(evidence));
            var place = Path.Combine(Directory.CreateDirectory(Path.Combine(Shell.Root, "data", "evidence", hash[..2])).FullName, hash);
            await File.WriteAllBytesAsync(place, evidence);
            await File.WriteAllTextAsync($"{place}.norland", "image/jpeg");
        }

        public Task DisposeAsync()
        {
            Shell.Dispose();
            return Task.CompletedTask;
        }

        private async Task RunAsync(string line)
        {
            var (exit, output, error) = await Shell.RunAsync(line);
            Assert.True(exit == 0, output + error);
        }
    }
}
