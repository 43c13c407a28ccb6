using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Ledger.Api.Hosting;
using Ledger.Api.Tests.Access;
using Ledger.Files;
using Ledger.Node.Backups;
using Ledger.Testing.Api;
using Ledger.Testing.EventStores;

namespace Ledger.Api.Tests.Writes;

/// <summary>The bytes go, and a copy that was made of them; hash, history and proof stay, and no backup brings them back in silence.</summary>
public sealed class Erasing_evidence : IAsyncLifetime, IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private LedgerServer _server = null!;
    private ApiClient _administrator = null!;
    private ApiClient _monitor = null!;
    private int _agreements;
    private int _port;

    public async Task InitializeAsync()
    {
        await StartAsync();
        _monitor = new ApiClient(_server.Address, (await _administrator.PostAsync("keys", Bodies.Key("monitor-1", "monitor", null, []))).Stored(201).Field("key"));
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose()
    {
        _administrator.Dispose();
        _monitor.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task The_file_and_its_copy_go_and_their_hashes_stay()
    {
        var path = await CaseAsync();
        var photo = SomeFiles.JpegWith(SomeFiles.ExifSegment(SomeFiles.Exif()));
        var attached = (await AttachAsync(path, photo, stripped: true)).Stored();
        var copy = attached.Json["stripped"]!["sha256"]!.GetValue<string>();

        (await EraseAsync(_administrator, path, attached.Revision, Sha(photo))).Stored();

        foreach (var hash in (string[])[Sha(photo), copy])
        {
            (await _monitor.GetAsync($"evidence/{hash}")).Refused(404, "not-found");
            Assert.Empty(OnDisk(hash));
        }

        var items = (await _monitor.GetAsync(path)).Json["evidence"]!.AsArray();
        Assert.Equal([(Sha(photo), true), (copy, true)], items.Select(item => (item!["sha256"]!.GetValue<string>(), item["erased"]!.GetValue<bool>())));
        var last = (await _monitor.GetAsync($"{path}/history")).Json["items"]!.AsArray()[^1]!;
        Assert.Equal("evidence-erased-v1", last["type"]!.GetValue<string>());
        Assert.Equal(((string[])[Sha(photo), copy]).Order(StringComparer.Ordinal), last["data"]!["files"]!.AsArray().Select(file => file!.GetValue<string>()));
        // It doesn't come in again by another case of the agreement.
        (await AttachAsync(path, photo, stripped: false)).Refused(409, "evidence-erased");
    }

    [Fact]
    public async Task Another_agreement_that_holds_the_same_file_decides_for_itself()
    {
        var (path, other) = (await CaseAsync(), await CaseAsync());
        var bytes = "held by two"u8.ToArray();
        var attached = (await AttachAsync(path, bytes)).Stored();
        var second = (await AttachAsync(other, bytes)).Stored();

        (await EraseAsync(_administrator, path, attached.Revision, Sha(bytes))).Stored();
        Assert.Equal(200, (await _monitor.GetAsync($"evidence/{Sha(bytes)}")).Status);
        (await EraseAsync(_administrator, other, second.Revision, Sha(bytes))).Stored();

        (await _monitor.GetAsync($"evidence/{Sha(bytes)}")).Refused(404, "not-found");
        Assert.Empty(OnDisk(Sha(bytes)));
    }

    [Fact]
    public async Task Where_the_policy_asks_for_two_a_second_administrators_same_request_erases()
    {
        var path = await CaseAsync(body => body["policy"] = new JsonObject { ["erasureApprovals"] = 2 });
        var bytes = "waits for a second yes"u8.ToArray();
        var attached = (await AttachAsync(path, bytes)).Stored();
        var first = (await EraseAsync(_administrator, path, attached.Revision, Sha(bytes))).Stored();
        Assert.Equal(200, (await _monitor.GetAsync($"evidence/{Sha(bytes)}")).Status);
        (await EraseAsync(_administrator, path, first.Revision, Sha(bytes))).Refused(403, "separation-of-duties");

        using var second = new ApiClient(_server.Address, (await _administrator.PostAsync("keys", Bodies.Key("administrator-2", "administrator", null, []))).Stored(201).Field("key"));
        (await EraseAsync(second, path, first.Revision, Sha(bytes))).Stored();
        (await _monitor.GetAsync($"evidence/{Sha(bytes)}")).Refused(404, "not-found");
    }

    [Fact]
    public async Task What_is_not_there_or_is_gone_is_refused_and_only_administrators_erase()
    {
        var path = await CaseAsync();
        var bytes = "once only"u8.ToArray();
        var attached = (await AttachAsync(path, bytes)).Stored();
        (await EraseAsync(_monitor, path, attached.Revision, Sha(bytes))).Refused(403, "not-allowed");
        (await EraseAsync(_administrator, path, attached.Revision, new string('0', 64))).Refused(409, "nothing-to-erase");
        (await EraseAsync(_administrator, path, attached.Revision, "no hash")).Malformed("/evidence/0");
        var both = Body(Sha(bytes));
        both["names"] = new JsonArray("narrative");
        (await _administrator.DecideAsync($"{path}/erasure", both, attached.Revision)).Malformed("/evidence");

        var done = (await EraseAsync(_administrator, path, attached.Revision, Sha(bytes))).Stored();
        (await EraseAsync(_administrator, path, done.Revision, Sha(bytes))).Refused(409, "nothing-to-erase");
    }

    [Fact]
    public async Task Put_back_from_a_backup_it_is_given_to_nobody_and_destroyed_again()
    {
        var path = await CaseAsync();
        var bytes = "put back behind the ledger's back"u8.ToArray();
        var attached = (await AttachAsync(path, bytes)).Stored();
        var kept = OnDisk(Sha(bytes)).ToDictionary(file => file, File.ReadAllBytes);
        (await EraseAsync(_administrator, path, attached.Revision, Sha(bytes))).Stored();

        foreach (var (file, content) in kept) await File.WriteAllBytesAsync(file, content);
        (await _monitor.GetAsync($"evidence/{Sha(bytes)}")).Refused(404, "not-found");
        await _server.DisposeAsync();
        await StartAsync();

        (await _monitor.GetAsync($"evidence/{Sha(bytes)}")).Refused(404, "not-found");
        for (var tries = 0; OnDisk(Sha(bytes)).Any() && tries < 600; tries++) await Task.Delay(50);
        Assert.Empty(OnDisk(Sha(bytes)));
    }

    [Fact]
    public async Task A_backup_lets_go_of_it_with_its_next_run_and_a_restoration_leaves_it_out()
    {
        var path = await CaseAsync();
        var (bytes, other) = ("in the first backup"u8.ToArray(), "stays"u8.ToArray());
        (await AttachAsync(path, other)).Stored();
        var attached = (await AttachAsync(path, bytes)).Stored();
        await SealedAsync();
        Assert.Equal(4, (await BackupAsync("old")).Files); // with their marks
        var copy = Directory.GetFiles(_directory.File("old/evidence"), "*", SearchOption.AllDirectories).Where(file => file.Contains(Sha(bytes), StringComparison.Ordinal)).ToDictionary(file => file, File.ReadAllBytes);
        (await EraseAsync(_administrator, path, attached.Revision, Sha(bytes))).Stored();
        await SealedAsync();

        var next = await BackupAsync("old");
        Assert.Equal(1, next.Erased);
        Assert.DoesNotContain(Directory.GetFiles(_directory.File("old/evidence"), "*", SearchOption.AllDirectories), file => file.Contains(Sha(bytes), StringComparison.Ordinal));

        // Somebody brings the old file back into the backup.
        foreach (var (file, content) in copy) await File.WriteAllBytesAsync(file, content);
        var restored = await LedgerRestore.RunAsync(
            new DirectoryFiles(_directory.File("old")), _directory.File("again"), new DirectoryFiles(_directory.File("again/evidence")), _directory.File("again.state"), null, null, null, null, CancellationToken.None);
        Assert.Equal(1, restored.Erased);
        Assert.Equal([Sha(other)], Directory.GetFiles(_directory.File("again/evidence"), "*", SearchOption.AllDirectories).Select(file => Path.GetFileName(file)).Where(name => name.Length == 64));
    }

    [Fact]
    public async Task Readings_are_remembered_over_a_restart_and_the_audit_stays_clean()
    {
        var path = await CaseAsync();
        var bytes = "read, then erased"u8.ToArray();
        var attached = (await AttachAsync(path, bytes)).Stored();
        Assert.Equal(200, (await _monitor.GetAsync($"evidence/{Sha(bytes)}")).Status);
        (await EraseAsync(_administrator, path, attached.Revision, Sha(bytes))).Stored();
        await _server.DisposeAsync();
        await StartAsync();

        var readings = (await _administrator.GetAsync($"evidence-readings?sha256={Sha(bytes)}")).Json["items"]!.AsArray();
        Assert.Equal("monitor-1", Assert.Single(readings)!["by"]!.GetValue<string>());
        await SealedAsync();
        using var client = new HttpClient { BaseAddress = _server.Address };
        var key = (await client.GetStringAsync(new Uri("/log/vkey", UriKind.Relative))).Trim();
        var auditor = (await _administrator.PostAsync("keys", Bodies.Key("auditor-1", "auditor", null, []))).Stored(201).Field("key");
        await SealedAsync();
        var (code, text) = await RealPrograms.AuditAsync(auditor, ["verify", _server.Address.ToString(), "--vkey", key, "--full"]);
        Assert.True(code == 0, text);
    }

    private Task<BackupResult> BackupAsync(string folder) =>
        LedgerBackup.RunAsync(_directory.File("data"), new DirectoryFiles(_directory.File("data/evidence")), new DirectoryFiles(_directory.File(folder)), null, CancellationToken.None);

    private IEnumerable<string> OnDisk(string sha256) =>
        Directory.EnumerateFiles(_directory.File("data/evidence"), "*", SearchOption.AllDirectories).Where(file => file.Contains(sha256, StringComparison.Ordinal));

    private async Task<string> CaseAsync(Action<JsonObject>? change = null)
    {
        var agreement = $"erased-{++_agreements}";
        (await _administrator.PostAsync("agreements", Bodies.Agreement(agreement, change))).Stored(201);
        return $"violations/{(await _monitor.PostAsync($"agreements/{agreement}/violations", Bodies.Violation())).Stored(201).Field("violationId")}";
    }

    private async Task<ApiAnswer> AttachAsync(string path, byte[] bytes, bool stripped = false)
    {
        using var form = new MultipartFormDataContent { { new StringContent("Photograph"), "title" }, { new StringContent("true"), "original" } };
        if (stripped) form.Add(new StringContent("true"), "stripped");
        form.Add(new ByteArrayContent(bytes), "file", "photo.jpg");
        return await _monitor.SendAsync(HttpMethod.Post, $"{path}/evidence", form);
    }

    private static Task<ApiAnswer> EraseAsync(ApiClient who, string path, long revision, string sha256) => who.DecideAsync($"{path}/erasure", Body(sha256), revision);

    private static JsonObject Body(string sha256) => new() { ["evidence"] = new JsonArray(sha256), ["legalBasis"] = "GDPR Article 17", ["rationale"] = "Asked for by who is in it." };

    private static string Sha(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private Task SealedAsync() => Seals.UntilSealedAsync(_server.Address);

    private async Task StartAsync()
    {
        var port = _port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        _server = await LedgerServer.StartAsync(
            ["--urls", $"http://127.0.0.1:{port}", $"--Ledger:Data={_directory.File("data")}", $"--Ledger:AdministratorKey={TestLedger.AdministratorKey}"], TimeProvider.System, CancellationToken.None);
        _port = _server.Address.Port; // The clients stay.
        _administrator ??= new ApiClient(_server.Address, TestLedger.AdministratorKey);
    }
}
