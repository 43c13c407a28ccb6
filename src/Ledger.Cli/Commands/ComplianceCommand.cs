using System.CommandLine;
using Ledger.Cli.Ledgers;
using Ledger.Cli.Output;
using Ledger.Domain;
using Ledger.Projections;

namespace Ledger.Cli.Commands;

/// <summary><c>ledger compliance AGREEMENT</c>: the picture per party, with what it can't tell.</summary>
internal static class ComplianceCommand
{
    public static Command Create(TextWriter output)
    {
        var agreement = new Argument<string>("AGREEMENT") { Description = "The agreement's id" };
        var asOf = new Option<string?>("--as-of") { Description = "As the first N events say, or as it was known at a time", HelpName = "N|TIME" };
        var method = new Option<string>("--method") { Description = $"How cases are counted: {string.Join(", ", Kebab<CountingMethod>.All)}", DefaultValueFactory = _ => "records-v1", HelpName = "METHOD" };
        var basis = new Option<string>("--basis") { Description = "accountable: by the latest ruling, else the alleged party; alleged: by the alleged party", DefaultValueFactory = _ => "accountable", HelpName = "BASIS" };
        var from = new Option<string?>("--from") { Description = "Occurred at or after", HelpName = "TIME" };
        var to = new Option<string?>("--to") { Description = "Occurred before", HelpName = "TIME" };
        var category = new Option<string[]>("--category") { Description = "Of this category; may be given several times", HelpName = "CODE" };
        var interval = new Option<string?>("--interval") { Description = "A series by day, week or month", HelpName = "INTERVAL" };
        var where = new Where();
        var command = new Command("compliance", "Show the compliance picture per party. Cases that nobody is accountable for stand as Undetermined.")
        {
            agreement, asOf, method, basis, from, to, category, interval,
        };
        where.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var request = new PictureRequest(
                Ids.Agreement(parsed.GetRequiredValue(agreement)), parsed.GetValue(asOf), parsed.GetValue(method)!, parsed.GetValue(basis)!,
                parsed.GetValue(from), parsed.GetValue(to), parsed.GetValue(category) ?? [], parsed.GetValue(interval));
            await using var ledger = await where.OpenAsync(parsed, create: false, cancellation);
            await ShowAsync(await ledger.ComplianceAsync(request, cancellation), output);
            return Exit.Ok;
        });
        return command;
    }

    private static async Task ShowAsync(Picture picture, TextWriter output)
    {
        var at = picture.RecordedAt is { } time ? $", recorded up to {Terminal.Time(time)}" : "";
        await output.WriteLineAsync($"{picture.Agreement}: alleged violations per party, as of {Terminal.Figure(picture.Count)} events{at}");
        await output.WriteLineAsync($"counted by {picture.Method}, {(picture.Basis == "alleged" ? "alleged" : "accountable")} party");

        string[] header = ["party", .. PictureParty.Statuses, "killed (low to high)"];
        Terminal.Table(output, header, picture.Parties.Select(Row), 1, 2, 3, 4, 5, 6, 7, 8, 9);
        if (picture.Parties.Any(party => party.Series.Count > 0)) Series(picture, output);
        await CaveatsAsync(picture, output);
    }

    private static string[] Row(PictureParty p) => [Name(p), .. p.Counts.Select(Terminal.Figure), Killed(p)];

    private static string Name(PictureParty p) => p switch
    {
        { Party: PartyId.Undetermined } => "Undetermined",
        { Standing: "non-signatory" } => $"{p.Party} (non-signatory)",
        _ => p.Party,
    };

    private static string Killed(PictureParty p) => p.Killed is { } best
        ? $"{Terminal.Figure(best)} ({Terminal.Figure(p.KilledLow ?? best)} to {Terminal.Figure(p.KilledHigh ?? best)})"
        : "no figures";

    private static void Series(Picture picture, TextWriter output)
    {
        string[] header = ["period", .. picture.Parties.Select(party => party.Party == PartyId.Undetermined ? "Undetermined" : party.Party), "hours watched"];
        var periods = picture.Parties.First(party => party.Series.Count > 0).Series;
        var rows = periods.Select((period, i) => (string[])
            [period.Period, .. picture.Parties.Select(party => Terminal.Figure(party.Series[i].Counts[0])), period.MonitoredHours > 0 ? Terminal.Hours(period.MonitoredHours) : "no coverage"]);
        Terminal.Table(output, header, rows, [.. Enumerable.Range(1, header.Length - 1)]);
        output.WriteLine("Cases recorded per period. A zero without coverage doesn't mean that nothing happened.");
    }

    private static async Task CaveatsAsync(Picture picture, TextWriter output)
    {
        var gaps = picture.GapsByParty.Where(gap => gap.Party is not null).Select(gap => $"{gap.Party} {Terminal.Hours(gap.Hours)} h").ToArray();
        await output.WriteLineAsync(
            $"Coverage: {(picture.MonitoredHours > 0 ? $"{Terminal.Hours(picture.MonitoredHours)} hours watched" : "no coverage")}, "
            + $"{Terminal.Hours(picture.GapHours)} hours nobody could look{(gaps.Length > 0 ? $" (responsible: {string.Join(", ", gaps)})" : "")}.");
        if (picture.AggregateClaims > 0)
            await output.WriteLineAsync($"Published totals beside it, uncounted: {Terminal.Figure(picture.AggregateClaims)}.");
        if (picture.Parties.Sum(party => party.CasualtiesAsPrinted) is var printed and > 0)
            await output.WriteLineAsync($"Casualty rows kept as printed, bounds out of order: {Terminal.Figure(printed)}.");
        foreach (var statement in picture.Statements) await output.WriteLineAsync($"- {statement}");
    }
}
