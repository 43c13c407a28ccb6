using System.Globalization;
using System.Text;
using Ledger.Domain;
using Ledger.Projections;

namespace Ledger.Exchange.Demonstration;

/// <summary>What a person sees once the demonstration is loaded. Plain text, so that it reads the same in a log.</summary>
internal static class DemonstrationText
{
    private static readonly string[] Columns = ["recorded", "alleged", "disputed", "confirmed", "dismissed", "unresolved", "withdrawn", "duplicate"];

    public static string Write(ComplianceAnswer.Picture? picture, IReadOnlyList<DemonstrationKey> keys, Uri server, long stored)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"Karabakh 2020, an exercise: {(stored == 0 ? "loaded before, nothing new stored" : $"{stored} events stored")}. Recorded now; when things happened stands in each case.\n\n");
        if (picture is not null) Picture(text, picture);
        Keys(text, keys);
        text.Append(
            """

            On balance: recording an allegation isn't a finding. Both sides' allegations stand here as public reports give them, with
            the replies that were found; how many there are says what was reported, not what happened. Every ruling is an exercise
            ruling, not a finding of fact, and the fictional teams' hours and accounts say that they are fictional.

            Look at it in a browser, signed in with one of the keys:


            """);
        text.Append("  ").Append(server.ToString().TrimEnd('/')).Append("/   as reader to look, as monitor-1 to record, as liaison-armenia or liaison-azerbaijan to\n");
        text.Append("  reply and dispute, as verifier-1 or verifier-2 to rule; settings has the languages.\n\nOr from a terminal:\n\n");
        Tries(text, keys, server.ToString().TrimEnd('/'));
        return text.ToString();
    }

    private static void Picture(StringBuilder text, ComplianceAnswer.Picture picture)
    {
        text.Append(CultureInfo.InvariantCulture, $"Alleged violations by accountable party, as of {picture.AsOf.Count} events ({picture.Method.Code()})\n\n");
        text.Append(Cell("", -24)).AppendJoin("", Columns.Select(column => Cell(column, 12))).Append('\n');
        foreach (var party in picture.Parties)
        {
            var c = party.Counts;
            long[] figures = [c.Recorded, c.Alleged, c.Disputed, c.Confirmed, c.Dismissed, c.Unresolved, c.Withdrawn, c.Duplicate];
            text.Append(Cell(Name(party), -24));
            text.AppendJoin("", figures.Select(figure => Cell(figure.ToString(CultureInfo.InvariantCulture), 12))).Append('\n');
        }

        var hours = picture.Coverage;
        text.Append(CultureInfo.InvariantCulture, $"\nWatched {hours.MonitoredHours:0} hours, {hours.GapHours:0} hours nobody could look. {picture.AggregateClaims} published totals stand beside it, uncounted.\n\n");
    }

    private static string Name(PartyPicture party) => party switch
    {
        { Party.Value: PartyId.Undetermined } => "Undetermined",
        { Standing: Domain.Agreements.Standing.NonSignatory } => $"{party.Party} (non-signatory)",
        _ => party.Party.Value,
    };

    private static void Keys(StringBuilder text, IReadOnlyList<DemonstrationKey> keys)
    {
        text.Append("Keys of the exercise:\n\n");
        foreach (var key in keys) text.Append("  ").Append(Cell(key.KeyId.Value["demo-".Length..], -20)).Append(key.Secret).Append('\n');
    }

    private static void Tries(StringBuilder text, IReadOnlyList<DemonstrationKey> keys, string server)
    {
        string Key(string name) => keys.Single(key => key.KeyId.Value == "demo-" + name).Secret;
        var ganja = DemonstrationLoader.CaseId("NK20-017");
        string[] tries =
        [
            $"curl -H 'Authorization: Bearer {Key("reader")}' '{server}/api/v1/agreements/karabakh-2020/compliance?interval=week'",
            $"curl -H 'Authorization: Bearer {Key("reader")}' '{server}/api/v1/violations/{ganja}/history'",
            $"curl -H 'Authorization: Bearer {Key("auditor")}' '{server}/api/v1/agreements/karabakh-2020/compliance?asOf=100'",
            $"curl -H 'Authorization: Bearer {Key("monitor-1")}' -H 'Content-Type: application/json' -d '{{\"category\":\"artillery-or-mortar\",\"occurred\":{{\"from\":\"2020-10-20T09:30:00+04:00\",\"precision\":\"minute\"}},\"allegedParty\":null}}' '{server}/api/v1/agreements/karabakh-2020/violations'",
        ];
        foreach (var one in tries) text.Append("  ").Append(one).Append('\n');
    }

    /// <summary>Padded to a width: to the left of it where negative.</summary>
    private static string Cell(string text, int width) => width < 0 ? text.PadRight(-width) : text.PadLeft(width);
}
