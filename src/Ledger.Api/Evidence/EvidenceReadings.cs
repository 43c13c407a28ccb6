using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using Ledger.Api.Http;
using Ledger.Api.Reading;
using Ledger.Application;
using Ledger.Application.Commands;
using Ledger.Domain;
using Ledger.Domain.Access;
using Ledger.Exchange.Answers;
using Ledger.Projections;
using Ledger.Serialization;

namespace Ledger.Api.Evidence;

/// <summary>Notes in the ledger who reads a file, before they get a byte of it: an event for each subject, file and hour.</summary>
/// <remarks>
/// A player asks for a film in hundreds of ranges, and a page is loaded again: one event an hour says as much as a thousand. What can't be noted
/// isn't handed over. Where the program dies in between, the ledger says that somebody read what they didn't get, never the other way round.
/// </remarks>
internal sealed class EvidenceReadings(Http.Commands commands, TimeProvider time)
{
    /// <summary>Why the file isn't handed over; null where it is.</summary>
    public async Task<Problem?> NoteAsync(Principal reader, KeptFile file)
    {
        if (commands.Closed() is { } closed) return closed;
        var stream = Streams.OfReading(reader.Subject, file.Agreement, file.Sha256);
        var hour = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH", CultureInfo.InvariantCulture);
        var command = DeterministicId.Version5(Guid.ParseExact(stream.Value[^36..], "D"), Encoding.UTF8.GetBytes(hour));
        var note = new ReadingCommand.Note(file.Agreement, file.Sha256, file.Violations, file.IsOriginal);
        var outcome = await commands.Node.Mediator.Send(
            new Execute<ReadingCommand>(stream, note, reader, new CommandIdentity(command, HasKey: true, hour), null, Sealed.Nothing), CancellationToken.None);
        return Receipts.ProblemOf(outcome);
    }
}

/// <summary>Somebody's reading of a file of evidence.</summary>
/// <param name="Sequence">Of the event that says so.</param>
/// <param name="AgreementId">The agreement that opened the file to them.</param>
/// <param name="ViolationIds">The cases of that agreement in which it had been handed in by then.</param>
/// <param name="Original">False for a working copy.</param>
/// <param name="By">The reader's pseudonym.</param>
/// <param name="Role">The first of the reader's roles that let them.</param>
/// <param name="At">The first time in that hour.</param>
internal sealed record EvidenceReadingAnswer(
    long Sequence, string Sha256, string AgreementId, IReadOnlyList<Guid> ViolationIds, bool Original, string By, string Role, string? PartyId,
    [property: JsonConverter(typeof(Recorded))] DateTimeOffset At)
{
    public static EvidenceReadingAnswer Of(EvidenceReading reading) => new(
        reading.Sequence, reading.Sha256, reading.Agreement.Value, [.. reading.Violations.Select(id => id.Value)], reading.IsOriginal,
        reading.By.Subject.Value, reading.By.Role.Code(), reading.By.Party?.Value, reading.At);
}

/// <summary>Who read what, for administrators and auditors.</summary>
internal static class EvidenceReadingReads
{
    private const string List = "evidence-readings";

    public static void MapEvidenceReadings(this IEndpointRouteBuilder api) => api.MapGroup("/evidence-readings").WithTags("Evidence").MapGet("", ListAsync).Needs(Act.ReadOperatorsActs);

    private static Task<IResult> ListAsync(HttpContext context, Reader reader)
    {
        var query = new QueryReader(context.Request, "sha256", "agreement", "violation", "subject", "limit", "cursor");
        var (limit, cursor, asked) = (query.Limit(), CursorIn(query), Filter.Of(query));
        return reader.AtAsync(context, query, null, count =>
        {
            if (!context.Principal().May(Act.ReadOperatorsActs)) return Task.FromResult<IResult>(Problem.NotAllowed("Who read what is told to administrators and auditors."));
            var (pinned, before) = cursor ?? (count, count);
            var rest = reader.View.EvidenceReadings(before).Where(asked.Holds).Take(limit + 1).ToArray();
            var page = rest.Length > limit ? rest[..limit] : rest;
            var next = rest.Length > limit ? new Cursor(List, pinned, page[^1].Sequence.ToString(CultureInfo.InvariantCulture)).Encode() : null;
            return Task.FromResult(Reader.Answer(context, new ListAnswer<EvidenceReadingAnswer>([.. page.Select(EvidenceReadingAnswer.Of)], next), ReadJson.Plain.ListAnswerEvidenceReadingAnswer, pinned));
        });
    }

    private static (long Count, long Before)? CursorIn(QueryReader query)
    {
        if (query.One("cursor") is not { } text) return null;
        if (Cursor.Parse(text) is { List: List } cursor && long.TryParse(cursor.Place, NumberStyles.None, CultureInfo.InvariantCulture, out var before)) return (cursor.Count, before);
        query.Fault("cursor", "It isn't a cursor of this list.");
        return null;
    }

    private sealed record Filter(string? Sha256, string? Agreement, string? Violation, string? Subject)
    {
        public static Filter Of(QueryReader query) => new(query.One("sha256"), query.One("agreement"), query.One("violation"), query.One("subject"));

        public bool Holds(EvidenceReading reading) =>
            (Sha256 is null || reading.Sha256 == Sha256)
            && (Agreement is null || reading.Agreement.Value == Agreement)
            && (Violation is null || reading.Violations.Any(id => id.ToString() == Violation))
            && (Subject is null || reading.By.Subject.Value == Subject);
    }
}
