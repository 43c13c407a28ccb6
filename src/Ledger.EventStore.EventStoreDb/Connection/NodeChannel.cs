using Grpc.Core;
using Grpc.Net.Client;
using Ledger.EventStore.EventStoreDb.Wire;

namespace Ledger.EventStore.EventStoreDb.Connection;

/// <summary>One node: its connections, and the services that it offers on them.</summary>
internal sealed class NodeChannel(NodeAddress address, GrpcChannel channel, Metadata headers) : IDisposable
{
    public NodeAddress Address { get; } = address;

    public Streams.StreamsClient Streams { get; } = new(channel);

    public Gossip.GossipClient Gossip { get; } = new(channel);

    public ServerFeatures.ServerFeaturesClient Features { get; } = new(channel);

    public Users.UsersClient Users { get; } = new(channel);

    /// <summary>A call with a deadline, as all are but subscriptions and long reads, which have a watchdog.</summary>
    public CallOptions Call(TimeSpan deadline, CancellationToken cancellation) =>
        new(headers, DateTime.UtcNow + deadline, cancellation);

    public CallOptions CallWithoutDeadline(CancellationToken cancellation) => new(headers, cancellationToken: cancellation);

    public void Dispose() => channel.Dispose();
}
