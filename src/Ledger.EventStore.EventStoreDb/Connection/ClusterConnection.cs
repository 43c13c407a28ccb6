using Grpc.Core;
using Ledger.EventStore.EventStoreDb.Wire;

namespace Ledger.EventStore.EventStoreDb.Connection;

/// <summary>Knows who leads, asks around when nobody seems to, and keeps the channels.</summary>
/// <remarks>
/// One node named without +discover is talked to directly; if it says that another leads, that one is followed.
/// Otherwise all known members are asked at once, so that one that is frozen delays nobody.
/// </remarks>
internal sealed class ClusterConnection(EventStoreDbOptions options) : IDisposable
{
    // A frozen leader is called alive by the others until they miss it; meanwhile it isn't chosen again.
    private static readonly TimeSpan SuspicionLasts = TimeSpan.FromSeconds(3);

    // How long the other answers are waited for once a node has named a leader whom we suspect.
    private static readonly TimeSpan SecondOpinion = TimeSpan.FromMilliseconds(500);

    // More than any cluster has: a server that tells of ever new members doesn't fill the memory.
    private const int MostMembers = 100;

    private readonly Lock _gate = new();
    private readonly ChannelFactory _factory = new(options);
    private readonly Dictionary<NodeAddress, NodeChannel> _channels = [];
    private readonly HashSet<NodeAddress> _members = [.. options.Seeds];
    private readonly CancellationTokenSource _closing = new();
    private NodeChannel? _current;
    private Task<NodeChannel>? _finding;
    private (NodeAddress Address, long Since)? _suspect;
    private bool _closed;

    public EventStoreDbOptions Options => options;

    /// <summary>Who leads, as far as is known, without asking.</summary>
    public NodeAddress? Leader
    {
        get
        {
            lock (_gate) return _current?.Address;
        }
    }

    /// <summary>The leader, found first where it isn't known.</summary>
    /// <exception cref="StoreUnavailableException">Nobody who was asked leads or knows who does.</exception>
    public ValueTask<NodeChannel> LeaderAsync(CancellationToken cancellation)
    {
        Task<NodeChannel> finding;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(EventStoreDbEventStore));
            if (_current is not null) return ValueTask.FromResult(_current);
            if (!options.Discover) return ValueTask.FromResult(_current = ChannelTo(options.Seeds[0]));
            // One search for all who wait.
            finding = _finding is { IsCompleted: false } ? _finding : _finding = Task.Run(DiscoverAsync, CancellationToken.None);
        }

        return new ValueTask<NodeChannel>(finding.WaitAsync(cancellation));
    }

    /// <summary>Draws the conclusion from a failed call: who leads is asked again, or followed where the node said so.</summary>
    public void Learn(NodeChannel node, RpcException e)
    {
        var fault = RpcFaults.Of(e);
        if (fault == RpcFault.NotLeader) Follow(node, RpcFaults.LeaderIn(e));
        else if (RpcFaults.IsUnsure(fault) && e.StatusCode is not (StatusCode.Aborted or StatusCode.Unknown)) Suspect(node, frozen: e.StatusCode == StatusCode.DeadlineExceeded);
    }

    /// <summary>Gives up a node; the next caller looks for the leader.</summary>
    public void Suspect(NodeChannel node, bool frozen)
    {
        lock (_gate)
        {
            if (_current != node) return; // Somebody else has concluded that already.
            _current = null;
            if (frozen) _suspect = (node.Address, Environment.TickCount64);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_closed) return;
            _closed = true;
        }

        _closing.Cancel();
        foreach (var channel in _channels.Values) channel.Dispose();
        _factory.Dispose();
        _closing.Dispose();
    }

    private void Follow(NodeChannel node, NodeAddress? leader)
    {
        lock (_gate)
        {
            if (_current != node || _closed) return;
            _current = leader is { } address && address != node.Address && IsKnownOrFew(address) ? ChannelTo(address) : null;
        }
    }

    private async Task<NodeChannel> DiscoverAsync()
    {
        StoreUnavailableException? why = null;
        for (var attempt = 1; attempt <= options.MaxDiscoverAttempts || IsSuspicious();)
        {
            var (leader, problem) = await AskAroundAsync();
            why = problem ?? why;
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_closed, typeof(EventStoreDbEventStore));
                if (leader is { } address && !IsSuspect(address) && IsKnownOrFew(address)) return _current = ChannelTo(address);
                if (leader is null) attempt++;
            }

            await Task.Delay(options.DiscoveryInterval, _closing.Token);
        }

        throw why ?? new StoreUnavailableException(
            $"None of {string.Join(", ", Members())} leads the cluster or knows who does: see the hosts in {options.Setting}.");
    }

    private NodeAddress[] Members()
    {
        lock (_gate) return [.. _members];
    }

    private bool IsSuspicious()
    {
        lock (_gate) return _suspect is { } s && IsSuspect(s.Address);
    }

    private bool IsSuspect(NodeAddress address) =>
        _suspect is { } s && s.Address == address && Environment.TickCount64 - s.Since < SuspicionLasts.TotalMilliseconds;

    private async Task<(NodeAddress? Leader, StoreUnavailableException? Problem)> AskAroundAsync()
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
        var members = Members();
        Random.Shared.Shuffle(members);
        var asking = members.Select(member => AskAsync(member, enough.Token)).ToList();
        NodeAddress? suspect = null;
        StoreUnavailableException? problem = null;
        Task patience = Task.Delay(Timeout.InfiniteTimeSpan, enough.Token);
        while (asking.Count > 0)
        {
            if (await Task.WhenAny([.. asking, patience]) is not Task<Answer> answered) break;
            asking.Remove(answered);
            var answer = await answered;
            problem ??= answer.Problem;
            if (answer.Leader is not { } leader) continue;
            if (!IsSuspectNow(leader))
            {
                await enough.CancelAsync();
                return (leader, null);
            }

            suspect = leader;
            patience = Task.Delay(SecondOpinion, enough.Token);
        }

        await enough.CancelAsync();
        return (suspect, problem);
    }

    private bool IsSuspectNow(NodeAddress address)
    {
        lock (_gate) return IsSuspect(address);
    }

    private async Task<Answer> AskAsync(NodeAddress member, CancellationToken cancellation)
    {
        NodeChannel node;
        lock (_gate)
        {
            if (_closed) return new Answer(null, null);
            node = ChannelTo(member);
        }

        try
        {
            var info = await node.Gossip.ReadAsync(WireEvents.Nothing, node.Call(options.GossipTimeout, cancellation));
            return new Answer(LeaderOf(info), null);
        }
        catch (RpcException e)
        {
            return new Answer(null, new StoreUnavailableException(RpcFaults.Sentence(e, member, options), e));
        }
        catch (OperationCanceledException)
        {
            return new Answer(null, null);
        }
    }

    private NodeAddress? LeaderOf(ClusterInfo info)
    {
        var alive = info.Members.Where(m => m.IsAlive && AddressOf(m) is not null).ToList();
        lock (_gate)
        {
            foreach (var m in alive)
                if (_members.Count < MostMembers) _members.Add(AddressOf(m)!.Value);
        }

        return alive.Where(m => m.State == MemberInfo.Types.VNodeState.Leader).Select(AddressOf).FirstOrDefault();
    }

    private static NodeAddress? AddressOf(MemberInfo member) =>
        member.HttpEndPoint is { Port: < 65536 } at && new NodeAddress(at.Address, (int)at.Port) is { IsUsable: true } address ? address : null;

    private bool IsKnownOrFew(NodeAddress address) => _channels.ContainsKey(address) || _channels.Count < MostMembers;

    private NodeChannel ChannelTo(NodeAddress address)
    {
        if (_channels.TryGetValue(address, out var channel)) return channel;
        return _channels[address] = _factory.Open(address);
    }

    private sealed record Answer(NodeAddress? Leader, StoreUnavailableException? Problem);
}
