using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Ledger.Api.Hosting;
using Ledger.Api.Http;

namespace Ledger.Api.Evidence;

/// <summary>Asks clamd about a file before it is kept (clamd(8), INSTREAM), where the operator named one.</summary>
/// <remarks>A scanner that can't be heard lets nothing through: 503, and the uploader tries again. A file that it finds something in is nowhere kept.</remarks>
internal sealed class VirusScanner(LedgerSettings settings)
{
    private const int Chunk = 64 * 1024;
    private const int LongestAnswer = 4_096;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Why the file isn't taken; null where it is.</summary>
    public async Task<Problem?> RefusalAsync(string path, CancellationToken cancellation)
    {
        if (settings.EvidenceScanner is not { } scanner) return null;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        try
        {
            var answer = await AskAsync(scanner, path, limit.Token);
            if (answer.EndsWith(": OK", StringComparison.Ordinal)) return null;
            // What was found is the scanner's word, and goes to the operator's scanner log, not to whoever tries to find out what passes.
            return answer.EndsWith(" FOUND", StringComparison.Ordinal)
                ? new Problem(StatusCodes.Status409Conflict, "infected-file", "The virus scanner found something in the file; it isn't kept.")
                : Silent();
        }
        catch (Exception e) when (e is SocketException or IOException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return Silent();
        }
    }

    private static Problem Silent() => Problem.Unavailable("The virus scanner doesn't answer, and no file is kept unseen; try again later.") with { RetryAfter = 30 };

    private static async Task<string> AskAsync(EndPoint scanner, string path, CancellationToken cancellation)
    {
        using var socket = scanner is UnixDomainSocketEndPoint ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) : new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(scanner, cancellation);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync("zINSTREAM\0"u8.ToArray(), cancellation);
        await using (var file = File.OpenRead(path))
        {
            var buffer = new byte[4 + Chunk];
            while (await file.ReadAsync(buffer.AsMemory(4), cancellation) is var count && count > 0)
            {
                BinaryPrimitives.WriteInt32BigEndian(buffer, count);
                await stream.WriteAsync(buffer.AsMemory(0, 4 + count), cancellation);
            }
        }

        await stream.WriteAsync(new byte[4], cancellation); // a chunk of nothing ends it
        return await AnswerAsync(stream, cancellation);
    }

    private static async Task<string> AnswerAsync(NetworkStream stream, CancellationToken cancellation)
    {
        var answer = new byte[LongestAnswer];
        var length = 0;
        while (length < answer.Length && await stream.ReadAsync(answer.AsMemory(length), cancellation) is var count && count > 0)
        {
            length += count;
            if (answer[length - 1] == 0) break;
        }

        return Encoding.UTF8.GetString(answer, 0, length).TrimEnd('\0', '\n');
    }
}
