using System.Buffers;

namespace Ledger.Api.Http;

/// <summary>Reads a request's body as far as its limit.</summary>
internal static class Body
{
    public const string Json = "application/json";

    /// <summary>Why a body of this kind can't be taken, from its headers alone.</summary>
    /// <param name="mediaTypes">Those that the place takes, in words of RFC 9110.</param>
    public static Problem? Refuse(HttpRequest request, long limit, params ReadOnlySpan<string> mediaTypes)
    {
        if (request.ContentLength > limit) return TooLarge(limit);
        if (request.Headers.ContentEncoding is { Count: > 0 } encoding && encoding != "identity")
            return Problem.UnsupportedMediaType("the body without a Content-Encoding");
        if (request.ContentLength is 0 && request.ContentType is null) return null; // Empty: the binder says so.
        foreach (var mediaType in mediaTypes)
            if (Is(request.ContentType, mediaType)) return null;
        return Problem.UnsupportedMediaType(string.Join(" or ", mediaTypes.ToArray()));
    }

    /// <summary>True where a Content-Type is this media type, in UTF-8 if it names a charset.</summary>
    public static bool Is(string? contentType, string mediaType)
    {
        if (!Microsoft.Net.Http.Headers.MediaTypeHeaderValue.TryParse(contentType, out var parsed)) return false;
        return parsed.MediaType.Equals(mediaType, StringComparison.OrdinalIgnoreCase)
            && (!parsed.Charset.HasValue || parsed.Charset.Value!.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Reads on. A body that can't be read is the caller's fault, and to the framework the same exception as a full disk.</summary>
    public static async ValueTask<System.IO.Pipelines.ReadResult> NextAsync(System.IO.Pipelines.PipeReader reader, CancellationToken cancellation)
    {
        try
        {
            return await reader.ReadAsync(cancellation);
        }
        catch (IOException e) when (e is not BadHttpRequestException)
        {
            throw new BadHttpRequestException("The body can't be read.", e);
        }
    }

    /// <summary>The whole body, or null where it is larger than the limit.</summary>
    public static async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(HttpContext context, long limit)
    {
        var reader = context.Request.BodyReader;
        while (true)
        {
            var read = await NextAsync(reader, context.RequestAborted);
            if (read.Buffer.Length > limit)
            {
                reader.AdvanceTo(read.Buffer.End); // Kestrel drains the rest itself, and can't while a read is open.
                return null;
            }

            if (read.IsCompleted)
            {
                var body = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return body;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    public static Problem TooLarge(long limit) =>
        Problem.TooLarge(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"The body may have at most {limit:N0} bytes."));
}
