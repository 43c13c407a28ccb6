using System.Globalization;
using Ledger.Api.Http;
using Ledger.Api.Reading;
using Ledger.Application;
using Ledger.Application.Queries;
using Ledger.Exchange.Answers;
using Microsoft.Net.Http.Headers;

namespace Ledger.Api.Feeds;

/// <summary>The ledger's events in order: a page, the whole rest, or for ever.</summary>
internal static class EventReads
{
    private const int LongestWaitSeconds = 30;

    public static void MapEventReads(this IEndpointRouteBuilder api) =>
        api.MapGroup("/events").WithTags("Events").Needs(Act.ReadEvents).Lasts().MapGet("", GetAsync);

    private static Task<IResult> GetAsync(HttpContext context, Reader reader, Follower follower)
    {
        var query = new QueryReader(context.Request, "after", "limit", "wait", "raw");
        var (after, limit) = (query.Whole("after", -1, long.MaxValue - 2) ?? -1, query.Limit());
        var (wait, raw) = (query.Whole("wait", 0, LongestWaitSeconds) ?? 0, query.Flag("raw"));
        var form = FormOf(context.Request);
        if (form == Form.Followed) after = LastEventId(context.Request, query) ?? after;
        context.Response.Headers.Vary = HeaderNames.Accept;
        return reader.AtAsync(context, query, null, async count => form switch
        {
            Form.Lines => new EventLines(context.Principal(), follower, after, count, raw),
            Form.Followed => new EventStream(context.Principal(), follower, after, raw),
            _ => await PageAsync(context, reader, follower, new Question(after, count, limit, TimeSpan.FromSeconds(wait), raw)),
        });
    }

    private static async Task<IResult> PageAsync(HttpContext context, Reader reader, Follower follower, Question asked)
    {
        var (principal, count) = (context.Principal(), asked.Count);
        var patience = follower.Patience(asked.Wait, context.RequestAborted);
        while (true)
        {
            var page = await reader.Node.Mediator.Send(new GetEvents(principal, asked.After, count, asked.Limit), context.RequestAborted);
            if (page.Items.Count > 0 || page.UpTo < count - 1 || await patience.WaitAsync(principal, Math.Max(count, page.UpTo + 1) + 1) is Waited.TooLong)
            {
                var answer = new EventsAnswer([.. page.Items.Select(item => EventItem.Of(item, asked.Raw))], page.UpTo);
                return Reader.Answer(context, answer, ReadJson.Plain.EventsAnswer, count);
            }

            if (!follower.IsStillValid(principal)) return Problem.Unauthenticated("The key has expired or was revoked.");
            // What was looked at and isn't this key's to see needn't be looked at again.
            (asked, count) = (asked with { After = Math.Max(asked.After, page.UpTo) }, reader.View.Count);
        }
    }

    private static Form FormOf(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted)) return Form.Page;
        foreach (var type in accepted.OrderByDescending(type => type.Quality ?? 1))
        {
            if (type.MediaType.Equals("text/event-stream", StringComparison.OrdinalIgnoreCase)) return Form.Followed;
            if (type.MediaType.Equals("application/x-ndjson", StringComparison.OrdinalIgnoreCase)) return Form.Lines;
            if (type.MatchesMediaType("application/json")) return Form.Page;
        }

        return Form.Page;
    }

    private static long? LastEventId(HttpRequest request, QueryReader query)
    {
        var header = request.Headers["Last-Event-ID"];
        if (header.Count == 0) return null;
        if (long.TryParse(header[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var sequence) && sequence is >= -1 and < long.MaxValue - 1)
            return sequence;
        query.Fault("Last-Event-ID", "The header must be the id of an event of this feed: its sequence.");
        return null;
    }

    private enum Form { Page, Lines, Followed }

    private sealed record Question(long After, long Count, int Limit, TimeSpan Wait, bool Raw);
}
