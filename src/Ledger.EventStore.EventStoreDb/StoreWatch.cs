namespace Ledger.EventStore.EventStoreDb;

/// <summary>What the adapter has noticed of the server: faults, notices, scavenges, and how far the log is known to reach.</summary>
internal sealed class StoreWatch
{
    private readonly Lock _gate = new();
    private StoreFaultException? _fault;
    private DateTimeOffset? _lastScavenge;
    private ulong _head;

    /// <summary>The first fault found; it stays.</summary>
    public StoreFaultException? Fault
    {
        get
        {
            lock (_gate) return _fault;
        }
    }

    public DateTimeOffset? LastScavenge
    {
        get
        {
            lock (_gate) return _lastScavenge;
        }
    }

    /// <summary>The greatest commit position ever seen. Whatever an append sent later is told to lie at or before it had been stored earlier.</summary>
    public ulong Head => Volatile.Read(ref _head);

    public void SawUpTo(ulong commit)
    {
        for (var seen = Head; commit > seen;)
        {
            var was = Interlocked.CompareExchange(ref _head, commit, seen);
            if (was == seen) return;
            seen = was;
        }
    }

    public void SawScavenge(DateTimeOffset at)
    {
        lock (_gate)
        {
            if (_lastScavenge is null || at > _lastScavenge) _lastScavenge = at;
        }
    }

    /// <summary>Notes a fault and gives it back to be thrown.</summary>
    public StoreFaultException Note(string code, string message, Exception? inner = null)
    {
        var fault = new StoreFaultException(code, message, inner);
        lock (_gate) _fault ??= fault;
        return fault;
    }
}
