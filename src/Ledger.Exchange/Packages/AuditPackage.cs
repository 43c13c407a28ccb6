using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ledger.Exchange.Answers;
using Ledger.Transparency;

namespace Ledger.Exchange.Packages;

/// <summary>How far a package is.</summary>
/// <param name="Done">Events written, of <paramref name="All"/>.</param>
public readonly record struct PackageProgress(long Done, long All);

/// <summary>Everything that it takes to verify a ledger years later, without the server and without the network.</summary>
/// <remarks>The layout is the one that <c>ledger-audit verify</c> reads; the files of the log are those that C2SP tlog-tiles names.</remarks>
public static class AuditPackage
{
    private static readonly byte[] LineEnd = "\n"u8.ToArray();

    /// <summary>Writes a package of all events under the published head.</summary>
    /// <param name="path">A folder, or a file that ends in <c>.zip</c>; it must not be there yet.</param>
    /// <param name="isPublic">Of each event only that it is there, when, and of which type: no names, no places, no texts.</param>
    /// <returns>The head that the package is about.</returns>
    /// <exception cref="PackageException">It can't be made; nothing was written under that name.</exception>
    public static async Task<Checkpoint> WriteAsync(
        IPackageSource source, string path, bool isPublic, IProgress<PackageProgress>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(source);
        await using var files = PackageFiles.Create(path);
        return await WriteAsync(source, files, isPublic, progress, cancellation);
    }

    /// <summary>Writes a whole package as a .zip to somebody who waits for it, never more of it in memory than a file of the log.</summary>
    /// <exception cref="PackageException">It can't be made; what was written so far opens nowhere.</exception>
    public static async Task<Checkpoint> WriteAsync(IPackageSource source, Stream zip, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(source);
        await using var files = await PackageFiles.ToAsync(zip, cancellation);
        return await WriteAsync(source, files, isPublic: false, null, cancellation);
    }

    private static async Task<Checkpoint> WriteAsync(IPackageSource source, PackageFiles files, bool isPublic, IProgress<PackageProgress>? progress, CancellationToken cancellation)
    {
        var note = await source.LogAsync("checkpoint", cancellation);
        if (!SignedCheckpoint.TryParse(note, out var head, out var refusal)) throw new PackageException($"The ledger's head can't be read: {refusal.Message}");
        var size = head.Checkpoint.Size;

        await files.WriteAsync("README.txt", Encoding.UTF8.GetBytes(PackageText.Of(head.Checkpoint, isPublic)));
        await files.WriteAsync("codes.json", CodesAnswer.Encode());
        await files.WriteAsync("log/checkpoint", note);
        foreach (var name in (string[])["vkey", "keys"]) await files.WriteAsync($"log/{name}", await source.LogAsync(name, cancellation));
        foreach (var tile in TileId.Of(size)) await files.WriteAsync($"log/{tile.Path}", await source.LogAsync(tile.Path, cancellation));
        foreach (var bundle in BundleId.Of(size)) await files.WriteAsync($"log/{bundle.Path}", await source.LogAsync(bundle.Path, cancellation));
        await WriteEventsAsync(source, files, size.Value, isPublic, progress, cancellation);
        foreach (var agreement in await source.AgreementsAsync(cancellation))
            if (await source.ComplianceAsync(agreement, size.Value, cancellation) is { } picture) await files.WriteAsync($"compliance/{agreement}.json", picture);
        files.Finish();
        return head.Checkpoint;
    }

    private static Task WriteEventsAsync(
        IPackageSource source, PackageFiles files, long size, bool isPublic, IProgress<PackageProgress>? progress, CancellationToken cancellation) =>
        files.WriteAsync(isPublic ? "events-redacted.ndjson" : "events.ndjson", async stream =>
        {
            var done = 0L;
            await using var buffered = new BufferedStream(stream, 1 << 16);
            await foreach (var line in source.EventsAsync(size, cancellation))
            {
                await buffered.WriteAsync(isPublic ? Redacted(line) : line, cancellation);
                await buffered.WriteAsync(LineEnd, cancellation);
                if (++done % 1000 == 0) progress?.Report(new PackageProgress(done, size));
            }

            progress?.Report(new PackageProgress(done, size));
            if (!isPublic && done != size)
                throw new PackageException(string.Create(CultureInfo.InvariantCulture, $"Only {done} of {size} events are shown here: a whole package takes the key of an auditor whom every agreement is open to."));
        });

    /// <summary>That it happened, and when: its entry in the log can be found by the sequence, and says nothing either.</summary>
    private static byte[] Redacted(ReadOnlyMemory<byte> line)
    {
        var item = JsonNode.Parse(line.Span)!;
        var shown = new JsonObject();
        foreach (var name in (string[])["sequence", "eventId", "type", "recordedAt"]) shown[name] = item[name]!.DeepClone();
        return JsonSerializer.SerializeToUtf8Bytes(shown);
    }
}

/// <summary>The package's README, in plain words: its reader may be a judge in ten years.</summary>
internal static class PackageText
{
    public static string Of(Checkpoint head, bool isPublic) => string.Create(CultureInfo.InvariantCulture, $"""
        A CEASEFIRE LEDGER, TO BE VERIFIED WITHOUT ITS OPERATOR

        This package holds the history of the ledger "{head.Origin}" up to its first {head.Size} events, and all that it
        takes to check that nobody changed, removed, added or moved any of them since they were recorded. No server and no
        network is needed.

        What lies here

        log/checkpoint         The head: how many events, and one hash that stands for all of them, signed with the
                               ledger's key, and by witnesses where there are any.
        log/vkey               The key that signs now. Don't take it from here: take it from somebody you trust.
        log/keys               How the key changed, each change signed by the old key and the new. Empty if it never did.
        log/tile/              The tree of hashes, and for each event an entry that commits to it without showing it.
        {(isPublic
            ? """
        events-redacted.ndjson One line an event: its place, its id, its type, when it was recorded. No names, no places,
                               no texts: this package is for the public.
        """
            : """
        events.ndjson          One line an event, whole, with the exact bytes that the entry commits to ("raw", base64).
                               Long texts are in those bytes only as a digest ("_sd"); "disclosures" has what gives that
                               digest: SHA-256 of each, in base64url, is the one that stands there (RFC 9901).
                               Confidential parts were never in the events and aren't here.
        """)}
        compliance/            What the ledger said of each agreement at this point: violations per party, by status.
        codes.json             What the codes mean, in several languages.

        How to verify it

        With the ledger's own tool:   ledger-audit verify THIS-FOLDER --vkey KEY{(isPublic ? "" : " --full")}
        The tool needs nothing but this folder and the key, and prints in sentences what it checked.

        With other people's tools: the log follows public standards (C2SP tlog-tiles, tlog-checkpoint, signed-note; RFC 6962
        hashes). Any program that reads those can recompute the head from the entries.

        By hand, for one event: SHA-256 of these eight lines, each ended by a line feed,
            ceasefire-ledger-event/v1 / origin / sequence / event id / stream / revision / type / recordedAt in microseconds
        followed by the 32 bytes of SHA-256(data) and the 32 bytes of SHA-256(metadata), gives the commitment; in base64 it
        stands in the third line of the event's entry.

        What it can't show

        That an event is true. The ledger proves what was recorded, by whom, when, and that it stands unchanged. Whether a
        violation happened is what the verifiers' rulings in it are about. And a head that no witness has cosigned could
        have been shown to you alone: compare it with what others hold.

        """);
}
