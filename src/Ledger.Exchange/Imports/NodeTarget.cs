using System.Text.Json;
using Ledger.Application;
using Ledger.Application.Commands;
using Ledger.Domain;
using Ledger.Domain.Claims;
using Ledger.Domain.Coverage;
using Ledger.Domain.Violations;
using Ledger.EventStore;
using Ledger.Serialization;
using MediatR;

namespace Ledger.Exchange.Imports;

/// <summary>A node in this process: cases go in batches, everything else one by one through the application's pipeline.</summary>
/// <param name="dryRun">True = say what would come of it and store nothing.</param>
public sealed class NodeTarget(IMediator mediator, Principal principal, string? correlation = null, bool dryRun = false) : IImportTarget
{
    /// <summary>The namespace of command ids that follow from what a row says (RFC 9562 §6.6). Made once, kept for ever.</summary>
    private static readonly Guid Namespace = new("3f0d7f0e-52a5-5d0f-8a43-6f5a0c3f9b1e");

    private Turn _turn = Turn.First();

    /// <summary>Looks for twins of what this target stores.</summary>
    public TwinsCsv Twins { get; } = new(mediator, principal);

    public int BatchSize => 512;

    public int Concurrency => 3;

    public Task<IReadOnlyList<RowOutcome>> RecordAsync(IReadOnlyList<ImportRow> rows, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var turn = _turn;
        _turn = turn.Next();
        return RecordAsync(rows, turn, cancellation);
    }

    private async Task<IReadOnlyList<RowOutcome>> RecordAsync(IReadOnlyList<ImportRow> rows, Turn turn, CancellationToken cancellation)
    {
        var cases = rows.Where(row => row.Command is not null).Select(row => Reported(row.Command!)).ToArray();
        var agreement = cases.Length > 0 ? cases[0].Record.AgreementId : default;
        // Cases first: what a row says of one may stand before it in the same file.
        var outcomes = await mediator.Send(new ReportCases(principal, agreement, cases, correlation, dryRun, turn), cancellation);
        if (cases.Length == rows.Count) return [.. outcomes.Select(Of)];

        var all = new List<RowOutcome>(rows.Count);
        var next = 0;
        foreach (var row in rows) all.Add(row.Entry is Entry.Case ? Of(outcomes[next++]) : await TakeAsync(row.Entry!, cancellation));
        return all;
    }

    private static ReportedCase Reported(ViolationCommand.Record record) => new(record, CanonicalReport.Hash(record));

    private static RowOutcome Of(ReportOutcome outcome) => outcome switch
    {
        ReportOutcome.Recorded => new RowOutcome.Stored(),
        ReportOutcome.Repeated => new RowOutcome.Repeated(),
        ReportOutcome.Revised => new RowOutcome.Revised(),
        ReportOutcome.Refused no => new RowOutcome.Refused(no.Code, no.Message),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private async Task<RowOutcome> TakeAsync(Entry entry, CancellationToken cancellation)
    {
        var sealer = new Sealer();
        return entry switch
        {
            Entry.Figures f => await SendAsync(Streams.Of(f.Of), (ViolationCommand)new ViolationCommand.ReviseCasualties(f.Claim), EntryJson.Write(f), sealer, cancellation),
            Entry.Total c => await SendAsync(
                Streams.Of(c.Record.ClaimId), (ClaimCommand)(c.Record with { Text = Seal(c.Record.Text, "text", sealer) }), EntryJson.Write(c.Record), sealer, cancellation),
            Entry.Coverage v => await SendAsync(Streams.Of(v.Id), Seal(v.Command, sealer), EntryJson.Write(v.Command), sealer, cancellation),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    /// <summary>The id of the command follows from the row: the same row is the same command, whenever it comes.</summary>
    private async Task<RowOutcome> SendAsync<TCommand>(StreamName stream, TCommand command, byte[] json, Sealer sealer, CancellationToken cancellation)
        where TCommand : notnull
    {
        using var body = JsonDocument.Parse(json);
        var hash = CanonicalJson.Hash(body.RootElement);
        var id = DeterministicId.Version5(Namespace, System.Text.Encoding.UTF8.GetBytes($"{principal.Subject}\n{stream}\n{hash}"));
        var execute = new Execute<TCommand>(stream, command, principal, new CommandIdentity(id, HasKey: true, hash, correlation), null, sealer.Done()) { DryRun = dryRun };
        return Of(await mediator.Send(execute, cancellation), command);
    }

    private static RowOutcome Of<TCommand>(CommandOutcome outcome, TCommand command) => outcome switch
    {
        CommandOutcome.Stored { Repeat: Repeat.No } or CommandOutcome.WouldStore => command is ViolationCommand.ReviseCasualties ? new RowOutcome.Revised() : new RowOutcome.Stored(),
        CommandOutcome.Stored => new RowOutcome.Repeated(),
        CommandOutcome.Refused no => new RowOutcome.Refused(no.Why.Code, no.Why.Message),
        CommandOutcome.NotFound when command is ViolationCommand => new RowOutcome.Refused(Codes.UnknownViolation, "There is no such case here: import the file that it comes from first."),
        CommandOutcome.NotFound => new RowOutcome.Refused(Codes.UnknownAgreement, "There is no such agreement."),
        CommandOutcome.TooLarge much => new RowOutcome.Refused("too-large", much.Message),
        CommandOutcome.LostRace => new RowOutcome.Refused("unavailable", "Others kept writing to the same case first; import the file again."),
        var other => throw new System.Diagnostics.UnreachableException(other.GetType().Name),
    };

    private static CoverageCommand Seal(CoverageCommand command, Sealer sealer) =>
        command is CoverageCommand.RecordGap gap ? gap with { Description = Seal(gap.Description, "description", sealer) } : command;

    private static Prose? Seal(Prose? prose, string name, Sealer sealer) => prose is { Text: { } text } ? sealer.Text(name, text) : prose;
}
