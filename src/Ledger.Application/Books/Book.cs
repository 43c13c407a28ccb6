using Ledger.Domain;

namespace Ledger.Application.Books;

/// <summary>How one kind of subject is kept: which stream, how it folds, what is decided on. One a family of commands.</summary>
public abstract class Book<TCommand, TState, TEvent>
    where TCommand : notnull
    where TState : class
    where TEvent : notnull
{
    public abstract TState Evolve(TState? state, Fact<TEvent> fact);

    /// <summary>Asks the pure decider, with whatever else the rules may look at.</summary>
    /// <param name="principal">What it doesn't see isn't there for the rules either, so that no refusal tells of it.</param>
    public abstract ValueTask<Decision<TEvent>> DecideAsync(
        TCommand command, TState? state, DateTimeOffset now, Actor actor, Principal principal, CancellationToken cancellation);

    /// <summary>The agreement that scope is judged by; null for keys and webhooks. A reading's stands in its event, and opens that event to nobody.</summary>
    public abstract AgreementId? AgreementOf(TCommand command, TState? state);

    /// <summary>True where the command makes its subject.</summary>
    public abstract bool Creates(TCommand command);

    /// <summary>True where the command makes something that HTTP answers with 201: a subject, or a dispute within it.</summary>
    public virtual bool AnswersCreated(TCommand command) => Creates(command);

    /// <summary>True where the command must name the revision that it was taken on.</summary>
    public virtual bool IsDecision(TCommand command) => false;

    /// <summary>False where an id in the request's path, beside the subject's own, names nothing.</summary>
    public virtual ValueTask<bool> PathExistsAsync(TCommand command, TState? state, CancellationToken cancellation) => new(true);

    /// <summary>True where an earlier event carries the id that the client chose for this command: the same content makes it a repeat.</summary>
    public virtual bool IsFirstOf(TCommand command, TEvent earlier) => false;

    /// <summary>What follows from events that are stored, before anybody is answered. It is done again where it failed: what it does must bear that.</summary>
    public virtual ValueTask AfterAsync(IReadOnlyList<TEvent> stored, CancellationToken cancellation) => default;

    /// <summary>The digests behind which the hidden part of an earlier event lies (confidential part, display name).</summary>
    public virtual IReadOnlyCollection<string> HiddenIn(TEvent earlier) => [];
}
