using System.Text.Json;
using Ledger.Application;
using Ledger.Application.Commands;
using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.Serialization;
using MediatR;

namespace Ledger.Exchange.Imports;

/// <summary>A node in this process: each row is one command through the application's pipeline.</summary>
/// <remarks>Many commands are under way at once, because those that wait for the disk together share its flush.</remarks>
public sealed class NodeTarget(IMediator mediator, Principal principal, string? correlation = null) : IImportTarget
{
    public int BatchSize => 128;

    public int Concurrency => 4;

    public async Task<IReadOnlyList<RowOutcome>> RecordAsync(IReadOnlyList<ImportRow> rows, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return await Task.WhenAll(rows.Select(row => RecordAsync(row.Command!, cancellation)));
    }

    private async Task<RowOutcome> RecordAsync(ViolationCommand.Record record, CancellationToken cancellation) =>
        await mediator.Send(Prepare(record, principal, correlation), cancellation) switch
        {
            CommandOutcome.Stored { Repeat: Repeat.No } => new RowOutcome.Stored(),
            CommandOutcome.Stored => new RowOutcome.Repeated(),
            CommandOutcome.Refused no => new RowOutcome.Refused(no.Why.Code, no.Why.Message),
            CommandOutcome.NotFound => new RowOutcome.Refused(Codes.UnknownAgreement, "There is no such agreement."),
            CommandOutcome.TooLarge much => new RowOutcome.Refused("too-large", much.Message),
            CommandOutcome.LostRace => new RowOutcome.Refused("unavailable", "Others kept writing to the same case first; import the file again."),
            var other => throw new System.Diagnostics.UnreachableException(other.GetType().Name),
        };

    /// <summary>The command with its hash and its long texts sealed. Its id is fresh: the client-chosen violation id is what makes a repeat.</summary>
    public static Execute<ViolationCommand> Prepare(ViolationCommand.Record record, Principal principal, string? correlation)
    {
        ArgumentNullException.ThrowIfNull(record);
        using var body = JsonDocument.Parse(ViolationJson.Write(record));
        var identity = new CommandIdentity(Guid.CreateVersion7(), false, CanonicalJson.Hash(body.RootElement, "confidential"), correlation);
        var sealer = new Sealer();
        var command = record with { Report = Seal(record.Report, sealer) };
        return new Execute<ViolationCommand>(Streams.Of(record.ViolationId), command, principal, identity, null, sealer.Done());
    }

    private static Report Seal(Report report, Sealer sealer) => report with
    {
        Narrative = report.Narrative is { Text: { } narrative } ? sealer.Text("narrative", narrative) : report.Narrative,
        Observation = report.Observation is { Description.Text: { } description } observation
            ? observation with { Description = sealer.Text("description", description) }
            : report.Observation,
    };
}
