using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Ledger.Application;
using Ledger.Application.Commands;
using Ledger.Domain;
using Ledger.EventStore;
using Ledger.Exchange.Imports;
using Ledger.Serialization;
using MediatR;

namespace Ledger.Exchange.Simulation;

/// <summary>What came of playing a simulated mission into a ledger.</summary>
/// <param name="Cases">Cases recorded, now or before.</param>
public sealed record SimulationResult(
    long Steps, long Cases, long Stored, long Repeated, IReadOnlyDictionary<string, long> Refused, TimeSpan Elapsed);

/// <summary>Plays a simulated mission through a node's own commands, each act as whoever does it.</summary>
/// <remarks>Acts on one case go one after the other, cases side by side; an act that needs another case waits for it. Playing it again stores nothing new.</remarks>
public sealed class SimulationRunner(IMediator mediator)
{
    private const int WindowSize = 2_048;

    private static readonly Guid Namespace = new("c1b7f9aa-6d0e-5a52-9f0b-5e1d3a7c4d11");
    private static readonly ParallelOptions SideBySide = new() { MaxDegreeOfParallelism = 256 };

    /// <param name="progress">Rows are acts here.</param>
    public async Task<SimulationResult> RunAsync(SimulatedMission mission, IProgress<ImportProgress>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(mission);
        var tally = new Tally();
        foreach (var step in mission.Founding()) await SendAsync(mission, step, tally, cancellation);
        foreach (var window in Windows(mission.Steps()))
        {
            cancellation.ThrowIfCancellationRequested();
            await Parallel.ForEachAsync(window.Values, SideBySide, async (stream, _) =>
            {
                foreach (var step in stream) await SendAsync(mission, step, tally, cancellation);
            });
            progress?.Report(tally.Now(mission.Violations));
        }

        return tally.Done();
    }

    /// <summary>Acts that may run side by side, by subject.</summary>
    private static IEnumerable<Dictionary<StreamName, List<SimulatedStep>>> Windows(IEnumerable<SimulatedStep> steps)
    {
        var window = new Dictionary<StreamName, List<SimulatedStep>>();
        var size = 0;
        foreach (var step in steps)
        {
            var needs = (step as SimulatedStep.OnViolation)?.DependsOn;
            if (size >= WindowSize || (needs is { } other && window.ContainsKey(Streams.Of(other))))
            {
                yield return window;
                (window, size) = ([], 0);
            }

            var stream = StreamOf(step);
            if (!window.TryGetValue(stream, out var list)) window[stream] = list = [];
            list.Add(step);
            size++;
        }

        if (size > 0) yield return window;
    }

    private async Task SendAsync(SimulatedMission mission, SimulatedStep step, Tally tally, CancellationToken cancellation)
    {
        var outcome = step switch
        {
            SimulatedStep.OnAgreement s => await mediator.Send(Command(mission, s, s.Command, null), cancellation),
            SimulatedStep.OnViolation s => await mediator.Send(Command(mission, s, s.Command, s.IfMatch), cancellation),
            SimulatedStep.OnCoverage s => await mediator.Send(Command(mission, s, s.Command, null), cancellation),
            SimulatedStep.OnClaim s => await mediator.Send(Command(mission, s, s.Command, null), cancellation),
            _ => throw new UnreachableException(),
        };
        tally.Count(step, outcome);
    }

    private static Execute<TCommand> Command<TCommand>(SimulatedMission mission, SimulatedStep step, TCommand command, long? ifMatch)
        where TCommand : notnull
    {
        // An act is all that seed, size and its key say: their canonical JSON stands for its content.
        var content = Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $$"""{"agreement":"{{mission.Agreement}}","seed":{{mission.Seed}},"step":"{{step.Key}}","violations":{{mission.Violations}}}"""));
        var identity = new CommandIdentity(
            DeterministicId.Version5(Namespace, content), HasKey: true, Base64Url.EncodeToString(SHA256.HashData(content)), "simulation");
        var principal = new Principal(
            new KeyId("machine"), step.Actor.Subject, new[] { step.Actor.Role }.ToFrozenSet(), step.Actor.Party, Values<AgreementId>.None);
        return new Execute<TCommand>(StreamOf(step), command, principal, identity, ifMatch, Sealed.Nothing);
    }

    private static StreamName StreamOf(SimulatedStep step) => step switch
    {
        SimulatedStep.OnAgreement s => Streams.Of(s.Agreement),
        SimulatedStep.OnViolation s => Streams.Of(s.Violation),
        SimulatedStep.OnCoverage s => Streams.Of(s.Coverage),
        SimulatedStep.OnClaim s => Streams.Of(s.Claim),
        _ => throw new UnreachableException(),
    };

    private sealed class Tally
    {
        private readonly long _started = Stopwatch.GetTimestamp();
        private readonly ConcurrentDictionary<string, long> _refused = new(StringComparer.Ordinal);
        private long _steps;
        private long _cases;
        private long _stored;
        private long _repeated;

        public void Count(SimulatedStep step, CommandOutcome outcome)
        {
            Interlocked.Increment(ref _steps);
            switch (outcome)
            {
                case CommandOutcome.Stored { Repeat: Repeat.No }: Interlocked.Increment(ref _stored); break;
                case CommandOutcome.Stored: Interlocked.Increment(ref _repeated); break;
                case CommandOutcome.Refused no: _refused.AddOrUpdate(no.Why.Code, 1, (_, n) => n + 1); return;
                case CommandOutcome.StaleRevision: _refused.AddOrUpdate("stale-revision", 1, (_, n) => n + 1); return;
                case CommandOutcome.NotFound: _refused.AddOrUpdate("not-found", 1, (_, n) => n + 1); return;
                case CommandOutcome.KeyReused: _refused.AddOrUpdate("idempotency-key-reused", 1, (_, n) => n + 1); return;
                default: _refused.AddOrUpdate("unavailable", 1, (_, n) => n + 1); return;
            }

            if (step is SimulatedStep.OnViolation { Command: Domain.Violations.ViolationCommand.Record }) Interlocked.Increment(ref _cases);
        }

        public ImportProgress Now(int violations)
        {
            var (steps, cases) = (Interlocked.Read(ref _steps), Interlocked.Read(ref _cases));
            var elapsed = Stopwatch.GetElapsedTime(_started);
            double? done = violations > 0 ? (double)cases / violations : null;
            return new ImportProgress(steps, steps / Math.Max(elapsed.TotalSeconds, 1e-6), done, done is > 0.01 and < 1 ? elapsed * ((1 - done.Value) / done.Value) : null);
        }

        public SimulationResult Done() => new(
            _steps, _cases, _stored, _repeated, _refused.OrderBy(pair => pair.Key, StringComparer.Ordinal).ToDictionary(), Stopwatch.GetElapsedTime(_started));
    }
}
