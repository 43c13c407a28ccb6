using System.Text;
using Ledger.Domain;
using Ledger.Serialization;

namespace Ledger.Exchange.Imports;

/// <summary>Ids that follow from another system's: the same row is the same case in every ledger, and a second import stores nothing.</summary>
public static class ExternalIds
{
    /// <summary>The namespace of RFC 9562 §6.6. Made once, kept for ever: ids that stand in ledgers derive from it.</summary>
    private static readonly Guid Namespace = new("4cf4b2c9-6f0a-5c0e-9d0a-7f0c1f1a2b60");

    public static ViolationId Case(string system, string id) => new(Of(system, id));

    public static ClaimId Claim(string system, string id) => new(Of($"{system}\nclaim", id));

    public static CoverageId Coverage(string system, string id) => new(Of($"{system}\ncoverage", id));

    private static Guid Of(string system, string id) => DeterministicId.Version5(Namespace, Encoding.UTF8.GetBytes($"{system}\n{id}"));
}
