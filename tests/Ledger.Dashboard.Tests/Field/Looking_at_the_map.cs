using System.Globalization;
using System.Text.RegularExpressions;
using Ledger.Dashboard.Map;
using Ledger.Dashboard.Tests.Setup;
using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.Projections;
using Location = Ledger.Domain.Violations.Location;

namespace Ledger.Dashboard.Tests.Field;

/// <summary>Where it happened, drawn on the server, with as many marks as a sheet holds whatever the number of cases.</summary>
[Collection(InTheBrowser.Name)]
public sealed class Looking_at_the_map(Browsers browsers)
{
    private const int MostNodes = 3_500;

    [Fact]
    public async Task Ten_thousand_cases_are_a_few_hundred_marks_that_stand_for_all_of_them()
    {
        await using var ledger = await OwnLedger.StartedAsync();
        using (var client = ledger.Client())
        {
            var random = new Random(7);
            var lines = Enumerable.Range(0, 10_000).Select(i => string.Create(CultureInfo.InvariantCulture, $$$"""
                {"category":"small-arms-fire","occurred":{"from":"2026-03-{{{(i % 28) + 1:00}}}T12:00:00Z","precision":"hour"},"allegedParty":{{{(i % 3 == 0 ? "null" : "\"north\"")}}},"location":{"latitude":{{{47 + (random.NextDouble() * 3):0.#####}}},"longitude":{{{36 + (random.NextDouble() * 4):0.#####}}},"uncertaintyMetres":500}}
                """));
            Assert.All((await client.BatchAsync(OwnLedger.Agreement, lines)).Lines, line => Assert.Equal(201, (int)line["status"]!));
        }

        await using var window = await browsers.WindowAsync(null, options => options.BaseURL = ledger.Root);
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/login?return=/agreements/{OwnLedger.Agreement}/map");
        await page.FillAsync("#key", ledger.Key);
        await page.ClickAsync("main button[type=submit]");
        await page.WaitForSelectorAsync(".mark");

        Assert.InRange(await page.Locator(".mark").CountAsync(), 50, 600);
        Assert.InRange(await page.EvaluateAsync<int>("document.getElementsByTagName('*').length"), 1, MostNodes);
        var numbers = await page.Locator(".mark text").AllTextContentsAsync();
        Assert.Equal(10_000, numbers.Sum(number => int.Parse(number, CultureInfo.InvariantCulture)) + await page.Locator(".mark .hit").CountAsync());

        await page.ClickAsync(".map-tools .zoom");
        await page.WaitForURLAsync(url => url.Contains("bbox=", StringComparison.Ordinal));
        Assert.InRange(await page.EvaluateAsync<int>("document.getElementsByTagName('*').length"), 1, MostNodes);
    }

    [Fact]
    public async Task Filters_stand_in_the_address_and_go_along_to_the_list()
    {
        await using var window = await browsers.WindowAsync("reader");
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/agreements/{Browsers.Agreement}/map");
        await page.SelectOptionAsync("#m-status", "disputed");
        await page.ClickAsync("text=Show");
        await page.WaitForURLAsync(url => url.Contains("status=disputed", StringComparison.Ordinal));
        var href = await page.GetAttributeAsync(".map-list p:last-child a", "href");
        Assert.Matches($"^/agreements/{Browsers.Agreement}/violations\\?.*status=disputed.*bbox=", href!);

        var here = await page.Locator(".map-list .count").InnerTextAsync();
        await page.GotoAsync(href!);
        Assert.Equal(int.Parse(here, CultureInfo.InvariantCulture), await page.Locator("main a[href^='/violations/']").CountAsync());
    }

    [Fact]
    public async Task Hand_keys_and_buttons_move_it_and_the_address_follows()
    {
        await using var window = await browsers.WindowAsync("reader");
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/agreements/{Browsers.Agreement}/map");
        var svg = page.Locator(".map-sheet > svg");
        await svg.FocusAsync();
        await page.Keyboard.PressAsync("+");
        await page.WaitForURLAsync(url => url.Contains("bbox=", StringComparison.Ordinal));
        var zoomed = BoxOf(page.Url);

        await page.Keyboard.PressAsync("ArrowRight");
        await page.WaitForURLAsync(url => BoxOf(url).West > zoomed.West);
        var right = BoxOf(page.Url);
        Assert.Equal(zoomed.East - zoomed.West, right.East - right.West, 2);

        var frame = (await svg.BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(frame.X + 40, frame.Y + (frame.Height - 60));
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(frame.X + 140, frame.Y + (frame.Height - 60), new() { Steps = 5 });
        await page.Mouse.UpAsync();
        await page.WaitForURLAsync(url => BoxOf(url).West < right.West);
        await page.GoBackAsync();
    }

    [Fact]
    public async Task Without_a_script_it_is_moved_by_its_links()
    {
        await using var window = await browsers.WindowAsync("reader", options => options.JavaScriptEnabled = false);
        var page = await window.NewPageAsync();
        await page.GotoAsync($"/agreements/{Browsers.Agreement}/map");
        Assert.NotEqual(0, await page.Locator(".mark").CountAsync());
        Assert.NotEqual(0, await page.Locator(".map-cases li").CountAsync());
        await page.ClickAsync("a[aria-label='Zoom in']");
        Assert.Contains("bbox=", page.Url, StringComparison.Ordinal);
        Assert.Contains("imply no position", await page.Locator("figcaption").InnerTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_frame_shows_the_whole_box_and_never_more_than_there_are_shapes_for()
    {
        foreach (var box in new BoundingBox[] { new(45, 39, 47, 40.5), new(36, 47, 40, 50), new(-180, -58, 180, 84), new(10, -40, 12, 60), new(46.1, 39.8, 46.1001, 39.8001) })
        {
            var frame = MapFrame.Around(box);
            Assert.True(frame.West >= frame.Shapes.Box.West - 1e-9 && frame.East <= frame.Shapes.Box.East + 1e-9, $"{box}: {frame.Box}");
            Assert.True(frame.South >= frame.Shapes.Box.South - 1e-9 && frame.North <= frame.Shapes.Box.North + 1e-9, $"{box}: {frame.Box}");
            if (frame.Shapes != MapShapes.World) Assert.True(frame.West <= box.West && frame.East >= box.East && frame.South <= box.South && frame.North >= box.North);
        }
    }

    [Fact]
    public void No_case_is_lost_between_marks_and_no_two_marks_cover_each_other()
    {
        var random = new Random(11);
        var frame = MapFrame.Around(new BoundingBox(45, 39, 48, 41));
        var cases = Enumerable.Range(0, 3_000).Select(_ => At(39 + (random.NextDouble() * 2), 45 + (random.NextDouble() * 3))).ToList();
        var marks = MapCluster.Of(frame, cases);

        Assert.Equal(cases.Select(one => one.ViolationId.Value).Order(), marks.SelectMany(mark => mark.Cases).Select(one => one.ViolationId.Value).Order());
        Assert.True(marks.Count < 400);
        Assert.All(marks, mark => Assert.InRange(mark.X, -1, MapFrame.Width + 1));
    }

    [Fact]
    public void A_wedge_lies_between_its_bearings_and_distances_and_stays_open_where_none_is_known()
    {
        var frame = MapFrame.Around(new BoundingBox(45, 39, 45.2, 39.13));
        var seen = new Location.FromObserver(new GeoPoint(39.06, 45.1), "Post 1", new Span(80, 100), new Span(2000, 4000));
        var words = new MapWords(_ => "<&\"", _ => "/violations/x?a=1&b=\"", _ => "5 km");
        var closed = MapSvg.Draw(frame, MapCluster.Of(frame, [At(seen)]), [], words);
        var open = MapSvg.Draw(frame, MapCluster.Of(frame, [At(seen with { DistanceMetres = null })]), [], words);

        Assert.Contains("class=\"extent\"", closed, StringComparison.Ordinal);
        Assert.Contains("class=\"observer\"", closed, StringComparison.Ordinal);
        Assert.Contains("class=\"extent open\"", open, StringComparison.Ordinal);
        Assert.DoesNotContain("<&\"", closed, StringComparison.Ordinal);
        Assert.DoesNotContain("style=", closed, StringComparison.Ordinal);
        // The far edge lies 4 km east of the post.
        var (x, _) = frame.Place(seen.Observer);
        var farthest = Regex.Matches(Regex.Match(closed, "class=\"extent\" d=\"([^\"]+)\"").Groups[1].Value, @"[ML](-?[\d.]+)").Max(point => double.Parse(point.Groups[1].Value, CultureInfo.InvariantCulture));
        Assert.Equal(4000, (farthest - x) * 111_195 / frame.Scale * (Math.Cos(39.06 * Math.PI / 180) / Math.Cos(frame.Shapes.StandardParallel * Math.PI / 180)), 25.0);
    }

    private static ViolationListItem At(double latitude, double longitude) => At(new Location.Point(new GeoPoint(latitude, longitude), 500));

    private static ViolationListItem At(Location location) => new(
        new ViolationId(Guid.NewGuid()), ViolationStatus.Alleged, Category.SmallArmsFire, new Occurred(DateTimeOffset.UnixEpoch, null, TimePrecision.Hour), location, null,
        null, null, null, null, 0, DateTimeOffset.UnixEpoch, 0);

    private static BoundingBox BoxOf(string url) =>
        MapFrame.Parse(Uri.UnescapeDataString(Regex.Match(url, "bbox=([^&]+)").Groups[1].Value)) ?? new BoundingBox(0, 0, 1, 1);
}
