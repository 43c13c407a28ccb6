using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Ledger.EventStore;

namespace Ledger.Node.Backups;

/// <summary>A file of events: written once, read back at once, never changed.</summary>
internal static class SegmentFile
{
    public static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"events-{number:000000}.ndjson.gz");

    /// <summary>Writes the events and says what the file is recognised by.</summary>
    public static async Task<BackupSegment> WriteAsync(BackupPlace place, int number, IEnumerable<RecordedEvent> events, CancellationToken cancellation)
    {
        using var write = NodeTelemetry.Step("segment");
        var name = NameOf(number);
        var draft = place.DraftOf(name);
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

        var hash = BackupPlace.HashOf(draft);
        // The run reads all segments back.
        using (NodeTelemetry.Step("segment rename")) await place.Files.TakeAsync(name, draft, cancellation);
        return new BackupSegment(name, count, hash);
    }

    /// <summary>Brings a segment to this machine's disk, where it isn't there already.</summary>
    /// <returns>Its path.</returns>
    /// <exception cref="BackupException">The file isn't there, or isn't what was written.</exception>
    public static async Task<string> FetchAsync(BackupPlace place, BackupSegment segment, CancellationToken cancellation)
    {
        // A name comes from a file that somebody may have edited: it leads nowhere else.
        var path = await place.LocalAsync(Path.GetFileName(segment.Name), cancellation);
        return BackupPlace.HashOf(path) == segment.Sha256 ? path : throw new BackupException($"{segment.Name} isn't what was backed up: its hash is another one.");
    }

    public static IEnumerable<RecordedEvent> Read(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        while (reader.ReadLine() is { } text)
        {
            var line = JsonSerializer.Deserialize(text, BackupLineJson.Default.BackupLine) ?? throw new BackupException($"{path} has an empty line.");
            yield return new RecordedEvent(default, new StreamName(line.Stream), new StreamRevision(line.Revision), line.Id, line.Type, line.Data, line.Metadata);
        }
    }
}
