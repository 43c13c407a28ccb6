using Ledger.Api.Http;
using Ledger.Application;
using Ledger.Application.Commands;
using Ledger.Domain;
using Ledger.Domain.Access;
using Ledger.EventStore;
using Ledger.Node;

namespace Ledger.Api.Access;

/// <summary>Keys are issued, shown once, and revoked.</summary>
internal static class KeyWrites
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static void MapKeyWrites(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/keys").WithTags("Keys").Needs(Act.DealWithKeys);
        group.MapPost("", (HttpContext context, Http.Commands commands, TimeProvider time) => commands.HandleAsync(context, (Call<KeyRequest> c) => Issue(c, commands.Node, time)))
            .Accepts<KeyRequest>(Body.Json).Describe<KeyReceipt>(creates: true).WithSummary("Issue a key");
        group.MapDelete("/{keyId}", (HttpContext context, Http.Commands commands, SignIn signIn) =>
                commands.HandleAsync(context, () => Revoke(PathValues.Key(context), commands.Node, signIn)))
            .Describe<Receipt>(creates: false).WithSummary("Revoke a key");
    }

    private static Target<AccessCommand> Issue(Call<KeyRequest> c, LedgerNode node, TimeProvider time)
    {
        var id = new KeyId(CommandHeaders.MadeBy(c.CommandId, "key").ToString("N"));
        var key = ApiKey.Make(id);
        var command = new AccessCommand.IssueKey(
            id, new Subject(c.Body.Subject), c.Seal.DisplayName(c.Body.DisplayName), c.Body.RolesRead().ToValues(),
            c.Body.PartyId is { } party ? new PartyId(party) : null,
            c.Body.Agreements is { } agreements ? agreements.Select(agreement => new AgreementId(agreement)).ToValues() : Values<AgreementId>.None,
            c.Body.ExpiresAt, ApiKey.Hash(node.HashingKey, key));
        return new(Streams.Of(id), command)
        {
            Rule = _ => Task.FromResult(AboutOtherKeys(command, node, time.GetUtcNow())),
            Complete = (receipt, repeat) => WithKey(receipt, repeat == Repeat.No ? key : null),
            // Whoever gets a key uses it at once.
            BeforeAnswer = stored => VisibleAsync(node, stored.Answer.Position),
        };
    }

    /// <summary>Two keys make one subject no more than one key may.</summary>
    /// <remarks>Other keys are other streams: of two that are issued in the same moment neither sees the other. A key that exists is a repeat and has its answer.</remarks>
    private static Refusal? AboutOtherKeys(AccessCommand.IssueKey command, LedgerNode node, DateTimeOffset now)
    {
        if (node.View.Key(command.KeyId) is not null) return null;
        var others = node.View.Keys().Where(key => key.Subject == command.Subject && key.IsValidAt(now)).SelectMany(key => key.Roles);
        return AccessDecider.AboutRoles([.. command.Roles, .. others]);
    }

    private static Target<AccessCommand>? Revoke(KeyId? key, LedgerNode node, SignIn signIn) => key is not { } id ? null : new(Streams.Of(id), new AccessCommand.RevokeKey())
    {
        BeforeAnswer = stored =>
        {
            signIn.Revoke(id);
            return VisibleAsync(node, stored.Answer.Position);
        },
    };

    private static KeyReceipt WithKey(Receipt receipt, string? key) => new()
    {
        KeyId = receipt.KeyId, Key = key, EventId = receipt.EventId, Revision = receipt.Revision, Position = receipt.Position,
        Sequence = receipt.Sequence, Status = receipt.Status, Location = receipt.Location,
    };

    private static Task<bool> VisibleAsync(LedgerNode node, Position position) =>
        node.View.WaitUntilVisibleAsync(position, Patience, CancellationToken.None);
}
