using System.Text.Json;
using Grpc.Core;
using Ledger.EventStore.EventStoreDb.Connection;
using Ledger.EventStore.EventStoreDb.Wire;

namespace Ledger.EventStore.EventStoreDb.Vault;

/// <summary>Which disclosures were put, and when, in the server's order: what a sweep has still to judge.</summary>
internal sealed class VaultScan(ClusterConnection cluster, VaultStreams streams)
{
    private readonly Queue<(string Digest, DateTimeOffset PutAt, Position Position)> _waiting = new();
    private Position? _readTo;
    private Position? _remembered;
    private bool _begun;

    /// <summary>Reads what was put since the last time; the first time, since what an earlier process had judged.</summary>
    public async Task ReadOnAsync(CancellationToken cancellation)
    {
        if (!_begun)
        {
            var stored = await streams.NewestAsync(streams.Swept, cancellation);
            if (stored is not null && Position.TryParse(VaultStreams.Read(stored.Data, VaultJson.Default.StoredSweep).Position, out var position))
                _readTo = _remembered = position;
            _begun = true;
        }

        await ReadOnFromHereAsync(cancellation);
    }

    public async Task ReadOnFromTheStartAsync(CancellationToken cancellation)
    {
        _begun = true;
        await ReadOnFromHereAsync(cancellation);
    }

    public IReadOnlyCollection<string> Waiting() => [.. _waiting.Select(w => w.Digest).Distinct()];

    public IReadOnlyList<string> OldestBefore(DateTimeOffset time, int limit) =>
        [.. _waiting.TakeWhile(w => w.PutAt < time).Take(limit).Select(w => w.Digest)];

    public void Judged(IReadOnlyCollection<string> oldest)
    {
        foreach (var _ in oldest) _waiting.Dequeue();
    }

    /// <summary>Stores how far all has been judged. A lost race costs a later process some reading, and nothing else.</summary>
    public async Task RememberAsync(CancellationToken cancellation)
    {
        var to = _waiting.TryPeek(out var oldest) ? oldest.Position : _readTo;
        if (to is null || to == _remembered) return;
        var newest = await streams.NewestAsync(streams.Swept, cancellation);
        await streams.AppendAsync(
            streams.Swept, newest is null ? ExpectedRevision.NoStream : ExpectedRevision.At(newest.Revision),
            VaultStreams.Event("vault-swept-v1", JsonSerializer.SerializeToUtf8Bytes(new StoredSweep(to.Value.ToString()), VaultJson.Default.StoredSweep)), cancellation);
        _remembered = to;
    }

    private async Task ReadOnFromHereAsync(CancellationToken cancellation)
    {
        while (true)
        {
            NodeChannel? node = null;
            try
            {
                node = await cluster.LeaderAsync(cancellation);
                await ReadAsync(node, cancellation);
                return;
            }
            catch (Exception e) when (e is TimeoutException or StoreUnavailableException)
            {
                if (node is not null) cluster.Suspect(node, frozen: true);
                throw new StoreUnavailableException($"The vault can't be swept now: {e.Message}", e);
            }
            catch (RpcException e) when (node is not null)
            {
                cancellation.ThrowIfCancellationRequested();
                cluster.Learn(node, e);
                if (e.StatusCode is StatusCode.Unknown or StatusCode.InvalidArgument && _readTo is not null) Forget();
                else throw new StoreUnavailableException($"The vault can't be swept now: {RpcFaults.Sentence(e, node.Address, cluster.Options)}", e);
            }
        }
    }

    // The place may have been scavenged. All is judged again from the start, which changes nothing.
    private void Forget()
    {
        _readTo = null;
        _waiting.Clear();
    }

    private async Task ReadAsync(NodeChannel node, CancellationToken cancellation)
    {
        using var rpc = node.Streams.Read(ReadRequests.AllForwards(_readTo, long.MaxValue), node.CallWithoutDeadline(cancellation));
        while (await Watchdog.MoveAsync(rpc, cluster.Options, cancellation))
            if (rpc.ResponseStream.Current is { ContentCase: ReadResp.ContentOneofCase.Event } message) Take(WireEvents.Recorded(message));
    }

    private void Take(ReadResp.Types.Recorded e)
    {
        var position = WireEvents.PositionOf(e);
        // The read includes the record that it begins at; what waits from before keeps its place.
        if (position < _readTo || (position == _readTo && _waiting.Any(w => w.Position == position))) return;
        _readTo = position;
        var stream = e.StreamIdentifier.StreamName;
        if (!stream.Span.StartsWith("vaultkey-"u8) || !stream.ToStringUtf8().StartsWith(streams.KeysPrefix, StringComparison.Ordinal) || !e.Metadata.TryGetValue("type", out var type)) return;
        if (VaultStreams.KeysIn(type, e.Data.Memory) is not { } keys) return;
        _waiting.Enqueue((stream.ToStringUtf8()[streams.KeysPrefix.Length..], DateTimeOffset.FromUnixTimeMilliseconds(keys.PutAt), position));
    }
}
