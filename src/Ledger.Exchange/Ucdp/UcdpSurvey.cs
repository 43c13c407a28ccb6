using System.Globalization;
using System.Text;
using Ledger.Domain;
using Ledger.Domain.Agreements;

namespace Ledger.Exchange.Ucdp;

/// <summary>What a file holds, as far as an agreement can be made from it: the sides and the days.</summary>
/// <param name="Sides">Names of sides in alphabetical order; Civilians, which GED writes for the victims of one-sided violence, is none.</param>
public sealed record UcdpSurvey(IReadOnlyList<string> Sides, DateOnly? First, DateOnly? Last)
{
    /// <summary>An agreement that a whole file fits in, for looking at data: what was really agreed has to be said by people.</summary>
    public AgreementCommand.Register Agreement(AgreementId id, string timeZone)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(timeZone);
        var first = First ?? throw new Imports.ImportFileException("The file has no row with dates that an agreement's term could be taken from.");
        var parties = Parties();
        return new AgreementCommand.Register(
            id, "Made for an import of UCDP GED: its sides as parties, its days as the term", timeZone, Values<Instrument>.None,
            Sides.Select(side => new Party(parties[side], Cut(side, 200), Values<Label>.None, Standing.NonSignatory)).ToValues(),
            Values<Guarantor>.None, Values<Provision>.None, new Term(LocalCalendar.StartOf(first, zone)), Exercise: false, Policy.Default);
    }

    /// <summary>The party that each side becomes.</summary>
    public IReadOnlyDictionary<string, PartyId> Parties()
    {
        var parties = new Dictionary<string, PartyId>(StringComparer.Ordinal);
        foreach (var side in Sides)
        {
            var slug = SlugOf(side);
            // Two names that differ in signs only would share an id.
            for (var n = 2; parties.ContainsValue(new PartyId(slug)); n++) slug = $"{Cut(SlugOf(side), 58)}-{n.ToString(CultureInfo.InvariantCulture)}";
            parties[side] = new PartyId(slug);
        }

        return parties;
    }

    private static string SlugOf(string name)
    {
        var slug = new StringBuilder();
        foreach (var c in name.Normalize(NormalizationForm.FormD))
        {
            if (char.IsAsciiLetterOrDigit(c)) slug.Append(char.ToLowerInvariant(c));
            else if (char.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark && slug.Length > 0 && slug[^1] != '-') slug.Append('-');
        }

        var text = Cut(slug.ToString(), 64).Trim('-');
        return text.Length == 0 || text == PartyId.Undetermined ? "side" : text;
    }

    private static string Cut(string text, int longest) => text.Length <= longest ? text : text[..longest];
}
