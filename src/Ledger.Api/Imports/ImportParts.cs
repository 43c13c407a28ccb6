using System.Security.Cryptography;
using System.Text;
using Ledger.Api.Hosting;
using Ledger.Api.Http;
using Ledger.Api.Http.Binding;
using Ledger.Domain;
using Ledger.Exchange.Imports;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Ledger.Api.Imports;

/// <summary>What a multipart body holds: the file, what it is, and how to read it.</summary>
internal sealed class ImportParts(HttpContext context, LimitSettings limits, string folder)
{
    private const int LongestBoundary = 70; // RFC 2046 §5.1.1
    private const int MostParts = 64;
    private const int LongestField = 4_096;
    private const int MostOfMapping = 1 << 20;
    private const int MostOfGazetteer = 16 << 20;

    private static readonly string[] Extensions = [".csv", ".tsv", ".txt", ".json", ".ndjson", ".xlsx", ".xlsm", ".xls", ".xlsb"];
    private static readonly string[] Fields = ["format", "dryRun", "version", "encoding", "delimiter", "sheet"];

    private readonly Faults _faults = new();
    private readonly Dictionary<string, string> _fields = [];
    private readonly Dictionary<string, string> _parties = [];

    public string? Extension { get; private set; }

    public string Sha256 { get; private set; } = "";

    public long Size { get; private set; }

    public bool HasMapping { get; private set; }

    public string Format => _fields.GetValueOrDefault("format", "");

    public bool DryRun => _fields.GetValueOrDefault("dryRun") == "true";

    public IReadOnlyDictionary<string, string> Parties => _parties;

    public string? Field(string name) => _fields.GetValueOrDefault(name);

    public char? Delimiter => Field("delimiter") switch { null => null, "tab" => '\t', var text => text[0] };

    /// <summary>Takes everything in; the problem, or null where the parts are in order.</summary>
    public async Task<Problem?> ReadAsync()
    {
        if (BoundaryOf(context.Request.ContentType) is not { } boundary) return Problem.Malformed("The Content-Type names no boundary.");
        var reader = new MultipartReader(boundary, context.Request.Body);
        try
        {
            for (var parts = 0; await reader.ReadNextSectionAsync(context.RequestAborted) is { } section; parts++)
            {
                if (parts == MostParts) return Problem.Malformed($"A body has at most {MostParts} parts.");
                if (await TakeAsync(section) is { } problem) return problem;
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException and not BadHttpRequestException)
        {
            return Problem.Malformed("The multipart body can't be read.");
        }

        Check();
        return _faults.Told is { } told ? Problem.Malformed(told) : null;
    }

    private void Check()
    {
        if (Extension is null) _faults.Add("file", "Must be there: the part with the file itself.");
        if (!ImportFile.Formats.Contains(Format)) _faults.Add("format", $"Must be one of: {string.Join(", ", ImportFile.Formats)}.");
        else if (Format == ImportFile.Table && !HasMapping) _faults.Add("mapping", "Must be there for a plain table: it says what the columns mean.");
        if (Format != ImportFile.Table && HasMapping) _faults.Add("mapping", "Belongs to the format table: the others have their own.");
        if (Field("dryRun") is not (null or "true" or "false")) _faults.Add("dryRun", "Must be true or false.");
        if (Field("delimiter") is { } delimiter && delimiter != "tab" && delimiter.Length != 1) _faults.Add("delimiter", "Must be one character, or tab.");
    }

    private async Task<Problem?> TakeAsync(MultipartSection section)
    {
        if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition)) return Problem.Malformed("A part has no Content-Disposition.");
        var name = HeaderUtilities.RemoveQuotes(disposition.Name).ToString();
        switch (name)
        {
            case "file":
                if (Extension is not null) return Problem.Malformed("There is more than one file.");
                Extension = ExtensionOf(disposition);
                return await SaveAsync(section, "file" + Extension, limits.EvidenceBytes, hash: true) ? null : Body.TooLarge(limits.EvidenceBytes);
            case "mapping":
                HasMapping = true;
                return await SaveAsync(section, ImportFolder.MappingName, MostOfMapping, hash: false) ? null : Body.TooLarge(MostOfMapping);
            case "gazetteer":
                if (ImportFolder.GazetteerIn(folder) is not null) return Problem.Malformed("There is more than one gazetteer.");
                return await SaveAsync(section, ImportFolder.GazetteerName + ExtensionOf(disposition), MostOfGazetteer, hash: false) ? null : Body.TooLarge(MostOfGazetteer);
            default:
                return await FieldAsync(section, name);
        }
    }

    private async Task<Problem?> FieldAsync(MultipartSection section, string name)
    {
        if (name != "party" && !Fields.Contains(name)) return Problem.Malformed("/" + (name.Length > 40 || name.Length == 0 ? "(part)" : name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)), "There is no such part: there are file, mapping, gazetteer, party and " + string.Join(", ", Fields) + ".");
        var buffer = new byte[LongestField + 1];
        var count = await section.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, context.RequestAborted);
        if (count > LongestField) return Problem.Malformed("/" + name, $"Has at most {LongestField} bytes.");
        var text = Encoding.UTF8.GetString(buffer, 0, count).Trim();
        if (text.Any(char.IsControl)) return Problem.Malformed("/" + name, "Is one line of text.");
        if (name == "party")
        {
            var at = text.LastIndexOf('=');
            if (at <= 0 || !Slug.IsValid(text[(at + 1)..])) _faults.Add("party", "Must be NAME=PARTY: what the file calls a party, and its id.");
            else _parties[text[..at]] = text[(at + 1)..];
        }
        else if (text.Length > 0 && !_fields.TryAdd(name, text))
        {
            _faults.Add(name, "Stands in the body twice.");
        }

        return null;
    }

    /// <returns>False where it is larger than the limit.</returns>
    private async Task<bool> SaveAsync(MultipartSection section, string name, long limit, bool hash)
    {
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var file = new FileStream(Path.Combine(folder, name), FileMode.Create, FileAccess.Write, FileShare.None);
        var buffer = new byte[81_920];
        var size = 0L;
        while (await section.Body.ReadAsync(buffer, context.RequestAborted) is var count and > 0)
        {
            if ((size += count) > limit) return false;
            if (hash) sha256.AppendData(buffer, 0, count);
            await file.WriteAsync(buffer.AsMemory(0, count));
        }

        file.Flush(flushToDisk: true);
        if (hash) (Sha256, Size) = (Convert.ToHexStringLower(sha256.GetHashAndReset()), size);
        return true;
    }

    /// <summary>Of all that a file's name says only what kind of file it is.</summary>
    private static string ExtensionOf(ContentDispositionHeaderValue disposition)
    {
        var name = HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).ToString();
        var extension = Path.GetExtension(name).ToLowerInvariant();
        return Extensions.Contains(extension) ? extension : ".csv";
    }

    private static string? BoundaryOf(string? contentType)
    {
        if (!MediaTypeHeaderValue.TryParse(contentType, out var type)) return null;
        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).ToString();
        return boundary.Length is > 0 and <= LongestBoundary ? boundary : null;
    }
}
