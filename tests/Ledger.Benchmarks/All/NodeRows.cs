using System.Buffers.Text;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Ledger.Application;
using Ledger.Application.Commands;
using Ledger.Application.Queries;
using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.EventStore;
using Ledger.Exchange.Simulation;
using Ledger.Node;
using Ledger.Projections;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ledger.Benchmarks.All;

/// <summary>How soon a write is in the picture, asked inside the process: what HTTP, a client and its polling add is left out.</summary>
internal static class NodeRows
{
    private const int Times = 1_000;

    private static readonly Principal Machine = Principal.Machine("bench");

    /// <summary>Milliseconds from the outcome of a command until the picture of all parties counts it, the read included.</summary>
    public static async Task<Spread> VisibleAsync(string directory)
    {
        await using var node = await LedgerNode.StartAsync(new NodeOptions(Path.Combine(directory, "node")), NullLoggerFactory.Instance, CancellationToken.None);
        var mission = new SimulatedMission(seed: 1, Times * 2);
        foreach (var step in mission.Founding().OfType<SimulatedStep.OnAgreement>()) Stored(await node.Mediator.Send(Command(Streams.Of(step.Agreement), step.Command, step.Key)));

        var waits = new List<double>();
        var shown = 0L;
        var records = mission.Steps().OfType<SimulatedStep.OnViolation>().Where(step => step.Command is ViolationCommand.Record);
        foreach (var step in records.Take(Times + (Times / 10)))
        {
            Stored(await node.Mediator.Send(Command(Streams.Of(step.Violation), step.Command, step.Key)));
            var answered = Stopwatch.GetTimestamp();
            while (await RecordedAsync(node, mission.Agreement) == shown) await Task.Yield();
            waits.Add(Stopwatch.GetElapsedTime(answered).TotalMilliseconds);
            shown = await RecordedAsync(node, mission.Agreement);
        }

        // The first ones pay for compiling.
        return Spread.Of(waits[(Times / 10)..]);
    }

    private static async Task<long> RecordedAsync(LedgerNode node, AgreementId agreement) =>
        await node.Mediator.Send(new GetCompliance(Machine, new ComplianceQuery(agreement), node.View.Count)) is ComplianceAnswer.Picture picture
            ? picture.Parties.Sum(party => party.Counts.Recorded)
            : 0;

    private static Execute<TCommand> Command<TCommand>(StreamName stream, TCommand command, string key)
        where TCommand : notnull =>
        new(stream, command, Machine, new CommandIdentity(Guid.CreateVersion7(), HasKey: false, Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(key)))), null, Sealed.Nothing);

    private static void Stored(CommandOutcome outcome)
    {
        if (outcome is not CommandOutcome.Stored) throw new InvalidOperationException($"The command came out as {outcome}.");
    }
}
