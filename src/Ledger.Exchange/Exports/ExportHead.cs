using System.Globalization;
using Ledger.Domain;
using Ledger.Projections;

namespace Ledger.Exchange.Exports;

/// <summary>What an export is about, and how it is cited: the count of events and their root make the same file again, for ever.</summary>
/// <param name="Count">The first so many events of the ledger.</param>
/// <param name="RecordedAt">When the last of them was recorded.</param>
/// <param name="Origin">The log's name.</param>
/// <param name="Root">RFC 6962 root over exactly those events, in base64; null where the log didn't reach so far in time.</param>
/// <param name="Method">How the figures beside the cases are counted.</param>
/// <param name="Licence">On which terms the operator hands the data out; null where the operator states none.</param>
/// <param name="Caveats">What goes with the figures.</param>
public sealed record ExportHead(
    AgreementId Agreement, string Title, bool IsExercise, long Count, DateTimeOffset? RecordedAt, string Origin, string? Root, CountingMethod Method, string? Licence, IReadOnlyList<string> Caveats)
{
    public const string NoLicence = "No licence is stated; ask whoever runs this ledger.";

    /// <summary>One line that a footnote takes.</summary>
    public string Citation => string.Create(
        CultureInfo.InvariantCulture,
        $"{Title} ({Agreement}){(IsExercise ? ", an exercise" : "")}: ledger {Origin}, first {Count} events{(Root is null ? "" : $", root {Root}")}");

    /// <summary>The same in pairs, for forms that have a place for them: Parquet's metadata, a sheet.</summary>
    public IReadOnlyList<(string Name, string Value)> About =>
    [
        ("citation", Citation),
        ("agreement", Agreement.Value),
        ("title", Title),
        ("exercise", IsExercise ? "yes: none of it is real" : "no"),
        ("as_of", Count.ToString(CultureInfo.InvariantCulture)),
        ("recorded_at", RecordedAt is { } at ? Answers.Recorded.Text(at) : ""),
        ("origin", Origin),
        ("root", Root ?? "not in the log yet"),
        ("method", Method.Code()),
        ("licence", Licence ?? NoLicence),
        ("caveats", string.Join(" ", Caveats)),
    ];
}
