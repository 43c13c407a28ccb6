using Ledger.EventStore;
using Ledger.EventStore.EventStoreDb;
using Ledger.Projections;

namespace Ledger.Node;

/// <summary>The store that several nodes share, as far as operators need to know.</summary>
/// <param name="Version">As the server says it.</param>
/// <param name="LastScavenge">When it last destroyed what is hidden, erased texts above all; null where none was seen since this node reads.</param>
/// <param name="Problems">What is wrong with it or its settings.</param>
public sealed record StoreHealth(string Version, DateTimeOffset? LastScavenge, IReadOnlyList<ViewProblem> Problems)
{
    /// <summary>This node hasn't heard from the store for too long; until it does, it answers nobody.</summary>
    public const string Unreachable = "store-unreachable";

    /// <summary>The store isn't protected as it could be, or a setting has no effect. The node is ready all the same.</summary>
    public const string Notice = "store-notice";

    /// <summary>A file of the node's own takes no writes: a full disk, rights that were taken away. Commands get 503; what is stored is read on.</summary>
    public const string Refuses = "store-refuses";

    internal static ViewProblem? Of(string? refusing) => refusing is null ? null : new ViewProblem(Refuses, refusing);

    /// <summary>Null for a store of the node's own.</summary>
    /// <param name="isCatchingUp">Then it is known why this node doesn't know everything yet.</param>
    internal static StoreHealth? Of(IEventStore store, Freshness freshness, IReadOnlyList<string> notices, bool isCatchingUp)
    {
        if (store is not EventStoreDbEventStore server) return null;
        List<ViewProblem> problems = [];
        if (freshness.IsLost && !isCatchingUp) problems.Add(new ViewProblem(Unreachable, $"Nothing was heard from the store for {freshness.Age.TotalSeconds:0} s. Until it answers, nobody's key can be checked and every request gets 503."));
        problems.AddRange(notices.Select(notice => new ViewProblem(Notice, notice)));
        return new StoreHealth(server.ServerVersion, server.LastScavenge, problems);
    }
}
