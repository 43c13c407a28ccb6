using System.Globalization;
using Ledger.Api.Http;
using Ledger.Api.Reading;
using Ledger.Application;
using Ledger.Application.Queries;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;
using Ledger.Exchange.Feeds;
using Ledger.Exchange.Reports;
using Ledger.Projections;

namespace Ledger.Api.Feeds;

/// <summary>The newest acts of an agreement as an Atom feed. It needs a key as the rest does; the dashboard's cookie serves it too.</summary>
internal static class AtomReads
{
    private const int DefaultEntries = 50;
    private const int MostExamined = 20_000;

    public static void MapAtomReads(this IEndpointRouteBuilder api) => api.MapGet("/feeds/{agreementId}.atom", FeedAsync).WithTags("Events").Needs(Act.ReadEvents);

    private static Task<IResult> FeedAsync(HttpContext context, Reader reader, string agreementId)
    {
        var query = new QueryReader(context.Request, "asOf", "limit", "lang");
        var limit = (int)(query.Whole("limit", 1, 500) ?? DefaultEntries);
        var words = ReportWords.In(query.One("lang") ?? "en");
        if (words is null) query.Fault("lang", $"It must be one of {string.Join(", ", ReportWords.Languages)}.");
        return reader.OfAgreementAsync(context, query, query.AsOf(), agreementId, async (agreement, count) =>
        {
            var state = reader.View.Agreement(agreement, count)!;
            var entries = await EntriesAsync(context.Principal(), reader, state, count, limit, words!, context.RequestAborted);
            var self = new Uri($"{context.Request.Scheme}://{context.Request.Host}{context.Request.Path}{context.Request.QueryString}");
            var feed = AtomFeed.Write(state, reader.Node.Origin, self, entries);
            context.Response.Headers.ETag = Reader.ETagOf(count);
            context.Response.Headers["Ledger-Count"] = count.ToString(CultureInfo.InvariantCulture);
            context.Response.Headers.CacheControl = "private, no-cache";
            return TypedResults.Bytes(feed, "application/atom+xml; charset=utf-8");
        });
    }

    /// <summary>From the head backwards in growing steps: a feed is about what is new.</summary>
    private static async Task<IReadOnlyList<AtomEntry>> EntriesAsync(
        Principal principal, Reader reader, AgreementState agreement, long count, int limit, ReportWords words, CancellationToken cancellation)
    {
        List<AtomEntry> entries = [];
        var (end, step) = (count, (long)limit * 4);
        while (end > 0 && entries.Count < limit && count - end < MostExamined)
        {
            var from = Math.Max(0, end - step);
            List<AtomEntry> found = [];
            await foreach (var e in reader.View.ReadEventsAsync(from - 1, end, cancellation))
                if (e.Agreement == agreement.AgreementId && await EntryAsync(principal, reader, e, agreement, words, cancellation) is { } entry) found.Add(entry);
            found.Reverse();
            entries.AddRange(found);
            (end, step) = (from, step * 4);
        }

        return [.. entries.Take(limit)];
    }

    private static async Task<AtomEntry?> EntryAsync(
        Principal principal, Reader reader, SequencedEvent e, AgreementState agreement, ReportWords words, CancellationToken cancellation)
    {
        if (e.Violation is not { } violation) return null;
        var category = e.Event is ViolationEvent.Recorded recorded
            ? recorded.Report.Category
            : (await reader.Node.Mediator.Send(new GetCase(principal, violation, e.Sequence + 1), cancellation))?.State.Report.Category;
        return AtomFeed.TitleOf(e, agreement, category?.Code(), words) is { } title
            ? new AtomEntry(e.Stored.Id, e.Sequence, e.Metadata.RecordedAt, e.Stored.Type, title, $"/api/v1/violations/{violation}")
            : null;
    }
}
