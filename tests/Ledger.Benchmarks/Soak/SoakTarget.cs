using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Ledger.Benchmarks.Soak;

/// <summary>Somebody's server that is pushed to, and fails now and then.</summary>
internal sealed class SoakTarget : IDisposable
{
    private const int FailsEvery = 50;

    private readonly HttpListener _listener = new();

    public SoakTarget(SoakRecord record)
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/soak/");
        }

        _listener.Prefixes.Add(Url);
        _listener.Start();
        _ = Task.Run(() => TakeAsync(record));
    }

    public string Url { get; }

    public void Dispose() => _listener.Close();

    private async Task TakeAsync(SoakRecord record)
    {
        for (var nth = 1; _listener.IsListening; nth++)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                await context.Request.InputStream.CopyToAsync(Stream.Null);
                var isTaken = nth % FailsEvery != 0;
                if (isTaken && Guid.TryParse(context.Request.Headers["webhook-id"], out var id)) record.Pushed.AddOrUpdate(id, 1, (_, n) => n + 1);
                context.Response.StatusCode = isTaken ? 204 : 500;
                context.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or IOException)
            {
                // The server was killed while it pushed, or the soak is over.
            }
        }
    }
}
