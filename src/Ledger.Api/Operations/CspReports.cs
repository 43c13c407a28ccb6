using System.Text.Json;
using System.Text.RegularExpressions;
using Ledger.Api.Http;
using Microsoft.AspNetCore.Authorization;

namespace Ledger.Api.Operations;

/// <summary>Browsers tell here what a page's policy stopped: an attempt, or a page of ours that needs mending. The operator reads it in the log.</summary>
/// <remarks>Anybody can send one, so it is short, counted, and cut down to what can't carry anything: the directive and the scheme and host of what was stopped.</remarks>
internal static partial class CspReports
{
    public const string Path = "/csp-reports";

    private const int LongestReport = 16 * 1024;
    private const int MostAMinute = 30;

    private static readonly string[] MediaTypes = ["application/csp-report", "application/reports+json", Body.Json];

    public static void MapCspReports(this IEndpointRouteBuilder app) =>
        app.MapPost(Path, TakeAsync).WithMetadata(new AllowAnonymousAttribute()).WithTags("Operations");

    private static async Task<IResult> TakeAsync(HttpContext context, TimeProvider time, ILoggerFactory loggers)
    {
        if (Body.Refuse(context.Request, LongestReport, MediaTypes) is { } unfit) return unfit;
        if (await Body.ReadAsync(context, LongestReport) is not { } bytes) return Body.TooLarge(LongestReport);
        if (Recent.Take(time) && Read(bytes) is var (directive, source)) Stopped(loggers.CreateLogger(typeof(CspReports)), directive, source);
        return TypedResults.NoContent();
    }

    /// <summary>The directive and what it stopped, or null where it isn't a report.</summary>
    internal static (string Directive, string Source)? Read(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var json = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 8 });
            var report = json.RootElement is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() > 0 ? list[0] : json.RootElement;
            if (Object(report, "csp-report") is { } old) return (Word(Text(old, "effective-directive") ?? Text(old, "violated-directive")), Origin(Text(old, "blocked-uri")));
            return Object(report, "body") is { } body ? (Word(Text(body, "effectiveDirective")), Origin(Text(body, "blockedURL"))) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or UriFormatException) // half a surrogate pair is JSON and no text; a host may be none
        {
            return null;
        }
    }

    private static JsonElement? Object(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value : null;

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string Word(string? text) => text?.Split(' ')[0] is { } word && Directive().IsMatch(word) ? word : "unknown";

    private static string Origin(string? text) => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Host.Length is > 0 and < 100
        ? $"{uri.Scheme}://{uri.IdnHost}"
        : text is "inline" or "eval" or "data" or "blob" ? text : "something";

    [GeneratedRegex("^[a-z-]{1,40}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Directive();

    [LoggerMessage(Level = LogLevel.Warning, Message = "A browser says that the policy of a page ({Directive}) stopped {Source}.")]
    private static partial void Stopped(ILogger logger, string directive, string source);

    /// <summary>So many a minute are logged, so that nobody fills the operator's log.</summary>
    private static class Recent
    {
        private static readonly Lock Gate = new();
        private static (DateTimeOffset Since, int Count) _window;

        public static bool Take(TimeProvider time)
        {
            lock (Gate)
            {
                var now = time.GetUtcNow();
                if (now - _window.Since >= TimeSpan.FromMinutes(1)) _window = (now, 0);
                return ++_window.Count <= MostAMinute;
            }
        }
    }
}
