using Ledger.Dashboard.Languages;
using Ledger.Domain.Agreements;
using Ledger.Projections;

namespace Ledger.Dashboard.Pages.Overview;

/// <summary>What must be said with the figures: the statements of the API's answer, in words that people read instead of the names of its fields.</summary>
internal static class Caveats
{
    public static IReadOnlyList<string> Of(ComplianceAnswer.Picture picture, AgreementState agreement)
    {
        var words = Text.Core;
        var caveats = new List<string>();
        if (agreement.Exercise) caveats.Add(words["ExerciseText"]);
        caveats.AddRange(
        [
            words["CaveatAllegation"], words["CaveatDisputed"], words["CaveatMethod", Labels.Of("methods", picture.Method)],
            words[picture.Basis == AccountBasis.Accountable ? "CaveatAccountable" : "CaveatAlleged"], words["CaveatUndetermined"],
            words["CasualtiesNote"], words["CaveatCoverage"], words["CaveatHours"], words["DaysLocal", agreement.TimeZone], words["CaveatMedian"], words["CaveatLast"],
        ]);
        if (picture.AggregateClaims > 0) caveats.Add(words["CaveatClaims", Numbers.Whole(picture.AggregateClaims)]);
        return caveats;
    }
}
