using System.Buffers;
using System.IO.Pipelines;
using Ledger.Api.Http;
using Ledger.Api.Http.Binding;
using Ledger.Application;

namespace Ledger.Api.Violations;

/// <summary>One line of a batch, numbered from 1.</summary>
/// <param name="TooLarge">Why its bytes weren't kept; null where they were.</param>
internal sealed record Line(int Number, ReadOnlyMemory<byte> Bytes, string? TooLarge)
{
    public bool IsBlank => TooLarge is null && Bytes.Span.IndexOfAnyExcept(" \t\r"u8) < 0;
}

/// <summary>Cuts a body into lines as it comes in, and holds no more of it than one line.</summary>
internal sealed class LineReader(PipeReader body, int mostOfLine, long mostOfBody)
{
    private long _taken;
    private int _number;
    private bool _ended;

    /// <summary>The next line, or null at the end.</summary>
    public async ValueTask<Line?> NextAsync(CancellationToken cancellation)
    {
        if (_ended) return null;
        var skipped = 0L; // of a line that is longer than it may be
        while (true)
        {
            var read = await body.ReadAsync(cancellation);
            var buffer = read.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } end) return Take(buffer.Slice(0, end), buffer.GetPosition(1, end), skipped, 1);
            if (read.IsCompleted)
            {
                _ended = true;
                if (!buffer.IsEmpty || skipped > 0) return Take(buffer, buffer.End, skipped, 0);
                body.AdvanceTo(buffer.End); // Kestrel drains what is left itself, and can't while a read is open.
                return null;
            }

            if (_taken + skipped + buffer.Length > mostOfBody) return EndOfPatience(buffer);
            if (skipped + buffer.Length > mostOfLine)
            {
                skipped += buffer.Length;
                body.AdvanceTo(buffer.End);
            }
            else
            {
                body.AdvanceTo(buffer.Start, buffer.End);
            }
        }
    }

    private Line Take(ReadOnlySequence<byte> line, SequencePosition next, long skipped, int newline)
    {
        var length = skipped + line.Length;
        if (_taken + length + newline > mostOfBody) return EndOfPatience(line);
        _taken += length + newline;
        var taken = length > mostOfLine
            ? new Line(++_number, default, FormattableString.Invariant($"A line has at most {mostOfLine:N0} bytes."))
            : new Line(++_number, Bytes(line, isFirst: _number == 0), null);
        body.AdvanceTo(next);
        return taken;
    }

    /// <summary>Programs of some systems begin every text with a byte-order mark; it is none of the line's.</summary>
    private static ReadOnlyMemory<byte> Bytes(ReadOnlySequence<byte> line, bool isFirst)
    {
        var bytes = line.ToArray();
        return isFirst && bytes.AsSpan().StartsWith(Binder.Mark) ? bytes.AsMemory(Binder.Mark.Length) : bytes;
    }

    /// <summary>The body has turned out larger than it may be: this line says so, and nothing behind it is read.</summary>
    private Line EndOfPatience(ReadOnlySequence<byte> buffer)
    {
        _ended = true;
        body.AdvanceTo(buffer.End);
        return new Line(++_number, default, FormattableString.Invariant($"A batch has at most {mostOfBody:N0} bytes."));
    }
}

/// <summary>The place of the batch.</summary>
internal static class BatchRoute
{
    public static void MapBatch(this IEndpointRouteBuilder api) =>
        api.MapPost("/agreements/{agreementId}/violations/batch", (HttpContext context, BatchEndpoint batch) => batch.HandleAsync(context))
            .Accepts<ViolationRequest>(BatchEndpoint.Ndjson)
            .Produces(StatusCodes.Status200OK, contentType: BatchEndpoint.Ndjson)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .Needs(Act.Record).Lasts()
            .WithTags("Violations")
            .WithSummary("Record many violations, one a line");
}
