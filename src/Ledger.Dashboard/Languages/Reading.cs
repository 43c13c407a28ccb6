using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Ledger.Dashboard.Languages;

/// <summary>How one reader wants pages: language, theme and time zone, each in a cookie of its own that holds nothing else.</summary>
/// <param name="Theme">light, dark, or system.</param>
/// <param name="Zone">Null = each agreement's own.</param>
public sealed record Reading(CultureInfo Culture, string Theme, TimeZoneInfo? Zone)
{
    public const string LanguageCookie = "ledger-language";
    public const string ThemeCookie = "ledger-theme";
    public const string ZoneCookie = "ledger-zone";

    /// <summary>In the order in which they are offered; the first where nothing else fits.</summary>
    public static readonly IReadOnlyList<CultureInfo> Languages = [.. new[] { "en", "ru", "hy", "az", "ar" }.Select(CultureInfo.GetCultureInfo)];

    public static readonly IReadOnlyList<string> Themes = ["system", "light", "dark"];

    public string Language => Culture.TwoLetterISOLanguageName;

    public string Direction => Culture.TextInfo.IsRightToLeft ? "rtl" : "ltr";

    public static Reading Of(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.Items[typeof(Reading)] is Reading known) return known;
        var cookies = context.Request.Cookies;
        var reading = new Reading(
            CultureOf(cookies[LanguageCookie]) ?? Accepted(context.Request) ?? Languages[0],
            cookies[ThemeCookie] is { } theme && Themes.Contains(theme) ? theme : Themes[0],
            ZoneOf(cookies[ZoneCookie]));
        context.Items[typeof(Reading)] = reading;
        return reading;
    }

    /// <summary>Words and numbers of this request are in its language from here on.</summary>
    public void Apply() => CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = Culture;

    public static CultureInfo? CultureOf(string? language) => Languages.FirstOrDefault(culture => culture.Name == language);

    public static TimeZoneInfo? ZoneOf(string? id) =>
        id is { Length: > 0 and < 64 } && TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) ? zone : null;

    private static CultureInfo? Accepted(HttpRequest request) =>
        StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptLanguage, out var accepted)
            ? accepted.OrderByDescending(language => language.Quality ?? 1)
                .Select(language => CultureOf(language.Value.Value?.Split('-')[0].ToLowerInvariant()))
                .FirstOrDefault(culture => culture is not null)
            : null;
}
