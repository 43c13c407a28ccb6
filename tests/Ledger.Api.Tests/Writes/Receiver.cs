using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Ledger.Api.Tests.Writes;

/// <summary>A push as it came, and what it was answered.</summary>
internal sealed record Push(string Id, string Time, string Signature, string Text, int Status)
{
    public JsonNode Body => JsonNode.Parse(Text)!;

    /// <summary>As the standard tells a receiver to do it.</summary>
    public bool IsSignedBy(string secret) =>
        Signature.Split(' ').Contains("v1," + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret["whsec_".Length..]), Encoding.UTF8.GetBytes($"{Id}.{Time}.{Text}"))));
}

/// <summary>Somebody's server, with a mind of its own.</summary>
internal sealed class Receiver : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<Push> _taken = new();

    public Receiver(Func<Push, int> answer)
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Url = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/hook/";
        }

        _listener.Prefixes.Add(Url);
        _listener.Start();
        _ = Task.Run(async () =>
        {
            while (_listener.IsListening)
            {
                var context = await _listener.GetContextAsync();
                using var reader = new StreamReader(context.Request.InputStream);
                var headers = context.Request.Headers;
                var push = new Push(headers["webhook-id"]!, headers["webhook-timestamp"]!, headers["webhook-signature"]!, await reader.ReadToEndAsync(), 0);
                var status = answer(push);
                _taken.Enqueue(push with { Status = status });
                context.Response.StatusCode = status;
                context.Response.Close();
            }
        });
    }

    public string Url { get; }

    public IReadOnlyList<Push> Taken => [.. _taken];

    public async Task UntilAsync(int accepted)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (_taken.Count(push => push.Status is >= 200 and < 300) < accepted) await Task.Delay(20, limit.Token);
    }

    public void Dispose() => _listener.Close();
}
