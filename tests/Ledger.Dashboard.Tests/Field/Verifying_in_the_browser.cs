using System.Text.Json.Nodes;
using Ledger.Dashboard.Tests.Setup;
using Ledger.Transparency;
using Microsoft.Playwright;

namespace Ledger.Dashboard.Tests.Field;

/// <summary>The browser checks the server: right where all is right, and never where a byte is wrong.</summary>
[Collection(InTheBrowser.Name)]
public sealed class Verifying_in_the_browser(Browsers browsers)
{
    private static readonly string[] Steps = ["key", "head", "event", "texts", "leaf", "root"];

    [Fact]
    public async Task Every_step_of_an_untouched_event_fits()
    {
        await using var window = await browsers.WindowAsync("reader");
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/violations/{Browsers.Ganja}");

        Assert.Equal("good", await VerdictAsync(page));
        foreach (var step in Steps) Assert.Equal("good", await page.GetAttributeAsync($"[data-step={step}]", "data-state"));
        Assert.Contains("ledger-audit", await page.Locator("[data-verify-elsewhere]").InnerHTMLAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_may_not_read_the_event_sees_its_leaf_proven_and_not_its_content()
    {
        await using var window = await browsers.WindowAsync(null);
        var page = await window.NewPageAsync();
        await page.GotoAsync("/audit/" + await EventAsync());

        Assert.Equal("unknown", await VerdictAsync(page));
        Assert.Equal("unknown", await page.GetAttributeAsync("[data-step=event]", "data-state"));
        Assert.Equal("good", await page.GetAttributeAsync("[data-step=root]", "data-state"));
    }

    [Theory]
    [InlineData("**/api/v1/events*", "data", "leaf")]
    [InlineData("**/api/v1/events*", "recordedAt", "leaf")]
    [InlineData("**/api/v1/events*", "eventId", "event")]
    [InlineData("**/violations/*/history*", "text", "texts")]
    [InlineData("**/violations/*/history*", "field", "texts")]
    [InlineData("**/violations/*/history*", "disclosure", "texts")]
    [InlineData("**/violations/*/history*", "none", "texts")]
    [InlineData("**/violations/*/history*", "past", "texts")]
    [InlineData("**/log/proof/*", "hash", "root")]
    [InlineData("**/log/proof/*", "size", "head")]
    [InlineData("**/log/vkey", "key", "key")]
    [InlineData("**/log/tile/entries/**", "entry", "leaf")]
    public async Task A_tampered_answer_turns_its_step_bad(string place, string what, string step)
    {
        await using var window = await browsers.WindowAsync("reader");
        var page = await window.NewPageAsync();
        await page.RouteAsync(place, async route =>
        {
            var answer = await route.FetchAsync();
            await route.FulfillAsync(new() { Response = answer, BodyBytes = Tampered(await answer.BodyAsync(), what) });
        });
        await page.GotoAsync($"/violations/{Browsers.Ganja}");

        Assert.Equal("bad", await VerdictAsync(page));
        Assert.Equal("bad", await page.GetAttributeAsync($"[data-step={step}]", "data-state"));
    }

    [Fact]
    public async Task A_page_that_shows_another_text_than_the_one_recorded_is_told()
    {
        await using var window = await browsers.WindowAsync("reader");
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/violations/{Browsers.Ganja}");
        await page.EvaluateAsync("() => { document.querySelector('.event .said').lastChild.textContent = ' Nothing happened.'; }");

        Assert.Equal("bad", await VerdictAsync(page));
        Assert.Contains("this page shows another", await page.Locator("[data-step=texts] [data-say]").InnerTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_of_the_log_s_key_is_followed_from_the_one_seen_before_and_no_other_change_is()
    {
        await using var ledger = await OwnLedger.StartedAsync();
        var id = await ledger.RecordAsync();
        await using var window = await browsers.WindowAsync(null, options => options.BaseURL = ledger.Root);
        var page = await window.NewPageAsync();
        await page.GotoAsync("/login");
        await page.FillAsync("#key", ledger.Key);
        await page.ClickAsync("main button[type=submit]");
        await page.GotoAsync($"/violations/{id}");
        Assert.Equal("good", await VerdictAsync(page));
        await page.GotoAsync("/audit");
        Assert.Equal("good", await AuditedAsync(page));
        var kept = await page.EvaluateAsync<string[]>("() => [localStorage['ledger-vkey'], localStorage['ledger-head']]");

        await ledger.Log.RotateKeyAsync(null, CancellationToken.None);
        var later = await ledger.RecordAsync();
        foreach (var one in (string[])[id, later])
        {
            // Both see the change for the first time.
            await page.EvaluateAsync("kept => { localStorage['ledger-vkey'] = kept; }", kept[0]);
            await page.GotoAsync($"/violations/{one}");
            Assert.Equal("good", await VerdictAsync(page));
            Assert.Contains("signed by the old and the new", await page.Locator("[data-step=key] [data-say]").InnerTextAsync(), StringComparison.Ordinal);
        }

        await page.GotoAsync("/audit");
        Assert.Equal("good", await AuditedAsync(page));
        Assert.Contains("Its key has changed", await page.Locator("[data-audit] [data-verdict]").InnerTextAsync(), StringComparison.Ordinal);

        // The same change with a signature that isn't one, and no change told at all.
        foreach (var told in (Func<string, string>[])[text => System.Text.RegularExpressions.Regex.Replace(text, @"(\u2014 \S+ \S{30})(\S)", match => match.Groups[1].Value + (match.Groups[2].Value == "A" ? "B" : "A")), _ => ""])
        {
            await page.UnrouteAllAsync();
            await page.RouteAsync("**/log/keys", async route => await route.FulfillAsync(new() { Body = told(await (await route.FetchAsync()).TextAsync()) }));
            await page.EvaluateAsync("kept => { [localStorage['ledger-vkey'], localStorage['ledger-head']] = kept; }", kept);
            await page.GotoAsync($"/violations/{later}");
            Assert.Equal("bad", await VerdictAsync(page));
            Assert.Equal("bad", await page.GetAttributeAsync("[data-step=key]", "data-state"));
            await page.GotoAsync("/audit");
            Assert.Equal("bad", await AuditedAsync(page));
        }
    }

    [Fact]
    public async Task Witnesses_whom_the_ledger_names_are_counted_by_their_signatures_and_a_false_one_is_told()
    {
        using var witness = Key(1);
        using var silent = Key(2);
        var policy = Path.GetTempFileName();
        await File.WriteAllTextAsync(policy, $"witness one {witness.Verifier}\nwitness two {silent.Verifier}\nquorum none\n");
        await using var ledger = await OwnLedger.StartedAsync($"--Ledger:Policy={policy}");
        var id = await ledger.RecordAsync();
        await using var window = await browsers.WindowAsync(null, options => options.BaseURL = ledger.Root);
        var page = await window.NewPageAsync();
        await page.GotoAsync("/login");
        await page.FillAsync("#key", ledger.Key);
        await page.ClickAsync("main button[type=submit]");

        await page.GotoAsync($"/violations/{id}");
        Assert.Equal("good", await VerdictAsync(page));
        Assert.Contains("none of the witnesses whom the ledger names (2)", await SaidAsync(), StringComparison.Ordinal);

        foreach (var (claimed, state, said) in ((TimeSpan, string, string)[])[(TimeSpan.Zero, "good", "1 of 2"), (TimeSpan.FromMinutes(1), "bad", "isn't good")])
        {
            await page.UnrouteAllAsync();
            await page.RouteAsync("**/log/proof/*", async route => await route.FulfillAsync(new() { Body = Cosigned(await (await route.FetchAsync()).TextAsync(), claimed) }));
            await page.ReloadAsync();
            Assert.Equal(state, await VerdictAsync(page));
            Assert.Contains(said, await SaidAsync(), StringComparison.Ordinal);
        }

        File.Delete(policy);

        Task<string> SaidAsync() => page.Locator("[data-step=witnesses] [data-say]").InnerTextAsync();

        // A line that claims another moment than the one that was signed.
        string Cosigned(string proof, TimeSpan claimed)
        {
            var head = proof[(proof.IndexOf("\n\n", StringComparison.Ordinal) + 2)..];
            var text = head[..(head.IndexOf("\n\n", StringComparison.Ordinal) + 1)];
            var at = DateTimeOffset.UtcNow.AddHours(-3).ToUnixTimeSeconds();
            var (line, other) = (witness.Cosign(text, new UnixSeconds(at)), witness.Cosign(text, new UnixSeconds(at + (long)claimed.TotalSeconds)));
            byte[] value = [.. other.Value.Span[..8], .. line.Value.Span[8..]];
            return proof + new NoteSignature(line.Name, line.Id, value).Line;
        }

        static SigningKey Key(byte seed) => SigningKey.FromSeed(KeyName.Of($"witness.example/{seed}"), KeyType.Cosignature, Enumerable.Repeat(seed, SigningKey.SeedLength).ToArray());
    }

    [Fact]
    public async Task Another_key_than_the_one_seen_before_is_told()
    {
        await using var window = await browsers.WindowAsync("reader");
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/violations/{Browsers.Ganja}");
        Assert.Equal("good", await VerdictAsync(page));
        await page.EvaluateAsync("() => { const kept = JSON.parse(localStorage['ledger-vkey']); for (const name in kept) kept[name] = 'another'; localStorage['ledger-vkey'] = JSON.stringify(kept); }");

        await page.ReloadAsync();
        Assert.Equal("bad", await VerdictAsync(page));
        Assert.Equal("bad", await page.GetAttributeAsync("[data-step=key]", "data-state"));
    }

    [Fact]
    public async Task The_log_is_proven_to_begin_with_what_the_browser_saw_last()
    {
        await using var window = await browsers.WindowAsync(null);
        var page = await window.NewPageAsync();
        await page.GotoAsync("/audit");
        Assert.Equal("good", await AuditedAsync(page));
        Assert.Contains("first head", await page.Locator("[data-audit] [data-verdict]").InnerTextAsync(), StringComparison.Ordinal);

        await GrowAsync();
        await page.ReloadAsync();
        Assert.Equal("good", await AuditedAsync(page));
        Assert.Contains("begins with exactly", await page.Locator("[data-audit] [data-verdict]").InnerTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_that_doesn_t_begin_with_what_the_browser_saw_is_told_and_not_remembered()
    {
        await using var window = await browsers.WindowAsync(null);
        var page = await window.NewPageAsync();
        await page.GotoAsync("/audit");
        Assert.Equal("good", await AuditedAsync(page));
        // What this browser saw last was another history of 7 events.
        await page.EvaluateAsync("""
            () => {
              const kept = JSON.parse(localStorage['ledger-head']);
              for (const name in kept) kept[name].text = kept[name].text.replace(/\n\d+\n[^\n]+\n/, '\n7\n' + btoa('x'.repeat(32)) + '\n');
              localStorage['ledger-head'] = JSON.stringify(kept);
            }
            """);
        for (var i = 0; i < 2; i++)
        {
            await page.ReloadAsync();
            Assert.Equal("bad", await AuditedAsync(page));
            Assert.Contains("NOT begin", await page.Locator("[data-audit] [data-verdict]").InnerTextAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_log_that_has_shrunk_is_told()
    {
        await using var window = await browsers.WindowAsync(null);
        var page = await window.NewPageAsync();
        await page.GotoAsync("/audit");
        Assert.Equal("good", await AuditedAsync(page));
        await page.EvaluateAsync("() => { const kept = JSON.parse(localStorage['ledger-head']); for (const name in kept) kept[name].text = kept[name].text.replace(/\\n(\\d+)\\n/, (_, n) => `\\n${Number(n) + 100000}\\n`); localStorage['ledger-head'] = JSON.stringify(kept); }");
        await page.ReloadAsync();
        Assert.Equal("bad", await AuditedAsync(page));
        Assert.Contains("missing", await page.Locator("[data-audit] [data-verdict]").InnerTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Auditors_download_the_whole_ledger_from_the_audit_page_and_readers_arent_offered_it()
    {
        await using var window = await browsers.WindowAsync("auditor");
        var page = await window.NewPageAsync();
        await page.GotoAsync("/audit");
        var download = await page.RunAndWaitForDownloadAsync(() => page.ClickAsync("a[href='/api/v1/audit/package']"));
        Assert.Matches(@"^ledger-\d+\.zip$", download.SuggestedFilename);
        await using var package = await System.IO.Compression.ZipFile.OpenReadAsync((await download.PathAsync())!);
        Assert.Equal([], ((string[])["README.txt", "log/checkpoint", "events.ndjson", $"compliance/{Browsers.Agreement}.json"]).Except(package.Entries.Select(entry => entry.FullName)));

        await using var others = await browsers.WindowAsync("reader");
        var looked = await others.NewPageAsync();
        await looked.GotoAsync("/audit");
        Assert.Equal(0, await looked.Locator("a[href='/api/v1/audit/package']").CountAsync());
        Assert.Equal(403, (await others.APIRequest.GetAsync("/api/v1/audit/package")).Status);
    }

    [Fact]
    public async Task The_audit_page_says_what_the_head_is_without_a_script()
    {
        await using var window = await browsers.WindowAsync(null, options => options.JavaScriptEnabled = false);
        var page = await window.NewPageAsync();
        await page.GotoAsync("/audit");
        var key = (await (await page.APIRequest.GetAsync(browsers.Root + "/log/vkey")).TextAsync()).Trim();
        Assert.Contains(key, await page.Locator("main").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("ledger-audit verify", await page.Locator("main").InnerTextAsync(), StringComparison.Ordinal);
    }

    /// <summary>C2SP signed-note's own example, and a byte less of it.</summary>
    [Fact]
    public async Task The_script_verifies_the_standard_s_known_answer_and_refuses_what_isn_t_it()
    {
        await using var window = await browsers.WindowAsync(null);
        var page = await window.NewPageAsync();
        await page.GotoAsync("/audit");
        var answers = await page.EvaluateAsync<bool[]>("""
            async () => {
              const n = await import('/assets/note.js');
              const key = await n.readVkey('example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k');
              const good = 'This is an example message.\n\n\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n';
              const bad = [good.replace('example message', 'example massage'), good.slice(0, -1), good.replace('\n\n', '\r\n\n'), good.replace('aQM=', 'aQN='), good.replace('example.com/foo U', 'example.com/bar U')];
              const holds = async text => { const note = n.readNote(text); return note !== null && await n.verifies(note, key) === true; };
              return [await holds(good), ...await Promise.all(bad.map(holds)), await n.readVkey('example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k') !== null];
            }
            """);
        Assert.Equal([true, false, false, false, false, false, false], answers);
    }

    /// <summary>Every tree of 1 to 40 leaves against every smaller one: what is built is taken, and nothing else is.</summary>
    [Fact]
    public async Task The_script_s_proofs_hold_for_every_small_tree_and_for_no_other_root()
    {
        await using var window = await browsers.WindowAsync(null);
        var page = await window.NewPageAsync();
        await page.GotoAsync("/audit");
        var wrong = await page.EvaluateAsync<string[]>("""
            async () => {
              const t = await import('/assets/tree.js'), wrong = [];
              const leaves = await Promise.all(Array.from({ length: 40 }, (_, i) => t.leafHash(Uint8Array.of(i))));
              const root = async (lo, hi) => { if (hi - lo === 1) return leaves[lo]; let k = 1; while (k * 2 < hi - lo) k *= 2; return t.nodeHash(await root(lo, lo + k), await root(lo + k, hi)); };
              const other = h => { const x = h.slice(); x[5] ^= 1; return x; };
              for (let n = 1; n <= 40; n++) {
                const whole = await root(0, n), range = t.ranges(n, async (_, index, width) => t.join(leaves.slice(index * 256, index * 256 + width)));
                for (let m = 1; m <= n; m++) {
                  const old = await root(0, m), proof = await t.consistencyProof(m, n, range);
                  if (!await t.isConsistent(m, old, n, whole, proof)) wrong.push(`${m} of ${n} refused`);
                  if (await t.isConsistent(m, other(old), n, whole, proof) || await t.isConsistent(m, old, n, other(whole), proof)) wrong.push(`${m} of ${n} takes another root`);
                  if (await t.isConsistent(m, old, n, whole, [...proof, old])) wrong.push(`${m} of ${n} takes a longer proof`);
                }
              }
              return wrong;
            }
            """);
        Assert.Equal([], wrong);
    }

    private static byte[] Tampered(byte[] body, string what)
    {
        if (what == "entry")
        {
            for (var i = 60; i < body.Length; i += 7) body[i] ^= 1;
            return body;
        }

        var text = System.Text.Encoding.UTF8.GetString(body);
        return System.Text.Encoding.UTF8.GetBytes(what switch
        {
            "data" => Changed(text, item => item["raw"]!["data"] = Convert.ToBase64String([.. Convert.FromBase64String((string)item["raw"]!["data"]!), (byte)' '])),
            "recordedAt" => Changed(text, item => item["recordedAt"] = "2020-10-10T00:00:00.000000Z"),
            "eventId" => Changed(text, item => item["eventId"] = Guid.Empty.ToString()),
            "text" => Changed(text, item => item["data"]!["narrative"] = "Nothing happened."),
            "field" => Changed(text, item => item["data"]!["category"] = "other"),
            "disclosure" => Changed(text, item => item["raw"]!["disclosures"]![0] = Convert.ToBase64String("[\"salt\",\"narrative\",\"Nothing happened.\"]"u8).TrimEnd('=')),
            "none" => Changed(text, item => item["raw"]!["disclosures"] = new JsonArray()),
            "past" => Changed(text, item => item["recordedAt"] = "2020-10-10T00:00:00.000000Z"),
            "hash" => string.Join('\n', text.Split('\n').Select((line, i) => i == 2 ? Convert.ToBase64String(new byte[32]) : line)),
            "size" => System.Text.RegularExpressions.Regex.Replace(text, @"(?<=\n\n[^\n]+\n)\d+(?=\n)", match => (long.Parse(match.Value, System.Globalization.CultureInfo.InvariantCulture) + 1).ToString(System.Globalization.CultureInfo.InvariantCulture)),
            "key" => text.Trim()[..^4] + "AAA=\n",
            _ => throw new ArgumentOutOfRangeException(nameof(what)),
        });
    }

    private static string Changed(string json, Action<JsonNode> change)
    {
        var answer = JsonNode.Parse(json)!;
        change(answer["items"]![0]!);
        return answer.ToJsonString();
    }

    private static async Task<string?> VerdictAsync(IPage page)
    {
        await page.ClickAsync("[data-verify-run]");
        await page.WaitForSelectorAsync("[data-verify] [data-verdict][data-state]");
        return await page.GetAttributeAsync("[data-verify] [data-verdict]", "data-state");
    }

    private static async Task<string?> AuditedAsync(IPage page)
    {
        await page.WaitForSelectorAsync("[data-audit] [data-verdict][data-state]");
        return await page.GetAttributeAsync("[data-audit] [data-verdict]", "data-state");
    }

    private async Task<string> EventAsync()
    {
        using var reader = browsers.Client("reader");
        return (string)(await reader.GetAsync($"violations/{Browsers.Ganja}/history")).Json["items"]![0]!["eventId"]!;
    }

    /// <summary>One case more, under a published head.</summary>
    private async Task GrowAsync()
    {
        var id = await browsers.CaseAsync();
        using var auditor = browsers.Client("auditor");
        var recorded = (string)(await auditor.GetAsync($"violations/{id}/history")).Json["items"]![0]!["eventId"]!;
        using var http = new HttpClient();
        while ((await http.GetAsync(new Uri($"{browsers.Root}/log/proof/{recorded}"))).StatusCode != System.Net.HttpStatusCode.OK) await Task.Delay(100);
    }
}
