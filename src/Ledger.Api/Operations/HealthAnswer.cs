using System.Text.Json.Serialization;
using Ledger.Domain;
using Ledger.Node;
using Ledger.Projections;
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
        [.. health.Problems.Select(problem => new ProblemAnswer(problem.Code, problem.Message, problem.Sequence, WhatToDo.About(problem.Code)))])
    {
        Next = health is { Status: ViewStatus.CatchingUp, Problems.Count: 0 } ? WhatToDo.Wait : null,
        Store = health.Store is { } store ? new StoreAnswer(store.Version, store.LastScavenge) : null,
    };

    /// <summary>What to do while the node isn't ready though nothing is wrong; left out otherwise, for then each problem says it.</summary>
    public string? Next { get; init; }

    /// <summary>The store that the nodes share; left out where the node has one of its own.</summary>
    public StoreAnswer? Store { get; init; }
}

/// <param name="LastScavenge">When what is hidden, erased texts above all, was last destroyed for good; null where that wasn't seen since the node reads.</param>
internal sealed record StoreAnswer(string Version, [property: JsonIgnore(Condition = Never)] DateTimeOffset? LastScavenge);

internal sealed record SealedAnswer(long Count, DateTimeOffset At);

/// <param name="Code">Stable, kebab-case; deploy/README.md has them all.</param>
/// <param name="Sequence">Where in the ledger it lies, if it lies anywhere.</param>
/// <param name="Next">What an operator does about it.</param>
internal sealed record ProblemAnswer(string Code, string Message, long? Sequence, string Next);
