using System.Buffers;
using System.IO.Pipelines;

namespace Ledger.Auditor;

/// <summary>Cuts a stream into lines, none longer than it may be.</summary>
internal static class LineReader
{
    /// <summary>An event of 900 kB in base64, and its texts in the clear.</summary>
    private const int Longest = 8 * 1024 * 1024;

    private static readonly StreamPipeReaderOptions Options = new(bufferSize: 64 * 1024, leaveOpen: true);

    /// <exception cref="CouldNotCheckException">A line is longer than any event.</exception>
    public static async IAsyncEnumerable<byte[]> ReadAsync(Stream stream, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var reader = PipeReader.Create(stream, Options);
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(cancellation);
                var rest = read.Buffer;
                while (rest.PositionOf((byte)'\n') is { } end)
                {
                    var line = rest.Slice(0, end).ToArray();
                    rest = rest.Slice(rest.GetPosition(1, end));
                    if (line.Length > 0) yield return line;
                }

                if (rest.Length > Longest) throw new CouldNotCheckException("A line of the events is longer than any event can be.");
                if (read.IsCompleted)
                {
                    if (!rest.IsEmpty) yield return rest.ToArray();
                    yield break;
                }

                reader.AdvanceTo(rest.Start, rest.End);
            }
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }
}
