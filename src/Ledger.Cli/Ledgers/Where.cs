using System.CommandLine;

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

    private readonly Option<string?> _key = new("--key") { Description = "API key for the server (or LEDGER_KEY in the environment, which other users of the machine can't see)", HelpName = "KEY" };

    public void AddTo(Command command)
    {
        command.Options.Add(_data);
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

    /// <summary>A data directory, for what no server does for others.</summary>
    public async Task<NodeLedger> OpenDataAsync(ParseResult parsed, bool create, CancellationToken cancellation)
    {
        return await NodeLedger.OpenAsync(DirectoryOf(parsed), create, cancellation);
    }

    /// <summary>The data directory itself, for what must not open a node on it.</summary>
    public string DirectoryOf(ParseResult parsed) => parsed.GetValue(_server) is null
        ? parsed.GetValue(_data)!
        : throw new UsageException("This works on a data directory only: stop the server and name the directory with --data.");

    private string KeyOf(ParseResult parsed)
    {
        var key = parsed.GetValue(_key) ?? Environment.GetEnvironmentVariable("LEDGER_KEY");
        return string.IsNullOrWhiteSpace(key) ? throw new UsageException("A server asks for a key: --key KEY, or LEDGER_KEY in the environment.") : key.Trim();
    }
}
