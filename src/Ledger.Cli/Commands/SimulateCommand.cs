using System.CommandLine;
using System.Globalization;
using Ledger.Cli.Ledgers;
using Ledger.Cli.Output;
using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.Exchange.Imports;
using Ledger.Exchange.Simulation;

namespace Ledger.Cli.Commands;

/// <summary><c>ledger simulate</c>: a made-up mission, for trying things out and for load.</summary>
internal static class SimulateCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var violations = new Option<int>("--violations") { Description = "How many cases", Required = true, HelpName = "N" };
        violations.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 10_000_000) result.AddError("--violations takes a number from 1 to 10,000,000.");
        });
        var seed = new Option<int>("--seed") { Description = "The same seed gives the same mission", DefaultValueFactory = _ => 1, HelpName = "S" };
        var agreement = new Option<string?>("--agreement") { Description = "The id of the exercise agreement that is made (simulated-SEED)", HelpName = "ID" };
        var where = new Where();
        var command = new Command("simulate", "Record a made-up mission: cases, replies, disputes, rulings, corrections, hours watched. Doing it again stores nothing new.") { violations, seed, agreement };
        where.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            AgreementId? id = parsed.GetValue(agreement) is { } text ? Ids.Agreement(text) : null;
            var mission = new SimulatedMission(parsed.GetValue(seed), parsed.GetValue(violations), id);
            await using var ledger = await where.OpenAsync(parsed, create: true, cancellation);
            return ledger is NodeLedger node
                ? await PlayAsync(mission, node, output, error, cancellation)
                : await SendAsync(mission, (ServerLedger)ledger, output, error, cancellation);
        });
        return command;
    }

    private static async Task<int> PlayAsync(SimulatedMission mission, NodeLedger ledger, TextWriter output, TextWriter error, CancellationToken cancellation)
    {
        var result = await ProgressReport.ShowAsync(error, "Simulating", "acts", progress => new SimulationRunner(ledger.Node.Mediator).RunAsync(mission, progress, cancellation));
        await ledger.CatchUpAsync(cancellation);
        var rows = new List<string[]>
        {
            new[] { "cases", Terminal.Figure(result.Cases) },
            new[] { "acts", Terminal.Figure(result.Steps) },
            new[] { "stored", Terminal.Figure(result.Stored) },
            new[] { "stored before", Terminal.Figure(result.Repeated) },
        };
        rows.AddRange(result.Refused.Select(pair => new[] { $"refused: {pair.Key}", Terminal.Figure(pair.Value) }));
        Terminal.Table(output, [mission.Agreement.Value, ""], rows, 1);
        await error.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"{result.Elapsed.TotalSeconds:0.0} s, {result.Steps / Math.Max(0.001, result.Elapsed.TotalSeconds):N0} acts/s"));
        return result.Refused.Count == 0 ? Exit.Ok : Exit.Refused;
    }

    /// <summary>Over HTTP only the records: replies, disputes and rulings come from people with keys of their own, and one key is one person.</summary>
    private static async Task<int> SendAsync(SimulatedMission mission, ServerLedger ledger, TextWriter output, TextWriter error, CancellationToken cancellation)
    {
        if (await ledger.FrameOfAsync(mission.Agreement, cancellation) is null)
        {
            await ledger.RegisterAsync(mission.Register, cancellation);
            foreach (var zone in SimulatedMission.Zones) await ledger.PostAsync($"api/v1/agreements/{mission.Agreement}/zones", AgreementJson.Write(zone), cancellation);
        }

        var records = mission.Steps().OfType<SimulatedStep.OnViolation>().Where(step => step.Command is ViolationCommand.Record)
            .Select((step, i) => ImportRow.Good(i + 1, step.Violation.ToString(), (ViolationCommand.Record)step.Command));
        var sent = 0L;
        var result = await ProgressReport.ShowAsync(error, "Simulating", "cases", progress => new ImportRunner(ledger.Target(mission.Agreement))
            .RunAsync(records.Select(Counting).ToAsyncEnumerable(), progress, () => (double)Interlocked.Read(ref sent) / mission.Violations, cancellation));
        var rows = new List<string[]>
        {
            new[] { "cases", Terminal.Figure(result.Rows) },
            new[] { "stored", Terminal.Figure(result.Stored) },
            new[] { "stored before", Terminal.Figure(result.Repeated) },
        };
        rows.AddRange(result.Refused.Select(pair => new[] { $"refused: {pair.Key}", Terminal.Figure(pair.Value) }));
        Terminal.Table(output, [mission.Agreement.Value, ""], rows, 1);
        await output.WriteLineAsync("Over a server only the records are simulated: replies, disputes and rulings need keys of several people.");
        return result.IsComplete ? Exit.Ok : Exit.Refused;

        ImportRow Counting(ImportRow row)
        {
            Interlocked.Increment(ref sent);
            return row;
        }
    }
}
