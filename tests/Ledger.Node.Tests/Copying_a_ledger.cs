using System.Diagnostics;
using Ledger.Api.Hosting;
using Ledger.EventStore;
using Ledger.EventStore.EventStoreDb;
using Ledger.Testing.Api;
using Ledger.Testing.EventStores;
using Ledger.Transparency;
using Ledger.WireDouble;

namespace Ledger.Node.Tests;

/// <summary>A ledger moved to another store is the same ledger: same bytes, sequences, figures, roots.</summary>
public sealed class Copying_a_ledger : IAsyncLifetime, IDisposable
{
    private const int Cases = 120;

    private readonly TemporaryDirectory _directory = new();
    private DoubleNode _double = null!;
    private string _picture = "";
    private string _head = "";

    private CopyEnd Directory => new(_directory.File("data"), null, _directory.File("data.secrets"));

    private CopyEnd Server => new(null, EventStoreDbOptions.Parse(_double.ConnectionString), _directory.File("server.secrets"));

    public async Task InitializeAsync()
    {
        _double = await DoubleNode.StartAsync();
        await using var node = await StartAsync("data");
        using var administrator = new ApiClient(node.Address, Cluster.AdministratorKey);
        (await administrator.PostAsync("agreements", Bodies.Agreement("one"))).Stored(201);
        var key = (await administrator.PostAsync("keys", Bodies.Key("monitor-1", "monitor", null, []))).Stored(201).Field("key");
        using var monitor = new ApiClient(node.Address, key);
        for (var i = 0; i < Cases; i++) (await monitor.PostAsync("agreements/one/violations", Bodies.Violation())).Stored(201);
        (_picture, _head) = await ShownAsync(node);
    }

    public async Task DisposeAsync() => await _double.DisposeAsync();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task There_and_back_it_is_the_same()
    {
        var there = await LedgerCopy.RunAsync(Directory, Server, null, CancellationToken.None);
        Assert.Equal(Cases + 3, there.Leaves);
        Assert.True(there.Texts >= Cases, $"{there.Texts} texts");
        var back = await LedgerCopy.RunAsync(Server, new CopyEnd(_directory.File("back"), null, _directory.File("back.secrets")), null, CancellationToken.None);
        Assert.Equal(there.Events, back.Events);

        await using var node = await StartAsync("back");
        Assert.Equal((_picture, _head), await ShownAsync(node));
    }

    [Fact]
    public async Task A_node_goes_on_where_the_copy_ends()
    {
        await LedgerCopy.RunAsync(Directory, Server, null, CancellationToken.None);
        await using var node = await LedgerServer.StartAsync(
            [
                "--urls", "http://127.0.0.1:0", $"--Ledger:Data={_directory.File("node")}", $"--Ledger:Secrets={_directory.File("server.secrets")}", $"--Ledger:Evidence={_directory.File("evidence")}",
                "--Ledger:Store=eventstoredb", $"--Ledger:EventStoreDb:ConnectionString={_double.ConnectionString}", $"--Ledger:AdministratorKey={Cluster.AdministratorKey}",
            ],
            TimeProvider.System, CancellationToken.None);
        await Cluster.ReadyAsync(node);
        Assert.Equal((_picture, _head), await ShownAsync(node));
        using var administrator = Cluster.Client(node);
        (await administrator.PostAsync("agreements", Bodies.Agreement("two"))).Stored(201);
    }

    [Fact]
    public async Task Killed_in_the_middle_and_run_again_it_ends_the_same()
    {
        foreach (var part in (int[])[10, 40, 80])
        {
            _double.BeforeAppends = () =>
            {
                if (Held() >= part) _double.Freeze(); // So that it can't come to its end before it is killed.
            };
            using var program = Process.Start(new ProcessStartInfo(
                "dotnet", ["exec", "--runtimeconfig", Beside("Ledger.Node.Tests.runtimeconfig.json"), "--depsfile", Beside("Ledger.Node.Tests.deps.json"), Beside("ledger.dll"), "copy", "--from", _directory.File("data"), "--to", _double.ConnectionString, "--to-secrets", _directory.File("server.secrets")])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            while (Held() < part && !program.HasExited) await Task.Delay(1, limit.Token);
            Assert.False(program.HasExited, program.HasExited ? await program.StandardError.ReadToEndAsync(limit.Token) : "");
            program.Kill();
            await program.WaitForExitAsync(limit.Token);
            // What a dead program sent is forgotten with its connection; until that is noticed it would be stored still.
            while (_double.OpenBatches > 0) await Task.Delay(1, limit.Token);
            _double.BeforeAppends = null;
            _double.Thaw();
            Assert.InRange(Held(), part, Cases);
        }

        var result = await LedgerCopy.RunAsync(Directory, Server, null, CancellationToken.None);
        Assert.Equal(Cases + 3, result.Leaves);
        Assert.InRange(result.Copied, 1, result.Events - 80);
    }

    [Fact]
    public async Task A_target_that_stores_another_order_is_told_at_once_and_again()
    {
        // It refuses one in the midst and takes the next: no server is known to, and none could be copied to in order if it did.
        var refused = 0;
        _double.RefusesLate = true;
        _double.BeforeAppends = () =>
        {
            if (Held() == 20 && refused++ == 0) _double.TroubleAppends(new AppendTrouble(Trouble.TooBusy, false));
        };
        var told = await Assert.ThrowsAsync<StoreUnavailableException>(() => LedgerCopy.RunAsync(Directory, Server, null, CancellationToken.None));
        Assert.Contains("its order isn't the source's", told.Message, StringComparison.Ordinal);
        _double.BeforeAppends = null;
        var again = await Assert.ThrowsAsync<StoreUnavailableException>(() => LedgerCopy.RunAsync(Directory, Server, null, CancellationToken.None));
        Assert.Contains("isn't a copy of this ledger", again.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_that_holds_anything_else_isnt_touched()
    {
        await using (var store = await EventStoreDbEventStore.ConnectAsync(EventStoreDbOptions.Parse(_double.ConnectionString), CancellationToken.None))
            await store.AppendAsync(new StreamName("violation-1"), ExpectedRevision.NoStream, [new EventToAppend(Guid.NewGuid(), "x-v1", "{}"u8.ToArray(), "{}"u8.ToArray())], CancellationToken.None);
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => LedgerCopy.RunAsync(Directory, Server, null, CancellationToken.None));
        Assert.Contains("isn't a copy of this ledger", refused.Message, StringComparison.Ordinal);
        await using var after = await EventStoreDbEventStore.ConnectAsync(EventStoreDbOptions.Parse(_double.ConnectionString), CancellationToken.None);
        var held = 0;
        await foreach (var page in after.ReadAllAsync(null, CancellationToken.None)) held += page.Count;
        Assert.Equal(1, held);
    }

    [Fact]
    public async Task A_ledger_in_use_isnt_copied()
    {
        await using var node = await StartAsync("data");
        await Assert.ThrowsAsync<StoreUnavailableException>(() => LedgerCopy.RunAsync(Directory, Server, null, CancellationToken.None));
    }

    [Fact]
    public async Task Another_ledgers_secrets_are_refused()
    {
        System.IO.Directory.CreateDirectory(_directory.File("server.secrets"));
        await File.WriteAllBytesAsync(_directory.File("server.secrets/hmac.key"), new byte[32]);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => LedgerCopy.RunAsync(Directory, Server, null, CancellationToken.None));
    }

    // Beside these tests lies what both need together: the program's own description names packages that the web framework brings here.
    private static string Beside(string file) => Path.Combine(AppContext.BaseDirectory, file);

    private int Held() => _double.Log.Records.Count(record => LeafStreams.Contains(record.Stream));

    private Task<LedgerServer> StartAsync(string data) => LedgerServer.StartAsync(
        ["--urls", "http://127.0.0.1:0", $"--Ledger:Data={_directory.File(data)}", $"--Ledger:AdministratorKey={Cluster.AdministratorKey}"], TimeProvider.System, CancellationToken.None);

    private static async Task<(string Picture, string Head)> ShownAsync(LedgerServer node)
    {
        await Cluster.ReadyAsync(node);
        using var administrator = Cluster.Client(node);
        var picture = await administrator.GetAsync("agreements/one/compliance");
        using var client = new HttpClient { BaseAddress = node.Address };
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var note = await client.GetByteArrayAsync(new Uri("/log/checkpoint", UriKind.Relative), limit.Token);
            if (SignedCheckpoint.TryParse(note, out var head, out _) && head.Checkpoint.Size.Value >= Cases + 3) return (picture.Text, head.ToString());
            await Task.Delay(50, limit.Token);
        }
    }
}
