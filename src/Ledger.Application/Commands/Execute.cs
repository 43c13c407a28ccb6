using Ledger.Domain;
using Ledger.EventStore;
using Ledger.EventStore.Vault;
using MediatR;

namespace Ledger.Application.Commands;

/// <summary>A command on its way, with everything that makes it safe to repeat.</summary>
/// <param name="Stream">The subject's stream.</param>
/// <param name="Command">What is asked, its long texts sealed already.</param>
/// <param name="IfMatch">The revision that a decision was taken on; null where the caller named none.</param>
/// <param name="Seal">What the command's digests stand for; stored in the vault before the event that refers to it.</param>
public sealed record Execute<TCommand>(
    StreamName Stream, TCommand Command, Principal Principal, CommandIdentity Identity, long? IfMatch, Sealed Seal)
    : IRequest<CommandOutcome>
{
    /// <summary>True = say whether it would be taken, and store nothing.</summary>
    public bool DryRun { get; init; }
}

/// <summary>What makes a repeated request the same request.</summary>
/// <param name="CommandId">UUIDv5 of subject, method, path and Idempotency-Key; a fresh id where the client gave no key.</param>
/// <param name="HasKey">True where the client gave a key.</param>
/// <param name="RequestHash">base64url of SHA-256 over the request's canonical JSON without its confidential part (RFC 8785).</param>
/// <param name="CorrelationId">Ties together what one caller did.</param>
/// <param name="TraceParent">W3C trace context of the request.</param>
public sealed record CommandIdentity(Guid CommandId, bool HasKey, string RequestHash, string? CorrelationId = null, string? TraceParent = null);

/// <summary>The disclosures behind a command's digests, and its confidential part in the clear for comparing a repeat.</summary>
/// <param name="Hidden">Name → canonical JSON of the value: what the request's hash leaves out (confidential part, display name).</param>
public sealed record Sealed(IReadOnlyList<Disclosure> Disclosures, IReadOnlyDictionary<string, string> Hidden)
{
    public static readonly Sealed Nothing = new([], new Dictionary<string, string>());
}

/// <summary>What came of a command.</summary>
public abstract record CommandOutcome
{
    private CommandOutcome() { }

    /// <summary>In the history, now or by an earlier identical request.</summary>
    public sealed record Stored(CommandAnswer Answer, Repeat Repeat) : CommandOutcome;

    /// <summary>No, by a rule.</summary>
    public sealed record Refused(Refusal Why) : CommandOutcome;

    /// <summary>There is no such subject, or none that the caller may know of.</summary>
    public sealed record NotFound : CommandOutcome;

    /// <summary>A decision must name the revision that it was taken on.</summary>
    public sealed record IfMatchRequired : CommandOutcome;

    /// <summary>The case has moved on since the revision that the decision names.</summary>
    public sealed record StaleRevision(long Current) : CommandOutcome;

    /// <summary>The same Idempotency-Key came with other content before.</summary>
    public sealed record KeyReused : CommandOutcome;

    /// <summary>More than one append takes.</summary>
    public sealed record TooLarge(string Message) : CommandOutcome;

    /// <summary>It would be stored: it was asked for as a dry run.</summary>
    public sealed record WouldStore : CommandOutcome;

    /// <summary>Others kept writing first. Nothing was stored; asking again is safe.</summary>
    public sealed record LostRace : CommandOutcome;
}

/// <summary>Whether an answer is the first one, or the first one again.</summary>
public enum Repeat
{
    No,

    /// <summary>By Idempotency-Key: the first answer and status come again.</summary>
    ByKey,

    /// <summary>By a client-chosen id with the same content.</summary>
    ById,
}

/// <summary>What was stored, read back from the stored bytes.</summary>
/// <param name="EventId">Of the last event of the command.</param>
/// <param name="Sequence">Null only while it isn't sequenced yet.</param>
/// <param name="State">The subject as it stood right after it.</param>
/// <param name="LastEvent">The last event of the command.</param>
/// <param name="Created">True where the command made its subject (HTTP 201).</param>
public sealed record CommandAnswer(
    StreamName Stream, Guid EventId, StreamRevision Revision, Position Position, long? Sequence, object State, object LastEvent, bool Created);
