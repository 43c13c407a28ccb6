using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Ledger.EventStore;

namespace Ledger.Node.Backups;

/// <summary>A file of events: written once, read back at once, never changed.</summary>
internal static class SegmentFile
{
    public static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"events-{number:000000}.ndjson.gz");

    /// <summary>Writes the events and says what the file is recognised by.</summary>
    public static BackupSegment Write(string folder, int number, IEnumerable<RecordedEvent> events)
    {
        using var write = NodeTelemetry.Step("segment");
        var name = NameOf(number);
        var draft = Path.Combine(folder, name + ".draft");
        var count = 0L;
        using (var file = new FileStream(draft, FileMode.Create, FileAccess.Write))
        {
            using (var zip = new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true))
                foreach (var e in events)
                {
                    JsonSerializer.Serialize(zip, new BackupLine(e.Stream.Value, e.Revision.Value, e.Id, e.Type, e.Data.ToArray(), e.Metadata.ToArray()), BackupLineJson.Default.BackupLine);
                    zip.WriteByte((byte)'\n');
                    count++;
                }

            file.Flush(flushToDisk: true);
        }

        using (NodeTelemetry.Step("segment rename")) File.Move(draft, Path.Combine(folder, name), overwrite: true);
        return new BackupSegment(name, count, HashOf(Path.Combine(folder, name)));
    }

    /// <exception cref="BackupException">The file isn't there, or isn't what was written.</exception>
    public static IEnumerable<RecordedEvent> Read(string folder, BackupSegment segment)
    {
        // A name comes from a file that somebody may have edited: it leads nowhere else.
        var path = Path.Combine(folder, Path.GetFileName(segment.Name));
        if (!File.Exists(path)) throw new BackupException($"The backup lacks {segment.Name}.");
        if (HashOf(path) != segment.Sha256) throw new BackupException($"{segment.Name} isn't what was backed up: its hash is another one.");
        return Lines(path);
    }

    private static IEnumerable<RecordedEvent> Lines(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        while (reader.ReadLine() is { } text)
        {
            var line = JsonSerializer.Deserialize(text, BackupLineJson.Default.BackupLine) ?? throw new BackupException($"{path} has an empty line.");
            yield return new RecordedEvent(default, new StreamName(line.Stream), new StreamRevision(line.Revision), line.Id, line.Type, line.Data, line.Metadata);
        }
    }

    private static string HashOf(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
