using System.Text.RegularExpressions;

namespace Ledger.Auditor;

/// <summary>The form of the ledger's names, so that none of them can lead anywhere else when it becomes part of a path.</summary>
internal static partial class Ids
{
    public static bool IsAgreement(string text) => Agreement().IsMatch(text);

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9-]{0,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Agreement();
}
