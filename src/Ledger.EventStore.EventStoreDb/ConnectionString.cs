using System.Globalization;

namespace Ledger.EventStore.EventStoreDb;

/// <summary>The grammar of <see cref="EventStoreDbOptions.Parse"/>.</summary>
internal static class ConnectionString
{
    private const int DefaultPort = 2113;

    private static readonly string[] Schemes = ["esdb", "kurrentdb", "kurrent", "kdb"];

    public static EventStoreDbOptions Parse(string text, string setting)
    {
        ArgumentNullException.ThrowIfNull(text);
        var wrong = new Wrong(setting);
        var (scheme, rest) = Cut(text.Trim(), "://") ?? throw wrong.With("must begin with esdb:// or esdb+discover://");
        var discover = scheme.EndsWith("+discover", StringComparison.OrdinalIgnoreCase);
        var family = discover ? scheme[..^"+discover".Length] : scheme;
        if (!Schemes.Contains(family, StringComparer.OrdinalIgnoreCase))
            throw wrong.With($"has the unknown scheme '{scheme}'; use esdb, esdb+discover, kurrentdb or kurrentdb+discover");

        var (authority, query) = SplitQuery(rest, wrong);
        var at = authority.LastIndexOf('@');
        var seeds = Hosts(authority[(at + 1)..], wrong);
        return With(
            new EventStoreDbOptions
            {
                Seeds = seeds,
                Discover = discover || seeds.Count > 1,
                User = at < 0 ? null : User(authority[..at], wrong),
                Setting = setting,
            },
            Pairs(query, wrong),
            wrong);
    }

    private static (string Authority, string Query) SplitQuery(string rest, Wrong wrong)
    {
        var (before, query) = Cut(rest, "?") ?? (rest, "");
        var (authority, path) = Cut(before, "/") ?? (before, "");
        return path.Length == 0 ? (authority, query) : throw wrong.With("has a path after its hosts; there is none in EventStoreDB");
    }

    private static ServerUser User(string text, Wrong wrong)
    {
        var (name, password) = Cut(text, ":") ?? throw wrong.With("names a user without a password; write user:password@");
        return name.Length > 0
            ? new ServerUser(Uri.UnescapeDataString(name), Uri.UnescapeDataString(password))
            : throw wrong.With("has a password without a user; write user:password@");
    }

    private static List<NodeAddress> Hosts(string text, Wrong wrong)
    {
        var hosts = new List<NodeAddress>();
        foreach (var part in text.Split(','))
        {
            if (part.Trim().Length == 0) throw wrong.With("names no host, or an empty one between commas");
            // The scheme only lends Uri's rules for hosts and ports.
            if (!Uri.TryCreate($"http://{part.Trim()}", UriKind.Absolute, out var uri) || uri.PathAndQuery != "/" || uri.UserInfo.Length > 0)
                throw wrong.With($"has '{part.Trim()}' where a host and port should be");
            var hasPort = part.Trim().EndsWith($":{uri.Port.ToString(CultureInfo.InvariantCulture)}", StringComparison.Ordinal);
            hosts.Add(new NodeAddress(uri.IdnHost.Trim('[', ']'), hasPort ? uri.Port : DefaultPort));
        }

        return hosts;
    }

    private static Dictionary<string, (string Key, string Value)> Pairs(string query, Wrong wrong)
    {
        var pairs = new Dictionary<string, (string, string)>(StringComparer.OrdinalIgnoreCase);
        foreach (var part in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = Cut(part, "=") ?? throw wrong.With($"has the option '{part}' without a value");
            if (!pairs.TryAdd(key, (key, Uri.UnescapeDataString(value)))) throw wrong.With($"has the option '{key}' twice");
        }

        return pairs;
    }

    private static EventStoreDbOptions With(EventStoreDbOptions options, Dictionary<string, (string Key, string Value)> pairs, Wrong wrong)
    {
        string? certificate = null, key = null;
        foreach (var (name, value) in pairs.Values)
        {
            // A table: one row an option, in the spelling of the server's own documentation.
            options = name.ToLowerInvariant() switch
            {
                "tls" => options with { Tls = Flag(name, value, wrong) },
                "tlsverifycert" => options with { TlsVerifyCert = Flag(name, value, wrong) },
                "tlscafile" => options with { TlsCaFile = value },
                "nodepreference" => options with { NodePreference = Preference(value, wrong) },
                "maxdiscoverattempts" => options with { MaxDiscoverAttempts = (int)Number(name, value, 1, 100_000, wrong) },
                "discoveryinterval" => options with { DiscoveryInterval = Milliseconds(name, value, 1, wrong) },
                "gossiptimeout" => options with { GossipTimeout = Milliseconds(name, value, 1, wrong) },
                "keepaliveinterval" => options with { KeepAliveInterval = Pause(name, value, wrong) },
                "keepalivetimeout" => options with { KeepAliveTimeout = Pause(name, value, wrong) },
                "defaultdeadline" => options with { DefaultDeadline = Milliseconds(name, value, 100, wrong) },
                "throwonappendfailure" when Flag(name, value, wrong) || true => options, // The port answers with values, whatever this says.
                "usercertfile" => Take(ref certificate, value, options),
                "userkeyfile" => Take(ref key, value, options),
                "connectionname" => options with { ConnectionName = value },
                _ => throw wrong.With($"has the unknown option '{name}'"),
            };
        }

        return Checked(options with { UserCertificate = (certificate, key) is ({ } c, { } k) ? (c, k) : null }, certificate, key, wrong);
    }

    private static EventStoreDbOptions Checked(EventStoreDbOptions options, string? certificate, string? key, Wrong wrong)
    {
        if (certificate is null != key is null) throw wrong.With("needs userCertFile and userKeyFile together");
        if (certificate is not null && !options.Tls) throw wrong.With("has a user certificate, which needs tls=true");
        if (options.TlsCaFile is not null && !options.Tls) throw wrong.With("has tlsCaFile, which needs tls=true");
        return options;
    }

    private static EventStoreDbOptions Take(ref string? place, string value, EventStoreDbOptions options)
    {
        place = value;
        return options;
    }

    private static bool Flag(string name, string value, Wrong wrong) =>
        bool.TryParse(value, out var flag) ? flag : throw wrong.With($"needs true or false for '{name}', not '{value}'");

    private static NodePreference Preference(string value, Wrong wrong) => value.ToLowerInvariant() switch
    {
        "leader" => NodePreference.Leader,
        "follower" => NodePreference.Follower,
        "random" => NodePreference.Random,
        "readonlyreplica" => NodePreference.ReadOnlyReplica,
        _ => throw wrong.With($"has the unknown nodePreference '{value}'; use leader, follower, random or readOnlyReplica"),
    };

    private static TimeSpan Pause(string name, string value, Wrong wrong) =>
        value == "-1" ? Timeout.InfiniteTimeSpan : Milliseconds(name, value, 1, wrong);

    private static TimeSpan Milliseconds(string name, string value, int least, Wrong wrong) =>
        TimeSpan.FromMilliseconds(Number(name, value, least, int.MaxValue, wrong));

    private static long Number(string name, string value, long least, long most, Wrong wrong) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw wrong.With($"needs a whole number from {least} to {most} for '{name}', not '{value}'");

    private static (string Before, string After)? Cut(string text, string at)
    {
        var place = text.IndexOf(at, StringComparison.Ordinal);
        return place < 0 ? null : (text[..place], text[(place + at.Length)..]);
    }

    /// <summary>One sentence, beginning with the setting. Nothing that could be a password is repeated.</summary>
    private sealed class Wrong(string setting)
    {
        public FormatException With(string what) => new($"The connection string in {setting} {what}.");
    }
}
