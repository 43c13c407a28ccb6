using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using Ledger.EventStore;
using Ledger.Files;
using Ledger.Node.Evidence;

namespace Ledger.Node.Looking;

/// <summary>Files of evidence held against their names, which are their hashes, and against the events that name them.</summary>
/// <remarks>They lie as <c>{first two digits}/{sha256}</c>; a mark beside each, <c>{sha256}.{agreement}</c>, says who handed it in where.</remarks>
internal sealed class EvidenceLook(IFileStore store, bool isFull)
{
    private const int Sample = 200;
    private const string Attached = "evidence-attached-";
    private const string Stripped = "evidence-stripped-";

    private readonly HashSet<string> _named = new(StringComparer.Ordinal);

    /// <summary>Takes note of what an event says of evidence.</summary>
    public void See(RecordedEvent stored)
    {
        var isCopy = stored.Type.StartsWith(Stripped, StringComparison.Ordinal);
        if (!isCopy && !stored.Type.StartsWith(Attached, StringComparison.Ordinal)) return;
        try
        {
            using var json = JsonDocument.Parse(stored.Data);
            var item = json.RootElement;
            if (isCopy && !item.TryGetProperty("copy", out item)) return;
            if (item.TryGetProperty("sha256", out var hash) && hash.GetString() is { } text) _named.Add(text);
        }
        catch (JsonException)
        {
            // The history's own finding says that this event isn't what was sealed.
        }
    }

    public async IAsyncEnumerable<Finding> FindingsAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        List<StoredFile> all = [];
        Finding? failed = null;
        try
        {
            if ((await store.CheckAsync(cancellation)).Locks)
                failed = new(Grade.Wrong, "evidence", $"{store.Place} forbids that anything is destroyed (Object Lock with a default retention): no erasure of a file can be carried out.", "Take the default retention away, or another bucket.");
            await foreach (var file in store.ListAsync("", cancellation))
                if (file.Name is [_, _, '/', ..]) all.Add(file);
        }
        catch (FileStoreException e)
        {
            failed = new(Grade.Wrong, "evidence", e.Message, WhatToDo.About(EvidencePlace.Unavailable));
            all = [];
        }

        if (failed is not null) yield return failed;
        if (failed is not null && store.Trouble is not null) yield break;
        await foreach (var finding in FindingsAsync([.. all.OrderBy(file => file.Name, StringComparer.Ordinal)], cancellation)) yield return finding;
    }

    private async IAsyncEnumerable<Finding> FindingsAsync(List<StoredFile> all, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var files = all.Where(file => IsHash(Path.GetFileName(file.Name))).ToList();
        var held = files.Select(file => Path.GetFileName(file.Name)).ToHashSet(StringComparer.Ordinal);
        var marked = all.Select(file => Path.GetFileName(file.Name)).Where(name => name.Length > 65 && name[64] == '.' && IsHash(name[..64])).Select(name => name[..64]).ToHashSet(StringComparer.Ordinal);
        var wrong = false;
        foreach (var gone in marked.Except(held).Order(StringComparer.Ordinal))
        {
            wrong = true;
            yield return new(Grade.Wrong, "evidence", $"The file {gone} was handed in and isn't there any more.", "Restore it from a backup of the evidence.");
        }

        var step = isFull ? 1 : Math.Max(1, files.Count / Sample);
        var tried = 0;
        for (var i = 0; i < files.Count; i += step, tried++)
        {
            if (await HashAsync(files[i], cancellation) == Path.GetFileName(files[i].Name)) continue;
            wrong = true;
            yield return new(Grade.Wrong, "evidence", $"The file {Path.GetFileName(files[i].Name)} isn't the one that was handed in: its bytes were changed.", "Restore it from a backup of the evidence.");
        }

        if (!wrong) yield return Good(files.Count, tried);
        var shut = held.Except(marked).Count();
        if (shut > 0) yield return new(Grade.Notice, "evidence", $"Kept and opened to nobody: {Figure(shut)}. Their request was cut off; whoever sends the same again with the same Idempotency-Key opens them.");
        var elsewhere = _named.Except(held).Except(marked).Count();
        if (elsewhere > 0) yield return new(Grade.Notice, "evidence", $"Named by events and not here as files: {Figure(elsewhere)}. Either only their hash was given, or --evidence must name the node's directory or bucket.");
    }

    private static Finding Good(int files, int tried) => new(Grade.Good, "evidence", files switch
    {
        0 => "No file of evidence is kept here.",
        1 => "The one file has the hash of its name.",
        _ => $"{(tried == files ? $"All {Figure(files)}" : $"{Figure(tried)} tried of {Figure(files)}")} files have the hash of their name.",
    });

    private async Task<string?> HashAsync(StoredFile file, CancellationToken cancellation)
    {
        try
        {
            await using var stream = await store.OpenAsync(file, cancellation);
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FileStoreException)
        {
            return null;
        }
    }

    private static bool IsHash(string name) => name.Length == 64 && name.All(char.IsAsciiHexDigitLower);

    private static string Figure(long figure) => figure.ToString("N0", CultureInfo.InvariantCulture);
}
