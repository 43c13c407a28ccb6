using System.Text.Json.Serialization;

namespace Ledger.Api.Imports;

/// <summary>What was handed in, as the job's stream keeps it. The file's own name isn't kept: it may name people.</summary>
/// <param name="Sha256">Of the file.</param>
/// <param name="By">The subject that handed it in; what it brings is recorded by a machine.</param>
internal sealed record ImportAsked(
    Guid ImportId, string AgreementId, string By, string Format, string Extension, string Sha256, long Size, bool DryRun,
    string? Version, string? Encoding, char? Delimiter, string? Sheet, IReadOnlyDictionary<string, string> Parties, bool HasMapping, DateTimeOffset At);

/// <summary>How far a job is, as its stream keeps it: a node that starts again goes on behind the line.</summary>
/// <param name="ErrorsLength">How long the file of errors was then: what stands behind it is written anew.</param>
internal sealed record ImportReached(
    long Line, long Rows, long Stored, long Revised, long Repeated, IReadOnlyDictionary<string, long> Refused, long Malformed,
    IReadOnlyDictionary<string, long> Skipped, long ErrorsLength)
{
    /// <summary>New cases that may be there already, told by somebody else; known at the end.</summary>
    public long Twins { get; init; }

    public static readonly ImportReached Nothing = new(0, 0, 0, 0, 0, new Dictionary<string, long>(), 0, new Dictionary<string, long>(), 0);
}

/// <summary>Why a job ended without its end.</summary>
internal sealed record ImportFailed(string Message);

/// <summary>An import as it stands.</summary>
/// <param name="State">waiting, running, finished, or failed: then message says why, and what was stored stays.</param>
/// <param name="Rows">Rows settled so far.</param>
/// <param name="Stored">Rows that brought something new; in a dry run those that would.</param>
/// <param name="Revised">Rows whose source says something else than before.</param>
/// <param name="Repeated">Rows that had been stored before.</param>
/// <param name="Refused">Rows that aren't in the ledger, whatever the reason; errors lists them.</param>
/// <param name="RefusedBy">How many of them by which code; malformed = it can't be read.</param>
/// <param name="SkippedBy">Rows that the mapping passes over, by its reason.</param>
/// <param name="Fraction">Of the file, 0 to 1, where this node runs the job.</param>
/// <param name="Errors">Where the CSV of refused rows is; null while there are none.</param>
/// <param name="PossibleDuplicates">New cases that may be there already, told by somebody else: known at the end, nothing is merged.</param>
/// <param name="Duplicates">Where the CSV of them is; null where there are none.</param>
internal sealed record ImportAnswer(
    Guid ImportId, string AgreementId, string State, string Format, bool DryRun, long Rows, long Stored, long Revised, long Repeated, long Refused,
    IReadOnlyDictionary<string, long> RefusedBy, IReadOnlyDictionary<string, long> SkippedBy, double? Fraction, double? RowsPerSecond, string? Message, string? Errors, long PossibleDuplicates, string? Duplicates, DateTimeOffset RecordedAt);

internal sealed record ImportList(IReadOnlyList<ImportAnswer> Items, string? NextCursor);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ImportAsked))]
[JsonSerializable(typeof(ImportReached))]
[JsonSerializable(typeof(ImportFailed))]
[JsonSerializable(typeof(ImportAnswer))]
[JsonSerializable(typeof(ImportList))]
internal sealed partial class ImportJson : JsonSerializerContext;
