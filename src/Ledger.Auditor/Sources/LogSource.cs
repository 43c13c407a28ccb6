namespace Ledger.Auditor;

/// <summary>What a publisher gave when it was asked for one of its files.</summary>
internal abstract record Answer
{
    private Answer() { }

    public sealed record Found(byte[] Bytes) : Answer;

    /// <summary>The publisher says that there is no such file.</summary>
    public sealed record Missing : Answer;

    /// <summary>It is longer than it may be; the rest wasn't read.</summary>
    public sealed record TooLong : Answer;
}

/// <summary>The events behind the leaves, one a line.</summary>
/// <param name="Count">How many events the publisher says it has; null where it doesn't say.</param>
internal sealed record EventFeed(Stream Lines, long? Count) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => Lines.DisposeAsync();
}

/// <summary>Where a published ledger is read from. Everything that comes out of it is untrusted.</summary>
/// <remarks>Methods throw <see cref="CouldNotCheckException"/> where the publisher can't be reached; what it says is judged by whoever asked.</remarks>
internal abstract class LogSource : IAsyncDisposable
{
    public const int LongestCheckpoint = 1_000_000;

    /// <summary>How it is named to people.</summary>
    public abstract string Name { get; }

    /// <summary>A live ledger is remembered from one look to the next, and may grow while it is looked at.</summary>
    public abstract bool IsLive { get; }

    /// <summary>Whether the events themselves can be asked for.</summary>
    public abstract bool HasEvents { get; }

    /// <summary>A file of the log by its path as served: <c>checkpoint</c>, <c>tile/0/000</c>.</summary>
    /// <param name="most">Bytes that are read at most.</param>
    public abstract Task<Answer> ReadAsync(string path, int most, CancellationToken cancellation);

    /// <summary>The events behind a sequence, as far as the credential shows them.</summary>
    public abstract Task<EventFeed> OpenEventsAsync(long after, CancellationToken cancellation);

    /// <summary>What the publisher says that an agreement's compliance picture is at a count.</summary>
    public abstract Task<Answer> ComplianceAsync(string agreement, long count, CancellationToken cancellation);

    /// <summary>What the publisher says of a case; a package says nothing.</summary>
    public virtual Task<Answer> CaseAsync(string violation, CancellationToken cancellation) => Task.FromResult<Answer>(new Answer.Missing());

    /// <summary>What the publisher says of itself (JSON); a package says nothing.</summary>
    public virtual Task<Answer> HealthAsync(CancellationToken cancellation) => Task.FromResult<Answer>(new Answer.Missing());

    /// <summary>Agreements whose pictures lie in a package, each at a count of its own; null where any may be asked for.</summary>
    public abstract IReadOnlyList<string>? PackedPictures { get; }

    /// <summary>Whether whoever holds the credential sees every event, so that a gap is a fault.</summary>
    public abstract Task<bool> SeesEverythingAsync(CancellationToken cancellation);

    public abstract ValueTask DisposeAsync();

    /// <summary>A URL, a folder or a .zip.</summary>
    public static LogSource Open(string where, string? apiKey, TimeSpan patience)
    {
        if (Uri.TryCreate(where, UriKind.Absolute, out var url) && url.Scheme is "http" or "https") return new UrlSource(url!, apiKey, patience);
        if (Directory.Exists(where)) return new FolderSource(where);
        if (File.Exists(where)) return ZipSource.Open(where);
        throw new CouldNotCheckException($"{Shown.Of(where)} is neither a URL, nor a folder, nor a file that is there.");
    }
}

/// <summary>Reads what may be endless, and stops.</summary>
internal static class Limited
{
    /// <summary>The whole stream, or null where it is longer than that.</summary>
    public static async Task<byte[]?> ReadAsync(Stream stream, int most, CancellationToken cancellation)
    {
        // The buffer grows with what really comes: a claimed length reserves nothing.
        var buffer = new byte[Math.Min(most, 64 * 1024) + 1];
        var length = 0;
        while (true)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), cancellation);
            if (read == 0) return buffer.AsSpan(0, length).ToArray();
            length += read;
            if (length > most) return null;
            if (length == buffer.Length) Array.Resize(ref buffer, (int)Math.Min((long)buffer.Length * 2, (long)most + 1));
        }
    }
}
