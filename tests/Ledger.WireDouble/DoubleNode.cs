using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Ledger.WireDouble;

/// <summary>A member of the cluster, as gossip tells it.</summary>
public sealed record Member(string Host, int Port, string State, bool IsAlive = true);

/// <summary>How a double listens.</summary>
public sealed record DoubleOptions
{
    /// <summary>Null for cleartext HTTP/2.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Names and passwords; empty: nobody is checked.</summary>
    public IReadOnlyDictionary<string, string> Users { get; init; } = new Dictionary<string, string>();

    /// <summary>A user's certificate does in place of a password.</summary>
    public bool TakesCertificates { get; init; }
}

/// <summary>One node that speaks EventStoreDB's protocol on a real socket: its limits, its trailers, its oddities, and its misfortunes on demand.</summary>
/// <remarks>Nodes of one cluster share a <see cref="DoubleLog"/>. What the double does was seen on a real 23.10 server first.</remarks>
public sealed class DoubleNode : IAsyncDisposable
{
    private readonly DoubleOptions _options;
    private readonly ConcurrentDictionary<string, string> _users;
    private readonly ConcurrentQueue<AppendTrouble> _appendTroubles = new();
    private readonly ConcurrentQueue<Trouble> _readTroubles = new();
    private readonly ConcurrentQueue<SubscriptionTrouble> _subscriptionTroubles = new();
    private readonly List<Member> _members = [];
    private readonly Lock _gate = new();
    private TaskCompletionSource? _frozen;
    private WebApplication? _app;
    private int _appends;
    private int _reads;
    private int _subscriptions;
    private int _gossips;
    private int _openBatches;

    private DoubleNode(DoubleOptions options, DoubleLog log)
    {
        _options = options;
        _users = new ConcurrentDictionary<string, string>(options.Users);
        Log = log;
    }

    public DoubleLog Log { get; }

    public int Port { get; private set; }

    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>For an adapter without a user, talking to this node alone.</summary>
    public string ConnectionString => $"esdb://{Address}?tls={(_options.Certificate is null ? "false" : "true")}";

    /// <summary>False: calls that require a leader are refused, and the leader is named.</summary>
    public bool Leads { get; set; } = true;

    /// <summary>What a follower names as the leader.</summary>
    public (string Host, int Port)? Leader { get; set; }

    /// <summary>Adds fields that no version has yet to what is sent.</summary>
    public bool SendsUnknownFields { get; set; }

    /// <summary>Who may not do what: (user, stream, right), right being r, w or m for metadata.</summary>
    public Func<string?, string, char, bool> Denies { get; set; } = (_, _, _) => false;

    /// <summary>Spoils what goes out: given the call's path and a message, it says what is sent in its place.</summary>
    public Func<string, byte[], Spoilt>? Spoils { get; set; }

    /// <summary>What a test does at every append that has arrived whole.</summary>
    public Action? BeforeAppends { get; set; }

    /// <summary>Of many appends on one call, a refused one is answered behind the next: who sent them can't take that back first.</summary>
    public bool RefusesLate { get; set; }

    /// <summary>Attempts to append that arrived whole.</summary>
    public int Appends => Volatile.Read(ref _appends);

    /// <summary>Calls for many appends that are open now.</summary>
    public int OpenBatches => Volatile.Read(ref _openBatches);

    /// <summary>Reads that end, of streams and of all.</summary>
    public int Reads => Volatile.Read(ref _reads);

    /// <summary>Subscriptions begun.</summary>
    public int Subscriptions => Volatile.Read(ref _subscriptions);

    public int Gossips => Volatile.Read(ref _gossips);

    public static async Task<DoubleNode> StartAsync(DoubleLog? log = null, DoubleOptions? options = null)
    {
        var node = new DoubleNode(options ?? new DoubleOptions(), log ?? new DoubleLog());
        await node.ListenAsync();
        return node;
    }

    /// <summary>The next appends' troubles, in order.</summary>
    public void TroubleAppends(params AppendTrouble[] troubles)
    {
        foreach (var trouble in troubles) _appendTroubles.Enqueue(trouble);
    }

    public void TroubleReads(params Trouble[] troubles)
    {
        foreach (var trouble in troubles) _readTroubles.Enqueue(trouble);
    }

    public void TroubleSubscriptions(params SubscriptionTrouble[] troubles)
    {
        foreach (var trouble in troubles) _subscriptionTroubles.Enqueue(trouble);
    }

    /// <summary>What this node tells of the cluster. Without any it tells of itself alone.</summary>
    public void Gossip(params Member[] members)
    {
        lock (_gate)
        {
            _members.Clear();
            _members.AddRange(members);
        }
    }

    /// <summary>Answers nothing any more, and closes nothing.</summary>
    public void Freeze()
    {
        lock (_gate) _frozen ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Thaw()
    {
        lock (_gate)
        {
            _frozen?.SetResult();
            _frozen = null;
        }
    }

    /// <summary>Dies at once, as by kill -9. The log lives on.</summary>
    public async Task KillAsync()
    {
        if (_app is not { } app) return;
        _app = null;
        Thaw();
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await app.StopAsync(now.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await app.DisposeAsync();
    }

    /// <summary>Listens again, on the same port.</summary>
    public async Task RestartAsync()
    {
        await KillAsync();
        Log.Restart();
        await ListenAsync();
    }

    public async ValueTask DisposeAsync() => await KillAsync();

    internal IReadOnlyDictionary<string, string> Users => _users;

    internal bool AddUser(string name, string password) => _users.TryAdd(name, password);

    internal bool TakesCertificates => _options.TakesCertificates;

    internal IReadOnlyList<Member> Members
    {
        get
        {
            lock (_gate) return _members.Count > 0 ? [.. _members] : [new Member("127.0.0.1", Port, "Leader")];
        }
    }

    internal AppendTrouble? NextAppendTrouble()
    {
        Interlocked.Increment(ref _appends);
        BeforeAppends?.Invoke();
        return _appendTroubles.TryDequeue(out var trouble) && trouble != AppendTrouble.None ? trouble : null;
    }

    internal Trouble? NextReadTrouble()
    {
        Interlocked.Increment(ref _reads);
        return _readTroubles.TryDequeue(out var trouble) ? trouble : null;
    }

    internal SubscriptionTrouble NextSubscriptionTrouble()
    {
        Interlocked.Increment(ref _subscriptions);
        return _subscriptionTroubles.TryDequeue(out var trouble) ? trouble : new SubscriptionTrouble();
    }

    internal void CountBatch(int change) => Interlocked.Add(ref _openBatches, change);

    internal void CountGossip() => Interlocked.Increment(ref _gossips);

    internal Task WhileFrozenAsync(CancellationToken cancellation)
    {
        lock (_gate) return _frozen?.Task.WaitAsync(cancellation) ?? Task.CompletedTask;
    }

    private async Task ListenAsync()
    {
        // The empty one: the others watch files, and a test run with hundreds of doubles has no watches left.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            // As the server: the 101st call on a connection waits.
            kestrel.Limits.Http2.MaxStreamsPerConnection = 100;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, Port, Listen);
        });
        builder.Services.AddSingleton(this);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.Zero);
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = 16_767_216);
        var app = builder.Build();
        app.Use((context, next) => Spoils is { } spoils ? SpoiltAnswers.RunAsync(context, () => next(context), spoils) : next(context));
        app.MapGrpcService<StreamsService>();
        app.MapGrpcService<GossipService>();
        app.MapGrpcService<ServerFeaturesService>();
        app.MapGrpcService<UsersService>();
        await app.StartAsync();
        Port = new Uri(app.Urls.First()).Port;
        _app = app;
    }

    private void Listen(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http2;
        if (_options.Certificate is not { } certificate) return;
        listen.UseHttps(https =>
        {
            https.ServerCertificate = certificate;
            https.ClientCertificateMode = _options.TakesCertificates ? ClientCertificateMode.AllowCertificate : ClientCertificateMode.NoCertificate;
            https.ClientCertificateValidation = (_, _, _) => true;
        });
    }
}
