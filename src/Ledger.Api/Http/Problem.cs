using System.Globalization;
using System.Text.Json;
using Ledger.Domain;
using Microsoft.AspNetCore.WebUtilities;

namespace Ledger.Api.Http;

/// <summary>An answer that says no: <c>application/problem+json</c> (RFC 9457) with a stable code.</summary>
/// <param name="Code">For programs; stable.</param>
/// <param name="Detail">For people; never content of the request, which may be confidential.</param>
public sealed record Problem(int Status, string Code, string Detail) : IResult
{
    public const string MediaType = "application/problem+json";

    /// <summary>JSON Pointer → message.</summary>
    public IReadOnlyDictionary<string, string>? Errors { get; init; }

    public long? CurrentRevision { get; init; }

    /// <summary>Seconds after which asking again may help.</summary>
    public int? RetryAfter { get; init; }

    public static Problem Malformed(string detail) => new(StatusCodes.Status400BadRequest, "malformed", detail);

    public static Problem Malformed(IReadOnlyDictionary<string, string> errors) =>
        Malformed("The request isn't as it should be; errors names each place.") with { Errors = errors };

    /// <param name="place">A JSON Pointer.</param>
    public static Problem Malformed(string place, string message) => Malformed(new Dictionary<string, string> { [place] = message });

    public static Problem Unauthenticated(string detail) => new(StatusCodes.Status401Unauthorized, "unauthenticated", detail);

    public static Problem NotAllowed(string detail = "Your key has no role that may do this.") =>
        new(StatusCodes.Status403Forbidden, Codes.NotAllowed, detail);

    public static Problem NotFound() => new(StatusCodes.Status404NotFound, "not-found", "There is nothing here that your key may see.");

    public static Problem MethodNotAllowed() =>
        new(StatusCodes.Status405MethodNotAllowed, "method-not-allowed", "This place doesn't take that method; the header Allow names those that it takes.");

    public static Problem StaleRevision(long current) =>
        new(StatusCodes.Status412PreconditionFailed, "stale-revision", "The case has moved on since the revision that you name; read it again and decide anew.") { CurrentRevision = current };

    public static Problem TooLarge(string detail) => new(StatusCodes.Status413PayloadTooLarge, "too-large", detail);

    public static Problem UnsupportedMediaType(string expected) =>
        new(StatusCodes.Status415UnsupportedMediaType, "unsupported-media-type", $"Send {expected}.");

    public static Problem KeyReused() =>
        new(StatusCodes.Status422UnprocessableEntity, "idempotency-key-reused", "This Idempotency-Key came with other content before.");

    public static Problem IfMatchRequired() =>
        new(StatusCodes.Status428PreconditionRequired, "if-match-required", "A decision names the revision that it was taken on: If-Match: \"<revision>\".");

    public static Problem TooManyRequests(int retryAfter, string detail) =>
        new(StatusCodes.Status429TooManyRequests, "too-many-requests", detail) { RetryAfter = retryAfter };

    public static Problem Unavailable(string detail) => new(StatusCodes.Status503ServiceUnavailable, "unavailable", detail) { RetryAfter = 1 };

    public static Problem ReadOnly(string detail) => new(StatusCodes.Status503ServiceUnavailable, "read-only", detail) { RetryAfter = 30 };

    public static Problem NotYetVisible() =>
        new(StatusCodes.Status503ServiceUnavailable, "not-yet-visible", "The read model hasn't reached that position yet.") { RetryAfter = 1 };

    public static Problem Unexpected() =>
        new(StatusCodes.Status500InternalServerError, "unexpected", "Something went wrong here; it is logged.");

    /// <summary>What a rule refused: 403 where it is about who acts, else 409.</summary>
    public static Problem Of(Refusal why)
    {
        ArgumentNullException.ThrowIfNull(why);
        return new(why.IsAboutWho ? StatusCodes.Status403Forbidden : StatusCodes.Status409Conflict, why.Code, why.Message);
    }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        var response = httpContext.Response;
        response.StatusCode = Status;
        response.ContentType = MediaType;
        response.Headers.CacheControl = "no-store";
        if (RetryAfter is { } seconds) response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        if (Status == StatusCodes.Status401Unauthorized) response.Headers.WWWAuthenticate = "Bearer realm=\"Ceasefire Ledger\"";
        if (!HttpMethods.IsHead(httpContext.Request.Method))
        {
            var body = Encode();
            response.ContentLength = body.Length;
            await response.Body.WriteAsync(body, httpContext.RequestAborted);
        }
    }

    private byte[] Encode()
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("type", "about:blank");
            json.WriteString("title", ReasonPhrases.GetReasonPhrase(Status));
            json.WriteNumber("status", Status);
            json.WriteString("code", Code);
            json.WriteString("detail", Detail);
            if (CurrentRevision is { } current) json.WriteNumber("currentRevision", current);
            if (Errors is not null) WriteErrors(json, Errors);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    internal static void WriteErrors(Utf8JsonWriter json, IReadOnlyDictionary<string, string> errors)
    {
        json.WriteStartObject("errors");
        foreach (var (pointer, message) in errors) json.WriteString(pointer, message);
        json.WriteEndObject();
    }
}
