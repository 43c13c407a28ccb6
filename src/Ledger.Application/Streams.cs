using Ledger.Domain;
using Ledger.EventStore;

namespace Ledger.Application;

/// <summary>The name of each subject's stream (domain.md, "Streams and events").</summary>
public static class Streams
{
    public static StreamName Of(AgreementId id) => new($"agreement-{id}");

    public static StreamName Of(ViolationId id) => new($"violation-{id}");

    public static StreamName Of(CoverageId id) => new($"coverage-{id}");

    public static StreamName Of(ClaimId id) => new($"claim-{id}");

    public static StreamName Of(KeyId id) => new($"access-{id}");

    public static StreamName Of(WebhookId id) => new($"webhook-{id}");
}
