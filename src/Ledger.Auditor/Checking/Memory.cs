using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Ledger.Transparency;

namespace Ledger.Auditor;

/// <summary>The last head of a ledger that was verified here, kept so that a later one must continue it.</summary>
internal sealed class Memory
{
    private const string Format = "ledger-audit-state/v1";

    private readonly string _path;

    private Memory(string path, SignedCheckpoint? last) => (_path, Last) = (path, last);

    /// <summary>Null where nothing is remembered yet.</summary>
    public SignedCheckpoint? Last { get; private set; }

    /// <summary>Where the proof of a fork against this memory goes.</summary>
    public string EvidencePath(Checkpoint head) =>
        string.Create(CultureInfo.InvariantCulture, $"{Path.ChangeExtension(_path, null)}.fork-{Last!.Checkpoint.Size.Value}-{head.Size.Value}.json");

    /// <summary>The file of a ledger in the user's state folder: the origin in readable form, and its hash so that no two share one.</summary>
    public static string PathIn(string folder, Origin origin)
    {
        var readable = string.Concat(origin.Value.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '_').Take(60));
        return Path.Combine(folder, $"{readable.TrimStart('.')}-{Witness.OriginHash(origin)[..16]}.json");
    }

    public static Memory Open(string path, Origin origin)
    {
        var last = ReadFile(path);
        if (last is not null && last.Checkpoint.Origin != origin)
            throw new CouldNotCheckException($"{path} remembers another ledger, {Shown.Of(last.Checkpoint.Origin.Value)}.");
        return new Memory(path, last);
    }

    /// <summary>Remembers a head, unless another run has remembered a larger one meanwhile.</summary>
    public void Remember(SignedCheckpoint head, DateTimeOffset now)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(_path))!);
            using var turn = Lock(_path + ".lock");
            if (ReadFile(_path) is { } other && other.Checkpoint.Size.Value > head.Checkpoint.Size.Value) return;
            Durable.Replace(_path, Print(head, now));
            Last = head;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CouldNotCheckException($"Everything holds, but it can't be remembered in {_path}: {Shown.Of(exception.Message)}", exception);
        }
    }

    private static FileStream Lock(string path) => new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    private static SignedCheckpoint? ReadFile(string path)
    {
        if (!File.Exists(path)) return null;
        try
        {
            using var json = JsonDocument.Parse(Trust.ReadFile(path, 4 * LogSource.LongestCheckpoint));
            var note = json.RootElement.GetProperty("checkpoint").GetString() ?? string.Empty;
            if (json.RootElement.GetProperty("format").GetString() == Format && SignedCheckpoint.TryParse(Encoding.UTF8.GetBytes(note), out var last, out _)) return last;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            // Told below, as every other damage.
        }

        throw new CouldNotCheckException($"{path} isn't a state that this program wrote. What was seen before is lost with it: move it away only if you mean to begin anew.");
    }

    private static ReadOnlySpan<byte> Print(SignedCheckpoint head, DateTimeOffset now)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("format", Format);
            json.WriteString("origin", head.Checkpoint.Origin.Value);
            json.WriteNumber("size", head.Checkpoint.Size.Value);
            json.WriteString("root", head.Checkpoint.Root.ToString());
            json.WriteString("verifiedAt", now.UtcDateTime);
            json.WriteString("checkpoint", head.ToString());
            json.WriteEndObject();
        }

        return buffer.WrittenSpan;
    }
}
