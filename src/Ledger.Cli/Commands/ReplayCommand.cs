using System.CommandLine;
using System.Text.Json;
using Ledger.Cli.Ledgers;
using Ledger.Cli.Output;
using Ledger.Domain;

namespace Ledger.Cli.Commands;

/// <summary><c>ledger replay</c>: the history as it was written.</summary>
internal static class ReplayCommand
{
    /// <summary>What a table shows of an event's data, in this order, as far as it is there.</summary>
    private static readonly string[] Told =
        ["category", "reply", "grounds", "outcome", "severity", "reason", "duplicateOf", "origin", "party", "allegedParty", "site", "cause", "title", "against"];

    public static Command Create(TextWriter output)
    {
        var violation = new Option<string?>("--violation") { Description = "One case only", HelpName = "ID" };
        var asOf = new Option<string?>("--as-of") { Description = "The first N events, or those recorded up to a time", HelpName = "N|TIME" };
        var format = new Option<string>("--format") { Description = "table, or ndjson: one event a line, as the API gives it", DefaultValueFactory = _ => "table" };
        format.AcceptOnlyFromAmong("table", "ndjson");
        var where = new Where();
        var command = new Command("replay", "Show the history of a case, or everything, in the order in which it was recorded.") { violation, asOf, format };
        where.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            ViolationId? id = parsed.GetValue(violation) is { } text ? Ids.Violation(text) : null;
            await using var ledger = await where.OpenAsync(parsed, create: false, cancellation);
            var events = ledger.HistoryAsync(id, parsed.GetValue(asOf), cancellation);
            if (parsed.GetValue(format) == "ndjson") await LinesAsync(events, output, cancellation);
            else await TableAsync(events, id is not null, output, cancellation);
            return Exit.Ok;
        });
        return command;
    }

    private static async Task LinesAsync(IAsyncEnumerable<HistoryEvent> events, TextWriter output, CancellationToken cancellation)
    {
        await foreach (var e in events.WithCancellation(cancellation)) await output.WriteLineAsync(e.Json);
    }

    /// <summary>In pages: a table is as wide as its widest row, and a whole ledger wouldn't fit into memory.</summary>
    private static async Task TableAsync(IAsyncEnumerable<HistoryEvent> events, bool oneCase, TextWriter output, CancellationToken cancellation)
    {
        const int PageSize = 500;
        long count = 0;
        await foreach (var page in events.Chunk(PageSize).WithCancellation(cancellation))
        {
            count += page.Length;
            string[] header = oneCase ? ["sequence", "recorded", "event", "by", "what"] : ["sequence", "recorded", "event", "by", "what", "subject"];
            Terminal.Table(output, header, page.Select(e => Row(e, oneCase)), 0);
        }

        await output.WriteLineAsync($"{Terminal.Figure(count)} event{(count == 1 ? "" : "s")}");
    }

    private static string[] Row(HistoryEvent e, bool oneCase)
    {
        string[] row = [Terminal.Figure(e.Sequence), Terminal.Time(e.RecordedAt), WithoutVersion(e.Type), $"{e.Subject} ({e.Role})", What(e.Data)];
        return oneCase ? row : [.. row, e.Stream];
    }

    private static string WithoutVersion(string type) => type.LastIndexOf("-v", StringComparison.Ordinal) is var at and > 0 ? type[..at] : type;

    private static string What(JsonElement data)
    {
        var parts = new List<string>();
        foreach (var name in Told)
            if (data.TryGetProperty(name, out var value) && Short(name, value) is { } text) parts.Add(text);
        if (data.TryGetProperty("casualties", out var casualties) && casualties.ValueKind == JsonValueKind.Array)
            parts.AddRange(casualties.EnumerateArray().Select(Figure));
        if (data.TryGetProperty("attribution", out var ruled) && ruled.ValueKind == JsonValueKind.Object && ruled.TryGetProperty("party", out var party))
            parts.Add($"attributed to {(party.ValueKind == JsonValueKind.String ? party.GetString() : PartyId.Undetermined)}");
        return string.Join(", ", parts);
    }

    private static string Figure(JsonElement row)
    {
        var who = row.GetProperty("who").GetString() is { } part and not "total" ? $" ({part})" : "";
        return $"{row.GetProperty("kind")} {row.GetProperty("best")}{who}";
    }

    private static string? Short(string name, JsonElement value) => (name, value.ValueKind) switch
    {
        ("allegedParty", JsonValueKind.Null) => "nobody alleged",
        ("allegedParty", JsonValueKind.String) => $"alleged: {value.GetString()}",
        ("party" or "against", JsonValueKind.Null) => PartyId.Undetermined,
        ("duplicateOf", JsonValueKind.String) => $"of {value.GetString()}",
        (_, JsonValueKind.String) => value.GetString()!.ReplaceLineEndings(" "),
        _ => null,
    };
}
