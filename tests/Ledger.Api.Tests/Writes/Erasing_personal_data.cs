using System.Text;
using System.Text.Json.Nodes;
using Ledger.Api.Hosting;
using Ledger.Testing.Api;
using Ledger.Testing.EventStores;

namespace Ledger.Api.Tests.Writes;

/// <summary>transparency.md, "Personal and confidential fields": what is erased is gone, and the history and its proofs stand.</summary>
public sealed class Erasing_personal_data : IAsyncLifetime, IDisposable
{
    private const string Witness = "Anahit Petrosyan of the bakery";
    private const string Phone = "+374 91 555 0199";
    private const string Narrative = "Quinquagesima: ";

    private static readonly string LongNarrative = Narrative + string.Concat(Enumerable.Repeat("the roof of the mill was hit again and again. ", 8));

    private readonly TemporaryDirectory _directory = new();
    private LedgerServer _server = null!;
    private ApiClient _administrator = null!;
    private ApiClient _monitor = null!;
    private ApiClient _auditor = null!;
    private string? _auditorKey;
    private string _agreement = null!;
    private int _agreements;
    private int _port;

    public async Task InitializeAsync()
    {
        await StartAsync();
        _monitor = await WhoAsync("monitor-1", "monitor");
        _auditor = await WhoAsync("auditor-1", "auditor");
        _agreement = await AgreementAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose()
    {
        foreach (var client in (ApiClient[])[_administrator, _monitor, _auditor]) client.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_named_part_goes_and_the_rest_stays()
    {
        var (path, revision) = await CaseAsync();
        var answer = (await EraseAsync(path, revision, "witness")).Stored();
        Assert.Equal("alleged", answer.Field("status"));

        var shown = (await _monitor.GetAsync(path)).Json;
        Assert.Null(shown["confidential"]!["witness"]);
        Assert.Equal(Phone, shown["confidential"]!["phone"]!.GetValue<string>());
        Assert.Equal(LongNarrative, shown["narrative"]!.GetValue<string>());
        Assert.Single(shown["erased"]!.AsArray());
    }

    [Fact]
    public async Task Without_names_the_whole_confidential_part_goes()
    {
        var (path, revision) = await CaseAsync();
        (await EraseAsync(path, revision)).Stored();

        var shown = (await _monitor.GetAsync(path)).Json;
        Assert.Equal(2, shown["erased"]!.AsArray().Count);
        Assert.DoesNotContain(Witness, shown.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(LongNarrative, shown["narrative"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_long_free_text_goes_by_its_fields_name_and_isnt_found_any_more()
    {
        var (path, revision) = await CaseAsync();
        Assert.Single((await FindAsync("Quinquagesima")).AsArray());
        (await EraseAsync(path, revision, "narrative")).Stored();

        var shown = (await _monitor.GetAsync(path)).Json;
        Assert.Null(shown["narrative"]);
        Assert.Equal(Witness, shown["confidential"]!["witness"]!.GetValue<string>());
        Assert.Empty((await FindAsync("Quinquagesima")).AsArray());
        Assert.Empty((await FindAsync("mill")).AsArray());
    }

    [Fact]
    public async Task Where_the_policy_asks_for_two_a_second_administrators_same_request_erases()
    {
        var agreement = await AgreementAsync(body => body["policy"] = new JsonObject { ["erasureApprovals"] = 2 });
        var (path, revision) = await CaseAsync(agreement);
        var first = (await EraseAsync(path, revision, "witness")).Stored();
        Assert.Equal(Witness, (await _monitor.GetAsync(path)).Json["confidential"]!["witness"]!.GetValue<string>());

        (await EraseAsync(path, first.Revision, "witness")).Refused(403, "separation-of-duties");
        using var second = await WhoAsync("administrator-2", "administrator");
        var other = (await EraseAsync(second, path, first.Revision, "phone")).Stored(); // Another request: it approves nothing of the first.
        Assert.NotNull((await _monitor.GetAsync(path)).Json["confidential"]!["witness"]);
        (await EraseAsync(second, path, other.Revision, "witness")).Stored();
        Assert.Null((await _monitor.GetAsync(path)).Json["confidential"]!["witness"]);
    }

    [Fact]
    public async Task What_isnt_there_or_is_gone_already_is_refused()
    {
        var (path, revision) = await CaseAsync();
        (await EraseAsync(path, revision, "colour")).Refused(409, "nothing-to-erase");
        var done = (await EraseAsync(path, revision)).Stored();
        (await EraseAsync(path, done.Revision)).Refused(409, "nothing-to-erase");
        (await EraseAsync(path, done.Revision, "witness")).Refused(409, "nothing-to-erase");
    }

    [Fact]
    public async Task Only_an_administrator_erases_and_on_the_revision_that_was_looked_at()
    {
        var (path, revision) = await CaseAsync();
        (await EraseAsync(_monitor, path, revision)).Refused(403, "not-allowed");
        (await EraseAsync(_auditor, path, revision)).Refused(403, "not-allowed");
        (await _administrator.PostAsync($"{path}/erasure", Body([]))).Refused(428, "if-match-required");
        (await EraseAsync(path, revision + 7)).Refused(412, "stale-revision");
        var malformed = Body([]);
        malformed["legalBasis"] = null;
        (await _administrator.DecideAsync($"{path}/erasure", malformed, revision)).Refused(400, "malformed");
        (await _administrator.DecideAsync("violations/00000000-0000-0000-0000-000000000001/erasure", Body([]), 0)).Refused(404, "not-found");
    }

    [Fact]
    public async Task The_same_request_again_stores_nothing_and_gets_the_first_answer()
    {
        var (path, revision) = await CaseAsync();
        var first = await _administrator.DecideAsync($"{path}/erasure", Body(["witness"]), revision, "erase-1");
        var again = await _administrator.DecideAsync($"{path}/erasure", Body(["witness"]), revision, "erase-1");
        Assert.Equal(first.Stored().Field("eventId"), again.Stored().Field("eventId"));
        Assert.True(again.Replayed);
    }

    [Fact]
    public async Task A_case_recorded_again_after_the_erasure_is_still_the_same_case()
    {
        var body = Recorded();
        body["violationId"] = Guid.CreateVersion7().ToString("D");
        var first = (await _monitor.PostAsync($"agreements/{_agreement}/violations", body.DeepClone())).Stored(201);
        (await EraseAsync($"violations/{first.Field("violationId")}", first.Revision)).Stored();
        var again = (await _monitor.PostAsync($"agreements/{_agreement}/violations", body)).Stored();
        Assert.True(again.Replayed);
        Assert.Equal(2, (await _monitor.GetAsync($"violations/{first.Field("violationId")}")).Json["erased"]!.AsArray().Count);
    }

    [Fact]
    public async Task Not_a_byte_is_left_in_the_data_directory_and_a_rebuild_brings_nothing_back()
    {
        var (path, revision) = await CaseAsync();
        var next = (await EraseAsync(path, revision)).Stored();
        (await EraseAsync(path, next.Revision, "narrative")).Stored();
        await _server.DisposeAsync();
        Search();

        Directory.Delete(_directory.File("data/read-models"), recursive: true);
        File.Delete(_directory.File("data/tiles.db"));
        await StartAsync();
        await ReadyAsync();
        Assert.Empty((await FindAsync("Quinquagesima")).AsArray());
        var shown = await _auditor.GetAsync(path);
        foreach (var text in (string[])[Witness, Phone, Narrative]) Assert.DoesNotContain(text, shown.Text, StringComparison.Ordinal);
        await _server.DisposeAsync();
        Search();
        await StartAsync();
    }

    [Fact]
    public async Task An_old_vault_put_back_discloses_nothing()
    {
        var (path, revision) = await CaseAsync();
        await _server.DisposeAsync();
        File.Copy(_directory.File("data/vault.db"), _directory.File("old-vault.db"));
        await StartAsync();
        await ReadyAsync();
        (await EraseAsync(path, revision)).Stored();
        await _server.DisposeAsync();

        File.Copy(_directory.File("old-vault.db"), _directory.File("data/vault.db"), overwrite: true);
        File.Delete(_directory.File("old-vault.db"));
        await StartAsync();
        var shown = (await _monitor.GetAsync(path)).Json; // At once: the first answer waits until every erasure was applied again.
        Assert.Equal(2, shown["erased"]!.AsArray().Count);
        Assert.DoesNotContain(Witness, shown.ToJsonString(), StringComparison.Ordinal);
        await ReadyAsync();
        await _server.DisposeAsync();
        Search(Witness, Phone);
        await StartAsync();
    }

    [Fact]
    public async Task The_history_and_its_figures_stay_as_they_were()
    {
        var (path, revision) = await CaseAsync();
        var before = (await _auditor.GetAsync($"agreements/{_agreement}/compliance?asOf={await CountAsync()}")).Text;
        var count = await CountAsync();
        var raw = await StoredAsync();
        (await EraseAsync(path, revision)).Stored();

        Assert.Equal(before, (await _auditor.GetAsync($"agreements/{_agreement}/compliance?asOf={count}")).Text);
        var after = await StoredAsync();
        Assert.Equal(raw, after.Take(raw.Count));

        async Task<List<string>> StoredAsync() =>
            [.. (await RawAsync()).Select(raw => $"{raw["data"]} {raw["metadata"]}")];
    }

    [Fact]
    public async Task The_disclosure_of_a_text_goes_with_it_and_one_of_a_confidential_part_is_never_given()
    {
        var (path, revision) = await CaseAsync();
        var given = Assert.Single((await RawAsync()).SelectMany(raw => raw["disclosures"]!.AsArray()))!.GetValue<string>();
        Assert.Contains(Narrative, Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(given)), StringComparison.Ordinal);
        var digest = System.Buffers.Text.Base64Url.EncodeToString(System.Security.Cryptography.SHA256.HashData(Encoding.ASCII.GetBytes(given)));
        Assert.Contains(await RawAsync(), raw => Encoding.UTF8.GetString(Convert.FromBase64String(raw["data"]!.GetValue<string>())).Contains(digest, StringComparison.Ordinal));

        (await EraseAsync(path, revision, "narrative")).Stored();
        Assert.Empty((await RawAsync()).SelectMany(raw => raw["disclosures"]!.AsArray()));
    }

    [Fact]
    public async Task A_doctored_text_in_a_package_fails_at_its_event()
    {
        var (path, _) = await CaseAsync();
        var sequence = (await _auditor.GetAsync($"{path}/history")).Json["items"]![0]!["sequence"]!.GetValue<long>();
        var folder = await ExportAsync("doctored");
        var vkey = await LogKeyAsync();
        var events = Path.Combine(folder, "events.ndjson");
        var honest = await File.ReadAllTextAsync(events);

        var (code, said) = await DoctorAsync(honest.Replace("the roof of the mill", "the roof of a barracks", StringComparison.Ordinal));
        Assert.True(code == 1, said);
        Assert.Contains($"sequence {sequence}: its data.narrative is shown otherwise than the disclosure of its recorded digest says", said, StringComparison.Ordinal);

        // As it was exported before there were disclosures.
        (code, said) = await DoctorAsync(System.Text.RegularExpressions.Regex.Replace(honest, ",\"disclosures\":\\[[^]]*]", string.Empty));
        Assert.True(code == 2, said);
        Assert.Contains("came without a disclosure", said, StringComparison.Ordinal);

        async Task<(int, string)> DoctorAsync(string doctored)
        {
            Assert.NotEqual(honest, doctored);
            await File.WriteAllTextAsync(events, doctored);
            return await RealPrograms.AuditAsync(null, "verify", folder, "--vkey", vkey, "--full");
        }
    }

    [Fact]
    public async Task Packages_made_before_and_after_both_verify_and_neither_holds_a_confidential_part()
    {
        var (path, revision) = await CaseAsync();
        var before = await ExportAsync("before.zip");
        var erased = (await EraseAsync(path, revision)).Stored();
        (await EraseAsync(path, erased.Revision, "narrative")).Stored();
        var after = await ExportAsync("after.zip");
        var folder = await ExportAsync("after", "--public");

        var vkey = await LogKeyAsync();
        foreach (var package in (string[])[before, after])
        {
            var (code, text) = await RealPrograms.AuditAsync(null, "verify", package, "--vkey", vkey, "--full");
            Assert.True(code == 0, text);
            Assert.Matches("passed +texts", text);
        }

        Assert.Equal(0, (await RealPrograms.AuditAsync(null, "verify", folder, "--vkey", vkey)).Code);
        System.IO.Compression.ZipFile.ExtractToDirectory(before, _directory.File("before"));
        System.IO.Compression.ZipFile.ExtractToDirectory(after, _directory.File("after-whole"));
        foreach (var file in Directory.EnumerateFiles(_directory.Path, "events*.ndjson", SearchOption.AllDirectories))
            Assert.True(File.ReadAllText(file).Contains(Narrative, StringComparison.Ordinal) == file.Contains("before", StringComparison.Ordinal), file);
        File.Delete(before); // It was made while the narrative was there, and says so.
        Directory.Delete(_directory.File("before"), recursive: true);
        await _server.DisposeAsync();
        Search();
        await StartAsync();

        // What a key that doesn't see all would leave out is never called whole.
        var (refused, said) = await RealPrograms.LedgerAsync(await KeyAsync("reader-1", "reader"), "export", "--audit", _directory.File("less"), "--server", _server.Address.ToString());
        Assert.True(refused == 2, said);
        Assert.False(Directory.Exists(_directory.File("less")));
    }

    [Fact]
    public async Task A_text_that_is_gone_without_an_erasure_is_named()
    {
        var (path, _) = await CaseAsync();
        var sequence = (await _auditor.GetAsync($"{path}/history")).Json["items"]![0]!["sequence"]!.GetValue<long>();
        await _server.DisposeAsync();
        using (var vault = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={_directory.File("data/vault.db")};Pooling=False"))
        {
            vault.Open();
            using var look = vault.CreateCommand();
            look.CommandText = "SELECT group_concat('DROP TRIGGER ' || name, '; ') FROM sqlite_schema WHERE type = 'trigger'";
            look.CommandText = $"{look.ExecuteScalar()}; DELETE FROM disclosures WHERE rowid = (SELECT max(rowid) FROM disclosures)";
            Assert.Equal(1, look.ExecuteNonQuery());
        }

        await StartAsync();
        await ReadyAsync();
        using var client = new HttpClient { BaseAddress = _server.Address };
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        string health;
        while (!(health = await client.GetStringAsync(new Uri("/health", UriKind.Relative), limit.Token)).Contains("missing-disclosure", StringComparison.Ordinal)) await Task.Delay(50, limit.Token);
        Assert.Contains($"\"sequence\":{sequence}", health, StringComparison.Ordinal);
        foreach (var text in (string[])[Witness, Phone]) Assert.DoesNotContain(text, health, StringComparison.Ordinal);
        while (!((await client.GetStringAsync(new Uri("/log/checkpoint", UriKind.Relative), limit.Token)).Split('\n') is [_, var size, ..] && long.TryParse(size, out var sealedTo) && sealedTo > sequence)) await Task.Delay(50, limit.Token);

        var (code, said) = await RealPrograms.AuditAsync(await KeyAsync("auditor-3", "auditor"), "verify", _server.Address.ToString(), "--vkey", await LogKeyAsync(), "--full", "--state", _directory.File("state"));
        Assert.True(code == 1, said);
        Assert.Matches("confidential text of violation-.* is gone .* no event says that it was erased", said.ReplaceLineEndings(" "));
    }

    private static JsonObject Recorded() => Bodies.Violation(body =>
    {
        body["narrative"] = LongNarrative;
        body["confidential"] = new JsonObject { ["witness"] = Witness, ["phone"] = Phone };
    });

    private static JsonObject Body(string[] names)
    {
        var body = new JsonObject { ["legalBasis"] = "GDPR Article 17", ["rationale"] = "Asked for." };
        if (names.Length > 0) body["names"] = new JsonArray([.. names.Select(name => JsonValue.Create(name))]);
        return body;
    }

    private Task<ApiAnswer> EraseAsync(string path, long revision, params string[] names) => EraseAsync(_administrator, path, revision, names);

    private static Task<ApiAnswer> EraseAsync(ApiClient who, string path, long revision, params string[] names) =>
        who.DecideAsync($"{path}/erasure", Body(names), revision);

    private async Task<(string Path, long Revision)> CaseAsync(string? agreement = null)
    {
        var stored = (await _monitor.PostAsync($"agreements/{agreement ?? _agreement}/violations", Recorded())).Stored(201);
        return ($"violations/{stored.Field("violationId")}", stored.Revision);
    }

    private async Task<JsonNode> FindAsync(string word) => (await _monitor.GetAsync($"agreements/{_agreement}/violations?q={word}")).Json["items"]!;

    private async Task<List<JsonNode>> RawAsync() =>
        [.. (await _auditor.GetAsync("events?after=-1&limit=500&raw=true")).Json["items"]!.AsArray().Select(item => item!["raw"]!)];

    private async Task<long> CountAsync() => long.Parse((await _auditor.GetAsync($"agreements/{_agreement}/compliance")).Header("Ledger-Count")!, System.Globalization.CultureInfo.InvariantCulture);

    private async Task<string> AgreementAsync(Action<JsonObject>? change = null)
    {
        var id = $"agreement-{++_agreements}";
        (await _administrator.PostAsync("agreements", Bodies.Agreement(id, change))).Stored(201);
        return id;
    }

    private async Task<ApiClient> WhoAsync(string subject, string role) => new(_server.Address, await KeyAsync(subject, role));

    private async Task<string> KeyAsync(string subject, string role) =>
        (await _administrator.PostAsync("keys", Bodies.Key(subject, role, null, []))).Stored(201).Field("key");

    /// <summary>An audit package of everything that is stored.</summary>
    private async Task<string> ExportAsync(string name, params string[] more)
    {
        await Seals.UntilSealedAsync(_server.Address);
        _auditorKey ??= await KeyAsync("auditor-2", "auditor");
        var path = _directory.File(name);
        var (code, text) = await RealPrograms.LedgerAsync(_auditorKey, ["export", "--audit", path, "--server", _server.Address.ToString(), .. more]);
        Assert.True(code == 0, text);
        return path;
    }

    private async Task<string> LogKeyAsync()
    {
        using var client = new HttpClient { BaseAddress = _server.Address };
        return (await client.GetStringAsync(new Uri("/log/vkey", UriKind.Relative))).Trim();
    }

    private async Task StartAsync()
    {
        var port = _port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        _server = await LedgerServer.StartAsync(
            ["--urls", $"http://127.0.0.1:{port}", $"--Ledger:Data={_directory.File("data")}", $"--Ledger:AdministratorKey={TestLedger.AdministratorKey}"], TimeProvider.System, CancellationToken.None);
        _port = _server.Address.Port; // The clients stay.
        _administrator ??= new ApiClient(_server.Address, TestLedger.AdministratorKey);
    }

    private async Task ReadyAsync()
    {
        using var client = new HttpClient { BaseAddress = _server.Address };
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!(await client.GetAsync(new Uri("/health/ready", UriKind.Relative), limit.Token)).IsSuccessStatusCode) await Task.Delay(20, limit.Token);
    }

    private void Search(params string[] texts)
    {
        if (texts.Length == 0) texts = [Witness, Phone, Narrative, "quinquagesima"];
        foreach (var file in Directory.EnumerateFiles(_directory.Path, "*", SearchOption.AllDirectories))
        {
            var bytes = File.ReadAllBytes(file);
            foreach (var text in texts)
                foreach (var form in Forms(text)) Assert.True(bytes.AsSpan().IndexOf(form) < 0, $"{Path.GetFileName(file)} holds '{text}' in some form");
        }
    }

    /// <summary>A text as it is, as UTF-16, and as it looks within base64 at each of the three places where it may begin.</summary>
    private static IEnumerable<byte[]> Forms(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        yield return bytes;
        yield return Encoding.Unicode.GetBytes(text);
        for (var shift = 0; shift < 3; shift++)
        {
            var encoded = Convert.ToBase64String([.. new byte[shift], .. bytes]);
            var inner = encoded[4..^4];
            yield return Encoding.ASCII.GetBytes(inner);
            yield return Encoding.ASCII.GetBytes(inner.Replace('+', '-').Replace('/', '_'));
        }
    }
}
