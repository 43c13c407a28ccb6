using System.Net.Sockets;
using Ledger.Api.Access.Tokens;
using Ledger.Api.Dashboard;
using Ledger.Api.Http;
using Ledger.Dashboard.Hosting;
using Ledger.EventStore;
using Ledger.Api.Operations;
using Ledger.Node;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.HttpOverrides;

namespace Ledger.Api.Hosting;

/// <summary>The program: one node, served over HTTP.</summary>
/// <remarks>Tests start it exactly as people do, with arguments.</remarks>
public sealed class LedgerServer : IAsyncDisposable
{
    private const string DefaultUrl = "http://127.0.0.1:5080";

    // Settings are read once. Watching their files means watching the directory that they lie in, and with it the data
    // below: every write to the log would wake a watcher (a third of the time of a batch).
    private const string NoWatching = "--hostBuilder:reloadConfigOnChange=false";

    private readonly WebApplication _app;

    private LedgerServer(WebApplication app, LedgerNode node, LedgerSettings settings, string? newKey) =>
        (_app, Node, Settings, NewAdministratorKey) = (app, node, settings, newKey);

    internal IServiceProvider Services => _app.Services;

    public LedgerNode Node { get; }

    public LedgerSettings Settings { get; }

    /// <summary>The first administrator's key, where this start made one. It is kept nowhere.</summary>
    public string? NewAdministratorKey { get; }

    /// <summary>Where it listens.</summary>
    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>Runs until it is told to stop.</summary>
    /// <returns>The exit code: 1 where it couldn't start, with a sentence on standard error.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        OutOfMemory.EndsTheProgram();
        try
        {
            await using var server = await StartAsync(args, TimeProvider.System, CancellationToken.None);
            if (server.Settings.Demo) await Demonstration.LoadAsync(server, Console.Out);
            await Console.Out.WriteAsync(Banner.Of(server));
            await server._app.WaitForShutdownAsync();
            return 0;
        }
        catch (Exception e) when (Sentence(e) is { } sentence)
        {
            await Console.Error.WriteLineAsync(sentence);
            return 1;
        }
    }

    /// <exception cref="SettingsException">A setting is unknown or wrong.</exception>
    /// <exception cref="StoreUnavailableException">The data can't be opened.</exception>
    public static async Task<LedgerServer> StartAsync(string[] args, TimeProvider time, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = [NoWatching, .. args], ApplicationName = typeof(LedgerServer).Assembly.GetName().Name });
        var settings = LedgerSettings.Read(builder.Configuration, args);
        Configure(builder, settings, time);

        LedgerNode? node = null;
        builder.Services.AddSingleton(_ => node ?? throw new InvalidOperationException("The node isn't open yet."));
        var app = builder.Build();
        // Beside the compiling of the routes, which takes another processor: a start was 0.3 s shorter.
        var opening = Task.Run(() => OpenAsync(settings, time, app.Services.GetRequiredService<ILoggerFactory>(), cancellation), cancellation);
        try
        {
            Map(app);
            node = await opening;
            Use(app);
            await app.Services.GetServices<IHostedService>().OfType<Evidence.EvidenceStore>().Single().BeginAsync(node, cancellation);
            Evidence.EvidenceFiles.Sweep(settings, TimeProvider.System.GetUtcNow().UtcDateTime);
            var newKey = await FirstKey.EnsureAsync(node, settings, cancellation);
            await app.StartAsync(cancellation);
            return new LedgerServer(app, node, settings, newKey);
        }
        catch
        {
            await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await app.DisposeAsync();
            if (opening.IsCompletedSuccessfully) await opening.Result.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await Node.DisposeAsync();
    }

    private static Task<LedgerNode> OpenAsync(LedgerSettings settings, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellation) => LedgerNode.StartAsync(
        new NodeOptions(settings.Data)
        {
            Store = settings.Store, Server = settings.Server, VaultServer = settings.VaultServer, Secrets = settings.Secrets, Origin = settings.Origin,
            SignerState = settings.SignerState, Signer = settings.Signer, Policy = settings.Policy, VaultKey = settings.VaultKey,
            PreviousVaultKey = settings.PreviousVaultKey, ReadModelMemory = $"{settings.ReadModelMebibytes}MiB", Time = time,
        },
        loggers, cancellation);

    private static void Configure(WebApplicationBuilder builder, LedgerSettings settings, TimeProvider time)
    {
        if (string.IsNullOrEmpty(builder.Configuration[WebHostDefaults.ServerUrlsKey]) && !builder.Configuration.GetSection("Kestrel:Endpoints").Exists())
            builder.WebHost.UseUrls(DefaultUrl);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Every endpoint has its own limit and counts for itself, so that the answer is problem+json.
            kestrel.Limits.MaxRequestBodySize = null;
            Limit(kestrel.Limits, settings.Limits);
        });
        builder.Logging.ClearProviders().AddEventSourceLogger().AddConsole(console => console.FormatterName = RedactedConsole.FormatterName)
            .AddConsoleFormatter<RedactedConsole, Microsoft.Extensions.Logging.Console.ConsoleFormatterOptions>()
            .AddFilter("Microsoft", LogLevel.Warning)
            .AddFilter("Microsoft.AspNetCore.Antiforgery", LogLevel.Error); // It warns of every page with a form that it isn't kept by caches, which is meant.
        builder.Services.AddSingleton(new Redactor(settings.KnownSecrets));
        // Without a name the header says nothing: whoever can reach this port directly could claim any address.
        builder.Services.Configure<ForwardedHeadersOptions>(options =>
        {
            options.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            options.KnownProxies.Clear();
            options.KnownIPNetworks.Clear();
            foreach (var network in settings.Proxies) options.KnownIPNetworks.Add(network);
        });
        builder.Services.AddSingleton(settings).AddSingleton(time).AddSingleton<TokenSignIn>().AddSingleton<SignIn>();
        builder.Services.AddSingleton<Access.KeyUse>().AddHostedService(services => services.GetRequiredService<Access.KeyUse>());
        builder.Services.AddSingleton<Access.AccountUse>().AddHostedService(services => services.GetRequiredService<Access.AccountUse>());
        builder.Services.AddRouting();
        builder.Services.AddWrites().AddReads().AddObservation(builder.Configuration);
        builder.Services.AddSingleton<ILedgerProgram, DashboardProgram>().AddSingleton<InnerPipeline>().AddHostedService<WarmUp>().AddSingleton<CookieSignIn>();
        builder.Services.AddAccounts(settings.Oidc);
        builder.Services.AddDashboard(services => services.GetRequiredService<LedgerNode>().HashingKey);
    }

    private static void Limit(Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerLimits kestrel, LimitSettings limits)
    {
        kestrel.MaxConcurrentConnections = limits.Connections;
        kestrel.MaxRequestHeadersTotalSize = limits.HeaderBytes;
        kestrel.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.KeepAliveTimeout = TimeSpan.FromSeconds(limits.IdleSeconds);
        var rate = limits.BytesPerSecond == 0 ? null : new Microsoft.AspNetCore.Server.Kestrel.Core.MinDataRate(limits.BytesPerSecond, TimeSpan.FromSeconds(5));
        kestrel.MinRequestBodyDataRate = rate;
        kestrel.MinResponseDataRate = rate;
    }

    /// <summary>What can be asked for.</summary>
    private static void Map(WebApplication app)
    {
        app.MapWrites();
        app.MapReads();
        app.MapDashboard();
        app.RequireActs();
    }

    /// <summary>What every request goes through, and what watches the node.</summary>
    private static void Use(WebApplication app)
    {
        _ = app.Services.GetRequiredService<LedgerMetrics>();
        app.Services.GetRequiredService<InnerPipeline>().Follow(app);
        if (app.Services.GetRequiredService<LedgerSettings>().Proxies.Count > 0) app.UseForwardedHeaders();
        app.UseMiddleware<ErrorBoundary>();
        app.UseMiddleware<Crowd>();
        app.UseRouting();
        app.UseMiddleware<Gate>();
        app.UseMiddleware<LastingRequests>();
        app.UseDashboard();
    }

    /// <summary>What a person needs to hear of a start that failed for reasons of their own; null for defects of ours.</summary>
    private static string? Sentence(Exception e) => e switch
    {
        SettingsException or StoreUnavailableException or StoreFaultException => e.Message,
        IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException } =>
            "The address is in use; stop the other program, or choose another with --urls.",
        SocketException or FormatException { Source: "Microsoft.AspNetCore.Server.Kestrel.Core" } => $"It can't listen there (--urls): {e.Message}",
        UnauthorizedAccessException or IOException or InvalidDataException => e.Message,
        _ => null,
    };
}
