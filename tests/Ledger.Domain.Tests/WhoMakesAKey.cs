using Ledger.Domain.Access;
using Ledger.Testing.Deciders;

namespace Ledger.Domain.Tests;

public sealed class WhoMakesAKey
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 10, 0, 0, TimeSpan.Zero);
    private static readonly KeyPolicy Two = new(2, Values.Of(Role.Administrator, Role.Verifier));
    private static readonly Actor Third = new(new("administrator-3"), Role.Administrator);

    private static AccessCommand.IssueKey Issue(Role role, KeyPolicy policy, string subject = "somebody") =>
        new(new("k"), new(subject), "digest", Values.Of(role), null, Values<AgreementId>.None, null, "hash-0") { Policy = policy };

    private static AccessCommand.RotateKey Rotate(KeyPolicy policy, int number = 1, int overlap = 24) => new(number, $"hash-{number}", overlap) { Policy = policy };

    private static readonly AccessCommand Yes = new AccessCommand.ApproveKey();

    [Fact]
    public void One_is_enough_where_nothing_is_set_and_for_roles_that_are_not_named()
    {
        Assert.Equal(0, After(null, Issue(Role.Verifier, KeyPolicy.None), Some.Administrator, typeof(AccessEvent.KeyIssued)).SecretAt("hash-0", Now));
        Assert.Equal(0, After(null, Issue(Role.Monitor, Two), Some.Administrator, typeof(AccessEvent.KeyIssued)).SecretAt("hash-0", Now));
    }

    [Fact]
    public void The_first_administrator_makes_the_second_alone_and_nobody_else()
    {
        var alone = Two with { AdministratorsEver = 1 };
        After(null, Issue(Role.Administrator, alone), Some.Administrator, typeof(AccessEvent.KeyIssued));
        After(null, Issue(Role.Verifier, alone), Some.Administrator, typeof(AccessEvent.KeyProposed));
        After(null, Issue(Role.Administrator, alone) with { Roles = Values.Of(Role.Administrator, Role.Verifier) }, Some.Administrator, typeof(AccessEvent.KeyProposed));
        After(null, Issue(Role.Administrator, Two with { AdministratorsEver = 2 }), Some.Administrator, typeof(AccessEvent.KeyProposed));
        var three = After(null, Issue(Role.Administrator, new KeyPolicy(3, Two.Roles) { AdministratorsEver = 2 }), Some.Administrator, typeof(AccessEvent.KeyProposed));
        Assert.Equal(2, three.Proposal!.Required);
        After(null, Issue(Role.Administrator, Two), Some.Administrator, typeof(AccessEvent.KeyProposed));
    }

    [Fact]
    public void A_verifiers_key_opens_once_another_administrator_has_agreed()
    {
        var one = After(null, Issue(Role.Verifier, Two), Some.Administrator, typeof(AccessEvent.KeyProposed));

        Assert.Null(one.SecretAt("hash-0", Now));
        Assert.False(one.OpensBy(0, Now));
        Assert.Equal("separation-of-duties", RefusedBecause(Yes, one, Some.Administrator));
        var two = After(one, Yes, Some.SecondAdministrator, typeof(AccessEvent.KeyApproved));
        Assert.Equal(0, two.SecretAt("hash-0", Now));
        Assert.Equal("nothing-to-approve", RefusedBecause(Yes, two, Third));
    }

    [Fact]
    public void Nobody_agrees_twice_or_to_a_key_of_their_own()
    {
        var three = Two with { Approvals = 3 };
        var one = After(null, Issue(Role.Administrator, three, Third.Subject.Value), Some.Administrator, typeof(AccessEvent.KeyProposed));
        var two = After(one, Yes, Some.SecondAdministrator, typeof(AccessEvent.KeyApproved));

        Assert.Null(two.SecretAt("hash-0", Now));
        Assert.Equal("separation-of-duties", RefusedBecause(Yes, two, Some.SecondAdministrator));
        Assert.Equal("separation-of-duties", RefusedBecause(Yes, two, Third));
    }

    [Fact]
    public void Another_secret_for_a_verifiers_key_waits_too_and_the_present_one_goes_on()
    {
        var key = After(null, Issue(Role.Verifier, KeyPolicy.None), Some.Administrator, typeof(AccessEvent.KeyIssued));
        var asked = After(key, Rotate(Two, overlap: 0), Some.Administrator, typeof(AccessEvent.KeyRotationProposed));

        Assert.Equal((0, null), (asked.SecretAt("hash-0", Now), asked.SecretAt("hash-1", Now)));
        Assert.Equal("separation-of-duties", RefusedBecause(Yes, asked, Some.Administrator));
        var rotated = After(asked, Yes, Some.SecondAdministrator, typeof(AccessEvent.KeyApproved));
        Assert.Equal((null, 1), (rotated.SecretAt("hash-0", Now), rotated.SecretAt("hash-1", Now)));
    }

    [Fact]
    public void What_is_asked_for_anew_takes_the_place_of_what_waited_and_the_yes_is_asked_for_anew()
    {
        var key = After(null, Issue(Role.Verifier, KeyPolicy.None), Some.Administrator, typeof(AccessEvent.KeyIssued));
        var first = After(key, Rotate(Two), Some.Administrator, typeof(AccessEvent.KeyRotationProposed));
        var second = After(first, new AccessCommand.RotateKey(1, "another-hash", 24) { Policy = Two }, Some.SecondAdministrator, typeof(AccessEvent.KeyRotationProposed));

        Assert.Equal("separation-of-duties", RefusedBecause(Yes, second, Some.SecondAdministrator));
        var rotated = After(second, Yes, Some.Administrator, typeof(AccessEvent.KeyApproved));
        Assert.Equal((null, 1), (rotated.SecretAt("hash-1", Now), rotated.SecretAt("another-hash", Now)));
    }

    [Fact]
    public void A_setting_that_is_lowered_lets_nothing_through_that_waits()
    {
        var one = After(null, Issue(Role.Verifier, Two with { Approvals = 3 }), Some.Administrator, typeof(AccessEvent.KeyProposed));

        Assert.Null(After(one, Yes, Some.SecondAdministrator, typeof(AccessEvent.KeyApproved)).SecretAt("hash-0", Now));
        Assert.Equal("key-proposed", RefusedBecause(Rotate(KeyPolicy.None), one, Some.SecondAdministrator));
    }

    [Fact]
    public void One_administrator_revokes_what_waits_and_nobody_brings_it_back()
    {
        var one = After(null, Issue(Role.Verifier, Two), Some.Administrator, typeof(AccessEvent.KeyProposed));
        var revoked = After(one, new AccessCommand.RevokeKey(), Some.SecondAdministrator, typeof(AccessEvent.KeyRevoked));

        Assert.Equal("key-revoked", RefusedBecause(Yes, revoked, Third));
        Assert.Null(revoked.SecretAt("hash-0", Now));
    }

    private static KeyState After(KeyState? state, AccessCommand command, Actor actor, params Type[] events)
    {
        var accepted = Assert.IsType<Decision<AccessEvent>.Accepted>(AccessDecider.Decide(command, state, Now, actor)).Events;
        Assert.Equal(events, accepted.Select(e => e.GetType()));
        foreach (var e in accepted) state = AccessDecider.Evolve(state, new Fact<AccessEvent>(e, Guid.NewGuid(), actor, Now, (state?.Revision ?? -1) + 1));
        return state!;
    }

    private static string RefusedBecause(AccessCommand command, KeyState state, Actor actor) =>
        Assert.IsType<Decision<AccessEvent>.Refused>(AccessDecider.Decide(command, state, Now, actor)).Why.Code;
}
