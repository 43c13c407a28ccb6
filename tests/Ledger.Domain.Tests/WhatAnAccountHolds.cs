using Ledger.Domain.Access;
using Ledger.Testing.Deciders;

namespace Ledger.Domain.Tests;

public sealed class WhatAnAccountHolds
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 10, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);
    private static readonly Subject Nina = new("oidc:nina");

    [Fact]
    public void A_session_ends_with_the_next_ending_and_one_that_knows_of_more_endings_than_this_node_goes_on()
    {
        var ended = After(null, new AccountCommand.End(Nina), Now);

        Assert.Equal([false, true, true], new[] { 0, 1, 2 }.Select(ended.HoldsSince));
        Assert.Equal([false, false, true], new[] { 0, 1, 2 }.Select(After(ended, new AccountCommand.End(Nina), Now).HoldsSince));
    }

    [Fact]
    public void A_token_that_may_be_older_than_the_ending_by_its_issuers_clock_is_over()
    {
        var ended = After(null, new AccountCommand.End(Nina), Now);

        Assert.Equal([false, false, false, true], new[] { -600, 0, 30, 31 }.Select(seconds => ended.HoldsFrom(Now.AddSeconds(seconds), Skew)));
    }

    [Fact]
    public void A_block_lets_nobody_in_and_what_it_ended_stays_ended_when_it_is_lifted()
    {
        var blocked = After(null, new AccountCommand.Block(Nina), Now);
        Assert.False(blocked.HoldsSince(9) || blocked.HoldsFrom(Now.AddDays(9), Skew));
        Assert.Equal(Codes.AccountBlocked, RefusedBecause(new AccountCommand.End(Nina), blocked));

        var open = After(blocked, new AccountCommand.Unblock(), Now.AddDays(1));
        Assert.Equal((false, true), (open.HoldsSince(0), open.HoldsSince(1)));
        Assert.Equal((false, true), (open.HoldsFrom(Now, Skew), open.HoldsFrom(Now.AddDays(1), Skew)));
        Assert.Equal(Codes.AccountNotBlocked, RefusedBecause(new AccountCommand.Unblock(), open));
    }

    [Fact]
    public void Nobody_blocks_their_own_account() =>
        Assert.Equal(Codes.SeparationOfDuties, RefusedBecause(new AccountCommand.Block(Some.Administrator.Subject), null));

    private static AccountState After(AccountState? state, AccountCommand command, DateTimeOffset at)
    {
        var accepted = Assert.IsType<Decision<AccountEvent>.Accepted>(AccountDecider.Decide(command, state, Some.Administrator)).Events;
        return AccountDecider.Evolve(state, new Fact<AccountEvent>(Assert.Single(accepted), Guid.NewGuid(), Some.Administrator, at, (state?.Revision ?? -1) + 1));
    }

    private static string RefusedBecause(AccountCommand command, AccountState? state) =>
        Assert.IsType<Decision<AccountEvent>.Refused>(AccountDecider.Decide(command, state, Some.Administrator)).Why.Code;
}
