using Ledger.Api.Tests.Writes;
using Ledger.Testing.Api;
using Ledger.Testing.EventStores;
using Microsoft.Data.Sqlite;

namespace Ledger.Api.Tests.Log;

/// <summary>The auditor's real program against the real server: honest first, then after somebody had the file.</summary>
public sealed class Being_audited : IDisposable
{
    private const string Auditor = "cfl_demo-auditor_";

    private readonly TemporaryDirectory _directory = new();

    private const string At100 = "(SELECT position FROM events JOIN streams ON streams.id = events.stream WHERE name NOT LIKE 'log-%' ORDER BY position LIMIT 1 OFFSET 100)";
    private const string At101 = "(SELECT position FROM events JOIN streams ON streams.id = events.stream WHERE name NOT LIKE 'log-%' ORDER BY position LIMIT 1 OFFSET 101)";

    /// <summary>What somebody does who has the file, and the word that health has for it.</summary>
    public static TheoryData<string, string> Attacks => new()
    {
        // The same JSON, in other bytes: every figure stays, and still it shows.
        { $"UPDATE events SET data = CAST(' ' || CAST(data AS TEXT) AS BLOB) WHERE position = {At100}", "changed-event" },
        // No JSON any more: the read models stop there.
        { $"UPDATE events SET data = CAST(substr(CAST(data AS TEXT), 2) AS BLOB) WHERE position = {At100}", "changed-event" },
        { $"DELETE FROM events WHERE position = {At100}", "changed-event" },
        { $"DELETE FROM events WHERE position >= {At100}", "missing-event" },
        {
            $"CREATE TEMP TABLE two AS SELECT {At100} AS a, {At101} AS b; UPDATE events SET position = -1 WHERE position = (SELECT a FROM two); "
            + "UPDATE events SET position = (SELECT a FROM two) WHERE position = (SELECT b FROM two); UPDATE events SET position = (SELECT b FROM two) WHERE position = -1", "changed-event"
        },
    };

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task The_demonstration_passes_and_what_is_done_to_the_file_is_named(string attack, string code)
    {
        await TryAsync(attack, code, ownTiles: false);
    }

    [Fact]
    public async Task An_event_changed_together_with_its_tiles_is_caught_by_the_seals() =>
        await TryAsync($"UPDATE events SET data = CAST(' ' || CAST(data AS TEXT) AS BLOB) WHERE position = {At100}", "fork", ownTiles: true);

    [Fact]
    public async Task A_package_that_was_downloaded_passes_without_the_server()
    {
        using var server = TheProgram.Start(_directory.Path, "demo", "--urls=http://127.0.0.1:0");
        var banner = await TheProgram.UntilAsync(server, "/docs");
        var address = TheProgram.AddressIn(banner);
        var vkey = await SealedKeyAsync(address);
        var package = _directory.File("package.zip");
        using (var client = new HttpClient { BaseAddress = new Uri(address) })
        {
            client.DefaultRequestHeaders.Authorization = new("Bearer", banner.Split('\n').Single(line => line.Contains(Auditor, StringComparison.Ordinal) && !line.Contains("curl", StringComparison.Ordinal)).Trim().Split(' ')[^1]);
            using var answer = await client.GetAsync(new Uri("/api/v1/audit/package", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
            Assert.Equal("application/zip", answer.EnsureSuccessStatusCode().Content.Headers.ContentType!.MediaType);
            // It is sent as it is made: nobody knows its length before.
            Assert.Null(answer.Content.Headers.ContentLength);
            await using var file = File.Create(package);
            await answer.Content.CopyToAsync(file);
        }

        server.Kill();
        await server.WaitForExitAsync();

        var (passed, text) = await AuditAsync(package, vkey, null);
        Assert.True(passed == 0, text);
        foreach (var check in (string[])["signature", "entries", "tiles", "events", "texts", "rules", "figures"]) Assert.Matches($"passed +{check}", text);
    }

    private async Task TryAsync(string attack, string code, bool ownTiles)
    {
        string vkey, key;
        using (var server = TheProgram.Start(_directory.Path, "demo", "--urls=http://127.0.0.1:0"))
        {
            var banner = await TheProgram.UntilAsync(server, "/docs");
            var address = TheProgram.AddressIn(banner);
            key = banner.Split('\n').Single(line => line.Contains(Auditor, StringComparison.Ordinal) && !line.Contains("curl", StringComparison.Ordinal)).Trim().Split(' ')[^1];
            vkey = await SealedKeyAsync(address);
            var (passed, text) = await AuditAsync(address, vkey, key);
            Assert.True(passed == 0, text);
            foreach (var check in (string[])["signature", "entries", "tiles", "events", "texts", "rules", "figures"]) Assert.Matches($"passed +{check}", text);
            server.Kill();
            await server.WaitForExitAsync();
        }

        Attack(attack);
        if (ownTiles) File.Delete(_directory.File("data/demo/tiles.db"));
        using var again = TheProgram.Start(_directory.Path, "--urls=http://127.0.0.1:0", $"--Ledger:Data={_directory.File("data/demo")}");
        var found = TheProgram.AddressIn(await TheProgram.UntilAsync(again, "/docs"));
        using var client = new HttpClient { BaseAddress = new Uri(found) };
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        string health;
        while (!(health = await (await client.GetAsync(new Uri("/health", UriKind.Relative), limit.Token)).Content.ReadAsStringAsync(limit.Token)).Contains(code, StringComparison.Ordinal))
            await Task.Delay(50, limit.Token);
        Assert.Matches("\"status\":\"(faulted|read-only)\"", health);
        if (!ownTiles) Assert.Contains("\"sequence\":100", health, StringComparison.Ordinal);

        // The log is served on, and the auditor hears it and finds it.
        var (exit, said) = await AuditAsync(found, vkey, key);
        Assert.True(exit == 1, said);
        if (!ownTiles) Assert.Contains("sequence 100", said, StringComparison.Ordinal);
        again.Kill();
    }

    public void Dispose() => _directory.Dispose();

    private void Attack(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_directory.File("data/demo/events.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "DROP TRIGGER events_never_change; DROP TRIGGER events_never_go; " + sql;
        Assert.True(command.ExecuteNonQuery() > 0);
    }

    private static async Task<string> SealedKeyAsync(string address)
    {
        await Seals.UntilSealedAsync(new Uri(address));
        using var client = new HttpClient { BaseAddress = new Uri(address) };
        return (await client.GetStringAsync(new Uri("/log/vkey", UriKind.Relative))).Trim();
    }

    private Task<(int Code, string Text)> AuditAsync(string address, string vkey, string? key) =>
        RealPrograms.AuditAsync(key, "verify", address, "--vkey", vkey, "--full", "--state", _directory.File("state.json"));
}
