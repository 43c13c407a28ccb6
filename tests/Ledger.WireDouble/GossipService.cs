using Grpc.Core;
using Ledger.EventStore.EventStoreDb.Wire;

namespace Ledger.WireDouble;

/// <summary>Tells of the cluster, without a login and always with structured ids.</summary>
internal sealed class GossipService(DoubleNode node) : Gossip.GossipBase
{
    public override async Task<ClusterInfo> Read(Empty request, ServerCallContext context)
    {
        node.CountGossip();
        await node.WhileFrozenAsync(context.CancellationToken);
        var info = new ClusterInfo();
        foreach (var member in node.Members)
        {
            info.Members.Add(new MemberInfo
            {
                InstanceId = new Uuid { Structured = new Uuid.Types.Structured { MostSignificantBits = member.Port, LeastSignificantBits = 1 } },
                State = Enum.Parse<MemberInfo.Types.VNodeState>(member.State),
                IsAlive = member.IsAlive,
                HttpEndPoint = new EndPoint { Address = member.Host, Port = (uint)member.Port },
            });
        }

        return info;
    }
}

/// <summary>Says which version it is.</summary>
internal sealed class ServerFeaturesService(DoubleNode node) : ServerFeatures.ServerFeaturesBase
{
    public override async Task<SupportedMethods> GetSupportedMethods(Empty request, ServerCallContext context)
    {
        await node.WhileFrozenAsync(context.CancellationToken);
        return new SupportedMethods { EventStoreServerVersion = "23.10.0-double" };
    }
}
