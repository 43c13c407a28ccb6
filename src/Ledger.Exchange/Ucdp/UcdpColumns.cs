using Ledger.Exchange.Imports;

namespace Ledger.Exchange.Ucdp;

/// <summary>Where each column of a UCDP GED file stands.</summary>
/// <remarks>
/// The names are those of the official release; files that others cut from it leave columns out, and releases before
/// GED 17.1 spelt the estimates differently. A column that isn't there is -1.
/// </remarks>
internal sealed record UcdpColumns(
    int Id, int TypeOfViolence, int ConflictName, int SideA, int SideB, int SourceArticle, int SourceHeadline, int SourceOffice,
    int WherePrecision, int Place, int Adm1, int Adm2, int Country, int Latitude, int Longitude,
    int DatePrecision, int DateStart, int DateEnd, int DeathsA, int DeathsB, int DeathsCivilians, int DeathsUnknown,
    int Best, int High, int Low, int Count)
{
    private static readonly string[] Required =
        ["id", "type_of_violence", "side_a", "side_b", "where_prec", "latitude", "longitude", "date_prec", "date_start", "date_end", "best"];

    /// <exception cref="ImportFileException">A column is missing without which a row says nothing.</exception>
    public static UcdpColumns Of(IReadOnlyList<string> header)
    {
        var names = header.Select(name => name.Trim().Trim('"').ToLowerInvariant()).ToList();
        int At(params ReadOnlySpan<string> spellings)
        {
            foreach (var spelling in spellings)
                if (names.IndexOf(spelling) is var at and >= 0) return at;
            return -1;
        }

        var columns = new UcdpColumns(
            At("id"), At("type_of_violence"), At("conflict_name"), At("side_a"), At("side_b"), At("source_article"), At("source_headline"),
            At("source_office"), At("where_prec"), At("where_coordinates"), At("adm_1"), At("adm_2"), At("country"), At("latitude"), At("longitude"),
            At("date_prec"), At("date_start"), At("date_end"), At("deaths_a"), At("deaths_b"), At("deaths_civilians", "deaths_civ"), At("deaths_unknown", "deaths_unkn"),
            At("best", "best_est"), At("high", "high_est"), At("low", "low_est"), names.Count);

        var missing = Required.Where(name => At(name) < 0 && !(name == "best" && columns.Best >= 0)).ToArray();
        return missing.Length == 0
            ? columns
            : throw new ImportFileException($"This isn't a UCDP GED file: the first line doesn't name the column{(missing.Length > 1 ? "s" : "")} {string.Join(", ", missing)}.");
    }
}
