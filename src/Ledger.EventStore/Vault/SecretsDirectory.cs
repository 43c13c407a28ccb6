using System.Security.Cryptography;

namespace Ledger.EventStore.Vault;

/// <summary>Key files, 32 random bytes each, made on first use. Keep them outside the data and its backups.</summary>
/// <remarks>The directory is made with mode 0700, its files with 0600.</remarks>
public sealed class SecretsDirectory
{
    /// <summary>Wraps the vault's data keys.</summary>
    public const string VaultKey = "vault.key";

    /// <summary>Keys the hashes of credentials.</summary>
    public const string HmacKey = "hmac.key";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    private static readonly Lock Making = new();

    private readonly string _path;

    private SecretsDirectory(string path) => _path = path;

    /// <summary>Opens the directory, and makes it if it isn't there.</summary>
    /// <exception cref="IOException">It can't be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It can't be made.</exception>
    public static SecretsDirectory Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path); // There the parent's access list is inherited.
        else Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
        return new SecretsDirectory(path);
    }

    /// <summary>The key in a file, made and durable before it is given out for the first time.</summary>
    /// <exception cref="InvalidDataException">The file doesn't hold exactly 32 bytes.</exception>
    /// <exception cref="IOException">It can't be written, or another process is making one at the same moment.</exception>
    public byte[] Key(string name) => TryKey(name) ?? Make(name);

    /// <summary>The key in a file, or null where there is no such file.</summary>
    /// <exception cref="InvalidDataException">The file doesn't hold exactly 32 bytes.</exception>
    public byte[]? TryKey(string name)
    {
        var file = FileOf(name);
        if (!File.Exists(file)) return null;
        var bytes = File.ReadAllBytes(file);
        return bytes.Length == WrappingKey.Length
            ? bytes
            : throw new InvalidDataException($"{file} holds {bytes.Length} bytes; a key has {WrappingKey.Length}. Restore it from where you keep your keys.");
    }

    /// <summary>The key that shall follow: in <c>{name}.next</c>, made on first use. A rotation that was interrupted finds it again.</summary>
    public byte[] NextKey(string name) => Key(name + ".next");

    /// <summary>The next key, where a rotation was begun and not ended.</summary>
    public byte[]? TryNextKey(string name) => TryKey(name + ".next");

    /// <summary>Ends a rotation: the next key takes the place of the present one, which is gone.</summary>
    public void Promote(string name) => File.Move(FileOf(name + ".next"), FileOf(name), overwrite: true);

    // Two at once would each make a key, and what the loser had encrypted would be lost. (File.Move looks before it
    // renames, so "overwrite: false" doesn't keep them apart.)
    private byte[] Make(string name)
    {
        lock (Making)
        {
            using var others = LockOutOtherProcesses();
            if (TryKey(name) is { } made) return made;

            var bytes = RandomNumberGenerator.GetBytes(WrappingKey.Length);
            var draft = FileOf(name + ".draft");
            WriteDurably(draft, bytes);
            File.Move(draft, FileOf(name)); // Whole or not at all.
            // A second flush after the rename: what is encrypted from here on must not outlive the key's directory entry.
            using var renamed = new FileStream(FileOf(name), FileMode.Open, FileAccess.ReadWrite);
            renamed.Flush(flushToDisk: true);
            return bytes;
        }
    }

    private FileStream LockOutOtherProcesses()
    {
        // Several nodes of one ledger may start for the first time at the same moment, on one shared directory.
        for (var waited = TimeSpan.Zero; ; waited += LookAgain)
        {
            try
            {
                return new FileStream(FileOf(".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (waited < Patience)
            {
                Thread.Sleep(LookAgain);
            }
            catch (IOException e)
            {
                throw new IOException($"Another process is making keys in {_path}. Start again when it has.", e);
            }
        }
    }

    private static void WriteDurably(string file, byte[] bytes)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        using var stream = new FileStream(file, options);
        stream.Write(bytes);
        stream.Flush(flushToDisk: true);
    }

    private string FileOf(string name) => Path.Combine(_path, name);
}
