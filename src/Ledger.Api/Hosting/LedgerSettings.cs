using System.Globalization;
using Ledger.Domain;
using Ledger.Domain.Access;
using Ledger.EventStore.EventStoreDb;
using Ledger.EventStore.Vault;
using Ledger.Files.Buckets;
using Ledger.Node;
using Ledger.Transparency;

namespace Ledger.Api.Hosting;

/// <summary>What an operator may set (api.md, "Starting it"), read once at the start and checked whole.</summary>
public sealed record LedgerSettings
{
    public required string Data { get; init; }

    public required string Secrets { get; init; }

    public required string SignerState { get; init; }

    public required string Evidence { get; init; }

    /// <summary>The bucket where files of evidence lie; null = they lie in <see cref="Evidence"/>, beside what nodes share.</summary>
    public BucketPlace? EvidenceBucket { get; init; }

    public bool Worker { get; init; } = true;

    /// <summary>MiB that the read models' database may take for itself, beside the indexes that grow with the ledger.</summary>
    public int ReadModelMebibytes { get; init; } = 96;

    public StoreKind Store { get; init; } = StoreKind.Sqlite;

    public string? Origin { get; init; }

    /// <summary>Which EventStoreDB, with <see cref="StoreKind.EventStoreDb"/>.</summary>
    public EventStoreDbOptions? Server { get; init; }

    /// <summary>The vault's user there; null = the same.</summary>
    public EventStoreDbOptions? VaultServer { get; init; }

    /// <summary>A C2SP tlog-policy: witnesses and quorum.</summary>
    public TrustPolicy? Policy { get; init; }

    /// <summary>The key that wraps the vault's data keys, where it isn't the one in <see cref="Secrets"/>.</summary>
    public ReadOnlyMemory<byte>? VaultKey { get; init; }

    /// <summary>The key before it, for as long as it takes to wrap everything anew.</summary>
    public ReadOnlyMemory<byte>? PreviousVaultKey { get; init; }

    /// <summary>A command that signs for the log, and its key: for a key that is kept elsewhere.</summary>
    public (string Command, VerifierKey Key)? Signer { get; init; }

    /// <summary>The first administrator's key, where the operator brings one.</summary>
    public string? AdministratorKey { get; init; }

    public LimitSettings Limits { get; init; } = new();

    public bool WebhooksAllowPrivate { get; init; }

    /// <summary>On which terms exports are handed out: a sentence or an address; null = nothing is said.</summary>
    public string? Licence { get; init; }

    /// <summary>Which keys take several administrators, and how many.</summary>
    public KeyPolicy Keys { get; init; } = KeyPolicy.None;

    /// <summary>Whose tokens open the ledger beside its own keys; null = nobody's.</summary>
    public OidcSettings? Oidc { get; init; }

    /// <summary>Proxies whose word is taken on where a request comes from, and whether over TLS; nobody's otherwise.</summary>
    public IReadOnlyList<System.Net.IPNetwork> Proxies { get; init; } = [];

    /// <summary>True where the program was started with the word <c>demo</c>.</summary>
    public bool Demo { get; init; }

    /// <summary>The clamd that sees every file of evidence before it is kept; null = none does.</summary>
    public System.Net.EndPoint? EvidenceScanner { get; init; }

    /// <summary>Secrets that were set, as texts: what a log must not hold.</summary>
    internal IReadOnlyList<string?> KnownSecrets { get; init; } = [];

    private const int ShortestKey = 20;

    private static readonly Dictionary<string, Action<Draft, string>> Table = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Data"] = (draft, text) => draft.Data = Filled(text),
        ["Secrets"] = (draft, text) => draft.Secrets = Filled(text),
        ["SignerState"] = (draft, text) => draft.SignerState = Filled(text),
        ["Evidence"] = (draft, text) => draft.Evidence = Filled(text),
        ["Worker"] = (draft, text) => draft.Worker = Flag(text),
        ["ReadModelMebibytes"] = (draft, text) => draft.ReadModelMebibytes = Whole(text, 64, 1 << 20),
        ["Store"] = (draft, text) => draft.Store = StoreOf(text),
        ["EventStoreDb:ConnectionString"] = (draft, text) => draft.Server = ServerOf(text, "Ledger:EventStoreDb:ConnectionString"),
        ["EventStoreDb:VaultConnectionString"] = (draft, text) => draft.VaultServer = ServerOf(text, "Ledger:EventStoreDb:VaultConnectionString"),
        ["Origin"] = (draft, text) => draft.Origin = OriginOf(text),
        ["Policy"] = (draft, text) => draft.Policy = PolicyIn(text),
        ["VaultKey"] = (draft, text) => draft.VaultKey = VaultKeyOf(text),
        ["VaultKeyCommand"] = (draft, text) => draft.VaultKey = VaultKeyOf(CommandOutput.Of(text)),
        ["PreviousVaultKey"] = (draft, text) => draft.PreviousVaultKey = VaultKeyOf(text),
        ["Signer:Command"] = (draft, text) => draft.SignerCommand = Filled(text),
        ["Signer:Vkey"] = (draft, text) => draft.SignerKey = VkeyOf(text),
        ["AdministratorKey"] = (draft, text) => draft.AdministratorKey = KeyOf(text),
        ["Limits:RequestsPerSecond"] = (draft, text) => draft.Limits = draft.Limits with { RequestsPerSecond = Whole(text, 0, 1_000_000) },
        ["Limits:FailedSignInsPerMinute"] = (draft, text) => draft.Limits = draft.Limits with { FailedSignInsPerMinute = Whole(text, 0, 1_000_000) },
        ["Limits:BodyBytes"] = (draft, text) => draft.Limits = draft.Limits with { BodyBytes = Whole(text, 1024, 1 << 30) },
        ["Limits:BatchBytes"] = (draft, text) => draft.Limits = draft.Limits with { BatchBytes = Whole(text, 1024, int.MaxValue) },
        ["Limits:BatchLines"] = (draft, text) => draft.Limits = draft.Limits with { BatchLines = Whole(text, 1, 10_000_000) },
        ["Limits:StrangersPerSecond"] = (draft, text) => draft.Limits = draft.Limits with { StrangersPerSecond = Whole(text, 0, 1_000_000) },
        ["Limits:Streams"] = (draft, text) => draft.Limits = draft.Limits with { Streams = Whole(text, 1, 1_000_000) },
        ["Limits:StreamsPerKey"] = (draft, text) => draft.Limits = draft.Limits with { StreamsPerKey = Whole(text, 1, 1_000_000) },
        ["Limits:Connections"] = (draft, text) => draft.Limits = draft.Limits with { Connections = Whole(text, 10, 1_000_000) },
        ["Limits:HeaderBytes"] = (draft, text) => draft.Limits = draft.Limits with { HeaderBytes = Whole(text, 4_096, 1 << 20) },
        ["Limits:IdleSeconds"] = (draft, text) => draft.Limits = draft.Limits with { IdleSeconds = Whole(text, 1, 3_600) },
        ["Limits:BytesPerSecond"] = (draft, text) => draft.Limits = draft.Limits with { BytesPerSecond = Whole(text, 0, 1 << 20) },
        ["Evidence:Scanner"] = (draft, text) => draft.EvidenceScanner = ScannerOf(text),
        ["Evidence:S3:Endpoint"] = (draft, text) => draft.SetBucket(BucketPlace.EndpointOf(text), (bucket, value) => bucket with { Endpoint = value }),
        ["Evidence:S3:Region"] = (draft, text) => draft.SetBucket(BucketDraft.RegionOf(text), (bucket, value) => bucket with { Region = value }),
        ["Evidence:S3:Bucket"] = (draft, text) => draft.SetBucket(BucketPlace.BucketOf(text), (bucket, value) => bucket with { Bucket = value }),
        ["Evidence:S3:Prefix"] = (draft, text) => draft.SetBucket(BucketPlace.PrefixOf(text), (bucket, value) => bucket with { Prefix = value }),
        ["Evidence:S3:AccessKey"] = (draft, text) => draft.SetBucketKey(BucketDraft.KeyOf(text), (bucket, value) => bucket with { AccessKey = value }),
        ["Evidence:S3:AccessKeyFile"] = (draft, text) => draft.SetBucketKey(BucketDraft.KeyIn(text), (bucket, value) => bucket with { AccessKey = value }),
        ["Evidence:S3:SecretKey"] = (draft, text) => draft.SetBucketKey(BucketDraft.KeyOf(text), (bucket, value) => bucket with { SecretKey = value }),
        ["Evidence:S3:SecretKeyFile"] = (draft, text) => draft.SetBucketKey(BucketDraft.KeyIn(text), (bucket, value) => bucket with { SecretKey = value }),
        ["Evidence:S3:PathStyle"] = (draft, text) => draft.SetBucket(Flag(text), (bucket, value) => bucket with { IsPathStyle = value }),
        ["Proxies"] = (draft, text) => draft.Proxies = ProxiesOf(text),
        ["Limits:EvidenceBytes"] = (draft, text) => draft.Limits = draft.Limits with { EvidenceBytes = Whole(text, 1024, int.MaxValue) },
        ["Exports:Licence"] = (draft, text) => draft.Licence = LicenceOf(text),
        ["Webhooks:AllowPrivate"] = (draft, text) => draft.WebhooksAllowPrivate = Flag(text),
        ["Keys:Approvals"] = (draft, text) => draft.KeyApprovals = Whole(text, 1, 10),
        ["Keys:ApprovedRoles"] = (draft, text) => draft.ApprovedRoles = RolesOf(text),
        ["Oidc:Issuer"] = (draft, text) => draft.Oidc = (draft.Oidc ?? new()) with { Issuer = OidcDraft.IssuerOf(text) },
        ["Oidc:Audience"] = (draft, text) => draft.Oidc = (draft.Oidc ?? new()) with { Audience = Filled(text) },
        ["Oidc:ClientId"] = (draft, text) => draft.Oidc = (draft.Oidc ?? new()) with { ClientId = Filled(text) },
        ["Oidc:ClientSecret"] = (draft, text) => draft.Oidc = (draft.Oidc ?? new()) with { ClientSecret = Filled(text) },
        ["Oidc:ClientSecretFile"] = (draft, text) => draft.SetClientSecret(OidcDraft.SecretIn(text)),
        ["Oidc:Scopes"] = (draft, text) => draft.Oidc = (draft.Oidc ?? new()) with { Scopes = OidcDraft.ScopesOf(text) },
        ["Oidc:Algorithms"] = (draft, text) => draft.SetOidc(OidcDraft.AlgorithmsOf(text), (oidc, value) => oidc with { Algorithms = value }),
        ["Oidc:ClockSkewSeconds"] = (draft, text) => draft.SetOidc(Whole(text, 0, 300), (oidc, value) => oidc with { ClockSkew = TimeSpan.FromSeconds(value) }),
        ["Oidc:LongestLifetimeMinutes"] = (draft, text) => draft.SetOidc(Whole(text, 1, 1_440), (oidc, value) => oidc with { LongestLifetime = TimeSpan.FromMinutes(value) }),
        ["Oidc:RoleClaim"] = (draft, text) => draft.SetOidc(Filled(text), (oidc, value) => oidc with { RoleClaim = value }),
        ["Oidc:PartyClaim"] = (draft, text) => draft.SetOidc(Filled(text), (oidc, value) => oidc with { PartyClaim = value }),
        ["Oidc:AgreementsClaim"] = (draft, text) => draft.SetOidc(Filled(text), (oidc, value) => oidc with { AgreementsClaim = value }),
        ["Oidc:Roles"] = (draft, text) => draft.SetOidc(OidcDraft.RolesOf(text), (oidc, value) => oidc with { Roles = value }),
        ["Oidc:Agreements"] = (draft, text) => draft.SetOidc(OidcDraft.AgreementsOf(text), (oidc, value) => oidc with { Agreements = value }),
    };

    /// <summary>Every setting that there is, without its <c>Ledger:</c>.</summary>
    public static IReadOnlyCollection<string> Names => Table.Keys;

    /// <exception cref="SettingsException">A setting is unknown or wrong; the message is one sentence for people.</exception>
    public static LedgerSettings Read(IConfiguration configuration, IReadOnlyList<string> args)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var draft = new Draft { Demo = HasWordDemo(args) };
        foreach (var (name, text) in configuration.GetSection("Ledger").AsEnumerable(makePathsRelative: true))
        {
            if (text is null || name.Length == 0) continue;
            if (!Table.TryGetValue(name, out var set))
                throw new SettingsException($"There is no setting Ledger:{name}; the settings are {string.Join(", ", Table.Keys.Select(key => "Ledger:" + key))}.");
            try
            {
                set(draft, text);
                if (IsSecret(name)) draft.Secret.Add(text);
            }
            catch (FormatException e)
            {
                throw new SettingsException($"The setting Ledger:{name} {e.Message}.");
            }
        }

        return draft.Finish();
    }

    private static bool IsSecret(string name) =>
        name.EndsWith("Key", StringComparison.OrdinalIgnoreCase) || name.EndsWith("Secret", StringComparison.OrdinalIgnoreCase) || name.EndsWith("ConnectionString", StringComparison.OrdinalIgnoreCase);

    private static bool HasWordDemo(IReadOnlyList<string> args)
    {
        var demo = false;
        for (var i = 0; i < args.Count; i++)
        {
            var arg = args[i];
            if (arg == "demo") demo = true;
            else if (!arg.StartsWith('-') && !arg.StartsWith('/') && !arg.Contains('=', StringComparison.Ordinal))
                throw new SettingsException($"There is no command '{arg}'; the only word is demo, and settings are written --Ledger:Name=value.");
            else if (!arg.Contains('=', StringComparison.Ordinal)) i++; // --name value
        }

        return demo;
    }

    private static string Filled(string text) => text.Trim().Length > 0 ? text : throw new FormatException("is empty");

    private static bool Flag(string text) =>
        bool.TryParse(text, out var value) ? value : throw new FormatException("is neither true nor false");

    private static int Whole(string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw new FormatException($"isn't a whole number from {least} to {most}");

    private static StoreKind StoreOf(string text) => text switch
    {
        "sqlite" => StoreKind.Sqlite,
        "memory" => StoreKind.Memory,
        "eventstoredb" => StoreKind.EventStoreDb,
        _ => throw new FormatException("is none of sqlite, eventstoredb, memory"),
    };

    /// <summary>The adapter says what is wrong, and in which setting; a password is never repeated.</summary>
    private static EventStoreDbOptions ServerOf(string text, string setting)
    {
        try
        {
            return EventStoreDbOptions.Parse(text, setting);
        }
        catch (FormatException e)
        {
            throw new SettingsException(e.Message);
        }
    }

    // A signed note's key name (C2SP signed-note): no spaces, no plus sign.
    private static string OriginOf(string text) =>
        text.Length is > 0 and <= 200 && text.All(c => c is > ' ' and < '\u007f' and not '+')
            ? text
            : throw new FormatException("isn't a log's origin, such as ledger.example.org/karabakh (no spaces, no plus sign)");

    private static TrustPolicy PolicyIn(string path)
    {
        if (!File.Exists(path)) throw new FormatException($"names a file that isn't there: {path}");
        return TrustPolicy.TryParse(File.ReadAllBytes(path), out var policy, out var refusal)
            ? policy
            : throw new FormatException($"names a file that isn't a policy: {refusal.Message.TrimEnd('.')}");
    }

    // Never said in an error: a mistyped key is still nearly one.
    private static byte[] VaultKeyOf(string text)
    {
        var bytes = new byte[WrappingKey.Length + 1];
        return Convert.TryFromBase64String(text.Trim(), bytes, out var length) && length == WrappingKey.Length
            ? bytes[..length]
            : throw new FormatException("isn't a key: base64 of 32 bytes, such as head -c32 /dev/urandom | base64 gives");
    }

    private static string LicenceOf(string text) =>
        text.Trim() is { Length: > 0 and <= 300 } licence && !licence.Any(char.IsControl) ? licence : throw new FormatException("isn't a licence: one line of at most 300 characters, such as https://creativecommons.org/licenses/by/4.0/");

    private static VerifierKey VkeyOf(string text) => VerifierKey.TryParse(text, out var key, out var refusal) && key.Type == KeyType.Ed25519
        ? key
        : throw new FormatException($"isn't a log's verifier key, name+id+key: {refusal?.Message.TrimEnd('.') ?? "it is a witness's"}");

    private static System.Net.EndPoint ScannerOf(string text) =>
        text.StartsWith('/') ? new System.Net.Sockets.UnixDomainSocketEndPoint(text)
        : System.Net.IPEndPoint.TryParse(text, out var address) && address.Port > 0 ? address
        : throw new FormatException("is neither a socket's path nor an address such as 127.0.0.1:3310, of clamd");

    private static List<System.Net.IPNetwork> ProxiesOf(string text) =>
    [
        .. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(word =>
            System.Net.IPNetwork.TryParse(word, out var network) ? network
            : System.Net.IPAddress.TryParse(word, out var address) ? new System.Net.IPNetwork(address, address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 32 : 128)
            : throw new FormatException("isn't a list of addresses and networks such as 10.0.0.5, 10.1.0.0/24")),
    ];

    private static Values<Role> RolesOf(string text)
    {
        var words = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return words.Length > 0 && words.All(word => Kebab<Role>.TryParse(word, out var role) && role != Role.System)
            ? words.Select(word => Kebab<Role>.TryParse(word, out var role) ? role : throw new FormatException(word)).Distinct().ToValues()
            : throw new FormatException("isn't a list of roles such as administrator, verifier");
    }

    private static string KeyOf(string text) => text.Length >= ShortestKey && text.Length <= 200 && text.All(c => c is > ' ' and < '\u007f')
        ? text
        : throw new FormatException($"must have {ShortestKey} to 200 visible ASCII characters");

    private sealed class Draft
    {
        public string? Data, Secrets, SignerState, Evidence, Origin, AdministratorKey, SignerCommand, Licence;
        public TrustPolicy? Policy;
        public EventStoreDbOptions? Server, VaultServer;
        public byte[]? VaultKey, PreviousVaultKey;
        public VerifierKey? SignerKey;
        public bool Worker = true, WebhooksAllowPrivate, Demo;
        public StoreKind Store = StoreKind.Sqlite;
        public LimitSettings Limits = new();
        public OidcDraft? Oidc;
        public BucketDraft? Bucket;
        public int KeyApprovals = 1, ReadModelMebibytes = 96;
        public Values<Role> ApprovedRoles = Values.Of(Role.Administrator, Role.Verifier);
        public IReadOnlyList<System.Net.IPNetwork> Proxies = [];
        public System.Net.EndPoint? EvidenceScanner;
        public List<string?> Secret = [];

        public void SetOidc<T>(T value, Func<OidcSettings, T, OidcSettings> set) => Oidc = (Oidc ?? new()).And(oidc => set(oidc, value));

        public void SetClientSecret(string secret)
        {
            Secret.Add(secret);
            Oidc = (Oidc ?? new()) with { ClientSecret = secret };
        }

        public void SetBucket<T>(T value, Func<BucketDraft, T, BucketDraft> set) => Bucket = set(Bucket ?? new(), value);

        public void SetBucketKey(string key, Func<BucketDraft, string, BucketDraft> set)
        {
            Secret.Add(key);
            SetBucket(key, set);
        }

        public LedgerSettings Finish()
        {
            if (Store == StoreKind.EventStoreDb && Server is null)
                throw new SettingsException("Ledger:Store=eventstoredb needs Ledger:EventStoreDb:ConnectionString, such as esdb://user:password@host:2113.");
            if (Store != StoreKind.EventStoreDb && (Server ?? VaultServer) is not null)
                throw new SettingsException("Ledger:EventStoreDb settings are for Ledger:Store=eventstoredb.");
            if (Store == StoreKind.EventStoreDb && Evidence is null)
                throw new SettingsException("Ledger:Store=eventstoredb needs Ledger:Evidence: a directory that all nodes share, since any of them may be asked for a file.");
            if (SignerCommand is null != SignerKey is null)
                throw new SettingsException("Ledger:Signer:Command and Ledger:Signer:Vkey belong together: the command that signs, and the key that it signs with.");
            var data = Path.TrimEndingDirectorySeparator(Path.GetFullPath(Data ?? (Demo ? Path.Combine("data", "demo") : "data")));
            return new LedgerSettings
            {
                Data = data,
                Secrets = Path.GetFullPath(Secrets ?? data + ".secrets"),
                SignerState = Path.GetFullPath(SignerState ?? data + ".signer-state"),
                Evidence = Path.GetFullPath(Evidence ?? Path.Combine(data, "evidence")),
                Worker = Worker,
                ReadModelMebibytes = ReadModelMebibytes,
                Store = Store,
                Server = Server,
                VaultServer = VaultServer,
                Origin = Origin,
                Policy = Policy,
                VaultKey = VaultKey is null ? (ReadOnlyMemory<byte>?)null : VaultKey,
                PreviousVaultKey = PreviousVaultKey is null ? (ReadOnlyMemory<byte>?)null : PreviousVaultKey,
                Signer = SignerCommand is not null ? (SignerCommand, SignerKey!) : null,
                AdministratorKey = AdministratorKey,
                Limits = Limits,
                WebhooksAllowPrivate = WebhooksAllowPrivate,
                Licence = Licence,
                Oidc = Oidc?.Finish(),
                Keys = KeyApprovals > 1 ? new KeyPolicy(KeyApprovals, ApprovedRoles) : KeyPolicy.None,
                Proxies = Proxies,
                EvidenceScanner = EvidenceScanner,
                EvidenceBucket = Bucket?.Finish(),
                KnownSecrets = Secret,
                Demo = Demo,
            };
        }
    }
}

/// <summary>How much one caller may ask for.</summary>
/// <param name="RequestsPerSecond">Per key; 0 = no limit.</param>
/// <param name="FailedSignInsPerMinute">Per address; 0 = no limit.</param>
/// <param name="BodyBytes">Of a JSON body.</param>
/// <param name="BatchBytes">Of a batch's whole body.</param>
/// <param name="EvidenceBytes">Of a file of evidence.</param>
/// <param name="StrangersPerSecond">Requests without a key, per address; 0 = no limit.</param>
/// <param name="Streams">Feeds, batches and exports open at once, of everybody.</param>
/// <param name="StreamsPerKey">The same, of one key.</param>
/// <param name="Connections">Open at once; more are closed at once.</param>
/// <param name="HeaderBytes">Of all headers of a request.</param>
/// <param name="IdleSeconds">So long a batch may be silent, or a connection without a request.</param>
/// <param name="BytesPerSecond">Slower than this a body or an answer is cut off, after five seconds; 0 = no limit.</param>
public sealed record LimitSettings(
    int RequestsPerSecond = 0,
    int FailedSignInsPerMinute = 30,
    int BodyBytes = 1 << 20,
    int BatchBytes = 32 << 20,
    int BatchLines = 10_000,
    int EvidenceBytes = 256 << 20,
    int StrangersPerSecond = 2_000,
    int Streams = 5_000,
    int StreamsPerKey = 1_000,
    int Connections = 10_000,
    int HeaderBytes = 32 << 10,
    int IdleSeconds = 120,
    int BytesPerSecond = 240);

/// <summary>The program can't start as it was asked to. The message is one sentence for people.</summary>
public sealed class SettingsException(string message) : Exception(message);
