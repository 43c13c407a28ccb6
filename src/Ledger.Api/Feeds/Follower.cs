using Ledger.Application;
using Ledger.Application.Queries;
using Ledger.Node;

namespace Ledger.Api.Feeds;

/// <summary>What came of waiting for an event.</summary>
internal enum Waited
{
    /// <summary>The ledger has grown, or it is time to look at the key again.</summary>
    Now,

    /// <summary>Nothing came within the time given, or the server stops.</summary>
    TooLong,
}

/// <summary>Waits for events on behalf of those who follow the ledger, and keeps looking at whether they still may.</summary>
internal sealed class Follower(LedgerNode node, Http.SignIn signIn, TimeProvider time, IHostApplicationLifetime lifetime)
{
    /// <summary>A revoked key's feed ends within a second: so often it is looked at, and at each event.</summary>
    private static readonly TimeSpan KeyCheck = TimeSpan.FromMilliseconds(400);

    public EventFeed Feed => node.Get<EventFeed>();

    public long Count => node.View.Count;

    public TimeProvider Time => time;

    /// <summary>Ended when the server is asked to stop, so that open feeds don't hold it up.</summary>
    public CancellationToken Stopping => lifetime.ApplicationStopping;

    /// <summary>A loop asks this itself: of two tokens that follow the stop, its own may be told later than the one that it waits with.</summary>
    public bool IsStopping => Stopping.IsCancellationRequested;

    // A node that hears nothing of the store any more can't say whose key still holds.
    public bool IsStillValid(Principal principal) => signIn.IsStillOpen(principal);

    public Patience Patience(TimeSpan length, CancellationToken cancellation) => new(this, time.GetTimestamp(), length, cancellation);

    /// <summary>True once there are so many events; false after a moment without.</summary>
    public async Task<bool> WaitForCountAsync(long count, TimeSpan length, CancellationToken cancellation)
    {
        // Whoever is woken by the stop runs inside it: a wait that ended at once again and again would hold the stop up for ever.
        if (Stopping.IsCancellationRequested) return false;
        using var limit = new CancellationTokenSource(length < KeyCheck ? length : KeyCheck, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, Stopping, cancellation);
        try
        {
            await node.View.WaitForCountAsync(count, linked.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }
}

/// <summary>How long one request waits, however often it looks in between.</summary>
internal sealed class Patience(Follower follower, long since, TimeSpan length, CancellationToken cancellation)
{
    /// <summary>Waits until there are so many events, the time is over, or the key is no longer valid.</summary>
    public async Task<Waited> WaitAsync(Principal principal, long count)
    {
        while (true)
        {
            var left = length - follower.Time.GetElapsedTime(since);
            if (left <= TimeSpan.Zero || follower.Stopping.IsCancellationRequested) return Waited.TooLong;
            if (await follower.WaitForCountAsync(count, left, cancellation) || !follower.IsStillValid(principal)) return Waited.Now;
        }
    }
}
