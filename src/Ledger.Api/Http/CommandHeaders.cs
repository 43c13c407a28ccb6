using System.Globalization;
using System.Text;
using Ledger.Application;
using Ledger.Serialization;
using Microsoft.Extensions.Primitives;

namespace Ledger.Api.Http;

/// <summary>What a command says beside its body.</summary>
/// <param name="IfMatch">The revision that a decision was taken on.</param>
/// <param name="HasKey">True where the client gave an Idempotency-Key.</param>
/// <param name="CommandId">The same for the same subject, method, path and key; else fresh.</param>
internal sealed record CommandHeaders(long? IfMatch, bool HasKey, Guid CommandId)
{
    private const int LongestKey = 255;

    // Fixed for ever: a repeat after an upgrade is still a repeat.
    private static readonly Guid Namespace = new("0d2b1f0e-5a3c-5f5e-9a53-6d5b7a1f2c90");

    /// <summary>Null where <paramref name="problem"/> says why.</summary>
    public static CommandHeaders? Read(HttpContext context, Principal principal, out Problem? problem)
    {
        var request = context.Request;
        problem = null;
        if (!TryKey(request.Headers["Idempotency-Key"], out var key))
            problem = Problem.Malformed($"An Idempotency-Key is one text of 1 to {LongestKey} visible ASCII characters.");
        else if (!TryIfMatch(request.Headers.IfMatch, out var ifMatch))
            problem = Problem.Malformed("If-Match is one strong entity tag with a revision in it, such as \"3\".");
        else
            return new CommandHeaders(ifMatch, key is not null, key is null ? Guid.CreateVersion7() : CommandIdOf(principal, request, key));
        return null;
    }

    /// <summary>The id of what a command makes, where the client chose none: a repeat names the same.</summary>
    public static Guid MadeBy(Guid commandId, string kind) => DeterministicId.Version5(commandId, Encoding.ASCII.GetBytes(kind));

    private static Guid CommandIdOf(Principal principal, HttpRequest request, string key)
    {
        // Routing takes a path in any case and with a slash at its end; it is the same place.
        var path = (request.PathBase + request.Path).Value!.TrimEnd('/').ToLowerInvariant();
        return DeterministicId.Version5(Namespace, Encoding.UTF8.GetBytes($"{principal.Subject}\n{request.Method}\n{path}\n{key}"));
    }

    private static bool TryKey(StringValues header, out string? key)
    {
        key = null;
        if (header.Count == 0) return true;
        if (header.Count > 1 || header[0] is not { Length: > 0 and <= LongestKey } text) return false;
        foreach (var c in text)
            if (c is <= ' ' or >= '\u007f') return false;
        key = text;
        return true;
    }

    private static bool TryIfMatch(StringValues header, out long? revision)
    {
        revision = null;
        if (header.Count == 0) return true;
        if (header.Count > 1) return false;
        var text = header[0]!.Trim();
        if (text == "*") return true; // As if it weren't there: a decision names the revision that it was taken on.
        if (text.Length < 3 || text[0] != '"' || text[^1] != '"') return false;
        if (!long.TryParse(text.AsSpan(1, text.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var value)) return false;
        revision = value;
        return true;
    }
}
