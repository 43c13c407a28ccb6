namespace Ledger.Api.Http;

/// <summary>What every answer says to browsers, where its endpoint hasn't said something of its own.</summary>
internal static class SafeHeaders
{
    /// <summary>An answer of the API is no page: nothing in it runs, nothing may frame it.</summary>
    public const string NoPage = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox";

    private const string ForAYear = "max-age=31536000; includeSubDomains";

    /// <summary>Set when the answer starts, so that an endpoint's own word stands, and an error that clears the headers doesn't clear these.</summary>
    public static void On(HttpContext context) => context.Response.OnStarting(static state =>
    {
        Set((HttpContext)state);
        return Task.CompletedTask;
    }, context);

    private static void Set(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        Default(headers, "Content-Security-Policy", NoPage);
        Default(headers, "Referrer-Policy", "no-referrer");
        Default(headers, "Permissions-Policy", "camera=(), microphone=(), geolocation=()");
        Default(headers, "Cross-Origin-Opener-Policy", "same-origin");
        // The log is everybody's; nothing else is another site's to load.
        Default(headers, "Cross-Origin-Resource-Policy", IsLog(context.Request) ? "cross-origin" : "same-origin");
        Default(headers, "Cache-Control", "no-store");
        // A browser that two people sign in to must not show the one what it keeps of the other.
        if (context.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase)) headers.Append("Vary", "Authorization, Cookie");
        if (context.Request.IsHttps) Default(headers, "Strict-Transport-Security", ForAYear);
    }

    private static void Default(IHeaderDictionary headers, string name, string value)
    {
        if (!headers.ContainsKey(name)) headers[name] = value;
    }

    private static bool IsLog(HttpRequest request) => request.Path.StartsWithSegments("/log", StringComparison.OrdinalIgnoreCase);
}
