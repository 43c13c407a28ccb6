using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ledger.Node.Backups;

/// <summary>What a backup says of itself: its parts, how they are recognised, and how far it goes. The last thing that is written.</summary>
/// <param name="Format">1. A newer one is refused.</param>
/// <param name="Origin">The log's name.</param>
/// <param name="Position">Of the last event in it, in the store that it was taken from: where the next run goes on.</param>
/// <param name="LastEvent">The id of that event: a store that has another one there isn't the one that was backed up.</param>
/// <param name="Count">Events of the ledger in it: sequences 0 to count - 1.</param>
/// <param name="Root">RFC 6962 root over them, base64.</param>
/// <param name="Segments">In their order.</param>
public sealed record BackupManifest(
    int Format, string Origin, string? Position, Guid? LastEvent, long Count, string Root, IReadOnlyList<BackupSegment> Segments)
{
    public const int ThisFormat = 1;
    public const string FileName = "backup.json";

    /// <summary>Null where there is none.</summary>
    internal static async Task<BackupManifest?> ReadAsync(BackupPlace place, CancellationToken cancellation)
    {
        try
        {
            if (await place.TryLocalAsync(FileName, cancellation) is not { } file) return null;
            var manifest = JsonSerializer.Deserialize(await File.ReadAllBytesAsync(file, cancellation), BackupJson.Default.BackupManifest);
            return manifest is { Format: ThisFormat } ? manifest : throw new BackupException($"{FileName} in {place.Files.Place} is of a newer program, or isn't a backup of a ledger.");
        }
        catch (JsonException)
        {
            throw new BackupException($"{FileName} in {place.Files.Place} can't be read: it isn't a backup of a ledger, or it was damaged.");
        }
    }

    /// <summary>Whole or not at all.</summary>
    internal async Task WriteAsync(BackupPlace place, CancellationToken cancellation)
    {
        var draft = place.DraftOf(FileName);
        using (var file = new FileStream(draft, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, this, BackupJson.Default.BackupManifest);
            file.Flush(flushToDisk: true);
        }

        await place.TakeAsync(FileName, draft, cancellation);
    }
}

/// <summary>A file of events, one JSON object a line, gzip.</summary>
/// <param name="Events">Of the store, seals and cursors included.</param>
/// <param name="Sha256">Of the file, hexadecimal.</param>
public sealed record BackupSegment(string Name, long Events, string Sha256);

/// <summary>A stored event in a backup: nothing is said in other words.</summary>
internal sealed record BackupLine(string Stream, long Revision, Guid Id, string Type, byte[] Data, byte[] Metadata);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(BackupManifest))]
internal sealed partial class BackupJson : JsonSerializerContext;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BackupLine))]
internal sealed partial class BackupLineJson : JsonSerializerContext;

/// <summary>A backup can't be made or restored as asked. The message is for people.</summary>
public sealed class BackupException(string message) : Exception(message);
