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

    internal static BackupManifest? Read(string folder)
    {
        var file = Path.Combine(folder, FileName);
        if (!File.Exists(file)) return null;
        try
        {
            var manifest = JsonSerializer.Deserialize(File.ReadAllBytes(file), BackupJson.Default.BackupManifest);
            return manifest is { Format: ThisFormat } ? manifest : throw new BackupException($"{file} is of a newer program, or isn't a backup of a ledger.");
        }
        catch (JsonException)
        {
            throw new BackupException($"{file} can't be read: it isn't a backup of a ledger, or it was damaged.");
        }
    }

    /// <summary>Whole or not at all.</summary>
    internal void Write(string folder)
    {
        var draft = Path.Combine(folder, FileName + ".draft");
        using (var file = new FileStream(draft, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, this, BackupJson.Default.BackupManifest);
            file.Flush(flushToDisk: true);
        }

        File.Move(draft, Path.Combine(folder, FileName), overwrite: true);
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
