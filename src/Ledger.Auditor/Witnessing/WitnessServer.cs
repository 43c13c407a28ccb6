using System.Net;
using System.Text;
using Ledger.Transparency;

namespace Ledger.Auditor;

/// <summary>C2SP tlog-witness over HTTP: POST /add-checkpoint, and GET /&lt;origin hash&gt;/checkpoint for those who monitor.</summary>
/// <remarks>
/// HttpListener and not ASP.NET: two small requests need no framework, and who only verifies need not install one.
/// A proxy with TLS stands in front where the witness is reached from elsewhere; limits and timeouts here hold without it.
/// </remarks>
internal sealed class WitnessServer(WitnessDesk desk, string prefix, TextWriter log) : IDisposable
{
    /// <summary>A checkpoint with a hundred signatures and a proof of 63 hashes has under 20 kB.</summary>
    private const int LongestRequest = 128 * 1024;

    private const int MostAtATime = 64;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly HttpListener _listener = new();
    private readonly SemaphoreSlim _seats = new(MostAtATime);

    /// <exception cref="CouldNotCheckException">The address can't be listened on.</exception>
    public void Start()
    {
        try
        {
            _listener.Prefixes.Add(prefix.EndsWith('/') ? prefix : prefix + "/");
            _listener.Start();
        }
        catch (Exception exception) when (exception is HttpListenerException or ArgumentException)
        {
            throw new CouldNotCheckException($"The witness can't listen on {Shown.Of(prefix)}: {Shown.Of(exception.Message)}", exception);
        }
    }

    public async Task ServeAsync(CancellationToken cancellation)
    {
        using var stopping = cancellation.Register(_listener.Stop);
        while (!cancellation.IsCancellationRequested)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                if (cancellation.IsCancellationRequested) return;
                continue;
            }

            _ = HandleAsync(context, cancellation);
        }
    }

    public void Dispose()
    {
        _listener.Close();
        _seats.Dispose();
    }

    private async Task HandleAsync(HttpListenerContext context, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);

        // The listener's own streams don't look at tokens while they wait, so a slow caller is cut off.
        await using var cut = limit.Token.Register(context.Response.Abort);
        if (!_seats.Wait(0, CancellationToken.None))
        {
            context.Response.Abort();
            return;
        }

        try
        {
            await AnswerAsync(context, limit.Token);
        }
        catch (Exception exception) when (exception is HttpListenerException or IOException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            // The caller has gone, or was too slow.
            context.Response.Abort();
        }
        finally
        {
            _seats.Release();
        }
    }

    private async Task AnswerAsync(HttpListenerContext context, CancellationToken cancellation)
    {
        var path = context.Request.Url?.AbsolutePath ?? string.Empty;
        if (path.EndsWith("/add-checkpoint", StringComparison.Ordinal)) await AddAsync(context, cancellation);
        else if (path.EndsWith("/checkpoint", StringComparison.Ordinal)) await MonitorAsync(context, path.Split('/')[^2], cancellation);
        else await WriteAsync(context.Response, 404, "text/plain; charset=utf-8", "There is nothing here; see C2SP tlog-witness.\n", cancellation);
    }

    private async Task AddAsync(HttpListenerContext context, CancellationToken cancellation)
    {
        if (context.Request.HttpMethod != "POST")
        {
            context.Response.Headers["Allow"] = "POST";
            await WriteAsync(context.Response, 405, "text/plain; charset=utf-8", "Checkpoints are posted.\n", cancellation);
            return;
        }

        if (await Limited.ReadAsync(context.Request.InputStream, LongestRequest, cancellation) is not { } body)
        {
            await WriteAsync(context.Response, 413, "text/plain; charset=utf-8", "The request is longer than any checkpoint.\n", cancellation);
            return;
        }

        var reply = await ReplyAsync(body, cancellation);
        await WriteAsync(context.Response, reply?.Status ?? 500, reply?.ContentType ?? "text/plain; charset=utf-8", reply?.Body ?? "The witness can't remember at the moment, so it cosigns nothing.\n", cancellation);
    }

    private async Task<WitnessReply?> ReplyAsync(byte[] body, CancellationToken cancellation)
    {
        try
        {
            var reply = await desk.AnswerAsync(body, cancellation);
            await log.WriteLineAsync(Line(reply));
            return reply;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await log.WriteLineAsync($"NOT REMEMBERED, so not cosigned: {Shown.Of(exception.Message)}");
            return null;
        }
    }

    private static string Line(WitnessReply reply) => reply switch
    {
        WitnessReply.Cosigned cosigned => $"cosigned    {Heads(cosigned.State)}",
        WitnessReply.OtherSize other => $"at another size ({other.Latest}); the log asks again from there",
        WitnessReply.Refused { Status: 422 } refused => $"REFUSED     {refused.Why.Message} If the log insists, it shows a second history.",
        WitnessReply.Refused refused => $"refused     {refused.Why.Message}",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static string Heads(WitnessState state) =>
        string.Join(", ", state.Latest.Select(latest => $"{Shown.Of(latest.Key.Value)} at {Shown.Count(latest.Value.Checkpoint.Size.Value, "event")}, root {latest.Value.Checkpoint.Root}"));

    private async Task MonitorAsync(HttpListenerContext context, string originHash, CancellationToken cancellation)
    {
        var latest = desk.Latest(originHash);
        context.Response.Headers["Cache-Control"] = "no-cache";
        await WriteAsync(context.Response, latest is null ? 404 : 200, "text/plain; charset=utf-8", latest?.ToString() ?? "This witness cosigned nothing of that log.\n", cancellation);
    }

    private static async Task WriteAsync(HttpListenerResponse response, int status, string contentType, string body, CancellationToken cancellation)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        (response.StatusCode, response.ContentType, response.ContentLength64) = (status, contentType, bytes.Length);
        await response.OutputStream.WriteAsync(bytes, cancellation);
        response.Close();
    }
}
