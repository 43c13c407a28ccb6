using System.Globalization;

namespace Ledger.EventStore.EventStoreDb;

/// <summary>Where a node listens.</summary>
public readonly record struct NodeAddress(string Host, int Port)
{
    /// <summary>True where it is a host and a port to connect to; servers name each other, and may be mistaken.</summary>
    internal bool IsUsable => Port is > 0 and < 65536 && Host.Length is > 0 and < 256 && Uri.CheckHostName(Host) != UriHostNameType.Unknown;

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal)
        ? string.Create(CultureInfo.InvariantCulture, $"[{Host}]:{Port}")
        : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");
}

/// <summary>Which node a general client may talk to. The ledger's own reads and appends always go to the leader.</summary>
public enum NodePreference { Leader, Follower, Random, ReadOnlyReplica }

/// <summary>A user of the server, by name and password.</summary>
public sealed record ServerUser(string Name, string Password)
{
    /// <summary>The name, and nothing else: passwords don't belong into logs.</summary>
    public override string ToString() => Name;
}

/// <summary>What a connection string says, and a few wishes that no connection string has words for.</summary>
public sealed record EventStoreDbOptions
{
    internal EventStoreDbOptions()
    {
    }

    /// <summary>The nodes named: one to talk to, or several to ask who leads.</summary>
    public required IReadOnlyList<NodeAddress> Seeds { get; init; }

    /// <summary>Ask the seeds who leads, rather than talk to the one node named.</summary>
    public required bool Discover { get; init; }

    public ServerUser? User { get; init; }

    public bool Tls { get; init; } = true;

    public bool TlsVerifyCert { get; init; } = true;

    /// <summary>PEM file of the authority that signed the nodes' certificates, where the system doesn't know it.</summary>
    public string? TlsCaFile { get; init; }

    /// <summary>PEM files of a user's certificate and key, in place of a password.</summary>
    public (string Certificate, string Key)? UserCertificate { get; init; }

    public NodePreference NodePreference { get; init; }

    public int MaxDiscoverAttempts { get; init; } = 10;

    public TimeSpan DiscoveryInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    public TimeSpan GossipTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a silent connection is pinged; <see cref="Timeout.InfiniteTimeSpan"/> for never.</summary>
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long opening and a read may take in all their tries, and the longest that one try may.</summary>
    public TimeSpan DefaultDeadline { get; init; } = TimeSpan.FromSeconds(10);

    public string? ConnectionName { get; init; }

    /// <summary>The setting that the connection string came from, for messages to the operator.</summary>
    public string Setting { get; init; } = DefaultSetting;

    /// <summary>The vault's user, where it is another one: it may write the metadata of streams, which the ledger's own user may not.</summary>
    public string? VaultUser { get; init; }

    /// <summary>How long an append is tried before <see cref="StoreUnavailableException"/>. Twice the deadline outlasts the change of a frozen leader.</summary>
    public TimeSpan AppendPatience => 2 * DefaultDeadline;

    /// <summary>How long a subscription may be silent before the server is asked whether there really is nothing new.</summary>
    public TimeSpan SilenceLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Reads every append back, to be certain that an identical one of another node, a moment ago, is told as a repeat.</summary>
    public bool VerifyAppends { get; init; }

    /// <summary>How long one try waits for the server's next word: beyond its own commit timeout of 2 s, which answers ABORTED, and short enough to notice a frozen leader.</summary>
    internal TimeSpan TryTakes { get; init; } = TimeSpan.FromSeconds(2.5);

    internal const string DefaultSetting = "Ledger:EventStoreDb:ConnectionString";

    /// <summary>Reads <c>esdb://user:password@host:2113,host…?key=value&amp;…</c>.</summary>
    /// <param name="connectionString">Schemes: esdb, kurrentdb, kurrent and kdb, each also with +discover.</param>
    /// <param name="setting">Its name, for messages.</param>
    /// <exception cref="FormatException">It can't be read; the message names the setting and the place, and never a password.</exception>
    public static EventStoreDbOptions Parse(string connectionString, string setting = DefaultSetting) =>
        ConnectionString.Parse(connectionString, setting);

    public override string ToString() =>
        $"{(Discover ? "cluster" : "node")} {string.Join(',', Seeds)}{(Tls ? "" : " without TLS")}{(User is null ? "" : $" as {User.Name}")}";
}
