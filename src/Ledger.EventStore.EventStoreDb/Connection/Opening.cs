using Grpc.Core;
using Ledger.EventStore.EventStoreDb.Feeds;

namespace Ledger.EventStore.EventStoreDb.Connection;

/// <summary>The first words with a server, where wrong settings come to light.</summary>
internal static class Opening
{
    /// <summary>Finds the leader, asks its version, and reads one record, which is what shows whether the user may.</summary>
    /// <returns>The server's version.</returns>
    /// <exception cref="StoreUnavailableException">Not within the deadline, or hopeless.</exception>
    public static async Task<string> OpenAsync(ClusterConnection cluster, AllReader all, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(cluster.Options.DefaultDeadline);
        StoreUnavailableException? why = null;
        while (true)
        {
            try
            {
                return await TryAsync(cluster, all, deadline.Token);
            }
            catch (StoreUnavailableException e)
            {
                cancellation.ThrowIfCancellationRequested();
                why = e;
                if (IsHopeless(e)) throw;
            }
            catch (OperationCanceledException)
            {
                cancellation.ThrowIfCancellationRequested();
            }

            if (deadline.IsCancellationRequested)
            {
                throw why ?? new StoreUnavailableException(
                    $"{string.Join(", ", cluster.Options.Seeds)} didn't answer within {cluster.Options.DefaultDeadline.TotalSeconds:0.#} s: see the hosts, tls and defaultDeadline in {cluster.Options.Setting}.");
            }

            await Task.Delay(cluster.Options.DiscoveryInterval, cancellation);
        }
    }

    private static async Task<string> TryAsync(ClusterConnection cluster, AllReader all, CancellationToken cancellation)
    {
        var node = await cluster.LeaderAsync(cancellation);
        try
        {
            var features = await node.Features.GetSupportedMethodsAsync(WireEvents.Nothing, node.Call(cluster.Options.TryTakes, cancellation));
            await all.EndAsync(node, cancellation);
            return RpcFaults.Said(features.EventStoreServerVersion);
        }
        catch (TimeoutException e)
        {
            cluster.Suspect(node, frozen: true);
            throw new StoreUnavailableException($"{node.Address} answers, but doesn't let the log be read. {e.Message}", e);
        }
        catch (RpcException e)
        {
            cancellation.ThrowIfCancellationRequested();
            cluster.Learn(node, e);
            throw new StoreUnavailableException(RpcFaults.Sentence(e, node.Address, cluster.Options), e);
        }
    }

    // A server may still be starting, its name may not be known yet; but a wrong password stays wrong.
    private static bool IsHopeless(StoreUnavailableException e) => e.InnerException is RpcException rpc
        && (!RpcFaults.MayPass(RpcFaults.Of(rpc)) || RpcFaults.IsWrongProtocol(rpc));
}
