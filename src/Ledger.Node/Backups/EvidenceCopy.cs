using System.Text.Json;
using System.Text.Json.Serialization;
using Ledger.Files;

namespace Ledger.Node.Backups;

/// <summary>Takes files of evidence into a backup: what is new or changed there, and out of it what was erased.</summary>
/// <remarks>
/// In a directory every file is hashed at each run, on both sides: disks rot. Fetching a whole bucket at each run costs more than it tells;
/// there a tag stands for the bytes, which both stores give another one with each change, and <c>evidence-tags.json</c> in the backup says of
/// which tags a run has seen the hash.
/// </remarks>
/// <param name="from">Null = nothing is taken along; what was erased leaves the backup all the same.</param>
internal sealed class EvidenceCopy(IFileStore? from, BackupPlace to, ErasedEvidence erased)
{
    public const string Folder = "evidence/";
    private const string TagsName = "evidence-tags.json";

    // Handed-in files and rejected rows, in clear and for a while only: no evidence.
    private const string Imports = "imports/";

    // When keys were used: written anew each minute, and true of the machine that is lost only.
    private const string KeyUse = "key-use/";

    // Still on their way in.
    private const string Incoming = "incoming/";

    /// <returns>Files that were added, with their marks, and files that were taken out, without them.</returns>
    public async Task<(int Added, int Erased)> RunAsync(CancellationToken cancellation)
    {
        var added = from is null ? 0 : await AddAsync(from, cancellation);
        return (added, await TakeOutAsync(cancellation));
    }

    private async Task<int> AddAsync(IFileStore store, CancellationToken cancellation)
    {
        var (here, there) = (await AllAsync(store, "", cancellation), await AllAsync(to.Files, Folder, cancellation));
        var (known, tags) = (await ReadTagsAsync(store, cancellation), new SortedDictionary<string, EvidenceTags>(StringComparer.Ordinal));
        var added = 0;
        foreach (var file in here.Values)
        {
            cancellation.ThrowIfCancellationRequested();
            if (IsElsewhere(file.Name) || erased.Holds(file.Name, here)) continue; // Erased: the node hasn't destroyed it yet.
            if (await CopyAsync(store, file, there.GetValueOrDefault(file.Name), known.GetValueOrDefault(file.Name), cancellation) is not { } copied) continue;
            if (copied.IsNew) added++;
            if (copied.Tags is { } seen) tags[file.Name] = seen;
        }

        if (tags.Count > 0) await WriteTagsAsync(tags, cancellation);
        return added;
    }

    public static async Task<Dictionary<string, StoredFile>> AllAsync(IFileStore files, string folder, CancellationToken cancellation)
    {
        var all = new Dictionary<string, StoredFile>(StringComparer.Ordinal);
        await foreach (var file in files.ListAsync(folder, cancellation)) all[file.Name[folder.Length..]] = file with { Name = file.Name[folder.Length..] };
        return all;
    }

    private static bool IsElsewhere(string name) =>
        name.StartsWith(Imports, StringComparison.Ordinal) || name.StartsWith(KeyUse, StringComparison.Ordinal) || name.StartsWith(Incoming, StringComparison.Ordinal);

    private async Task<(bool IsNew, EvidenceTags? Tags)?> CopyAsync(IFileStore store, StoredFile file, StoredFile? copy, EvidenceTags? known, CancellationToken cancellation)
    {
        try
        {
            // Files lie under their hash, so one that is there is the same; what is copied is hashed again.
            var wanted = known is not null && known.From is not null && known.From == file.Tag ? known.Sha256 : await BackupPlace.HashAsync(store, file, cancellation);
            if (copy is not null && wanted == await CopysHashAsync(copy, known, cancellation)) return (false, TagsOf(file, copy, wanted));
            if (IsHash(file.Name) && Path.GetFileName(file.Name) != wanted)
                throw new BackupException($"The evidence {Path.GetFileName(file.Name)} isn't what was handed in: its hash is another one. Look for it in an older backup.");
            var draft = to.DraftOf(Folder + file.Name);
            await BackupPlace.FetchAsync(store, file.Name, draft, cancellation);
            if (BackupPlace.HashOf(draft) != wanted)
            {
                File.Delete(draft);
                // A mark is written anew while the ledger runs: the next run has it.
                return IsHash(file.Name) ? throw new BackupException($"{file.Name} was copied, and reads back as something else.") : null;
            }

            await to.TakeAsync(Folder + file.Name, draft, cancellation);
            return (true, await to.Files.LookAsync(Folder + file.Name, cancellation) is { } taken ? TagsOf(file, taken, wanted) : null);
        }
        catch (FileStoreException e) when (e.Trouble == FileTrouble.Changed && store.Trouble is null && to.Files.Trouble is null)
        {
            return null; // Erased, or a mark rewritten, while we looked: the next run has it.
        }
    }

    private async Task<string> CopysHashAsync(StoredFile copy, EvidenceTags? known, CancellationToken cancellation) =>
        known is not null && known.To is not null && known.To == copy.Tag ? known.Sha256 : await BackupPlace.HashAsync(to.Files, copy with { Name = Folder + copy.Name }, cancellation);

    private async Task<int> TakeOutAsync(CancellationToken cancellation)
    {
        // Looked at anew: a mark that was just added may hold a file that another agreement let go of.
        var there = await AllAsync(to.Files, Folder, cancellation);
        // Backups that were begun before they left imports out have some.
        foreach (var name in there.Keys.Where(name => name.StartsWith(Imports, StringComparison.Ordinal))) await to.Files.DeleteAsync(Folder + name, cancellation);
        string[] held = [.. there.Keys.Where(name => erased.Holds(name, there))];
        foreach (var name in held) await to.Files.DeleteAsync(Folder + name, cancellation);
        if (to.Files.LocalPathOf(Folder + Imports.TrimEnd('/')) is { } folder && Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        return held.Count(IsHash);
    }

    private static bool IsHash(string name) => ErasedEvidence.HashIn(name) is { } hash && Path.GetFileName(name) == hash;

    /// <summary>Two directories have no tags, and there is nothing to remember.</summary>
    private static EvidenceTags? TagsOf(StoredFile file, StoredFile copy, string sha256) => (file.Tag, copy.Tag) is (null, null) ? null : new EvidenceTags(sha256, file.Tag, copy.Tag);

    private async Task<Dictionary<string, EvidenceTags>> ReadTagsAsync(IFileStore store, CancellationToken cancellation)
    {
        if (store.LocalPathOf("x") is not null && to.Files.LocalPathOf("x") is not null) return [];
        try
        {
            if (await to.TryLocalAsync(TagsName, cancellation) is not { } path) return [];
            await using var file = File.OpenRead(path);
            return await JsonSerializer.DeserializeAsync(file, EvidenceTagsJson.Default.DictionaryStringEvidenceTags, cancellation) ?? [];
        }
        catch (JsonException)
        {
            return []; // Then everything is hashed again.
        }
    }

    private async Task WriteTagsAsync(SortedDictionary<string, EvidenceTags> tags, CancellationToken cancellation)
    {
        var draft = to.DraftOf(TagsName);
        await using (var file = new FileStream(draft, FileMode.Create, FileAccess.Write)) await JsonSerializer.SerializeAsync(file, tags, EvidenceTagsJson.Default.SortedDictionaryStringEvidenceTags, cancellation);
        await to.TakeAsync(TagsName, draft, cancellation);
    }
}

/// <summary>A file whose hash a run has seen under these tags.</summary>
/// <param name="From">In the store of evidence; null where it has no tags.</param>
/// <param name="To">In the backup; null where it has none.</param>
internal sealed record EvidenceTags(string Sha256, string? From, string? To);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Dictionary<string, EvidenceTags>))]
[JsonSerializable(typeof(SortedDictionary<string, EvidenceTags>))]
internal sealed partial class EvidenceTagsJson : JsonSerializerContext;
