using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Ledger.Api.Hosting;
using Ledger.Files;
using Ledger.Files.Buckets;
using Ledger.Node.Backups;
using Ledger.Testing.Api;
using Ledger.Testing.EventStores;
using Ledger.Testing.S3;

namespace Ledger.Api.Tests.Writes;

/// <summary>A store of files that fails, comes back, keeps versions; erasures, backups and the doctor over it.</summary>
public sealed class Keeping_evidence_in_a_bucket : IAsyncLifetime, IDisposable
{
    private static readonly Dictionary<string, string> None = [];

    private readonly TemporaryDirectory _directory = new();
    private S3Double _store = null!;

    public async Task InitializeAsync() => _store = await S3Double.StartAsync();

    public async Task DisposeAsync() => await _store.DisposeAsync();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_store_that_stops_refuses_files_and_nothing_else_and_health_says_what_to_do()
    {
        await using var ledger = await BucketLedger.OnAsync(_store);
        var (monitor, path) = (await ledger.MonitorAsync(), await ledger.CaseAsync());
        var (kept, bytes) = ("kept before"u8.ToArray(), "sent while it was away"u8.ToArray());
        (await AttachAsync(monitor, path, kept, "first")).Stored();
        var events = await ledger.EventsAsync();
        await _store.StopAsync();

        var refused = (await AttachAsync(monitor, path, bytes, "second")).Refused(503, "unavailable");
        (await monitor.GetAsync($"evidence/{Sha(kept)}")).Refused(503, "unavailable");

        Assert.NotNull(refused.Header("Retry-After"));
        Assert.Equal(events, await ledger.EventsAsync());
        Assert.Empty(Directory.GetFiles(Path.Combine(ledger.EvidenceDirectory, "incoming")));
        var problem = Assert.Single((await monitor.GetAsync("/health")).Json["problems"]!.AsArray());
        Assert.Equal("evidence-unavailable", problem!["code"]!.GetValue<string>());
        Assert.Contains("Ledger:Evidence:S3", problem["next"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.DoesNotContain(S3Double.Bucket, problem.ToJsonString(), StringComparison.Ordinal);
        await ledger.CaseAsync(); // Recording goes on.

        await _store.StartAgainAsync();
        (await AttachAsync(monitor, path, bytes, "second")).Stored();
        Assert.Equal(kept, (await monitor.GetAsync($"evidence/{Sha(kept)}")).Bytes);
        Assert.Equal(bytes, (await monitor.GetAsync($"evidence/{Sha(bytes)}")).Bytes);
        // The node's own question may just have failed before the store was back; it asks again.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while ((await monitor.GetAsync("/health")).Json["problems"]!.AsArray().Count > 0) await Task.Delay(50, limit.Token);
    }

    [Fact]
    public async Task Where_the_store_goes_away_behind_the_event_the_same_request_again_opens_the_file()
    {
        await using var ledger = await BucketLedger.OnAsync(_store);
        var (monitor, path, bytes) = (await ledger.MonitorAsync(), await ledger.CaseAsync(), "its mark came late"u8.ToArray());
        _store.Fault = request => request is { Method: "PUT" } && request.Path.Value!.Contains('.', StringComparison.Ordinal) ? S3Fault.Fails : null;

        (await AttachAsync(monitor, path, bytes, "late")).Refused(503, "unavailable");
        var events = await ledger.EventsAsync();
        (await monitor.GetAsync($"evidence/{Sha(bytes)}")).Refused(404, "not-found");
        _store.Fault = _ => null;
        (await AttachAsync(monitor, path, bytes, "late")).Stored();

        Assert.Equal(bytes, (await monitor.GetAsync($"evidence/{Sha(bytes)}")).Bytes);
        Assert.Equal(1, (await monitor.GetAsync($"{path}/history")).Json["items"]!.AsArray().Count(e => e!["type"]!.GetValue<string>() == "evidence-attached-v1"));
        Assert.True(await ledger.EventsAsync() >= events, "an event went");
    }

    [Fact]
    public async Task What_is_erased_while_the_store_is_away_is_given_to_nobody_and_destroyed_when_it_is_back_with_every_version()
    {
        _store.KeepsVersions = true;
        await using var ledger = await BucketLedger.OnAsync(_store);
        var (monitor, path, bytes) = (await ledger.MonitorAsync(), await ledger.CaseAsync(), "asked to be erased"u8.ToArray());
        var attached = (await AttachAsync(monitor, path, bytes, "a")).Stored();
        attached = (await AttachAsync(monitor, path, "another"u8.ToArray(), "b")).Stored();
        ledger.PutBehindItsBack(NameOf(bytes), bytes); // A second version.
        await _store.StopAsync();

        (await ledger.Administrator.DecideAsync($"{path}/erasure", Erasure(bytes), attached.Revision)).Refused(503, "unavailable");
        await _store.StartAgainAsync();
        (await monitor.GetAsync($"evidence/{Sha(bytes)}")).Refused(404, "not-found");

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (_store.NamesOfAnyForm.Any(name => name.Contains(Sha(bytes), StringComparison.Ordinal))) await Task.Delay(50, limit.Token);
        Assert.Equal(2, _store.NamesOfAnyForm.Count); // The other file and its mark.
    }

    [Fact]
    public async Task A_bucket_that_forbids_destruction_stops_the_start_and_a_wrong_key_does_not()
    {
        _store.Locks = true;
        var refused = await Assert.ThrowsAsync<SettingsException>(() => BucketLedger.OnAsync(_store, $"--Ledger:Data={_directory.File("locked")}"));
        Assert.Contains("Object Lock", refused.Message, StringComparison.Ordinal);
        _store.Locks = false;

        await using var ledger = await BucketLedger.OnAsync(_store, "--Ledger:Evidence:S3:SecretKey=planted-another-secret");
        await ledger.CaseAsync();
        var health = await ledger.Administrator.GetAsync("/health");
        Assert.Contains("refuses this node's key", health.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("planted", health.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("--Ledger:Evidence:S3:Bucket=b", "isn't a bucket's name")]
    [InlineData("--Ledger:Evidence:S3:Bucket=bucket", "needs Ledger:Evidence:S3:AccessKey")]
    [InlineData("--Ledger:Evidence:S3:Prefix=x", "Ledger:Evidence:S3:Bucket is missing")]
    [InlineData("--Ledger:Evidence:S3:Endpoint=ftp://x", "isn't a store's address")]
    [InlineData("--Ledger:Evidence:S3:SecretKeyFile=/nowhere", "names a file that isn't there")]
    [InlineData("--Ledger:Evidence:S3:PathStyle=perhaps", "is neither true nor false")]
    public async Task Settings_that_can_not_be_meant_stop_the_start_with_a_sentence(string setting, string sentence)
    {
        var refused = await Assert.ThrowsAsync<SettingsException>(() => TestLedger.StartAsync(setting));
        Assert.Contains(sentence, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ledger_is_backed_up_into_a_bucket_bit_by_bit_and_comes_back_into_another()
    {
        _store.KeepsVersions = true;
        var data = _directory.File("data");
        var (gone, stays) = ("erased after the first backup"u8.ToArray(), "stays"u8.ToArray());
        using var live = Open("live");
        using var backup = Open("backups/one");
        await using (var ledger = await BucketLedger.OnAsync(_store, $"--Ledger:Data={data}", "--Ledger:Evidence:S3:Prefix=live"))
        {
            var (monitor, path) = (await ledger.MonitorAsync(), await ledger.CaseAsync());
            (await AttachAsync(monitor, path, stays, "a")).Stored();
            var attached = (await AttachAsync(monitor, path, gone, "b")).Stored();
            await Seals.UntilSealedAsync(ledger.Server.Address);
            // The command knows from the directory where the files are, and asks for the key.
            Assert.Contains("has no key for it", await RunAsync(2, None, "backup", "--data", data, "--to", _directory.File("folder")), StringComparison.Ordinal);
            Assert.Contains("4 files of evidence", await RunAsync(0, Keys, "backup", "--data", data, "--to", $"s3://{S3Double.Bucket}/backups/one"), StringComparison.Ordinal);

            var before = _store.Requests.Count;
            Assert.Equal((0, 0), Counts(await LedgerBackup.RunAsync(data, live, backup, null, CancellationToken.None)));
            // What was hashed once isn't fetched again.
            Assert.DoesNotContain(_store.Requests.Skip(before), request => request.StartsWith("GET", StringComparison.Ordinal) && request.EndsWith(Sha(stays), StringComparison.Ordinal) && !request.Contains('?', StringComparison.Ordinal));

            (await ledger.Administrator.DecideAsync($"{path}/erasure", Erasure(gone), attached.Revision)).Stored();
            await Seals.UntilSealedAsync(ledger.Server.Address);
            Assert.Equal((0, 1), Counts(await LedgerBackup.RunAsync(data, null, backup, null, CancellationToken.None)));
            Assert.DoesNotContain(_store.NamesOfAnyForm, name => name.Contains(Sha(gone), StringComparison.Ordinal));
            Assert.Equal(1, _store.FormsOf("backups/one/vault.db"));
        }

        await RunAsync(0, Keys, "restore", "--data", _directory.File("again"), "--from", $"s3://{S3Double.Bucket}/backups/one", "--evidence", $"s3://{S3Double.Bucket}/again");
        Assert.Equal(stays, _store[$"again/{NameOf(stays)}"]);
        await RestoreAsync("disk", backup);
        Assert.Equal(stays, await File.ReadAllBytesAsync(_directory.File($"disk/evidence/{NameOf(stays)}")));

        using var elsewhere = Open("elsewhere");
        await Assert.ThrowsAsync<BackupException>(() => RestoreAsync("no", elsewhere));
        using var noBucket = new BucketFiles(new BucketPlace("another-bucket", S3Double.AccessKey, S3Double.SecretKey) { Endpoint = _store.Address });
        Assert.Equal(FileTrouble.NoBucket, (await Assert.ThrowsAsync<FileStoreException>(() => LedgerBackup.RunAsync(data, live, noBucket, null, CancellationToken.None))).Trouble);
        _store[$"backups/one/evidence/{NameOf(stays)}"] = "swapped"u8.ToArray();
        Assert.Contains("isn't what was handed in", (await Assert.ThrowsAsync<BackupException>(() => RestoreAsync("never", backup))).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_directory.File("never")));
    }

    [Fact]
    public async Task The_doctor_looks_into_the_bucket_and_names_what_was_swapped()
    {
        var data = _directory.File("data");
        var bytes = "swapped later"u8.ToArray();
        await using (var ledger = await BucketLedger.OnAsync(_store, $"--Ledger:Data={data}"))
            (await AttachAsync(await ledger.MonitorAsync(), await ledger.CaseAsync(), bytes, "a")).Stored();

        Assert.Contains("The one file has the hash of its name", await RunAsync(0, Keys, "doctor", "--data", data), StringComparison.Ordinal);
        _store[NameOf(bytes)] = "other bytes"u8.ToArray();
        Assert.Contains($"WRONG evidence: The file {Sha(bytes)}", await RunAsync(1, Keys, "doctor", "--data", data), StringComparison.Ordinal);
        await _store.StopAsync();
        Assert.Contains("doesn't answer", await RunAsync(1, Keys, "doctor", "--data", data), StringComparison.Ordinal);
    }

    private Dictionary<string, string> Keys =>
        new() { ["AWS_ENDPOINT_URL_S3"] = _store.Address.ToString(), ["AWS_ACCESS_KEY_ID"] = S3Double.AccessKey, ["AWS_SECRET_ACCESS_KEY"] = S3Double.SecretKey };

    private static (int Files, int Erased) Counts(BackupResult result) => (result.Files, result.Erased);

    private BucketFiles Open(string prefix) => new(new BucketPlace(S3Double.Bucket, S3Double.AccessKey, S3Double.SecretKey) { Endpoint = _store.Address, Prefix = prefix + "/" });

    private Task<RestoreResult> RestoreAsync(string name, IFileStore from) => LedgerRestore.RunAsync(
        from, _directory.File(name), new DirectoryFiles(_directory.File($"{name}/evidence")), _directory.File($"{name}.state"), null, null, null, null, CancellationToken.None);

    private static async Task<string> RunAsync(int expected, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var (code, said) = await RealPrograms.LedgerWithAsync(environment, arguments);
        Assert.True(code == expected, $"ledger {string.Join(' ', arguments)} ended with {code}: {said}");
        Assert.DoesNotContain(S3Double.SecretKey, said, StringComparison.Ordinal);
        return said;
    }

    private static async Task<ApiAnswer> AttachAsync(ApiClient who, string path, byte[] bytes, string key)
    {
        using var form = new MultipartFormDataContent { { new StringContent("Photograph"), "title" }, { new StringContent("true"), "original" } };
        form.Add(new ByteArrayContent(bytes), "file", "photo.jpg");
        return await who.SendAsync(HttpMethod.Post, $"{path}/evidence", form, key);
    }

    private static JsonObject Erasure(byte[] bytes) => new() { ["evidence"] = new JsonArray(Sha(bytes)), ["legalBasis"] = "GDPR Article 17", ["rationale"] = "Asked for by who is in it." };

    private static string NameOf(byte[] bytes) => $"{Sha(bytes)[..2]}/{Sha(bytes)}";

    private static string Sha(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
