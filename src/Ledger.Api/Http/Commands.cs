using System.Diagnostics;
using Ledger.Api.Hosting;
using Ledger.Api.Http.Binding;
using Ledger.Application;
using Ledger.Application.Commands;
using Ledger.Domain;
using Ledger.EventStore;
using Ledger.Node;
using Ledger.Projections;
using Ledger.Serialization;

namespace Ledger.Api.Http;

/// <summary>A request whose body is in order, on its way to a command.</summary>
internal sealed class Call<T>(HttpContext context, Bound<T> bound, Principal principal, Guid commandId)
{
    public T Body => bound.Body;

    /// <summary>The body as it came: it says which fields were there.</summary>
    public System.Text.Json.JsonElement Json => bound.Json;

    public Principal Principal => principal;

    public Guid CommandId => commandId;

    /// <summary>Texts go through it into the command.</summary>
    public Sealer Seal { get; } = new();

    public AgreementId? Agreement => PathValues.Agreement(context);

    public ViolationId? Violation => PathValues.Violation(context);

    public DisputeId? Dispute => PathValues.Dispute(context);

    public CoverageId? Coverage => PathValues.Coverage(context);

    public ClaimId? Claim => PathValues.Claim(context);

    /// <summary>The id of what is made: the client's choice, else one that follows from the command.</summary>
    public Guid Made(Guid? chosen, string kind) => chosen ?? CommandHeaders.MadeBy(commandId, kind);
}

/// <summary>A command and the stream that it is about.</summary>
internal sealed record Target<TCommand>(StreamName Stream, TCommand Command)
{
    /// <summary>The agreement that something new belongs to; null for what isn't new, and for keys.</summary>
    public AgreementId? NewIn { get; init; }

    /// <summary>What the answer says beside the usual.</summary>
    public Func<Receipt, Repeat, Receipt>? Complete { get; init; }

    /// <summary>A rule that looks at the world outside the history, such as where an address leads; null = none.</summary>
    public Func<CancellationToken, Task<Refusal?>>? Rule { get; init; }

    /// <summary>What must be done before the answer goes out.</summary>
    public Func<CommandOutcome.Stored, Task>? BeforeAnswer { get; init; }
}

/// <summary>Ids in paths: what isn't one names nothing.</summary>
internal static class PathValues
{
    public static AgreementId? Agreement(HttpContext context) => Text(context, "agreementId") is { } id && Slug.IsValid(id) ? new AgreementId(id) : null;

    /// <summary>An account's pseudonym, as the ledger makes it: <c>oidc:</c> and 43 characters of base64url.</summary>
    public static Subject? Account(HttpContext context) =>
        Text(context, "account") is { Length: 48 } text && text.StartsWith("oidc:", StringComparison.Ordinal) && System.Buffers.Text.Base64Url.IsValid(text.AsSpan(5)) ? new Subject(text) : null;

    public static KeyId? Key(HttpContext context) => Text(context, "keyId") is { } id && Slug.IsValid(id) ? new KeyId(id) : null;

    public static ViolationId? Violation(HttpContext context) => Uuid(context, "violationId") is { } id ? new ViolationId(id) : null;

    public static DisputeId? Dispute(HttpContext context) => Uuid(context, "disputeId") is { } id ? new DisputeId(id) : null;

    public static CoverageId? Coverage(HttpContext context) => Uuid(context, "coverageId") is { } id ? new CoverageId(id) : null;

    public static ClaimId? Claim(HttpContext context) => Uuid(context, "claimId") is { } id ? new ClaimId(id) : null;

    public static WebhookId? Webhook(HttpContext context) => Text(context, "webhookId") is { } id && Slug.IsValid(id) ? new WebhookId(id) : null;

    public static string? Text(HttpContext context, string name) => context.Request.RouteValues[name] as string;

    private static Guid? Uuid(HttpContext context, string name) => Guid.TryParseExact(Text(context, name), "D", out var id) ? id : null;
}

/// <summary>The way of every command through HTTP, in the order that the contract gives: 413 and 415, then 400, then whatever the application says.</summary>
internal sealed class Commands(LedgerNode node, LedgerSettings settings)
{
    // Nobody may be named by it, and it isn't anybody's confidential part: what may be erased leaves no hash behind.
    private static readonly string[] NotHashed = ["confidential", "displayName"];

    private readonly RecentKeys _recent = new();

    public LedgerNode Node => node;

    /// <summary>A command with a JSON body.</summary>
    /// <param name="toCommand">Null where an id in the path names nothing.</param>
    public async Task<IResult> HandleAsync<TRequest, TCommand>(HttpContext context, Func<Call<TRequest>, Target<TCommand>?> toCommand)
        where TRequest : class
        where TCommand : notnull
    {
        var limit = settings.Limits.BodyBytes;
        if (Body.Refuse(context.Request, limit, Body.Json) is { } unfit) return unfit;
        if (await Body.ReadAsync(context, limit) is not { } bytes) return Body.TooLarge(limit);
        return await HandleAsync(context, bytes, toCommand);
    }

    /// <summary>A command whose JSON has been read already.</summary>
    public async Task<IResult> HandleAsync<TRequest, TCommand>(
        HttpContext context, ReadOnlyMemory<byte> bytes, Func<Call<TRequest>, Target<TCommand>?> toCommand)
        where TRequest : class
        where TCommand : notnull
    {
        var principal = context.Principal();
        var headers = CommandHeaders.Read(context, principal, out var malformed);
        var faults = new Faults();
        using var bound = Binder.Bind<TRequest>(bytes, faults);
        if (faults.Told is { } told) return Problem.Malformed(told);
        if (headers is null) return malformed!;
        if (Closed() is { } closed) return closed;

        var call = new Call<TRequest>(context, bound!, principal, headers.CommandId);
        if (toCommand(call) is not { } target) return Problem.NotFound();
        Insist(context, target.Command);
        var identity = Identify(headers, HashOf(call.Json));
        return Answer(await RunAsync(target, principal, identity, headers.IfMatch, call.Seal.Done()), target);
    }

    /// <summary>A command that its path says everything about.</summary>
    public Task<IResult> HandleAsync<TCommand>(HttpContext context, Func<Target<TCommand>?> toCommand)
        where TCommand : notnull =>
        HandleAsync(context, _ => toCommand());

    /// <summary>As above, for a command that brings a secret with it.</summary>
    public async Task<IResult> HandleAsync<TCommand>(HttpContext context, Func<Sealer, Target<TCommand>?> toCommand)
        where TCommand : notnull
    {
        var principal = context.Principal();
        if (CommandHeaders.Read(context, principal, out var malformed) is not { } headers) return malformed!;
        if (Closed() is { } closed) return closed;
        var seal = new Sealer();
        if (toCommand(seal) is not { } target) return Problem.NotFound();
        Insist(context, target.Command);
        return Answer(await RunAsync(target, principal, Identify(headers, NoBody), headers.IfMatch, seal.Done()), target);
    }

    /// <summary>Asks the application; before the answer goes out, whatever must be done first is done.</summary>
    public async Task<CommandOutcome> RunAsync<TCommand>(
        Target<TCommand> target, Principal principal, CommandIdentity identity, long? ifMatch, Sealed seal)
        where TCommand : notnull
    {
        var isKeyed = identity.HasKey && target.NewIn is not null;
        var claim = isKeyed ? await ClaimAsync(identity.CommandId, target.Stream) : KeyClaim.Known;
        if (claim == KeyClaim.OfAnotherStream) return await OfReusedKeyAsync(target, principal);

        if (target.Rule is { } rule && Permissions.ActOf(target.Command) is { } act && principal.May(act, target.NewIn) && await rule(CancellationToken.None) is { } refusal)
        {
            if (claim == KeyClaim.New) _recent.Release(identity.CommandId);
            return new CommandOutcome.Refused(refusal);
        }

        // From here on it runs to its end, whether or not the caller waits.
        var outcome = await node.Mediator.Send(new Execute<TCommand>(target.Stream, target.Command, principal, identity, ifMatch, seal), CancellationToken.None);
        if (outcome is CommandOutcome.Stored stored)
        {
            if (target.BeforeAnswer is { } first) await first(stored);
        }
        else if (claim == KeyClaim.New)
        {
            // Only what this very call claimed: a key that was used before stays used, however this call ended.
            _recent.Release(identity.CommandId);
        }

        return outcome;
    }

    /// <summary>What the key was used for before: in this process a moment ago, or in the history.</summary>
    private async Task<KeyClaim> ClaimAsync(Guid commandId, StreamName stream)
    {
        var claim = _recent.Claim(commandId, stream);
        if (claim != KeyClaim.New || await node.View.StreamMadeByAsync(commandId, CancellationToken.None) is not { } made) return claim;
        if (made == stream) return KeyClaim.Known;
        _recent.Release(commandId);
        return KeyClaim.OfAnotherStream;
    }

    /// <summary>Why commands aren't taken now, or null where they are.</summary>
    public Problem? Closed() => node.Health switch
    {
        { Status: ViewStatus.ReadOnly or ViewStatus.Faulted } health =>
            Problem.ReadOnly($"The ledger takes no commands now: {(health.Problems.Count > 0 ? health.Problems[0].Message : "it found something wrong with itself")}"),
        _ => null,
    };

    public static CommandIdentity Identify(CommandHeaders headers, string hash) =>
        new(headers.CommandId, headers.HasKey, hash, CorrelationId: null, Activity.Current?.Id);

    public static string HashOf(System.Text.Json.JsonElement json) => CanonicalJson.Hash(json, NotHashed);

    private static IResult Answer<TCommand>(CommandOutcome outcome, Target<TCommand> target)
    {
        if (outcome is not CommandOutcome.Stored stored) return Receipts.ProblemOf(outcome)!;
        var receipt = Receipts.Of(stored.Answer);
        if (target.Complete is { } complete) receipt = complete(receipt, stored.Repeat);
        return new Answered(receipt, Receipts.StatusOf(stored), stored.Repeat != Repeat.No);
    }

    /// <summary>The key came before with another id that the client chose. What comes before that in the contract's order is judged before it.</summary>
    private async Task<CommandOutcome> OfReusedKeyAsync<TCommand>(Target<TCommand> target, Principal principal)
        where TCommand : notnull
    {
        var isThere = target.Command is Domain.Agreements.AgreementCommand
            || await node.Get<AgreementCache>().GetAsync(target.NewIn!.Value, CancellationToken.None) is not null;
        if (!isThere || !principal.Sees(target.NewIn!.Value)) return new CommandOutcome.NotFound();
        return Permissions.RoleFor(target.Command, principal) is null
            ? new CommandOutcome.Refused(new Refusal(Domain.Codes.NotAllowed, "Your key has no role that may do this."))
            : new CommandOutcome.KeyReused();
    }

    /// <summary>An endpoint that asks for something else than it says would be judged by another row than the one that people read.</summary>
    private static void Insist(HttpContext context, object command)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<Asked>()?.Act != Permissions.ActOf(command))
            throw new InvalidOperationException($"{context.GetEndpoint()?.DisplayName} asks for {command.GetType().Name}, which isn't the act that it says.");
    }

    private static readonly string NoBody = HashOf(System.Text.Json.JsonDocument.Parse("{}").RootElement);
}

/// <summary>What an Idempotency-Key was used for before.</summary>
internal enum KeyClaim { New, Known, OfAnotherStream }

/// <summary>Which streams the newest Idempotency-Keys were used for, where the client may choose what is made: those that the history doesn't show yet.</summary>
internal sealed class RecentKeys
{
    private const int Most = 100_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, StreamName> _streams = [];
    private readonly Queue<Guid> _order = new();

    public KeyClaim Claim(Guid commandId, StreamName stream)
    {
        lock (_gate)
        {
            if (_streams.TryGetValue(commandId, out var known)) return known == stream ? KeyClaim.Known : KeyClaim.OfAnotherStream;
            _streams.Add(commandId, stream);
            _order.Enqueue(commandId);
            if (_order.Count > Most) _streams.Remove(_order.Dequeue());
            return KeyClaim.New;
        }
    }

    /// <summary>Nothing was stored: the key is free again.</summary>
    public void Release(Guid commandId)
    {
        lock (_gate) _streams.Remove(commandId);
    }
}
