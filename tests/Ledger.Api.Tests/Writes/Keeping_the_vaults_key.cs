using System.Text.Json.Nodes;
using Ledger.Api.Hosting;
using Ledger.EventStore;
using Ledger.Testing.Api;
using Ledger.Testing.EventStores;

namespace Ledger.Api.Tests.Writes;

/// <summary>The key that wraps the vault comes from the secrets directory, a setting or a command, and can be changed.</summary>
public sealed class Keeping_the_vaults_key : IDisposable
{
    private const string Witness = "Anahit of the bakery";

    private readonly TemporaryDirectory _directory = new();

    private string _monitor = "";
    private string _path = "";

    private string KeyFile => _directory.File("data.secrets/vault.key");

    [Fact]
    public async Task It_moves_out_of_the_secrets_directory_and_the_old_one_opens_nothing_any_more()
    {
        await RecordAsync();
        var (old, outside) = (await File.ReadAllBytesAsync(KeyFile), NewKey());
        await ReadAsync($"--Ledger:VaultKey={outside}"); // Wraps everything anew while the file is still there.
        File.Delete(KeyFile);
        await ReadAsync($"--Ledger:VaultKey={outside}");
        await ReadAsync($"--Ledger:VaultKeyCommand=echo {outside}");

        // From one setting to another, as without a file.
        var next = NewKey();
        await ReadAsync($"--Ledger:VaultKey={next}", $"--Ledger:PreviousVaultKey={outside}");
        await ReadAsync($"--Ledger:VaultKey={next}");

        await File.WriteAllBytesAsync(KeyFile, old);
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => StartAsync());
        Assert.DoesNotContain(next, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("VaultKey=rubbish", "isn't a key")]
    [InlineData("VaultKey=c2hvcnQ=", "isn't a key")]
    [InlineData("VaultKeyCommand=exit 3", "exit code 3")]
    [InlineData("VaultKeyCommand=echo not-a-key", "isn't a key")]
    public async Task A_wrong_one_stops_the_start_with_a_sentence_that_doesnt_say_it(string setting, string sentence)
    {
        var refused = await Assert.ThrowsAsync<SettingsException>(() => StartAsync($"--Ledger:{setting}"));
        Assert.Contains(sentence, refused.Message, StringComparison.Ordinal);
        foreach (var secret in (string[])["rubbish", "c2hvcnQ=", "not-a-key"]) Assert.DoesNotContain(secret, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rotation_wraps_everything_anew()
    {
        await RecordAsync();
        var old = await File.ReadAllBytesAsync(KeyFile);
        var (code, text) = await RealPrograms.LedgerAsync(null, "key", "rotate-vault", "--data", _directory.File("data"));
        Assert.True(code == 0, text);
        Assert.NotEqual(old, await File.ReadAllBytesAsync(KeyFile));
        await ReadAsync();
    }

    [Fact]
    public async Task A_rotation_that_was_killed_is_gone_on_with()
    {
        await RecordAsync();
        for (var i = 0; i < 5; i++)
        {
            using var program = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(
                "dotnet", [RealPrograms.Ledger, "key", "rotate-vault", "--data", _directory.File("data")]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            await Task.Delay(100 + (i * 60));
            program.Kill();
            await program.WaitForExitAsync();
            await ReadAsync();
        }

        Assert.Equal(0, (await RealPrograms.LedgerAsync(null, "key", "rotate-vault", "--data", _directory.File("data"))).Code);
        await ReadAsync();
        Assert.False(File.Exists(KeyFile + ".next"));
    }

    [Fact]
    public async Task One_text_can_be_handed_to_one_reader_who_checks_it_against_the_log()
    {
        await RecordAsync();
        string vkey;
        await using (var server = await StartAsync())
        {
            using var client = new HttpClient { BaseAddress = server.Address };
            vkey = (await client.GetStringAsync(new Uri("/log/vkey", UriKind.Relative))).Trim();
        }

        var file = _directory.File("witness.json");
        var (code, text) = await RealPrograms.LedgerAsync(null, "disclose", _path["violations/".Length..], "--name", "witness", "--out", file, "--data", _directory.File("data"));
        Assert.True(code == 0, text);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        (code, text) = await RealPrograms.AuditAsync(null, "disclosure", file, "--vkey", vkey);
        Assert.True(code == 0, text);
        Assert.Contains($"witness = \"{Witness}\"", text, StringComparison.Ordinal);

        var handed = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
        handed["disclosure"] = Ledger.Transparency.Disclosure.Of("salt", "witness", "\"Somebody else\"").Encoded;
        await File.WriteAllTextAsync(file, handed.ToJsonString());
        (code, text) = await RealPrograms.AuditAsync(null, "disclosure", file, "--vkey", vkey);
        Assert.True(code == 1, text);
        Assert.Contains("isn't a text that the event refers to", text, StringComparison.Ordinal);

        await File.WriteAllTextAsync(file, "{}");
        Assert.Equal(1, (await RealPrograms.AuditAsync(null, "disclosure", file, "--vkey", vkey)).Code);
        Assert.Equal(2, (await RealPrograms.LedgerAsync(null, "disclose", _path["violations/".Length..], "--name", "colour", "--out", _directory.File("x"), "--data", _directory.File("data"))).Code);
    }

    public void Dispose() => _directory.Dispose();

    private static string NewKey() => Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));

    private Task<LedgerServer> StartAsync(params string[] settings) => LedgerServer.StartAsync(
        ["--urls", "http://127.0.0.1:0", $"--Ledger:Data={_directory.File("data")}", $"--Ledger:AdministratorKey={TestLedger.AdministratorKey}", .. settings], TimeProvider.System, CancellationToken.None);

    private async Task RecordAsync()
    {
        await using var server = await StartAsync();
        using var administrator = new ApiClient(server.Address, TestLedger.AdministratorKey);
        (await administrator.PostAsync("agreements", Bodies.Agreement("one"))).Stored(201);
        _monitor = (await administrator.PostAsync("keys", Bodies.Key("monitor-1", "monitor", null, []))).Stored(201).Field("key");
        using var monitor = new ApiClient(server.Address, _monitor);
        var stored = await monitor.PostAsync("agreements/one/violations", Bodies.Violation(body => body["confidential"] = new JsonObject { ["witness"] = Witness }));
        _path = $"violations/{stored.Stored(201).Field("violationId")}";
    }

    private async Task ReadAsync(params string[] settings)
    {
        await using var server = await StartAsync(settings);
        using var monitor = new ApiClient(server.Address, _monitor);
        ApiAnswer answer;
        while ((answer = await monitor.GetAsync(_path)).Status is 401 or 503) await Task.Delay(20); // It is still reading who has a key.
        Assert.Equal(Witness, answer.Json["confidential"]!["witness"]!.GetValue<string>());
    }
}
