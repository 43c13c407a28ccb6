using System.Text;
using Ledger.Domain;
using Ledger.EventStore;
using Ledger.Serialization;

namespace Ledger.Application;

/// <summary>The name of each subject's stream (domain.md, "Streams and events").</summary>
public static class Streams
{
    public static StreamName Of(AgreementId id) => new($"agreement-{id}");

    public static StreamName Of(ViolationId id) => new($"violation-{id}");

    public static StreamName Of(CoverageId id) => new($"coverage-{id}");

    public static StreamName Of(ClaimId id) => new($"claim-{id}");

    public static StreamName Of(KeyId id) => new($"access-{id}");

    /// <summary>One subject's reading of one file of one agreement. An id of the operator's kind, so that whoever reads streams by their names takes it for one of the operator's acts.</summary>
    public static StreamName OfReading(Subject reader, AgreementId agreement, string sha256) => new(
        $"access-evidence-{DeterministicId.Version5(Readings, Encoding.UTF8.GetBytes($"{agreement}/{sha256}/{reader}")):D}");

    /// <summary>What was ended of one account. Its pseudonym has letters that no stream's name has.</summary>
    public static StreamName OfAccount(Subject account) => new($"access-account-{DeterministicId.Version5(Accounts, Encoding.UTF8.GetBytes(account.Value)):D}");

    private static readonly Guid Accounts = new("0199f3c0-5a0e-7000-8000-6163636f756e");

    private static readonly Guid Readings = new("0199f3c0-5a0e-7000-8000-6576696e6365");

    public static StreamName Of(WebhookId id) => new($"webhook-{id}");
}
