using System.Text.Json.Serialization;
using Ledger.Domain;
using Ledger.Node;
using static System.Text.Json.Serialization.JsonIgnoreCondition;

namespace Ledger.Api.Operations;

/// <summary>How the node is.</summary>
/// <param name="Status">ready, catching-up, read-only or faulted.</param>
/// <param name="Count">Events that answers cover.</param>
/// <param name="Sealed">The newest signed head; null while there is none.</param>
/// <param name="Lag">Seconds by which answers lie behind the store.</param>
internal sealed record HealthAnswer(
    string Status, long Count, [property: JsonIgnore(Condition = Never)] SealedAnswer? Sealed, double Lag, IReadOnlyList<ProblemAnswer> Problems)
{
    public static HealthAnswer Of(NodeHealth health) => new(
        health.Status.Code(), health.Count, health.Sealed is { } head ? new SealedAnswer(head.Size.Value, head.At) : null, Math.Round(health.Lag.TotalSeconds, 3),
        [.. health.Problems.Select(problem => new ProblemAnswer(problem.Code, problem.Message, problem.Sequence))])
    {
        Store = health.Store is { } store ? new StoreAnswer(store.Version, store.LastScavenge) : null,
    };

    /// <summary>The store that the nodes share; left out where the node has one of its own.</summary>
    public StoreAnswer? Store { get; init; }
}

/// <param name="LastScavenge">When what is hidden, erased texts above all, was last destroyed for good; null where that wasn't seen since the node reads.</param>
internal sealed record StoreAnswer(string Version, [property: JsonIgnore(Condition = Never)] DateTimeOffset? LastScavenge);

internal sealed record SealedAnswer(long Count, DateTimeOffset At);

internal sealed record ProblemAnswer(string Code, string Message, long? Sequence);
