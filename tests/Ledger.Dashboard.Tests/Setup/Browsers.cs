using System.Collections.Concurrent;
using Ledger.Api.Hosting;
using Ledger.Exchange.Demonstration;
using Ledger.Testing.Api;
using Ledger.Testing.EventStores;
using Microsoft.Playwright;

namespace Ledger.Dashboard.Tests.Setup;

/// <summary>The ledger as people start it with the demonstration in it, and a real browser to look at it.</summary>
public sealed class Browsers : IAsyncLifetime, IAsyncDisposable
{
    private const string AdministratorKey = "administrator-key-for-tests";

    private readonly TemporaryDirectory _directory = new();
    private readonly ConcurrentDictionary<string, Task<string>> _states = new();
    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;

    public LedgerServer Server { get; private set; } = null!;

    public LoadedDemonstration Demonstration { get; private set; } = null!;

    public string Root => Server.Address.ToString().TrimEnd('/');

    public static string Agreement => "karabakh-2020";

    /// <summary>A case with a long history: confirmed, disputed, the dispute rejected, its figures revised five times.</summary>
    public static string Ganja => DemonstrationLoader.CaseId("NK20-017").ToString();

    public async Task InitializeAsync()
    {
        string[] args = ["--urls", "http://127.0.0.1:0", $"--Ledger:Data={_directory.File("data")}", $"--Ledger:AdministratorKey={AdministratorKey}"];
        Server = await LedgerServer.StartAsync(args, TimeProvider.System, CancellationToken.None);
        var node = Server.Node;
        Demonstration = await DemonstrationLoader.LoadAsync(node.Mediator, node.View, node.HashingKey, Server.Address, CancellationToken.None);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Chromium(),
            // Chromium's own sandbox doesn't run as root.
            Args = Environment.IsPrivilegedProcess ? ["--no-sandbox"] : [],
        });
    }

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
        await Server.DisposeAsync();
        _directory.Dispose();
    }

    /// <param name="who">As the demonstration calls its people: monitor-1, liaison-armenia, verifier-1, reader …</param>
    public string KeyOf(string who) => who == "administrator-1" ? AdministratorKey : Demonstration.Keys.Single(key => key.KeyId.Value == "demo-" + who).Secret;

    public ApiClient Client(string who) => new(Server.Address, KeyOf(who));

    /// <summary>A window of somebody's own; null = nobody is signed in.</summary>
    public async Task<IBrowserContext> WindowAsync(string? who, Action<BrowserNewContextOptions>? change = null)
    {
        var options = new BrowserNewContextOptions
        {
            BaseURL = Root,
            Locale = "en-GB",
            ViewportSize = new ViewportSize { Width = 1280, Height = 900 },
            StorageState = who is null ? null : await _states.GetOrAdd(who, SignInAsync),
        };
        change?.Invoke(options);
        return await _browser.NewContextAsync(options);
    }

    /// <summary>A case of the test's own in the demonstration's agreement, recorded by monitor-1; its id.</summary>
    public async Task<string> CaseAsync(string? alleged = "armenia")
    {
        using var monitor = Client("monitor-1");
        var answer = await monitor.PostAsync($"agreements/{Agreement}/violations", Bodies.Parse($$"""
            { "category": "artillery-or-mortar", "provision": "moscow-1", "occurred": { "from": "2020-10-14T09:30:00+04:00", "precision": "minute" },
              "allegedParty": {{(alleged is null ? "null" : $"\"{alleged}\"")}}, "observation": { "means": "heard" }, "narrative": "Four rounds, heard by one post." }
            """));
        return answer.Stored(201).Field("violationId");
    }

    /// <summary>An entry of the coverage in October 2020; its id.</summary>
    public async Task<string> CoverageAsync()
    {
        using var monitor = Client("monitor-1");
        return (string)(await monitor.GetAsync($"agreements/{Agreement}/coverage?from=2020-10-01T00:00:00Z&to=2020-11-01T00:00:00Z&limit=1")).Json["items"]![0]!["coverageId"]!;
    }

    public async Task<long> EventsOfAsync(string violation)
    {
        using var auditor = Client("auditor");
        var answer = await auditor.GetAsync($"violations/{violation}/history?limit=500");
        return answer.Json["items"]!.AsArray().Count;
    }

    private async Task<string> SignInAsync(string who)
    {
        await using var window = await _browser.NewContextAsync(new() { BaseURL = Root });
        var page = await window.NewPageAsync();
        await page.GotoAsync("/login");
        await page.FillAsync("#key", KeyOf(who));
        await page.ClickAsync("main button[type=submit]");
        Assert.True(await page.Locator(".who").CountAsync() == 1, $"{who} isn't signed in: {page.Url}, {await page.Locator("body").InnerTextAsync()}");
        return await window.StorageStateAsync();
    }

    private static string Chromium() =>
        new[] { Environment.GetEnvironmentVariable("CHROMIUM"), "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists)
        ?? throw new FileNotFoundException("The dashboard's tests look at it in chromium: apt-get install chromium, or name another with CHROMIUM=…");
}

[CollectionDefinition(Name)]
public sealed class InTheBrowser : ICollectionFixture<Browsers>
{
    public const string Name = "In the browser";
}
