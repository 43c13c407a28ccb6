using Ledger.Api.Http;
using Ledger.Application;
using Ledger.Domain;
using Ledger.Domain.Access;
using Ledger.Node;

namespace Ledger.Api.Access;

/// <summary>What an account of the issuer holds here (sessions, tokens, open feeds) is ended before it would end by itself, on every node; the account itself is the issuer's.</summary>
internal static class AccountWrites
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static void MapAccountWrites(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/accounts/{account}").WithTags("Keys").Needs(Act.DealWithKeys);
        group.MapPost("/ending", (HttpContext context, Http.Commands commands, SignIn signIn) =>
                commands.HandleAsync(context, () => On(context, commands.Node, signIn, account => new AccountCommand.End(account))))
            .Describe<Receipt>(creates: false).WithSummary("End all sessions and tokens of an account");
        group.MapPost("/block", (HttpContext context, Http.Commands commands, SignIn signIn) =>
                commands.HandleAsync(context, () => On(context, commands.Node, signIn, account => new AccountCommand.Block(account))))
            .Describe<Receipt>(creates: false).WithSummary("Block an account");
        group.MapDelete("/block", (HttpContext context, Http.Commands commands, SignIn signIn) =>
                commands.HandleAsync(context, () => On(context, commands.Node, signIn, _ => new AccountCommand.Unblock())))
            .Describe<Receipt>(creates: false).WithSummary("Unblock an account");
    }

    private static Target<AccountCommand>? On(HttpContext context, LedgerNode node, SignIn signIn, Func<Subject, AccountCommand> command) =>
        PathValues.Account(context) is { } account
            ? new(Streams.OfAccount(account), command(account))
            {
                BeforeAnswer = stored =>
                {
                    // What was ended is ended here from the answer on, whatever the read model knows.
                    if (stored.Answer.State is AccountState state) signIn.Know(state);
                    return node.View.WaitUntilVisibleAsync(stored.Answer.Position, Patience, CancellationToken.None);
                },
            }
            : null;
}
