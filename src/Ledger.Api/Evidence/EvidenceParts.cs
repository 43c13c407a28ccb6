using System.Globalization;
using System.Text;
using System.Text.Json;
using Ledger.Api.Hosting;
using Ledger.Api.Http;
using Ledger.Api.Http.Binding;
using Ledger.Api.Violations;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Ledger.Api.Evidence;

/// <summary>What a multipart body holds: one file, and what is said of it, as one part of JSON or as form fields.</summary>
internal sealed class EvidenceParts(HttpContext context, EvidenceFiles files, LimitSettings limits)
{
    private const int LongestBoundary = 70; // RFC 2046 §5.1.1
    private const int MostParts = 16;

    private readonly Faults _faults = new();
    private readonly Dictionary<string, string> _fields = [];
    private byte[]? _json;
    private string? _fileType;

    public ReceivedFile? File { get; private set; }

    /// <summary>A working copy without metadata is asked for.</summary>
    public bool WantsCopy { get; private set; }

    /// <summary>Reads everything; the problem, or null where the parts are in order.</summary>
    public async Task<Problem?> ReadAsync()
    {
        if (BoundaryOf(context.Request.ContentType) is not { } boundary) return Problem.Malformed("The Content-Type names no boundary.");
        var reader = new MultipartReader(boundary, context.Request.Body);
        try
        {
            for (var parts = 0; await NextAsync(reader) is { } section; parts++)
            {
                if (parts == MostParts) return Problem.Malformed($"A body has at most {MostParts} parts.");
                if (await TakeAsync(section) is { } problem) return problem;
            }
        }
        catch (BrokenPart)
        {
            return Problem.Malformed("The multipart body can't be read.");
        }

        if (File is null) _faults.Add("file", "Must be there: the part with the file itself.");
        return _faults.Told is { } told ? Problem.Malformed(told) : null;
    }

    /// <summary>The JSON that a request without the file would have sent; null where something is wrong with it.</summary>
    public ReadOnlyMemory<byte>? Compose(out Problem? problem)
    {
        problem = null;
        var faults = new Faults();
        using var bound = Binder.Bind<EvidencePartRequest>(_json ?? FieldsAsJson(), faults);
        if (bound?.Body is { } said)
        {
            if (said.Sha256 is { } sha256 && sha256 != File!.Sha256) faults.Add("sha256", "Isn't the hash of the file.");
            if (said is { Stripped: true, Original: false }) faults.Add("stripped", "A stripped copy is made of an original.");
            WantsCopy = said.Stripped is true;
            if (said.Size is { } size && size != File!.Size) faults.Add("size", "Isn't the size of the file.");
        }

        if (faults.Told is not { } told) return Encode(bound!.Body);
        problem = Problem.Malformed(told);
        return null;
    }

    private byte[] Encode(EvidencePartRequest said)
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("sha256", File!.Sha256);
            json.WriteNumber("size", File.Size);
            json.WriteString("mediaType", said.MediaType ?? _fileType ?? "application/octet-stream");
            json.WriteString("title", said.Title);
            if (said.AcquiredFrom is { } whom) json.WriteString("acquiredFrom", whom);
            json.WriteBoolean("original", said.Original);
            if (said.Stripped is true) json.WriteBoolean("stripped", true);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private async Task<Problem?> TakeAsync(MultipartSection section)
    {
        if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition)) return Problem.Malformed("A part has no Content-Disposition.");
        var name = HeaderUtilities.RemoveQuotes(disposition.Name).ToString();
        var isFile = disposition.FileName.HasValue || disposition.FileNameStar.HasValue || name == "file";
        var isJson = Body.Is(section.ContentType, Body.Json);
        if (isFile && !(isJson && name != "file")) return await TakeFileAsync(section);
        if (await ReadSmallAsync(section) is not { } bytes) return Body.TooLarge(limits.BodyBytes);
        if (isJson || name is "json" or "metadata" or "evidence")
        {
            if (_json is not null) return Problem.Malformed("There is more than one part of JSON.");
            _json = bytes;
        }
        else if (!_fields.TryAdd(name, Encoding.UTF8.GetString(bytes)))
        {
            _faults.Add(name, "Stands in the body twice.");
        }

        return null;
    }

    private async Task<Problem?> TakeFileAsync(MultipartSection section)
    {
        if (File is not null) return Problem.Malformed("There is more than one file.");
        _fileType = MediaTypeHeaderValue.TryParse(section.ContentType, out var type) ? type.MediaType.ToString() : null;
        File = await files.ReceiveAsync(buffer => PartReadAsync(section, buffer), limits.EvidenceBytes);
        return File is null ? Body.TooLarge(limits.EvidenceBytes) : null;
    }

    private async Task<byte[]?> ReadSmallAsync(MultipartSection section)
    {
        var whole = new MemoryStream();
        var buffer = new byte[8_192];
        while (await PartReadAsync(section, buffer) is var count && count > 0)
        {
            if (whole.Length + count > limits.BodyBytes) return null;
            whole.Write(buffer, 0, count);
        }

        return whole.ToArray();
    }

    private Task<MultipartSection?> NextAsync(MultipartReader reader) => Readable(() => reader.ReadNextSectionAsync(context.RequestAborted));

    private async ValueTask<int> PartReadAsync(MultipartSection section, Memory<byte> buffer) =>
        await Readable(() => section.Body.ReadAsync(buffer, context.RequestAborted).AsTask());

    /// <summary>Tells a body that breaks off from a disk that is full: both are IOExceptions to the framework.</summary>
    private static async Task<T> Readable<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception e) when (e is InvalidDataException or IOException and not BadHttpRequestException)
        {
            throw new BrokenPart(e);
        }
    }

    private byte[] FieldsAsJson()
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var (name, text) in _fields)
            {
                if (name is "original" or "stripped" && bool.TryParse(text, out var flag)) json.WriteBoolean(name, flag);
                else if (name == "size" && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size)) json.WriteNumber(name, size);
                else json.WriteString(name, text);
            }

            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static string? BoundaryOf(string? contentType)
    {
        if (!MediaTypeHeaderValue.TryParse(contentType, out var type)) return null;
        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).ToString();
        return boundary.Length is > 0 and <= LongestBoundary ? boundary : null;
    }

    private sealed class BrokenPart(Exception inner) : Exception("The part breaks off.", inner);
}
