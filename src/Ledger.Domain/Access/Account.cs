using System.Diagnostics;

namespace Ledger.Domain.Access;

/// <summary>A fact recorded about one account of the operator's issuer: what it holds here (sessions and tokens) ends before it would end by itself.</summary>
/// <remarks>These names and shapes are stored for ever. Add a version; never edit one.</remarks>
public abstract record AccountEvent
{
    private AccountEvent() { }

    /// <summary>Nothing that the account held before this opens anything any more; whoever signs in after it is let in.</summary>
    /// <param name="Subject">The account's pseudonym.</param>
    public sealed record Ended(Subject Subject) : AccountEvent;

    /// <summary>As <see cref="Ended"/>, and nobody is let in by the account until it is unblocked.</summary>
    /// <param name="Subject">The account's pseudonym.</param>
    public sealed record Blocked(Subject Subject) : AccountEvent;

    /// <summary>The account may sign in again; what it held before the block stays ended.</summary>
    /// <param name="Subject">The account's pseudonym.</param>
    public sealed record Unblocked(Subject Subject) : AccountEvent;
}

/// <summary>An account as its stream says it stands. Accounts that nothing was ended of have no stream.</summary>
/// <param name="Endings">How often all that it held was ended, blocks included.</param>
/// <param name="EndedAt">The last time.</param>
/// <param name="BlockedAt">Null while it may sign in.</param>
public sealed record AccountState(Subject Subject, int Endings, DateTimeOffset EndedAt, DateTimeOffset? BlockedAt, long Revision)
{
    /// <summary>True while a session goes on that began when all had been ended so many times. No clocks: two nodes' may differ.</summary>
    public bool HoldsSince(int endings) => BlockedAt is null && endings >= Endings;

    /// <summary>True while a token opens that the issuer made at this moment.</summary>
    /// <param name="clocksDiffer">So far the issuer's clock may be ahead: a token that may be older than the ending is.</param>
    public bool HoldsFrom(DateTimeOffset issuedAt, TimeSpan clocksDiffer) => BlockedAt is null && issuedAt > EndedAt + clocksDiffer;
}

/// <summary>What an administrator may ask of accounts.</summary>
public abstract record AccountCommand
{
    private AccountCommand() { }

    public sealed record End(Subject Subject) : AccountCommand;

    public sealed record Block(Subject Subject) : AccountCommand;

    public sealed record Unblock : AccountCommand;
}

/// <summary>What may be done with an account. Who it is of is the issuer's to know; the ledger knows a pseudonym.</summary>
public static class AccountDecider
{
    public static Decision<AccountEvent> Decide(AccountCommand command, AccountState? state, Actor actor) => (command, state) switch
    {
        (AccountCommand.Block c, _) when c.Subject == actor.Subject => new Refusal(Codes.SeparationOfDuties, "Another administrator blocks your account."),
        (AccountCommand.End or AccountCommand.Block, { BlockedAt: not null }) => new Refusal(Codes.AccountBlocked, "The account is blocked already, and nothing that it held opens anything."),
        (AccountCommand.End c, _) => new AccountEvent.Ended(c.Subject),
        (AccountCommand.Block c, _) => new AccountEvent.Blocked(c.Subject),
        (AccountCommand.Unblock, { BlockedAt: null }) => new Refusal(Codes.AccountNotBlocked, "The account isn't blocked."),
        (AccountCommand.Unblock, { } s) => new AccountEvent.Unblocked(s.Subject),
        (AccountCommand.Unblock, null) => throw new InvalidOperationException("This is asked of an account that something was ended of."),
        _ => throw new UnreachableException(),
    };

    public static AccountState Evolve(AccountState? state, Fact<AccountEvent> fact)
    {
        ArgumentNullException.ThrowIfNull(fact);
        return fact.Event switch
        {
            AccountEvent.Ended e => Ended(state, e.Subject, fact),
            AccountEvent.Blocked e => Ended(state, e.Subject, fact) with { BlockedAt = fact.RecordedAt },
            AccountEvent.Unblocked when state is not null => state with { BlockedAt = null, Revision = fact.Revision },
            AccountEvent.Unblocked => throw new InvalidOperationException("Only what was blocked is unblocked."),
            _ => throw new UnreachableException(),
        };
    }

    private static AccountState Ended(AccountState? state, Subject subject, Fact<AccountEvent> fact) =>
        new(subject, (state?.Endings ?? 0) + 1, fact.RecordedAt, state?.BlockedAt, fact.Revision);
}
