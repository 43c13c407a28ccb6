using System.Diagnostics;
using System.Globalization;
using System.Text;
using Ledger.Testing.Api;
using Ledger.Testing.EventStores;

namespace Ledger.Api.Tests.Writes;

/// <summary>A file handed in over HTTP becomes a job: how it goes, what it brought, and what it didn't.</summary>
public sealed class Importing_a_file(TestLedger ledger) : IClassFixture<TestLedger>
{
    private const string Mapping = """
        {
          "system": "bulletin",
          "rows": [
            { "when": [{ "cell": "what", "is": ["figures"] }], "figures": { "case": "id", "claimedBy": { "is": "Bulletin" }, "casualties": [{ "kind": { "is": "killed" }, "figure": "killed" }] } },
            { "case": { "id": "id", "category": "what", "occurred": { "from": "day" }, "allegedParty": { "column": "party", "required": false }, "origin": { "is": "bulletin" },
              "casualties": [{ "kind": { "is": "killed" }, "figure": "killed" }], "source": { "name": { "is": "Bulletin" } } } }
          ]
        }
        """;

    private const string File = "id,what,day,party,killed\n1,air-strike,2020-10-18,Azerbaijan,2\n2,air-strike,2020-10-18,armenia,\n3,bombing,2020-10-18,armenia,\n4,air-strike,2019-10-18,armenia,\n";

    [Fact]
    public async Task Brings_what_can_be_taken_and_lists_the_rest()
    {
        var (monitor, agreement) = (await ledger.MonitorAsync(), await ledger.AgreementAsync());
        var answer = await FinishedAsync(monitor, agreement, "table", File, Mapping);

        Assert.Equal(("finished", 4, 2, 2), (answer.Field("state"), Number(answer, "rows"), Number(answer, "stored"), Number(answer, "refused")));
        Assert.Equal((1, 1), (answer.Json["refusedBy"]!["malformed"]!.GetValue<int>(), answer.Json["refusedBy"]!["outside-term"]!.GetValue<int>()));
        var errors = await monitor.GetAsync(answer.Field("errors")["/api/v1/".Length..]);
        Assert.Equal("text/csv", errors.MediaType);
        var lines = errors.Text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(("line,id,code,column,value,what_to_change", 3), (lines[0], lines.Length));
        Assert.StartsWith("4,3,malformed,what,bombing,", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("5,4,outside-term,", lines[2], StringComparison.Ordinal);

        var list = await monitor.GetAsync($"agreements/{agreement}/violations");
        Assert.Equal(["armenia", "azerbaijan"], list.Json["items"]!.AsArray().Select(item => item!["allegedParty"]!.GetValue<string>()).Order());
        Assert.All(list.Json["items"]!.AsArray(), item => Assert.Equal("alleged", item!["status"]!.GetValue<string>()));
        var history = await monitor.GetAsync($"violations/{list.Json["items"]![0]!["violationId"]}/history");
        var actor = history.Json["items"]![0]!["actor"]!;
        Assert.Equal(("machine:import", "system"), (actor["subject"]!.GetValue<string>(), actor["role"]!.GetValue<string>()));
        Assert.Equal(answer.Field("importId"), (await monitor.GetAsync($"agreements/{agreement}/imports")).Json["items"]![0]!["importId"]!.GetValue<string>());
        Assert.Equal(["errors.csv"], Directory.GetFiles(Path.Combine(ledger.EvidenceDirectory, "imports", answer.Field("importId"))).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_second_import_and_a_dry_run_store_nothing()
    {
        var (monitor, agreement) = (await ledger.MonitorAsync(), await ledger.AgreementAsync());
        var before = await ledger.EventsAsync();
        var dry = await FinishedAsync(monitor, agreement, "table", File, Mapping, ("dryRun", "true"));
        Assert.Equal((2, before), (Number(dry, "stored"), await ledger.EventsAsync()));
        await FinishedAsync(monitor, agreement, "table", File, Mapping);
        var again = await FinishedAsync(monitor, agreement, "table", File, Mapping);
        Assert.Equal((0, 2), (Number(again, "stored"), Number(again, "repeated")));
        Assert.Equal(before + 2, await ledger.EventsAsync());
    }

    [Fact]
    public async Task A_corrected_file_revises()
    {
        var (monitor, agreement) = (await ledger.MonitorAsync(), await ledger.AgreementAsync());
        await FinishedAsync(monitor, agreement, "table", File.Replace("\n1,", "\nc1,", StringComparison.Ordinal), Mapping);
        var again = await FinishedAsync(monitor, agreement, "table", File.Replace("\n1,", "\nc1,", StringComparison.Ordinal).Replace("Azerbaijan,2", "Azerbaijan,3", StringComparison.Ordinal), Mapping);
        Assert.Equal((0, 1), (Number(again, "stored"), Number(again, "revised")));
    }

    [Fact]
    public async Task The_same_request_again_is_the_same_job()
    {
        var (monitor, agreement) = (await ledger.MonitorAsync(), await ledger.AgreementAsync());
        var first = await HandInAsync(monitor, agreement, "table", File, Mapping, "key-1");
        var again = await HandInAsync(monitor, agreement, "table", File, Mapping, "key-1");
        Assert.Equal((201, 201, first.Field("importId")), (first.Status, again.Status, again.Field("importId")));
        Assert.True(again.Replayed);
        (await HandInAsync(monitor, agreement, "table", File + "\n", Mapping, "key-1")).Refused(422, "idempotency-key-reused");
    }

    [Theory]
    [InlineData("table", "id,what\n1,air-strike\n", Mapping, "/file")]
    [InlineData("table", "id\n", "{}", "/mapping")]
    [InlineData("table", "id\n", null, "/mapping")]
    [InlineData("acled", "id\n", Mapping, "/mapping")]
    [InlineData("klingon", "id\n", null, "/format")]
    [InlineData("ucdp", "id\n", null, "/file")]
    [InlineData("table", "", Mapping, "/file")]
    [InlineData("table", "id\n", """{ "system": "x", "times": ["x"], "rows": [{ "skip": "a" }] }""", "/mapping")]
    [InlineData("table", "id\n", """{ "system": "x", "empty": null, "rows": [{ "skip": "a" }] }""", "/mapping")]
    [InlineData("table", "id\n", """{ "system": "x", "encoding": "utf-7", "rows": [{ "skip": "a" }] }""", "/mapping")]
    [InlineData("table", "id\n", """{ "system": "x", "gazetteer": { "file": "a\u0000b", "name": "n", "id": "i" }, "rows": [{ "skip": "a" }] }""", "/gazetteer")]
    public async Task What_as_a_whole_cannot_be_read_makes_no_job(string format, string file, string? mapping, string place)
    {
        var (monitor, agreement) = (await ledger.MonitorAsync(), await ledger.AgreementAsync());
        (await HandInAsync(monitor, agreement, format, file, mapping)).Malformed(place);
        Assert.Empty((await monitor.GetAsync($"agreements/{agreement}/imports")).Json["items"]!.AsArray());
    }

    [Theory]
    [InlineData("encoding", "utf-7")]
    [InlineData("encoding", "klingon")]
    [InlineData("delimiter", "a")]
    public async Task How_a_file_is_to_be_read_is_refused_in_its_own_part(string part, string value)
    {
        var (monitor, agreement) = (await ledger.MonitorAsync(), await ledger.AgreementAsync());
        var refused = await HandInAsync(monitor, agreement, "table", File, Mapping, null, null, (part, value));
        refused.Malformed("/" + part);
        Assert.DoesNotContain("--", refused.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Parameter", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_may_not_import_is_told_who_may()
    {
        var refused = await HandInAsync(ledger.Administrator, await ledger.AgreementAsync(), "table", File, Mapping);
        refused.Refused(403, "not-allowed");
        Assert.Contains("by a monitor", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_incident_under_the_same_id_is_refused_by_its_line()
    {
        var (monitor, agreement) = (await ledger.MonitorAsync(), await ledger.AgreementAsync());
        var answer = await FinishedAsync(monitor, agreement, "table", "id,what,day,party,killed\nd1,air-strike,2020-10-18,armenia,2\nd1,air-strike,2020-10-20,armenia,7\n", Mapping);
        Assert.Equal((1, 0, 1), (Number(answer, "stored"), Number(answer, "revised"), Number(answer, "refused")));
        Assert.Contains("3,d1,malformed,id,d1,", (await monitor.GetAsync(answer.Field("errors")["/api/v1/".Length..])).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rejected_rows_are_deleted_a_month_after_the_job()
    {
        var (monitor, agreement) = (await ledger.MonitorAsync(), await ledger.AgreementAsync());
        var answer = await FinishedAsync(monitor, agreement, "table", File, Mapping);
        var folder = Path.Combine(ledger.EvidenceDirectory, "imports", answer.Field("importId"));
        // What was handed in goes first, each file a change in the folder; and a folder goes file by file, itself last.
        await WaitAsync(monitor, answer.Field("importId"), _ => Directory.GetFiles(folder).Select(Path.GetFileName).SequenceEqual(["errors.csv"]));
        Directory.SetLastWriteTimeUtc(folder, DateTime.UtcNow.AddDays(-31));
        var later = await WaitAsync(monitor, answer.Field("importId"), now => now.Json["errors"] is null && !Directory.Exists(folder));
        Assert.Equal(("finished", 2L), (later.Field("state"), Number(later, "refused")));
    }

    [Fact]
    public async Task No_mapping_reaches_another_agreement()
    {
        var (monitor, agreement, other) = (await ledger.MonitorAsync(), await ledger.AgreementAsync(), await ledger.AgreementAsync());
        await FinishedAsync(monitor, agreement, "table", "id,what,day,party,killed\nx9,air-strike,2020-10-18,armenia,1\n", Mapping, "shared", []);
        var elsewhere = await FinishedAsync(monitor, other, "table", "id,what,day,party,killed\nx9,figures,2020-10-18,armenia,7\n", Mapping, "shared", []);
        Assert.Equal(1, elsewhere.Json["refusedBy"]!["unknown-violation"]!.GetValue<int>());
        var taken = await FinishedAsync(monitor, other, "table", "id,what,day,party,killed\nx9,air-strike,2020-10-18,armenia,9\n", Mapping, "shared", []);
        Assert.Equal(1, taken.Json["refusedBy"]!["violation-exists"]!.GetValue<int>());
        Assert.Equal(1, Number(await FinishedAsync(monitor, agreement, "table", "id,what,day,party,killed\nx9,figures,2020-10-18,armenia,7\n", Mapping, "shared", []), "revised"));
    }

    /// <summary>SIGKILL of the real process in the middle of a job, twice: it goes on by itself, and nothing is there twice.</summary>
    [Fact]
    public async Task Goes_on_after_the_program_was_killed()
    {
        const string Key = "the-administrators-own-key-for-tests";
        const int Rows = 12_000;
        using var directory = new TemporaryDirectory();
        var (monitor, import) = ("", "");
        for (var round = 0; round < 2; round++)
        {
            using var program = TheProgram.Start(directory.Path, "--urls=http://127.0.0.1:0", "--Ledger:AdministratorKey=" + Key);
            var address = new Uri(TheProgram.AddressIn(await TheProgram.UntilAsync(program, "/docs")));
            if (round == 0)
            {
                using var administrator = new ApiClient(address, Key);
                (await administrator.PostAsync("agreements", Bodies.Agreement("karabakh-2020"))).Stored(201);
                monitor = (await administrator.PostAsync("keys", Bodies.Key("team-1", "monitor"))).Stored(201).Field("key");
            }

            using var client = new ApiClient(address, monitor);
            if (round == 0) import = (await HandInAsync(client, "karabakh-2020", "table", Many(Rows), Mapping)).Field("importId");
            await WaitAsync(client, import, answer => Number(answer, "rows") > (round + 1) * 2_000 || answer.Field("state") == "finished");
            program.Kill();
            await program.WaitForExitAsync();
        }

        using var last = TheProgram.Start(directory.Path, "--urls=http://127.0.0.1:0", "--Ledger:AdministratorKey=" + Key);
        using var reader = new ApiClient(new Uri(TheProgram.AddressIn(await TheProgram.UntilAsync(last, "/docs"))), monitor);
        var done = await WaitAsync(reader, import, answer => answer.Field("state") is "finished" or "failed");
        Assert.Equal(("finished", Rows + 1L, 1L, (long)Rows), (done.Field("state"), Number(done, "rows"), Number(done, "refused"), Number(done, "stored") + Number(done, "repeated")));
        Assert.Equal(2, (await reader.GetAsync(done.Field("errors")["/api/v1/".Length..])).Text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
        var picture = await WaitAsync(reader, "agreements/karabakh-2020/compliance", answer => answer.Status == 200 && Recorded(answer) == Rows, raw: true);
        Assert.Equal(Rows, Recorded(picture));
        last.Kill();
    }

    /// <summary>Handed in and run to its end.</summary>
    internal static Task<ApiAnswer> FinishedAsync(ApiClient client, string agreement, string format, string file, string? mapping = null, params (string Name, string Value)[] fields) =>
        FinishedAsync(client, agreement, format, file, mapping, null, fields);

    private static async Task<ApiAnswer> FinishedAsync(ApiClient client, string agreement, string format, string file, string? mapping, string? system, (string Name, string Value)[] fields)
    {
        var begun = await HandInAsync(client, agreement, format, file, mapping, null, system, fields);
        Assert.True(begun.Status == 201, begun.Text);
        Assert.Equal($"/api/v1/imports/{begun.Field("importId")}", begun.Header("Location"));
        return await WaitAsync(client, begun.Field("importId"), answer => answer.Field("state") is "finished" or "failed");
    }

    private static async Task<ApiAnswer> HandInAsync(
        ApiClient client, string agreement, string format, string file, string? mapping, string? key = null, string? system = null, params (string Name, string Value)[] fields)
    {
        using var parts = new MultipartFormDataContent();
        parts.Add(new ByteArrayContent(Encoding.UTF8.GetBytes(file)), "file", "with people's names.csv");
        parts.Add(new StringContent(format), "format");
        // Ids follow from the system's name: each agreement has a system of its own, so that tests don't meet.
        if (mapping is not null) parts.Add(new StringContent(mapping.Replace("\"bulletin\",", $"\"{system ?? agreement}\",", StringComparison.Ordinal)), "mapping");
        foreach (var (name, value) in fields) parts.Add(new StringContent(value), name);
        return await client.SendAsync(HttpMethod.Post, $"agreements/{agreement}/imports", parts, key);
    }

    private static async Task<ApiAnswer> WaitAsync(ApiClient client, string place, Func<ApiAnswer, bool> until, bool raw = false)
    {
        var patience = Stopwatch.StartNew();
        while (true)
        {
            var answer = await client.GetAsync(raw ? place : $"imports/{place}");
            if ((raw || answer.Status == 200) && until(answer)) return answer;
            Assert.True(patience.Elapsed < TimeSpan.FromMinutes(2), answer.Text);
            await Task.Delay(20);
        }
    }

    private static string Many(int rows)
    {
        var text = new StringBuilder("id,what,day,party,killed\nbad,bombing,2020-10-18,armenia,\n");
        for (var i = 0; i < rows; i++) text.Append(CultureInfo.InvariantCulture, $"m{i},air-strike,2020-10-{18 + (i % 10)},armenia,{i % 3}\n");
        return text.ToString();
    }

    private static long Recorded(ApiAnswer picture) => picture.Json["parties"]!.AsArray().Sum(party => party!["counts"]!["recorded"]!.GetValue<long>());

    private static long Number(ApiAnswer answer, string name) => answer.Json[name]!.GetValue<long>();
}
