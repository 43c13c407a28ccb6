using System.Security.Cryptography;
using Ledger.Transparency;

namespace Ledger.Log.Signing;

/// <summary>The keys with which this node may sign, one file each: <c>signer-{key id}.key</c>, mode 0600, in Go's note form.</summary>
/// <remarks>Which of them signs, the log itself says; so a new key can be laid on every node before it is used.</remarks>
public sealed class SignerKeys
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string? _directory;
    private readonly Dictionary<string, string> _secrets = [];
    private readonly Lock _gate = new();

    private readonly LogSigner? _elsewhere;

    private SignerKeys(string? directory, LogSigner? elsewhere = null) => (_directory, _elsewhere) = (directory, elsewhere);

    /// <summary>Keys that lie in a directory, which exists.</summary>
    public static SignerKeys In(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        return new SignerKeys(directory);
    }

    /// <summary>Keys that live as long as the process.</summary>
    public static SignerKeys InMemory() => new(null);

    /// <summary>A key that is kept elsewhere, beside those in the directory: the command is given a text on standard input and prints a signature line.</summary>
    public SignerKeys AndElsewhere(string command, VerifierKey verifier) => new(_directory, LogSigner.By(command, verifier));

    /// <summary>A key that was laid here for this name, or a new one: what a log begins with.</summary>
    internal LogSigner FirstFor(KeyName name)
    {
        if (_elsewhere is { } elsewhere)
            return elsewhere.Verifier.Name == name
                ? elsewhere
                : throw new LogRefusedException($"The signer's verifier key (Ledger:Signer:Vkey) is named '{elsewhere.Verifier.Name}'; a log signs under its origin, '{name}' (Ledger:Origin).");
        lock (_gate)
        {
            var laid = Secrets().Select(Parse).FirstOrDefault(key => key.Verifier.Name == name && key.Verifier.Type == KeyType.Ed25519);
            return LogSigner.With(laid ?? Make(name));
        }
    }

    /// <summary>A new key, durable before it is given out.</summary>
    internal LogSigner New(KeyName name)
    {
        lock (_gate) return LogSigner.With(Make(name));
    }

    /// <summary>Who signs for a public key; null where this node can't.</summary>
    /// <remarks>Asked anew each time: a key may be laid here while the node runs.</remarks>
    internal LogSigner? Of(VerifierKey verifier)
    {
        if (_elsewhere?.Verifier.Equals(verifier) == true) return _elsewhere;
        lock (_gate)
        {
            return Secret(verifier) is { } secret && Parse(secret) is var key && key.Verifier.Equals(verifier) ? LogSigner.With(key) : null;
        }
    }

    private string? Secret(VerifierKey verifier)
    {
        if (_directory is null) return _secrets.GetValueOrDefault(verifier.Id.ToString());
        var file = FileOf(verifier.Id);
        return File.Exists(file) ? File.ReadAllText(file).Trim() : null;
    }

    private IEnumerable<string> Secrets() => _directory is null
        ? _secrets.Values
        : Directory.EnumerateFiles(_directory, "signer-*.key").Order(StringComparer.Ordinal).Select(file => File.ReadAllText(file).Trim());

    private SigningKey Make(KeyName name)
    {
        var secret = SigningKey.NewSecret(name, KeyType.Ed25519, RandomNumberGenerator.Fill);
        var key = Parse(secret);
        if (_directory is null) _secrets[key.Verifier.Id.ToString()] = secret;
        else Write(FileOf(key.Verifier.Id), secret);
        return key;
    }

    private static SigningKey Parse(string secret) => SigningKey.TryParse(secret, out var key, out _)
        ? key
        : throw new LogRefusedException("A file signer-*.key in the secrets directory (Ledger:Secrets) doesn't hold a signing key. Restore it from where you keep your keys.");

    private static void Write(string file, string secret)
    {
        var draft = file + ".draft";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        using (var stream = new FileStream(draft, options))
        {
            stream.Write(System.Text.Encoding.UTF8.GetBytes(secret + "\n"));
            stream.Flush(flushToDisk: true);
        }

        using var rename = LogTelemetry.Step("key rename");
        File.Move(draft, file);
    }

    private string FileOf(KeyId id) => Path.Combine(_directory!, $"signer-{id}.key");
}
