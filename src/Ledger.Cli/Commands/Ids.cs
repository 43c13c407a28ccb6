using Ledger.Domain;

namespace Ledger.Cli.Commands;

/// <summary>Ids as people type them.</summary>
internal static class Ids
{
    public static AgreementId Agreement(string text) => Slug.IsValid(text)
        ? new AgreementId(text)
        : throw new UsageException($"'{text}' is no agreement's id: small letters, digits and hyphens, at most 64.");

    public static ViolationId Violation(string text) => Guid.TryParse(text, out var id)
        ? new ViolationId(id)
        : throw new UsageException($"'{text}' is no violation's id: a UUID is expected.");

    public static string TimeZone(string text) => TimeZoneInfo.TryFindSystemTimeZoneById(text, out _)
        ? text
        : throw new UsageException($"There is no time zone '{text}'; a name such as Europe/Kyiv is expected.");
}
