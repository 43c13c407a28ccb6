using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Ledger.Auditor.Tests;

/// <summary>An answer over HTTP. A null body is never sent to its end.</summary>
internal sealed record Reply(int Status, byte[]? Body, string Headers = "")
{
    /// <summary>More than the body has: the connection breaks off in the middle.</summary>
    public int? Promised { get; init; }

    /// <summary>The connection stays open and nothing comes.</summary>
    public static readonly Reply Silence = new(0, null);

    /// <summary>A body that never ends.</summary>
    public static readonly Reply Endless = new(200, null);

    public static Reply Of(string text, string headers = "") => new(200, Some.Bytes(text), headers);

    public static Reply Redirect(string where) => new(302, [], $"Location: {where}\r\n");
}

/// <summary>A log server on a real socket that says what a test tells it to; where a test says nothing it is honest.</summary>
internal sealed class LyingServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly List<string> _asked = [];

    public LyingServer(Published log)
    {
        Log = log;
        _listener.Start();
        Url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _ = AcceptAsync();
    }

    public string Url { get; }

    public Published Log { get; set; }

    /// <summary>By path and query: a lie, or null for the truth.</summary>
    public Func<string, Reply?> Lie { get; set; } = _ => null;

    /// <summary>What lies under /api/v1, by path and query.</summary>
    public Dictionary<string, Reply> Api { get; } = [];

    public IReadOnlyList<string> Asked
    {
        get
        {
            lock (_asked) return [.. _asked];
        }
    }

    public void Dispose()
    {
        _ended.Cancel();
        _listener.Stop();
        _listener.Dispose();
        _ended.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptTcpClientAsync(_ended.Token));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using var stream = client.GetStream();
                var request = await ReadHeadAsync(stream);
                var target = request.Split(' ')[1];
                lock (_asked) _asked.Add($"{target}{(request.Contains("\r\nAuthorization: Bearer ", StringComparison.Ordinal) ? " with key" : "")}");
                await AnswerAsync(stream, Lie(target) ?? Honest(target));
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
            {
                // The caller has hung up.
            }
        }
    }

    private Reply Honest(string target)
    {
        if (target.StartsWith("/log/", StringComparison.Ordinal) && Log.Files.TryGetValue(target["/log/".Length..], out var file)) return new Reply(200, file);
        return Api.TryGetValue(target, out var answer) ? answer : new Reply(404, Some.Bytes("{}"));
    }

    private async Task AnswerAsync(NetworkStream stream, Reply reply)
    {
        if (reply == Reply.Silence) await Task.Delay(Timeout.Infinite, _ended.Token);
        var length = reply.Body is { } body ? string.Create(CultureInfo.InvariantCulture, $"Content-Length: {reply.Promised ?? body.Length}\r\n") : string.Empty;
        await stream.WriteAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {reply.Status} X\r\nConnection: close\r\n{length}{reply.Headers}\r\n")), _ended.Token);
        var junk = new byte[64 * 1024];
        while (reply.Body is null) await stream.WriteAsync(junk, _ended.Token);
        await stream.WriteAsync(reply.Body, _ended.Token);
    }

    private async Task<string> ReadHeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one, _ended.Token) == 1) head.Append((char)one[0]);
        return head.Length == 0 ? throw new IOException("Nothing was asked.") : head.ToString();
    }
}
