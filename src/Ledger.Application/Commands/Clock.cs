using Ledger.EventStore;

namespace Ledger.Application.Commands;

/// <summary>The server's clock, kept honest: it never runs backwards, and a jump stops the ledger rather than entering it.</summary>
/// <remarks>
/// A history whose times jump proves nothing about when things were said. So a clock that leaves its own monotonic
/// clock, or lies behind the newest event, by more than two seconds gets commands a refusal until it is right again.
/// </remarks>
/// <param name="newest">When the newest event of the ledger was recorded, whichever node did; null while nobody knows.</param>
public sealed class LedgerClock(TimeProvider time, Func<DateTimeOffset?>? newest = null)
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private DateTimeOffset _anchor = time.GetUtcNow();
    private long _anchorTicks = time.GetTimestamp();
    private DateTimeOffset _newest = DateTimeOffset.MinValue;

    /// <summary>Stamps one append: calls <paramref name="append"/> under the lock, so that times and the store's order agree.</summary>
    /// <param name="notBefore">When what the append follows was recorded, perhaps by another node whose clock is ahead; null where it follows nothing.</param>
    /// <exception cref="StoreUnavailableException">The clock can't be trusted now.</exception>
    public T Stamp<T>(DateTimeOffset? notBefore, Func<DateTimeOffset, T> append)
    {
        ArgumentNullException.ThrowIfNull(append);
        lock (_gate)
        {
            if (notBefore > _newest) _newest = notBefore.Value;
            var now = Checked();
            if (now > _newest) _newest = now;
            return append(_newest);
        }
    }

    /// <summary>Now, for rules that depend on it, in whole microseconds.</summary>
    public DateTimeOffset Now()
    {
        lock (_gate)
        {
            var now = Checked();
            return now > _newest ? now : _newest;
        }
    }

    /// <summary>Why it isn't trusted now, in a sentence; null where it is.</summary>
    public string? Trouble
    {
        get
        {
            lock (_gate) return Doubt(time.GetUtcNow(), time.GetTimestamp());
        }
    }

    private string? Doubt(DateTimeOffset utc, long ticks)
    {
        if (newest?.Invoke() is { } seen && seen > _newest) _newest = seen;
        var expected = _anchor + time.GetElapsedTime(_anchorTicks, ticks);
        if ((utc - expected).Duration() > Tolerance) return "The server's clock has jumped; commands wait until it is right again.";
        return _newest - utc > Tolerance ? "The server's clock is behind the newest event of the ledger; commands wait until it is right again." : null;
    }

    private DateTimeOffset Checked()
    {
        var (utc, ticks) = (time.GetUtcNow(), time.GetTimestamp());
        if (Doubt(utc, ticks) is { } doubt) throw new StoreUnavailableException(doubt);
        (_anchor, _anchorTicks) = (utc, ticks);
        return new DateTimeOffset(utc.Ticks - (utc.Ticks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
    }
}
