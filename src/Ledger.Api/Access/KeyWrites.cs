using Ledger.Api.Hosting;
using Ledger.Api.Http;
using Ledger.Application;
using Ledger.Application.Commands;
using Ledger.Domain;
using Ledger.Domain.Access;
using Ledger.EventStore;
using Ledger.Node;

namespace Ledger.Api.Access;

/// <summary>Keys are issued, shown once, rotated and revoked; where the operator's setting asks for it, another administrator approves.</summary>
internal static class KeyWrites
{
    private const int UsualOverlapHours = 24;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static void MapKeyWrites(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/keys").WithTags("Keys").Needs(Act.DealWithKeys);
        group.MapPost("", (HttpContext context, Http.Commands commands, LedgerSettings settings, TimeProvider time) => commands.HandleAsync(context, (Call<KeyRequest> c) => Issue(c, commands.Node, Policy(commands.Node, settings), time)))
            .Accepts<KeyRequest>(Body.Json).Describe<KeyReceipt>(creates: true).WithSummary("Issue a key");
        group.MapDelete("/{keyId}", (HttpContext context, Http.Commands commands, SignIn signIn) =>
                commands.HandleAsync(context, () => Revoke(PathValues.Key(context), commands.Node, signIn)))
            .Describe<Receipt>(creates: false).WithSummary("Revoke a key");
        group.MapPost("/{keyId}/rotations", (HttpContext context, Http.Commands commands, LedgerSettings settings, SignIn signIn) =>
                commands.HandleAsync(context, (Call<RotationRequest> c) => Rotate(PathValues.Key(context), c, commands.Node, Policy(commands.Node, settings), signIn)))
            .Accepts<RotationRequest>(Body.Json).Describe<KeyReceipt>(creates: false).WithSummary("Replace a key's secret");
        group.MapPost("/{keyId}/approvals", (HttpContext context, Http.Commands commands, SignIn signIn) =>
                commands.HandleAsync(context, () => Approve(PathValues.Key(context), commands.Node, signIn)))
            .Describe<Receipt>(creates: false).WithSummary("Approve a key, or its new secret, that another administrator proposed");
    }

    private static Target<AccessCommand> Issue(Call<KeyRequest> c, LedgerNode node, KeyPolicy policy, TimeProvider time)
    {
        var id = new KeyId(CommandHeaders.MadeBy(c.CommandId, "key").ToString("N"));
        var key = ApiKey.Make(id);
        var command = new AccessCommand.IssueKey(
            id, new Subject(c.Body.Subject), c.Seal.DisplayName(c.Body.DisplayName), c.Body.RolesRead().ToValues(),
            c.Body.PartyId is { } party ? new PartyId(party) : null,
            c.Body.Agreements is { } agreements ? agreements.Select(agreement => new AgreementId(agreement)).ToValues() : Values<AgreementId>.None,
            c.Body.ExpiresAt, ApiKey.Hash(node.HashingKey, key)) { Policy = policy };
        return new(Streams.Of(id), command)
        {
            Rule = _ => Task.FromResult(AboutOtherKeys(command, node, time.GetUtcNow())),
            Complete = (receipt, repeat) => WithKey(receipt, repeat == Repeat.No ? key : null) with { Prefix = ApiKey.Prefix(id, 0) },
            // Whoever gets a key uses it at once.
            BeforeAnswer = stored => VisibleAsync(node, stored.Answer.Position),
        };
    }

    /// <summary>The operator's setting, and how many could agree at all. Where accounts are taken, or not everything has been read yet, nobody can say: then the setting stands alone.</summary>
    private static KeyPolicy Policy(LedgerNode node, LedgerSettings settings) => settings.Keys with
    {
        AdministratorsEver = settings.Oidc is not null || node.View.IsCatchingUp
            ? null
            : node.View.Keys().Where(key => key.Roles.Contains(Role.Administrator) && !key.IsProposed).Select(key => key.Subject).Distinct().Count(),
    };

    /// <summary>Two keys make one subject no more than one key may.</summary>
    /// <remarks>Other keys are other streams: of two that are issued in the same moment neither sees the other. A key that exists is a repeat and has its answer.</remarks>
    private static Refusal? AboutOtherKeys(AccessCommand.IssueKey command, LedgerNode node, DateTimeOffset now)
    {
        if (node.View.Key(command.KeyId) is not null) return null;
        var others = node.View.Keys().Where(key => key.Subject == command.Subject && !key.IsOverAt(now)).SelectMany(key => key.Roles);
        return AccessDecider.AboutRoles([.. command.Roles, .. others]);
    }

    private static Target<AccessCommand>? Revoke(KeyId? key, LedgerNode node, SignIn signIn) =>
        key is { } id ? new(Streams.Of(id), new AccessCommand.RevokeKey()) { BeforeAnswer = stored => KnownAsync(stored, node, signIn) } : null;

    private static Target<AccessCommand>? Rotate(KeyId? of, Call<RotationRequest> c, LedgerNode node, KeyPolicy policy, SignIn signIn)
    {
        if (of is not { } id) return null;
        var number = (node.View.Key(id)?.Secret ?? 0) + 1;
        var key = ApiKey.Make(id, number);
        var command = new AccessCommand.RotateKey(number, ApiKey.Hash(node.HashingKey, key), c.Body.OverlapHours ?? UsualOverlapHours) { Policy = policy };
        KeyState? rotated = null;
        return new(Streams.Of(id), command)
        {
            BeforeAnswer = stored =>
            {
                rotated = stored.Answer.State as KeyState;
                return KnownAsync(stored, node, signIn);
            },
            Complete = (receipt, repeat) => WithKey(receipt, repeat == Repeat.No ? key : null) with
            {
                Prefix = rotated is { } s ? ApiKey.Prefix(id, s.Proposal?.Number ?? s.Secret) : null,
                EarlierUntil = rotated is { Proposal: null, Earlier.Count: > 0 } before ? before.EndOf(before.Earlier[^1].Number) : null,
            },
        };
    }

    private static Target<AccessCommand>? Approve(KeyId? key, LedgerNode node, SignIn signIn) =>
        key is { } id ? new(Streams.Of(id), new AccessCommand.ApproveKey()) { BeforeAnswer = stored => KnownAsync(stored, node, signIn) } : null;

    /// <summary>What was decided holds here from the answer on, whatever the read model knows.</summary>
    private static Task<bool> KnownAsync(CommandOutcome.Stored stored, LedgerNode node, SignIn signIn)
    {
        if (stored.Answer.State is KeyState key) signIn.Know(key);
        return VisibleAsync(node, stored.Answer.Position);
    }

    private static KeyReceipt WithKey(Receipt receipt, string? key) => new()
    {
        KeyId = receipt.KeyId, Key = key, EventId = receipt.EventId, Revision = receipt.Revision, Position = receipt.Position,
        Sequence = receipt.Sequence, Status = receipt.Status, Location = receipt.Location, Endorsements = receipt.Endorsements,
    };

    private static Task<bool> VisibleAsync(LedgerNode node, Position position) =>
        node.View.WaitUntilVisibleAsync(position, Patience, CancellationToken.None);
}
