using Ledger.Api.Tests.Access;
using Ledger.Dashboard.Tests.Setup;
using Ledger.Testing.Api;
using Microsoft.Playwright;

namespace Ledger.Dashboard.Tests.Cases;

/// <summary>What people do with a case in the browser, each as the person who may.</summary>
[Collection(InTheBrowser.Name)]
public sealed class Acting_on_a_case(Browsers browsers)
{
    [Fact]
    public async Task A_case_is_disputed_by_the_liaison_the_dispute_rejected_by_the_verifier_and_then_confirmed()
    {
        var id = await browsers.CaseAsync();

        await DoAsync("liaison-armenia", $"/violations/{id}/reply", async page =>
        {
            await page.CheckAsync("input[value=denied]");
            await page.FillAsync("#f-statement", "Our units were elsewhere.");
        });
        await DoAsync("liaison-armenia", $"/violations/{id}/dispute", async page =>
        {
            await page.CheckAsync("input[value=misattribution]");
            await page.FillAsync("#f-statement", "The line of sight doesn't fit.");
        });
        await using (var window = await browsers.WindowAsync("verifier-1"))
        {
            var page = await window.NewPageAsync();
            await page.GotoAsync($"/violations/{id}");
            Assert.Contains("Disputed", await page.Locator(".dossier-head").InnerTextAsync(), StringComparison.Ordinal);
            await page.ClickAsync("text=Resolve the dispute");
            await page.CheckAsync("input[value=rejected]");
            await page.FillAsync("#f-rationale", "The second post saw the flash.");
            await SendAsync(page);
        }

        await DoAsync("verifier-1", $"/violations/{id}/confirm", async page =>
        {
            await page.CheckAsync("input[value=serious]");
            await page.FillAsync("#f-rationale", "Two posts, the same minute.");
            await page.CheckAsync("#f-attributes");
            await page.CheckAsync("input[name=party][value=undetermined]");
            await page.CheckAsync("input[value=low]");
            await page.FillAsync("#f-basis", "Nobody saw the launch.");
        });

        using var auditor = browsers.Client("auditor");
        var found = (await auditor.GetAsync($"violations/{id}")).Json;
        Assert.Equal("confirmed", (string?)found["status"]);
        Assert.Equal("Two posts, the same minute.", (string?)found["finding"]!["rationale"]);
        Assert.Null((string?)found["accountableParty"]);
        Assert.Equal("rejected", (string?)found["disputes"]![0]!["status"]);
        Assert.Equal("demo-liaison-armenia", (string?)found["replies"]![0]!["by"]);
    }

    [Fact]
    public async Task An_error_stands_beside_its_field_and_nothing_typed_is_lost()
    {
        var id = await browsers.CaseAsync();
        await using var window = await browsers.WindowAsync("verifier-1");
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/violations/{id}/dismiss");
        await page.CheckAsync("input[value=duplicate]");
        await page.FillAsync("#f-duplicateOf", "not an id");
        await page.FillAsync("#f-rationale", "Told twice.");
        await page.ClickAsync("main form button[type=submit]");

        Assert.Equal("Told twice.", await page.InputValueAsync("#f-rationale"));
        Assert.Equal("not an id", await page.InputValueAsync("#f-duplicateOf"));
        Assert.True(await page.IsCheckedAsync("input[value=duplicate]"));
        Assert.NotEmpty(await page.Locator("#f-duplicateOf-error").InnerTextAsync());
        Assert.Equal("true", await page.GetAttributeAsync("#f-duplicateOf", "aria-invalid"));
        Assert.True(await page.EvaluateAsync<bool>("document.activeElement.matches('.errors')"));
        Assert.Equal(1, await browsers.EventsOfAsync(id));
    }

    [Fact]
    public async Task What_was_left_empty_is_asked_for_all_at_once_in_the_readers_language()
    {
        var id = await browsers.CaseAsync();
        await using var window = await browsers.WindowAsync("verifier-1");
        await window.AddCookiesAsync([new Cookie { Name = "ledger-language", Value = "ru", Url = browsers.Root }]);
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/violations/{id}/confirm");
        await page.ClickAsync("main form button[type=submit]");

        Assert.Equal(["Выберите, пожалуйста.", "Заполните, пожалуйста."], await page.Locator("main .error").AllInnerTextsAsync());
        Assert.Equal(1, await browsers.EventsOfAsync(id));
    }

    [Fact]
    public async Task A_decision_on_a_case_that_moved_on_isnt_taken_and_shows_what_changed()
    {
        var id = await browsers.CaseAsync();
        await using var one = await browsers.WindowAsync("verifier-1");
        await using var other = await browsers.WindowAsync("verifier-2");
        var (first, second) = (await one.NewPageAsync(), await other.NewPageAsync());
        foreach (var page in (IPage[])[first, second])
        {
            await page.GotoAsync($"/violations/{id}/unresolved");
            await page.CheckAsync("input[value=unverifiable]");
            await page.FillAsync("#f-rationale", "Nobody could go there.");
        }

        await SendAsync(first);
        await second.ClickAsync("main form button[type=submit]");

        Assert.Contains("has moved on", await second.Locator(".errors").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("Left unresolved", await second.Locator(".meanwhile").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("demo-verifier-1", await second.Locator(".meanwhile").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal("Nobody could go there.", await second.InputValueAsync("#f-rationale"));
        Assert.Equal(2, await browsers.EventsOfAsync(id));

        // Sent again it is taken on what stands now, and the rules say that it has been ruled on.
        await second.ClickAsync("main form button[type=submit]");
        Assert.Contains("ruled on already", await second.Locator(".errors").InnerTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_that_is_sent_twice_stores_once()
    {
        var id = await browsers.CaseAsync();
        await using var window = await browsers.WindowAsync("monitor-2");
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/violations/{id}/corroborate");
        await page.FillAsync("#f-origin", "a-second-team");
        await page.SelectOptionAsync("#f-means", "saw");
        var form = await page.EvaluateAsync<string>("() => new URLSearchParams(new FormData(document.querySelector('main form'))).toString()");
        var answers = await page.EvaluateAsync<int[]>("""
            form => Promise.all([1, 2, 3].map(() => fetch(location.href, { method: 'POST', redirect: 'manual', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: form }).then(answer => answer.status)))
            """, form);

        Assert.Equal([0, 0, 0], answers); // each is sent on to the case
        Assert.Equal(2, await browsers.EventsOfAsync(id));
    }

    [Fact]
    public async Task A_correction_stores_what_differs_and_shows_it_as_a_difference()
    {
        var id = await browsers.CaseAsync();
        await DoAsync("monitor-1", $"/violations/{id}/amend", async page =>
        {
            await page.SelectOptionAsync("#f-c-weapon", "mortar");
            await page.FillAsync("#f-why", "The crater says so.");
        });
        await using var window = await browsers.WindowAsync("reader");
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/violations/{id}");

        Assert.Equal(["Weapon", "–", "Mortar"], await page.Locator(".diff tbody th, .diff tbody td").AllInnerTextsAsync());
    }

    [Fact]
    public async Task Place_time_count_and_observation_are_corrected_and_the_rest_stands()
    {
        var id = await browsers.CaseAsync();
        await DoAsync("monitor-1", $"/violations/{id}/amend", async page =>
        {
            await page.FillAsync("#f-c-from", "2020-10-14T09:45");
            await page.SelectOptionAsync("#f-c-where", "observer");
            Assert.False(await page.Locator("#f-c-latitude").IsVisibleAsync());
            await page.FillAsync("#f-c-observerLatitude", "40.1");
            await page.FillAsync("#f-c-observerLongitude", "46,8");
            await page.FillAsync("#f-c-bearingFrom", "350");
            await page.FillAsync("#f-c-bearingTo", "10");
            await page.FillAsync("#f-c-distanceFrom", "2000");
            await page.FillAsync("#f-c-min", "4");
            await page.SelectOptionAsync("#f-c-unit", "explosion");
            await page.SelectOptionAsync("#f-c-means", "saw-and-heard");
            await page.FillAsync("#f-why", "The log of the post says so.");
        });
        using var reader = browsers.Client("reader");
        var stands = (await reader.GetAsync($"violations/{id}")).Json;
        Assert.Equal("2020-10-14T05:45:00Z", (string?)stands["occurred"]!["from"]);
        Assert.Equal("""{"observer":{"latitude":40.1,"longitude":46.8},"bearingDegrees":{"from":350,"to":10},"distanceMetres":{"from":2000,"to":2000}}""", stands["location"]!.ToJsonString());
        Assert.Equal((4, "explosion"), ((int)stands["count"]!["min"]!, (string?)stands["count"]!["unit"]));
        Assert.Equal("saw-and-heard", (string?)stands["observation"]!["means"]);
        Assert.Equal("Four rounds, heard by one post.", (string?)stands["narrative"]);

        // The form shows what stands now, and names nothing that nobody touched.
        await DoAsync("monitor-1", $"/violations/{id}/amend", async page =>
        {
            Assert.Equal("350", await page.InputValueAsync("#f-c-bearingFrom"));
            await page.SelectOptionAsync("#f-c-where", "");
            await page.FillAsync("#f-c-max", "6");
            await page.FillAsync("#f-why", "The post was named wrongly.");
        });
        await using var window = await browsers.WindowAsync("reader");
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/violations/{id}");
        Assert.Equal(["When", "Where", "Count", "Observation", "Where", "Count"], await page.Locator(".diff tbody th").AllInnerTextsAsync());
    }

    [Fact]
    public async Task A_wrong_place_is_said_beside_its_field()
    {
        var id = await browsers.CaseAsync();
        await using var window = await browsers.WindowAsync("monitor-1");
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/violations/{id}/amend");
        await page.SelectOptionAsync("#f-c-where", "point");
        await page.FillAsync("#f-c-latitude", "91");
        await page.FillAsync("#f-c-longitude", "46.8");
        await page.FillAsync("#f-why", "North of it.");
        await page.ClickAsync("main form button[type=submit]");

        Assert.NotEmpty(await page.Locator("#f-c-latitude-error").InnerTextAsync());
        Assert.Equal("91", await page.InputValueAsync("#f-c-latitude"));
        Assert.Equal(1, await browsers.EventsOfAsync(id));
    }

    [Fact]
    public async Task A_case_that_is_ruled_on_isnt_offered_for_the_same_ruling_again()
    {
        await using var window = await browsers.WindowAsync("verifier-1");
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/violations/{Browsers.Ganja}/confirm");
        Assert.Equal(0, await page.Locator("main form").CountAsync());
        Assert.Contains("ruled on already", await page.Locator(".notice").Last.InnerTextAsync(), StringComparison.Ordinal);

        await page.GotoAsync($"/violations/{Browsers.Ganja}/attribute");
        Assert.Equal(1, await page.Locator("main form").CountAsync());
    }

    [Fact]
    public async Task Figures_and_a_file_are_added()
    {
        var id = await browsers.CaseAsync();
        await DoAsync("monitor-2", $"/violations/{id}/casualties", async page =>
        {
            await page.FillAsync("#f-claimedBy", "The hospital");
            await page.SelectOptionAsync("#f-kind0", "injured");
            await page.FillAsync("#f-best0", "3");
            await page.FillAsync("#f-high0", "5");
        });
        await DoAsync("monitor-2", $"/violations/{id}/evidence", async page =>
        {
            await page.SetInputFilesAsync("#f-file", new FilePayload { Name = "crater.jpg", MimeType = "image/jpeg", Buffer = [0xff, 0xd8, 0xff, 0xd9] });
            await page.FillAsync("#f-title", "The crater");
        });
        await using var window = await browsers.WindowAsync("reader");
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/violations/{id}");
        var download = await page.RunAndWaitForDownloadAsync(() => page.ClickAsync("a[href^='/api/v1/evidence/']"));

        Assert.Contains("3", await page.Locator("table >> nth=0").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal([0xff, 0xd8, 0xff, 0xd9], await File.ReadAllBytesAsync((await download.PathAsync())!));
    }

    [Fact]
    public async Task The_uploader_sees_what_a_photograph_tells_and_keeps_a_copy_without_it_for_the_others()
    {
        var id = await browsers.CaseAsync();
        await using var window = await browsers.WindowAsync("monitor-2");
        var page = await window.NewPageAsync();
        await UploadAsync(page, id, SomeFiles.JpegWith(SomeFiles.ExifSegment(SomeFiles.Exif())));

        var told = await page.Locator("main dl.facts").InnerTextAsync();
        foreach (var word in (string[])["39.8153, 46.7519", "Fotofon", "SN-4711", "2020:10:18 08:12:44"]) Assert.Contains(word, told, StringComparison.Ordinal);
        await page.ClickAsync("main form button[type=submit]");
        await page.GetByText("A copy without metadata is kept, and the original is sealed.").WaitForAsync();

        Assert.Equal(0, await page.Locator("a[href$='/copy']").CountAsync());
        using var reader = browsers.Client("reader");
        var (original, copy) = ((await reader.GetAsync($"violations/{id}")).Json["evidence"]![0]!, (await reader.GetAsync($"violations/{id}")).Json["evidence"]![1]!);
        (await reader.GetAsync($"evidence/{original["sha256"]}")).Refused(404, "not-found");
        Assert.DoesNotContain("SN-4711", System.Text.Encoding.Latin1.GetString((await reader.GetAsync($"evidence/{copy["sha256"]}")).Bytes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_thinks_again_makes_the_copy_from_the_case_and_nobody_else_is_offered_it()
    {
        var id = await browsers.CaseAsync();
        await using var window = await browsers.WindowAsync("monitor-2");
        var page = await window.NewPageAsync();
        await UploadAsync(page, id, SomeFiles.JpegWith(SomeFiles.ExifSegment(SomeFiles.Exif()), SomeFiles.Segment(0xFE, System.Text.Encoding.ASCII.GetBytes(id))));
        await page.ClickAsync("main .buttons a");
        var place = await page.Locator("a[href$='/copy']").GetAttributeAsync("href");
        await using (var others = await browsers.WindowAsync("monitor-1"))
        {
            var other = await others.NewPageAsync();
            await other.GotoAsync($"/violations/{id}");
            Assert.Equal(0, await other.Locator("a[href$='/copy']").CountAsync());
            Assert.Equal(404, (await other.GotoAsync(place!))!.Status);
        }

        await page.ClickAsync("a[href$='/copy']");
        await page.ClickAsync("main form button[type=submit]");
        await page.GetByText("A copy without metadata is kept, and the original is sealed.").WaitForAsync();
    }

    private static async Task UploadAsync(IPage page, string id, byte[] photo)
    {
        await page.GotoAsync($"/violations/{id}/evidence");
        await page.SetInputFilesAsync("#f-file", new FilePayload { Name = "crater.jpg", MimeType = "image/jpeg", Buffer = photo });
        await page.FillAsync("#f-title", "The crater");
        await SendAsync(page);
    }

    [Fact]
    public async Task Nobody_is_offered_or_gets_what_their_role_may_not()
    {
        var id = await browsers.CaseAsync();
        await using var window = await browsers.WindowAsync("reader");
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/violations/{id}");
        Assert.Equal(0, await page.Locator(".acts a").CountAsync());

        foreach (var act in (string[])["reply", "dispute", "confirm", "dismiss", "unresolved", "attribute", "reopen", "corroborate", "evidence", "casualties", "amend", "withdraw"])
        {
            var answer = await page.GotoAsync($"/violations/{id}/{act}");
            Assert.Equal(403, answer!.Status);
            Assert.Equal(0, await page.Locator("main form").CountAsync());
        }

        Assert.Equal(404, (await page.GotoAsync($"/violations/{id}/steal"))!.Status);
        Assert.Equal(404, (await page.GotoAsync($"/violations/{Guid.NewGuid()}"))!.Status);
    }

    [Fact]
    public async Task What_was_typed_by_a_hostile_hand_stays_text()
    {
        using var monitor = browsers.Client("monitor-1");
        const string Hostile = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">\"'`";
        var answer = await monitor.PostAsync($"agreements/{Browsers.Agreement}/violations", Bodies.Parse("""
            { "category": "other", "occurred": { "from": "2020-10-14T09:30:00+04:00", "precision": "day" }, "allegedParty": null }
            """).With("narrative", Hostile).With("location", Bodies.Parse("{}").With("place", Hostile)).With("source", Bodies.Parse("{}").With("name", Hostile)));
        var id = answer.Stored(201).Field("violationId");
        await using var window = await browsers.WindowAsync("monitor-1");
        var page = await window.NewPageAsync();
        foreach (var path in (string[])[$"/violations/{id}", $"/violations/{id}/amend", $"/agreements/{Browsers.Agreement}/violations?q={Uri.EscapeDataString(Hostile)}", $"/agreements/{Browsers.Agreement}/violations?asOf={Uri.EscapeDataString(Hostile)}"])
        {
            await page.GotoAsync(path);
            Assert.NotEqual("owned", await page.TitleAsync());
            Assert.Equal(0, await page.Locator("main img[src='x'], main script:not([src])").CountAsync());
        }
    }

    /// <summary>Fills in a form as somebody, sends it, and sees that it was stored.</summary>
    private async Task DoAsync(string who, string path, Func<IPage, Task> fill)
    {
        await using var window = await browsers.WindowAsync(who);
        var page = await window.NewPageAsync();
        await page.GotoAsync(path);
        await fill(page);
        await SendAsync(page);
    }

    private static async Task SendAsync(IPage page)
    {
        await page.ClickAsync("main form button[type=submit]");
        Assert.True(await page.Locator(".done").IsVisibleAsync(), await page.Locator("main").InnerTextAsync());
    }
}
