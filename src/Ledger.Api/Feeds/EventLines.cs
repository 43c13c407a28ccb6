using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Ledger.Api.Reading;
using Ledger.Application;
using Ledger.Exchange.Answers;

namespace Ledger.Api.Feeds;

/// <summary>Everything from a place up to the head as newline-delimited JSON.</summary>
internal sealed class EventLines(Principal principal, Follower follower, long after, long count, bool raw) : IResult
{
    private const int PageSize = 256;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var (response, cancellation) = (httpContext.Response, httpContext.RequestAborted);
        response.ContentType = "application/x-ndjson";
        response.Headers.CacheControl = "no-store";
        response.Headers["Ledger-Count"] = count.ToString(CultureInfo.InvariantCulture);
        await using var json = new Utf8JsonWriter(response.BodyWriter, EventText.Options);
        await foreach (var page in follower.Feed.ReadAsync(principal, after, count, PageSize, cancellation))
        {
            if (!follower.IsStillValid(principal))
            {
                // Half a list that looks whole would be worse than none.
                httpContext.Abort();
                return;
            }

            foreach (var item in page.Items)
            {
                EventText.Write(json, EventItem.Of(item, raw));
                response.BodyWriter.Write("\n"u8);
            }

            await response.BodyWriter.FlushAsync(cancellation);
        }
    }
}

/// <summary>Event items as text, one a line.</summary>
internal static class EventText
{
    public static readonly JsonWriterOptions Options = new() { Encoder = ReadJson.Plain.Options.Encoder, SkipValidation = true };

    public static void Write(Utf8JsonWriter json, EventItem item)
    {
        JsonSerializer.Serialize(json, item, ReadJson.Plain.EventItem);
        json.Flush();
        json.Reset();
    }
}
