using System.Collections.Concurrent;
using Ledger.EventStore.Sqlite.Sql;

namespace Ledger.EventStore.Sqlite;

/// <summary>Reading connections, lent to one caller at a time. As many as are in use at once; a few are kept.</summary>
internal sealed class ConnectionPool<TReader>(string noun, Func<TReader> open) : IDisposable
    where TReader : class, IDisposable
{
    private const int Kept = 16;

    private readonly ConcurrentBag<TReader> _idle = [];
    private volatile bool _disposed;

    /// <exception cref="StoreUnavailableException">The file can't be read.</exception>
    public TResult Use<TResult>(Func<TReader, TResult> read)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        TReader? reader = null;
        try
        {
            if (!_idle.TryTake(out reader)) reader = open();
            var result = read(reader);
            Return(reader);
            return result;
        }
        catch (SqliteFault e)
        {
            reader?.Dispose(); // What failed once is not lent again.
            throw new StoreUnavailableException($"The {noun} can't be read: {e.Message}.", e);
        }
        catch
        {
            reader?.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryTake(out var reader)) reader.Dispose();
    }

    private void Return(TReader reader)
    {
        if (_disposed || _idle.Count >= Kept)
        {
            reader.Dispose();
            return;
        }

        _idle.Add(reader);
        if (_disposed) Dispose(); // Disposed while we put it back.
    }
}
