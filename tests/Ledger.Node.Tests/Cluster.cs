using Ledger.Api.Hosting;
using Ledger.Testing.Api;
using Ledger.Testing.EventStores;
using Ledger.WireDouble;
using Xunit.Abstractions;

namespace Ledger.Node.Tests;

/// <summary>Several API nodes on one EventStoreDB: the wire double, or the server that LEDGER_EVENTSTOREDB names.</summary>
/// <remarks>A real server must be empty when a run begins: a ledger has a database of its own, and all tests of a run share it there.</remarks>
internal sealed class Cluster : IAsyncDisposable
{
    /// <summary>Tests that share a real server's database come one after another: what one counts, another must not write meanwhile.</summary>
    public const string OneDatabase = "one database";

    public const string AdministratorKey = "administrator-key-for-tests";

    private static readonly string? Named = Environment.GetEnvironmentVariable("LEDGER_EVENTSTOREDB") is { Length: > 0 } named ? named : null;
    private static readonly Lazy<TemporaryDirectory> OfTheRun = new(() => new TemporaryDirectory());

    private static int _names;

    private readonly TemporaryDirectory _directory = new();
    private readonly DoubleNode? _double;
    private readonly List<LedgerServer> _nodes = [];
    private int _started;

    private Cluster(DoubleNode? doubled, string connection) => (_double, Connection) = (doubled, connection);

    /// <summary>Where the store is.</summary>
    public string Connection { get; }

    public DoubleNode Double => _double ?? throw new InvalidOperationException("This test makes trouble that no real server makes on demand.");

    /// <summary>False on a real server, which makes no trouble on demand.</summary>
    public bool IsDouble => _double is not null;

    /// <summary>The ledger's keys. On a real server the ledger outlives a test, and so do they.</summary>
    public string Secrets => IsDouble ? _directory.File("secrets") : OfTheRun.Value.File("secrets");

    /// <summary>An id that no other test takes.</summary>
    public static string Fresh(string name) => $"{name}-{Environment.ProcessId}-{Interlocked.Increment(ref _names)}";

    public static async Task<Cluster> StartAsync(ITestOutputHelper output)
    {
        if (Named is not null)
        {
            output.WriteLine("This ran on the real server that LEDGER_EVENTSTOREDB names.");
            return new Cluster(null, Named);
        }

        output.WriteLine("LEDGER_EVENTSTOREDB names no server: this ran on the wire double.");
        var node = await DoubleNode.StartAsync();
        return new Cluster(node, node.ConnectionString);
    }

    public string File(string name) => _directory.File(name);

    /// <summary>Another API node, with a data directory of its own and the secrets of all.</summary>
    public Task<LedgerServer> NodeAsync(params string[] settings) => NodeAsync(TimeProvider.System, settings);

    /// <summary>The same, with a clock of its own.</summary>
    public async Task<LedgerServer> NodeAsync(TimeProvider time, params string[] settings)
    {
        string[] args =
        [
            "--urls", "http://127.0.0.1:0", $"--Ledger:Data={_directory.File($"node-{Interlocked.Increment(ref _started)}")}", $"--Ledger:Secrets={Secrets}", $"--Ledger:Evidence={_directory.File("evidence")}",
            "--Ledger:Store=eventstoredb", $"--Ledger:EventStoreDb:ConnectionString={Connection}", $"--Ledger:AdministratorKey={AdministratorKey}", .. settings,
        ];
        var server = await LedgerServer.StartAsync(args, time, CancellationToken.None);
        lock (_nodes) _nodes.Add(server);
        await ReadyAsync(server);
        return server;
    }

    public static async Task ReadyAsync(LedgerServer server)
    {
        using var client = new HttpClient { BaseAddress = server.Address };
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            using var answer = await client.GetAsync(new Uri("/health/ready", UriKind.Relative), limit.Token);
            if (answer.IsSuccessStatusCode) return;
            await Task.Delay(20, limit.Token);
        }
    }

    public static ApiClient Client(LedgerServer server, string key = AdministratorKey) => new(server.Address, key);

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) await node.DisposeAsync();
        if (_double is not null) await _double.DisposeAsync();
        _directory.Dispose();
    }
}
