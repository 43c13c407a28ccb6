using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Ledger.Api.Tests.Writes;
using Ledger.Testing.Api;

namespace Ledger.Api.Tests.Access;

public sealed class Guarding_evidence
{
    [Fact]
    public async Task Where_places_are_shown_less_exactly_readers_and_liaisons_get_working_copies_and_no_originals()
    {
        await using var ledger = await TestLedger.StartAsync();
        var agreement = await ledger.AgreementAsync(body => body["policy"] = Bodies.Parse("""{ "placePrecisionMetres": 10000 }"""));
        var path = await ledger.CaseAsync(agreement: agreement);
        var monitor = await ledger.MonitorAsync();
        var (original, copy) = (await AttachAsync(monitor, path, "with a position in it", original: true), await AttachAsync(monitor, path, "without it", original: false));
        ApiClient[] outside = [await ledger.WhoAsync("reader-1", "reader"), await ledger.LiaisonAsync("azerbaijan")];
        ApiClient[] inside = [monitor, await ledger.VerifierAsync(), await ledger.WhoAsync("auditor-1", "auditor"), ledger.Administrator];

        foreach (var client in outside)
        {
            (await client.GetAsync($"evidence/{original}")).Refused(404, "not-found");
            Assert.Equal(200, (await client.GetAsync($"evidence/{copy}")).Status);
        }

        foreach (var client in inside) Assert.Equal(200, (await client.GetAsync($"evidence/{original}")).Status);

        // Naming an original a working copy later opens nothing.
        await AttachAsync(monitor, path, "with a position in it", original: false);
        (await outside[0].GetAsync($"evidence/{original}")).Refused(404, "not-found");
    }

    [Fact]
    public async Task A_file_that_the_scanner_finds_something_in_is_kept_nowhere()
    {
        await using var scanner = new Clamd();
        await using var ledger = await TestLedger.StartAsync($"--Ledger:Evidence:Scanner={scanner.Address}");
        var path = await ledger.CaseAsync();
        var monitor = await ledger.MonitorAsync();
        var events = await ledger.EventsAsync();

        (await SendAsync(monitor, path, Clamd.Bad + new string('x', 200_000), true)).Refused(409, "infected-file");

        Assert.Equal(events, await ledger.EventsAsync());
        Assert.Empty(Directory.EnumerateFiles(ledger.EvidenceDirectory, "*", SearchOption.AllDirectories));
        var clean = await AttachAsync(monitor, path, new string('y', 200_000), true);
        Assert.Equal(200_000, (await monitor.GetAsync($"evidence/{clean}")).Bytes.Length);
        Assert.Equal([200_000 + Clamd.Bad.Length, 200_000], scanner.Seen);
    }

    [Fact]
    public async Task A_scanner_that_does_not_answer_lets_nothing_through_unseen()
    {
        var scanner = new Clamd();
        await using var ledger = await TestLedger.StartAsync($"--Ledger:Evidence:Scanner={scanner.Address}");
        var path = await ledger.CaseAsync();
        await scanner.DisposeAsync();

        var refused = (await SendAsync(await ledger.MonitorAsync(), path, "anything", true)).Refused(503, "unavailable");

        Assert.NotNull(refused.Header("Retry-After"));
        Assert.Empty(Directory.EnumerateFiles(ledger.EvidenceDirectory, "*", SearchOption.AllDirectories));
    }

    private static async Task<string> AttachAsync(ApiClient client, string path, string content, bool original)
    {
        (await SendAsync(client, path, content, original)).Stored();
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));
    }

    private static async Task<ApiAnswer> SendAsync(ApiClient client, string path, string content, bool original)
    {
        using var parts = new MultipartFormDataContent();
        parts.Add(new StringContent(content), "file", "photo.jpg");
        parts.Add(new StringContent("Crater"), "title");
        parts.Add(new StringContent(original ? "true" : "false"), "original");
        return await client.SendAsync(HttpMethod.Post, $"{path}/evidence", parts);
    }

    /// <summary>Speaks clamd's protocol on a socket (clamd(8), zINSTREAM) and finds one thing.</summary>
    private sealed class Clamd : IAsyncDisposable
    {
        public const string Bad = "THIS-IS-BAD";

        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Task _serving;

        public Clamd()
        {
            _listener.Start();
            _serving = ServeAsync();
        }

        public string Address => _listener.LocalEndpoint.ToString()!;

        public List<int> Seen { get; } = [];

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _serving;
        }

        private async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    using var client = await _listener.AcceptTcpClientAsync();
                    await AnswerAsync(client.GetStream());
                }
            }
            catch (SocketException)
            {
                // Stopped.
            }
        }

        private async Task AnswerAsync(NetworkStream stream)
        {
            var command = new byte[10];
            await stream.ReadExactlyAsync(command);
            Assert.Equal("zINSTREAM\0", Encoding.ASCII.GetString(command));
            var file = new MemoryStream();
            var length = new byte[4];
            while (true)
            {
                await stream.ReadExactlyAsync(length);
                var count = BinaryPrimitives.ReadInt32BigEndian(length);
                if (count == 0) break;
                var chunk = new byte[count];
                await stream.ReadExactlyAsync(chunk);
                file.Write(chunk);
            }

            Seen.Add((int)file.Length);
            var found = Encoding.UTF8.GetString(file.ToArray()).StartsWith(Bad, StringComparison.Ordinal);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(found ? "stream: Test.Bad FOUND\0" : "stream: OK\0"));
        }
    }
}
