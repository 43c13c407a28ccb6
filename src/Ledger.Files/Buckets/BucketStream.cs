namespace Ledger.Files.Buckets;

/// <summary>An object read from where it is asked for, and asked for when it is read; a line that breaks is taken up again where it broke.</summary>
internal sealed class BucketStream(long length, Func<long, CancellationToken, Task<(Stream Stream, IDisposable Answer)>> open, TimeSpan patience) : Stream
{
    private const int MostBreaks = 3;

    private Stream? _open;
    private IDisposable? _answer;
    private long _openAt;
    private int _breaks;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position { get; set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Position >= length || buffer.Length == 0) return 0;
        while (true)
        {
            if (_open is null || _openAt != Position) await OpenAsync(cancellationToken);
            try
            {
                var count = await ReadOnceAsync(buffer, cancellationToken);
                (Position, _openAt) = (Position + count, _openAt + count);
                return count;
            }
            catch (Exception e) when (e is IOException or HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                LetGo();
                if (++_breaks > MostBreaks) throw new FileStoreException(FileTrouble.Unreachable, "The store breaks off again and again.", e);
            }
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) =>
        Position = origin switch { SeekOrigin.Begin => offset, SeekOrigin.Current => Position + offset, _ => length + offset };

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("A network is read asynchronously.");

    public override void Flush()
    {
        // Nothing is written.
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) LetGo();
        base.Dispose(disposing);
    }

    private async Task<int> ReadOnceAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(patience);
        var count = await _open!.ReadAsync(buffer[..(int)Math.Min(buffer.Length, length - Position)], limit.Token);
        return count > 0 ? count : throw new EndOfStreamException();
    }

    private async Task OpenAsync(CancellationToken cancellation)
    {
        LetGo();
        (_open, _answer) = await open(Position, cancellation);
        _openAt = Position;
    }

    private void LetGo()
    {
        _answer?.Dispose();
        (_open, _answer) = (null, null);
    }
}
