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
    }

    private static Target<WebhookCommand> Register(Call<WebhookRequest> c, LedgerNode node, WebhookTargets targets)
    {
        var id = new WebhookId(c.Body.WebhookId ?? CommandHeaders.MadeBy(c.CommandId, "webhook").ToString("N"));
        // Standard Webhooks: whsec_ and base64 of 24 to 64 random bytes.
        var secret = $"whsec_{Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))}";
        var agreements = (c.Body.Agreements ?? []).Select(agreement => new AgreementId(agreement)).ToValues();
        var command = new WebhookCommand.Register(
            id, c.Body.Url, agreements, (c.Body.Types ?? []).ToValues(), c.Body.After ?? node.View.Count - 1, c.Seal.Secret("secret", secret));
        return new(Streams.Of(id), command)
        {
            Rule = async cancellation => agreements.Any(agreement => node.View.Agreement(agreement) is null)
                ? new Refusal(Codes.UnknownAgreement, "There is no such agreement.")
                : await targets.RefusalAsync(new Uri(c.Body.Url), cancellation),
            Complete = (receipt, repeat) => WithSecret(receipt, repeat == Repeat.No ? secret : null),
            BeforeAnswer = stored => node.View.WaitUntilVisibleAsync(stored.Answer.Position, Patience, CancellationToken.None),
        };
    }

    private static Target<WebhookCommand>? Remove(WebhookId? webhook) => webhook is { } id ? new(Streams.Of(id), new WebhookCommand.Remove()) : null;

    private static WebhookReceipt WithSecret(Receipt receipt, string? secret) => new()
    {
        WebhookId = receipt.WebhookId, Secret = secret, EventId = receipt.EventId, Revision = receipt.Revision, Position = receipt.Position,
        Sequence = receipt.Sequence, Status = receipt.Status, Location = receipt.Location,
    };
}
