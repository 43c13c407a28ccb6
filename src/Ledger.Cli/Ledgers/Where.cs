using System.CommandLine;
using Ledger.Node;

namespace Ledger.Cli.Ledgers;

/// <summary>Which ledger: the options that every command has.</summary>
internal sealed class Where
{
    private readonly Option<string> _data = new("--data") { Description = "Data directory of the ledger", DefaultValueFactory = _ => "./data", HelpName = "DIR" };
    private readonly Option<Uri?> _server = new("--server")
    {
        Description = "A server to ask instead of a data directory",
        HelpName = "URL",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (Uri.TryCreate(text.EndsWith('/') ? text : text + "/", UriKind.Absolute, out var url) && url.Scheme is "http" or "https") return url;
            result.AddError($"--server takes an address such as http://127.0.0.1:5080, not '{text}'.");
            return null;
        },
    };

    private readonly Option<string?> _store = new("--store") { Description = "The EventStoreDB that holds the events, esdb://user:password@host:2113 (env:NAME reads it from the environment); --data then holds this program's read models only", HelpName = "URL" };
    private readonly Option<string?> _vault = new("--vault") { Description = "The vault's own user there (VaultConnectionString); the same by default", HelpName = "URL" };
    private readonly Option<string?> _secrets = new("--secrets") { Description = "The ledger's secrets; beside --data by default", HelpName = "DIR" };
    private readonly Option<string?> _key = new("--key") { Description = "API key for the server (or LEDGER_KEY in the environment, which other users of the machine can't see)", HelpName = "KEY" };

    public void AddTo(Command command)
    {
        command.Options.Add(_data);
        command.Options.Add(_store);
        command.Options.Add(_vault);
        command.Options.Add(_secrets);
        command.Options.Add(_server);
        command.Options.Add(_key);
    }

    /// <param name="create">True where a data directory that isn't there is made.</param>
    public async Task<ILedger> OpenAsync(ParseResult parsed, bool create, CancellationToken cancellation)
    {
        if (parsed.GetValue(_server) is { } server) return ServerLedger.Open(server, KeyOf(parsed));
        if (parsed.GetValue(_key) is not null) throw new UsageException("--key goes with --server; a data directory needs none.");
        return await OpenDataAsync(parsed, create, cancellation);
    }

    /// <summary>A data directory or an EventStoreDB, for what no server of ours does for others.</summary>
    public async Task<NodeLedger> OpenDataAsync(ParseResult parsed, bool create, CancellationToken cancellation) =>
        await NodeLedger.OpenAsync(OptionsOf(parsed), create, cancellation);

    /// <summary>The server that was named; null where none was.</summary>
    public Uri? ServerOf(ParseResult parsed) => parsed.GetValue(_server);

    /// <summary>Where it lies, for what must not open a node on it.</summary>
    public NodeOptions OptionsOf(ParseResult parsed)
    {
        if (parsed.GetValue(_server) is not null) throw new UsageException("This works on a data directory only: stop the server and name the directory with --data.");
        var (data, store, vault) = (parsed.GetValue(_data)!, parsed.GetValue(_store), parsed.GetValue(_vault));
        if (vault is not null && store is null) throw new UsageException("--vault goes with --store; a data directory has its own vault.");
        var options = store is null
            ? new NodeOptions(data)
            : new NodeOptions(data) { Store = StoreKind.EventStoreDb, Server = Places.Server(store, "--store"), VaultServer = vault is null ? null : Places.Server(vault, "--vault") };
        return parsed.GetValue(_secrets) is { } secrets ? options with { Secrets = secrets } : options;
    }

    private string KeyOf(ParseResult parsed)
    {
        var key = parsed.GetValue(_key) ?? Environment.GetEnvironmentVariable("LEDGER_KEY");
        return string.IsNullOrWhiteSpace(key) ? throw new UsageException("A server asks for a key: --key KEY, or LEDGER_KEY in the environment.") : key.Trim();
    }
}
