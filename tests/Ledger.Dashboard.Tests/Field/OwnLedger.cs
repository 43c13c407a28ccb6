using System.Net;
using System.Net.Sockets;
using Ledger.Api.Hosting;
using Ledger.Log;
using Ledger.Testing.Api;
using Ledger.Testing.EventStores;

namespace Ledger.Dashboard.Tests.Field;

/// <summary>A ledger of the test's own, which it may stop and start again under the same address and with the same data.</summary>
internal sealed class OwnLedger : IAsyncDisposable
{
    public const string Agreement = "truce";
    private const string AdministratorKey = "administrator-key-for-tests";

    private readonly TemporaryDirectory _directory = new();
    private readonly int _port = FreePort();
    private readonly string[] _settings;
    private LedgerServer? _server;

    private OwnLedger(string[] settings) => _settings = settings;

    public TransparencyLog Log => _server!.Node.Log;

    public string Root => $"http://127.0.0.1:{_port}";

    /// <summary>A monitor's.</summary>
    public string Key { get; private set; } = "";

    public static async Task<OwnLedger> StartedAsync(params string[] settings)
    {
        var ledger = new OwnLedger(settings);
        await ledger.StartAsync();
        using var administrator = ledger.Client(AdministratorKey);
        (await administrator.PostAsync("agreements", Bodies.Parse("""
            { "agreementId": "truce", "title": "The truce of 1 March", "timeZone": "Europe/Kyiv",
              "parties": [{ "partyId": "north", "name": "North" }, { "partyId": "south", "name": "South" }],
              "term": { "from": "2026-03-01T00:00:00+02:00" } }
            """))).Stored(201);
        ledger.Key = await ledger.IssueAsync("monitor", "team-1");
        return ledger;
    }

    public async Task<string> IssueAsync(string role, string subject)
    {
        using var administrator = Client(AdministratorKey);
        var answer = await administrator.PostAsync("keys", Bodies.Parse($$"""{ "subject": "{{subject}}", "displayName": "{{subject}}", "roles": ["{{role}}"] }"""));
        return answer.Field("key");
    }

    public ApiClient Client(string? key = null) => new(new Uri(Root), key ?? Key);

    public async Task StartAsync() => _server = await LedgerServer.StartAsync(
        ["--urls", Root, $"--Ledger:Data={_directory.File("data")}", $"--Ledger:AdministratorKey={AdministratorKey}", .. _settings], TimeProvider.System, CancellationToken.None);

    public async Task StopAsync()
    {
        if (_server is { } server) await server.DisposeAsync();
        _server = null;
    }

    /// <summary>One case more, under a published head; its id.</summary>
    public async Task<string> RecordAsync()
    {
        using var client = Client();
        var id = (await client.PostAsync($"agreements/{Agreement}/violations", Bodies.Parse("""
            { "category": "small-arms-fire", "occurred": { "from": "2026-03-02T14:05:00+02:00", "precision": "minute" }, "allegedParty": null, "narrative": "Bursts from the ridge." }
            """))).Stored(201).Field("violationId");
        Assert.True(await Log.WaitForPublishedAsync(_server!.Node.View.Count, TimeSpan.FromSeconds(30), CancellationToken.None));
        return id;
    }

    public async Task<IReadOnlyList<string>> RecordedAsync()
    {
        using var client = Client();
        return [.. (await client.GetAsync($"agreements/{Agreement}/violations?limit=500")).Json["items"]!.AsArray().Select(item => (string)item!["violationId"]!)];
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _directory.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
