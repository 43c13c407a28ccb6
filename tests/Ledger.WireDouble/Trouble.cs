namespace Ledger.WireDouble;

/// <summary>What can go wrong with a call.</summary>
public enum Trouble
{
    /// <summary>The TCP connection is gone.</summary>
    ConnectionLost,

    /// <summary>The call is reset, the connection stays.</summary>
    CallReset,

    /// <summary>No answer until the client's deadline.</summary>
    Silence,

    /// <summary>"Operation timed out: Commit phase timeout."</summary>
    Aborted,

    Unavailable,
    Internal,
    Cancelled,
    Unknown,

    /// <summary>Answered as done, but with no_position.</summary>
    NoPosition,

    // From here on nothing is ever stored.
    NotLeader,
    NotReady,
    TooBusy,
    Denied,
    Unauthenticated,
    TooLarge,
    StreamDeleted,
}

/// <summary>One append's trouble, and whether the append was stored all the same.</summary>
public sealed record AppendTrouble(Trouble What, bool Persisted)
{
    /// <summary>For an append that is to go well before one that isn't.</summary>
    public static readonly AppendTrouble None = new((Trouble)(-1), true);

    /// <summary>True where the server answers before anything is stored.</summary>
    public static bool IsRefusal(Trouble what) => what >= Trouble.NotLeader;
}

/// <summary>What is odd about the next subscription.</summary>
public sealed record SubscriptionTrouble
{
    /// <summary>After so many events, <see cref="Ending"/> comes.</summary>
    public int AfterEvents { get; init; } = int.MaxValue;

    public SubscriptionEnding Ending { get; init; } = SubscriptionEnding.ConsumerTooSlow;

    /// <summary>Every event is sent twice.</summary>
    public bool Repeats { get; init; }

    /// <summary>caught_up comes twice, and fell_behind between.</summary>
    public bool CatchesUpTwice { get; init; }
}

public enum SubscriptionEnding { ConsumerTooSlow, ConnectionLost, NotLeader, Silence, Completed }
