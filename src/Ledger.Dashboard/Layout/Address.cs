using System.Globalization;
using Ledger.Application.Queries;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Primitives;

namespace Ledger.Dashboard.Layout;

/// <summary>Addresses of pages: what is shown stands in them, so that a link shows the same to somebody else.</summary>
public static class Address
{
    /// <summary>The request's own address with other values in its query; null removes one, and a page's place in a list goes with it.</summary>
    public static string With(HttpRequest request, params IEnumerable<(string Name, string? Value)> changes)
    {
        ArgumentNullException.ThrowIfNull(request);
        var changed = changes.ToList();
        var query = new QueryBuilder();
        foreach (var (name, values) in request.Query)
        {
            if (name == "cursor" || name == "done" || changed.Exists(change => change.Name == name)) continue;
            foreach (var value in values) if (!string.IsNullOrEmpty(value)) query.Add(name, value);
        }

        foreach (var (name, value) in changed) if (value is not null) query.Add(name, value);
        return request.Path + query.ToQueryString().ToUriComponent();
    }

    /// <summary>The request's own address without one value of one filter.</summary>
    public static string Without(HttpRequest request, string name, string value)
    {
        ArgumentNullException.ThrowIfNull(request);
        var query = new QueryBuilder();
        foreach (var (other, values) in request.Query)
            foreach (var one in values)
                if (other != "cursor" && other != "done" && !string.IsNullOrEmpty(one) && (other != name || one != value)) query.Add(other, one);
        return request.Path + query.ToQueryString().ToUriComponent();
    }

    /// <summary>A path of ours with a query; values that are null are left out.</summary>
    public static string Of(string path, params IEnumerable<(string Name, string? Value)> values)
    {
        var query = new QueryBuilder();
        foreach (var (name, value) in values) if (!string.IsNullOrEmpty(value)) query.Add(name, value);
        return path + query.ToQueryString().ToUriComponent();
    }

    /// <summary>Where to go back to: a path of this very server, else the start.</summary>
    public static string Local(StringValues asked) =>
        asked.ToString() is ['/', not ('/' or '\\'), ..] or "/" && !asked.ToString().Any(char.IsControl) ? asked.ToString() : "/";
}

/// <summary>The moment in an address.</summary>
internal static class AsOfText
{
    /// <summary>Digits are a count; anything else is a time, with an offset of its own or in <paramref name="zone"/>.</summary>
    public static AsOf? Parse(string text, string? zone)
    {
        if (text.All(char.IsAsciiDigit))
            return new AsOf.Count(long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : long.MaxValue);
        // A form's own clock field gives 2020-10-18T00:00 and no offset.
        if (DateTime.TryParseExact(text, ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var local))
        {
            var place = Languages.Reading.ZoneOf(zone) ?? TimeZoneInfo.Utc;
            if (place.IsInvalidTime(local)) local = local.AddHours(1);
            return new AsOf.Moment(new DateTimeOffset(local, place.GetUtcOffset(local)).ToUniversalTime());
        }

        return DateTimeOffset.TryParse(text.Replace(' ', '+'), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? new AsOf.Moment(time.ToUniversalTime())
            : null;
    }
}
