using System.Security.Cryptography;
using Ledger.Api.Http;
using Ledger.Application;
using Ledger.Application.Commands;
using Ledger.Domain;
using Ledger.Domain.Access;
using Ledger.Node;

namespace Ledger.Api.Webhooks;

/// <summary>Targets are registered and removed. The secret is shown once.</summary>
internal static class WebhookWrites
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static IServiceCollection AddWebhooks(this IServiceCollection services) =>
        services.AddSingleton<WebhookTargets>().AddSingleton<WebhookDelivery>().AddHostedService(provider => provider.GetRequiredService<WebhookDelivery>());

    public static void MapWebhookWrites(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/webhooks").WithTags("Webhooks").Needs(Act.DealWithWebhooks);
        group.MapPost("", (HttpContext context, Http.Commands commands, WebhookTargets targets) => commands.HandleAsync(context, (Call<WebhookRequest> c) => Register(c, commands.Node, targets)))
            .Accepts<WebhookRequest>(Body.Json).Describe<WebhookReceipt>(creates: true).WithSummary("Register a webhook");
        group.MapDelete("/{webhookId}", (HttpContext context, Http.Commands commands) => commands.HandleAsync(context, () => Remove(PathValues.Webhook(context))))
            .Describe<Receipt>(creates: false).WithSummary("Remove a webhook");
        group.MapPost("/{webhookId}/secret", (HttpContext context, Http.Commands commands) => commands.HandleAsync(context, seal => Rotate(PathValues.Webhook(context), seal)))
            .Describe<WebhookReceipt>(creates: false).WithSummary("Replace a webhook's secret");
        group.MapPost("/{webhookId}/resumption", (HttpContext context, Http.Commands commands) => commands.HandleAsync(context, () => Resume(PathValues.Webhook(context), commands.Node)))
            .Describe<Receipt>(creates: false).WithSummary("Resume a paused webhook");
    }

    private static Target<WebhookCommand> Register(Call<WebhookRequest> c, LedgerNode node, WebhookTargets targets)
    {
        var id = new WebhookId(c.Body.WebhookId ?? CommandHeaders.MadeBy(c.CommandId, "webhook").ToString("N"));
        var secret = NewSecret();
        var agreements = (c.Body.Agreements ?? []).Select(agreement => new AgreementId(agreement)).ToValues();
        var command = new WebhookCommand.Register(
            id, c.Body.Url, agreements, (c.Body.Types ?? []).ToValues(), c.Body.After ?? node.View.Count - 1, c.Seal.Secret("secret", secret), c.Body.ToFilter());
        return new(Streams.Of(id), command)
        {
            Rule = async cancellation => agreements.Any(agreement => node.View.Agreement(agreement) is null)
                ? new Refusal(Codes.UnknownAgreement, "There is no such agreement.")
                : await targets.RefusalAsync(new Uri(c.Body.Url), cancellation),
            Complete = (receipt, repeat) => WithSecret(receipt, repeat == Repeat.No ? secret : null),
            BeforeAnswer = stored => node.View.WaitUntilVisibleAsync(stored.Answer.Position, Patience, CancellationToken.None),
        };
    }

    private static Target<WebhookCommand>? Rotate(WebhookId? webhook, Sealer seal)
    {
        if (webhook is not { } id) return null;
        var secret = NewSecret();
        return new(Streams.Of(id), new WebhookCommand.RotateSecret(seal.Secret("secret", secret))) { Complete = (receipt, repeat) => WithSecret(receipt, repeat == Repeat.No ? secret : null) };
    }

    private static Target<WebhookCommand>? Resume(WebhookId? webhook, LedgerNode node) => webhook is { } id
        ? new(Streams.Of(id), new WebhookCommand.Resume()) { BeforeAnswer = stored => node.View.WaitUntilVisibleAsync(stored.Answer.Position, Patience, CancellationToken.None) }
        : null;

    /// <summary>Standard Webhooks: whsec_ and base64 of 24 to 64 random bytes.</summary>
    private static string NewSecret() => $"whsec_{Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))}";

    private static Target<WebhookCommand>? Remove(WebhookId? webhook) => webhook is { } id ? new(Streams.Of(id), new WebhookCommand.Remove()) : null;

    private static WebhookReceipt WithSecret(Receipt receipt, string? secret) => new()
    {
        WebhookId = receipt.WebhookId, Secret = secret, EventId = receipt.EventId, Revision = receipt.Revision, Position = receipt.Position,
        Sequence = receipt.Sequence, Status = receipt.Status, Location = receipt.Location,
    };
}
