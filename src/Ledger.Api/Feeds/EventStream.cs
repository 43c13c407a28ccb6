using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Ledger.Api.Operations;
using Ledger.Application;
using Ledger.Application.Queries;
using Ledger.Exchange.Answers;
using Microsoft.AspNetCore.Http.Features;

namespace Ledger.Api.Feeds;

/// <summary>Everything from a place on, and then whatever is appended: server-sent events (WHATWG HTML §9.2) whose id is the sequence.</summary>
/// <remarks>It ends when the caller goes, the server stops, or the key stops being valid; who resumes with <c>Last-Event-ID</c> misses nothing and gets nothing twice.</remarks>
internal sealed class EventStream(Principal principal, Follower follower, long after, bool raw) : IResult
{
    private const int PageSize = 256;

    /// <summary>A key that sees little is told how far it has come after so many events of others, so that a resume is cheap.</summary>
    private const int LongestGap = 1_000;

    /// <summary>Proxies end what is silent for a minute.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private long _after = after;
    private long _told = after;
    private long _lastWrite;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no"; // nginx would hold events back
        httpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(httpContext.RequestAborted, follower.Stopping);
        using var counted = LedgerMetrics.CountFeed();
        try
        {
            await FollowAsync(response.BodyWriter, linked.Token);
        }
        catch (OperationCanceledException) when (linked.IsCancellationRequested)
        {
            // The caller has gone, or the server stops.
        }
    }

    private async Task FollowAsync(PipeWriter body, CancellationToken cancellation)
    {
        await using var json = new Utf8JsonWriter(body, EventText.Options);
        await SayAsync(body, "retry: 1000\n: the ledger's events follow\n\n", cancellation);
        while (follower.IsStillValid(principal) && !follower.IsStopping)
        {
            var count = follower.Count;
            if (count > _after + 1) await SendAsync(body, json, count, cancellation);
            else if (!await follower.WaitForCountAsync(_after + 2, LongestWait, cancellation) && follower.Time.GetElapsedTime(_lastWrite) >= Heartbeat)
                await SayAsync(body, ": still here\n\n", cancellation);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private async Task SendAsync(PipeWriter body, Utf8JsonWriter json, long count, CancellationToken cancellation)
    {
        await foreach (var page in follower.Feed.ReadAsync(principal, _after, count, PageSize, cancellation))
        {
            if (!follower.IsStillValid(principal)) return;
            foreach (var item in page.Items) Write(body, json, item);
            _after = page.UpTo;
            // An id without data moves the caller's Last-Event-ID and is no event.
            if (_after - _told >= LongestGap) WriteId(body, _after, "\n\n");
            await FlushAsync(body, cancellation);
        }
    }

    private void Write(PipeWriter body, Utf8JsonWriter json, FeedItem item)
    {
        WriteId(body, item.Event.Sequence, "\ndata: ");
        EventText.Write(json, EventItem.Of(item, raw));
        body.Write("\n\n"u8);
    }

    private void WriteId(PipeWriter body, long sequence, string rest)
    {
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"id: {sequence}{rest}"), body);
        _told = sequence;
    }

    private async Task SayAsync(PipeWriter body, string text, CancellationToken cancellation)
    {
        Encoding.ASCII.GetBytes(text, body);
        await FlushAsync(body, cancellation);
    }

    private async Task FlushAsync(PipeWriter body, CancellationToken cancellation)
    {
        await body.FlushAsync(cancellation);
        _lastWrite = follower.Time.GetTimestamp();
    }
}
