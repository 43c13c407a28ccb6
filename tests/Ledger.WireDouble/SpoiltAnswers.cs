using System.Buffers.Binary;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Ledger.WireDouble;

/// <summary>What comes of one message of an answer on its way out: nothing, itself, another one, several; and whether the answer goes on.</summary>
/// <param name="Messages">In place of the one.</param>
/// <param name="Then">Null: the answer goes on.</param>
public sealed record Spoilt(IReadOnlyList<byte[]> Messages, AnswerEnd? Then = null)
{
    public static Spoilt Not(byte[] message) => new([message]);
}

/// <summary>How an answer ends before its time.</summary>
/// <param name="Status">Any number, also none that there is. Null: the connection is cut. <see cref="Never"/>: nothing comes any more.</param>
public sealed record AnswerEnd(int? Status, string Detail = "", params (string Key, string Value)[] Trailers)
{
    public const int Never = -1;
}

/// <summary>Gives every message of every answer to somebody who may spoil it, behind the service that made it and before the socket.</summary>
internal static class SpoiltAnswers
{
    public static async Task RunAsync(HttpContext context, Func<Task> next, Func<string, byte[], Spoilt> spoil)
    {
        var response = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        var body = new Body(response.Stream, message => spoil(context.Request.Path.Value!, message), context.RequestAborted);
        var spoiling = new StreamResponseBodyFeature(body, response);
        context.Features.Set<IHttpResponseBodyFeature>(spoiling);
        try
        {
            await next();
            await spoiling.Writer.FlushAsync(context.RequestAborted);
        }
        catch (EndedException)
        {
            // What the service does with it is its own affair; what the client sees is below.
        }

        if (body.Ended is not { } end) return;
        if (end.Status == AnswerEnd.Never) await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        if (end.Status is null or AnswerEnd.Never)
        {
            context.Features.GetRequiredFeature<IConnectionLifetimeFeature>().Abort();
            return;
        }

        if (context.Features.Get<IHttpResponseTrailersFeature>() is not { } trailers) return;
        trailers.Trailers["grpc-status"] = end.Status.Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
        trailers.Trailers["grpc-message"] = Uri.EscapeDataString(end.Detail);
        foreach (var (key, value) in end.Trailers) trailers.Trailers[key] = value;
    }

    private sealed class EndedException : Exception;

    /// <summary>Takes the service's bytes apart into messages (a flag, four bytes of length, and the message).</summary>
    private sealed class Body(Stream to, Func<byte[], Spoilt> spoil, CancellationToken aborted) : Stream
    {
        private readonly List<byte> _held = [];

        public AnswerEnd? Ended { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Ended is not null) throw new EndedException();
            _held.AddRange(buffer.Span);
            while (_held.Count >= 5)
            {
                var length = BinaryPrimitives.ReadInt32BigEndian([.. _held.GetRange(1, 4)]);
                if (_held.Count < 5 + length) return;
                byte[] message = [.. _held.GetRange(5, length)];
                _held.RemoveRange(0, 5 + length);
                await SendAsync(spoil(message));
            }
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task FlushAsync(CancellationToken cancellationToken) => Ended is null ? to.FlushAsync(cancellationToken) : Task.CompletedTask;

        public override void Flush() => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        private async Task SendAsync(Spoilt spoilt)
        {
            foreach (var message in spoilt.Messages)
            {
                var frame = new byte[5 + message.Length];
                BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
                message.CopyTo(frame, 5);
                await to.WriteAsync(frame, aborted);
            }

            if (spoilt.Then is null) return;
            await to.FlushAsync(aborted);
            Ended = spoilt.Then;
            throw new EndedException();
        }
    }
}
