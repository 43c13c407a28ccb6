using Grpc.Core;
using Ledger.EventStore.EventStoreDb.Wire;

namespace Ledger.EventStore.EventStoreDb;

/// <summary>Bounds the silence between two messages of a read, however long the read itself may take.</summary>
internal static class Watchdog
{
    /// <exception cref="TimeoutException">Nothing came in time.</exception>
    public static Task<bool> MoveAsync(AsyncServerStreamingCall<ReadResp> call, EventStoreDbOptions options, CancellationToken cancellation)
    {
        var next = call.ResponseStream.MoveNext(CancellationToken.None);
        return next.IsCompleted ? next : WaitAsync(next, options, cancellation);
    }

    private static async Task<bool> WaitAsync(Task<bool> next, EventStoreDbOptions options, CancellationToken cancellation)
    {
        try
        {
            return await next.WaitAsync(Shorter(options.TryTakes, options.DefaultDeadline), cancellation);
        }
        catch (TimeoutException)
        {
            Forget(next);
            throw new TimeoutException($"The server is silent in the midst of a read: see the hosts and defaultDeadline in {options.Setting}.");
        }
        catch (OperationCanceledException)
        {
            Forget(next);
            throw;
        }
    }

    /// <summary>The end of a call that nobody reads any more is no unobserved fault.</summary>
    public static void Forget(Task next) => _ = next.ContinueWith(static ended => _ = ended.Exception, TaskScheduler.Default);

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
