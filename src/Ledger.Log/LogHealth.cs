using Ledger.Transparency;

namespace Ledger.Log;

public enum LogStatus
{
    /// <summary>Still reading what was stored before the start.</summary>
    CatchingUp,

    Ready,

    /// <summary>The store lacks events that were signed for: nothing is signed and no command taken until they are back.</summary>
    ReadOnly,

    /// <summary>The history isn't the one that was signed.</summary>
    Faulted,
}

/// <summary>Something that people should know of.</summary>
/// <param name="Code">Stable, kebab-case; one of <see cref="LogProblems"/>.</param>
/// <param name="Sequence">Where in the ledger it lies, if it lies anywhere.</param>
public sealed record LogProblem(string Code, string Message, long? Sequence = null);

/// <summary>The newest sealed head.</summary>
/// <param name="At">When it was sealed, by the clock of the node that did.</param>
public sealed record SealedHead(TreeSize Size, Hash Root, DateTimeOffset At);

/// <param name="Size">Leaves in the tree, sealed or not.</param>
/// <param name="Published">The size of the head that is served; behind the newest seal while witnesses are missing.</param>
public sealed record LogHealth(LogStatus Status, long Size, SealedHead? Sealed, TreeSize? Published, IReadOnlyList<LogProblem> Problems)
{
    /// <summary>Events that no signed head covers yet.</summary>
    public long Unsealed => Math.Max(0, Size - (Sealed?.Size.Value ?? 0));

    /// <summary>For how long there have been such events without a new seal; zero where there are none.</summary>
    public TimeSpan UnsealedFor { get; init; }

    /// <summary>How the newest round of asking went; null where no witness is asked, or none was yet.</summary>
    public WitnessHealth? Witnesses { get; init; }
}

/// <param name="IsMet">Whether as many cosigned as the policy asks for.</param>
/// <param name="Cosigned">Every witness of the policy by name, and whether its cosignature is on the head.</param>
public sealed record WitnessHealth(bool IsMet, IReadOnlyDictionary<string, bool> Cosigned);

/// <summary>The codes of <see cref="LogProblem"/>.</summary>
public static class LogProblems
{
    /// <summary>A stored event isn't the one that was logged: changed, removed, added or out of order.</summary>
    public const string ChangedEvent = "changed-event";

    /// <summary>The store ends before the logged events do.</summary>
    public const string MissingEvent = "missing-event";

    /// <summary>An event of which not even the time can be read.</summary>
    public const string UnreadableEvent = "unreadable-event";

    /// <summary>A tile isn't what was written. The tiles can be deleted; they are made anew from the store.</summary>
    public const string ChangedTile = "changed-tile";

    /// <summary>Two signed heads that can't both be true, or a signed head that isn't this history's.</summary>
    public const string Fork = "fork";

    /// <summary>Something in the stream of seals that the log's key didn't sign, or that can't be read.</summary>
    public const string ForeignSeal = "foreign-seal";

    /// <summary>This node has signed or adopted a larger head than the store's events reach: a restored backup.</summary>
    public const string StoreBehindSigner = "store-behind-signer";

    /// <summary>A seal names more events than the store holds.</summary>
    public const string StoreBehindSeals = "store-behind-seals";

    /// <summary>A witness has seen a larger head than the store's events reach.</summary>
    public const string StoreBehindWitness = "store-behind-witness";

    /// <summary>This node doesn't hold the key that the log signs with now.</summary>
    public const string NoSignerKey = "no-signer-key";

    /// <summary>Sealing failed and is tried again: a full disk, a store out of reach.</summary>
    public const string SealingFailed = "sealing-failed";

    /// <summary>Too few witnesses cosigned: the last published head stays, events are taken.</summary>
    public const string WitnessPolicyUnmet = "witness-policy-unmet";

    /// <summary>A witness answered what no honest one does, or says that it saw another history. Somebody has to look.</summary>
    public const string WitnessAlarm = "witness-alarm";
}

/// <summary>The log can't be opened as asked. The message is one sentence for people.</summary>
public sealed class LogRefusedException(string message) : Exception(message);

/// <summary>The history, or what was signed over it, isn't what it must be: sealing stops for good.</summary>
internal sealed class LogFaultException(string code, string message, long? sequence = null) : Exception(message)
{
    public LogProblem Problem { get; } = new(code, message, sequence);
}
