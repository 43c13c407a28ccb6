using System.Collections.Concurrent;
using Ledger.Api.Hosting;
using Ledger.Testing.Api;
using Ledger.Testing.EventStores;
using Ledger.Testing.S3;

namespace Ledger.Api.Tests.Writes;

/// <summary>A ledger as people start it, on a real socket and a real file, with a key for everybody who is needed.</summary>
public class TestLedger : IAsyncLifetime, IAsyncDisposable
{
    public const string AdministratorKey = "administrator-key-for-tests";

    private static int _agreements;

    private readonly TemporaryDirectory _directory = new();
    private readonly ConcurrentDictionary<string, Task<ApiClient>> _clients = new();

    public LedgerServer Server { get; private set; } = null!;

    public ApiClient Administrator { get; private set; } = null!;

    public string EvidenceDirectory => _directory.File("evidence");

    /// <summary>Names of the files of evidence that lie where this ledger keeps them, marks included.</summary>
    public virtual IReadOnlyList<string> KeptFiles => !Directory.Exists(EvidenceDirectory) ? []
        : [.. Directory.EnumerateFiles(EvidenceDirectory, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(EvidenceDirectory, file)).Where(name => !name.StartsWith("incoming", StringComparison.Ordinal))];

    /// <summary>Somebody with another program puts other bytes in a file's place.</summary>
    public virtual void PutBehindItsBack(string name, byte[] bytes) => File.WriteAllBytes(Path.Combine(EvidenceDirectory, name), bytes);

    public static async Task<TestLedger> StartAsync(params string[] settings)
    {
        var ledger = new TestLedger();
        await ledger.StartWithAsync(settings);
        return ledger;
    }

    public virtual Task InitializeAsync() => StartWithAsync([]);

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var client in _clients.Values) (await client).Dispose();
        Administrator.Dispose();
        await Server.DisposeAsync();
        _directory.Dispose();
    }

    public ApiClient Client(string? key) => new(Server.Address, key);

    public Task<ApiClient> MonitorAsync(string subject = "monitor-1") => WhoAsync(subject, "monitor");

    public Task<ApiClient> VerifierAsync(string subject = "verifier-1", string? delegation = null) => WhoAsync(subject, "verifier", delegation);

    public Task<ApiClient> LiaisonAsync(string party) => WhoAsync($"liaison-{party}", "liaison", party);

    public Task<ApiClient> WhoAsync(string subject, string role, string? party = null, params string[] agreements) =>
        _clients.GetOrAdd($"{subject} {role} {party} {string.Join(' ', agreements)}", async _ => Client(await KeyAsync(Bodies.Key(subject, role, party, agreements))));

    public async Task<string> KeyAsync(System.Text.Json.Nodes.JsonObject body)
    {
        var answer = await Administrator.PostAsync("keys", body);
        return answer.Stored(201).Field("key");
    }

    /// <summary>An agreement of the test's own, with a zone.</summary>
    public async Task<string> AgreementAsync(Action<System.Text.Json.Nodes.JsonObject>? change = null)
    {
        var id = $"agreement-{Interlocked.Increment(ref _agreements)}";
        (await Administrator.PostAsync("agreements", Bodies.Agreement(id, change))).Stored(201);
        (await Administrator.PostAsync($"agreements/{id}/zones", Bodies.ZoneOf())).Stored();
        return id;
    }

    /// <summary>A case recorded by monitor-1 in an agreement of its own; its path.</summary>
    public async Task<string> CaseAsync(Action<System.Text.Json.Nodes.JsonObject>? change = null, string? agreement = null)
    {
        var monitor = await MonitorAsync();
        var answer = await monitor.PostAsync($"agreements/{agreement ?? await AgreementAsync()}/violations", Bodies.Violation(change));
        return $"violations/{answer.Stored(201).Field("violationId")}";
    }

    /// <summary>How many events of the ledger the store holds; the log's seals beside them come when they come.</summary>
    public async Task<long> EventsAsync()
    {
        var count = 0L;
        await foreach (var page in Server.Node.Store.ReadAllAsync(null, CancellationToken.None)) count += page.Count(e => Transparency.LeafStreams.Contains(e.Stream.Value));
        return count;
    }

    protected async Task StartWithAsync(string[] settings)
    {
        string[] args =
        [
            "--urls", "http://127.0.0.1:0", $"--Ledger:Data={_directory.File("data")}", $"--Ledger:Evidence={EvidenceDirectory}",
            $"--Ledger:AdministratorKey={AdministratorKey}", .. settings,
        ];
        Server = await LedgerServer.StartAsync(args, TimeProvider.System, CancellationToken.None);
        Administrator = Client(AdministratorKey);
    }
}

/// <summary>The same, with its files of evidence in a bucket.</summary>
public sealed class BucketLedger : TestLedger
{
    private bool _isOwn;

    public S3Double Store { get; private set; } = null!;

    public override IReadOnlyList<string> KeptFiles => Store.NamesOfAnyForm;

    /// <summary>What a ledger is told of the double's bucket.</summary>
    public static string[] SettingsOf(Uri store) =>
    [
        $"--Ledger:Evidence:S3:Endpoint={store}", $"--Ledger:Evidence:S3:Bucket={S3Double.Bucket}", $"--Ledger:Evidence:S3:AccessKey={S3Double.AccessKey}", $"--Ledger:Evidence:S3:SecretKey={S3Double.SecretKey}",
    ];

    public static async Task<BucketLedger> OnAsync(S3Double store, params string[] settings)
    {
        var ledger = new BucketLedger { Store = store };
        await ledger.StartWithAsync([.. SettingsOf(store.Address), .. settings]);
        return ledger;
    }

    public override void PutBehindItsBack(string name, byte[] bytes) => Store[name] = bytes;

    public override async Task InitializeAsync()
    {
        (Store, _isOwn) = (await S3Double.StartAsync(), true);
        await StartWithAsync(SettingsOf(Store.Address));
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_isOwn) await Store.DisposeAsync();
    }
}
