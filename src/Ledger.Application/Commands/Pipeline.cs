using System.Diagnostics;
using System.Diagnostics.Metrics;
using Ledger.EventStore;
using MediatR;
using Polly;
using Polly.Retry;

namespace Ledger.Application.Commands;

/// <summary>What operators watch of commands.</summary>
public static class Telemetry
{
    public const string Name = "Ledger.Application";

    internal static readonly ActivitySource Source = new(Name);

    /// <summary>The steps of a command, as spans within its own: where the time goes, and, for tests, where a process may die.</summary>
    internal static Activity? Step(string name) => Source.StartActivity(name);

    private static readonly Meter Meter = new(Name);

    internal static readonly Counter<long> Commands = Meter.CreateCounter<long>(
        "ledger.commands", unit: "{command}", description: "Commands by kind, outcome and, where a rule refused, its code.");

    internal static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "ledger.command.duration", unit: "s", description: "From the pipeline's entry to its answer.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] });

    /// <summary>Every outcome that a figure can carry: few words, so that figures by outcome stay a handful of series.</summary>
    public static IReadOnlyList<string> Outcomes { get; } = ["stored", "repeat", "refused", "conflict", "unknown", "too-large", "checked", "failed"];

    internal static (string Outcome, string? Code) Said(CommandOutcome outcome) => outcome switch
    {
        CommandOutcome.Stored { Repeat: Repeat.No } => ("stored", null),
        CommandOutcome.Stored => ("repeat", null),
        CommandOutcome.Refused no => ("refused", no.Why.Code),
        CommandOutcome.IfMatchRequired => ("refused", "if-match-required"),
        CommandOutcome.KeyReused => ("refused", "idempotency-key-reused"),
        CommandOutcome.StaleRevision or CommandOutcome.LostRace => ("conflict", null),
        CommandOutcome.NotFound => ("unknown", null),
        CommandOutcome.TooLarge => ("too-large", null),
        CommandOutcome.WouldStore => ("checked", null),
        _ => throw new UnreachableException(),
    };
}

/// <summary>Outermost: a span and two figures a command. Names and outcomes only, never content.</summary>
public sealed class Trace<TCommand> : IPipelineBehavior<Execute<TCommand>, CommandOutcome>
    where TCommand : notnull
{
    public async Task<CommandOutcome> Handle(Execute<TCommand> request, CancellationToken cancellationToken, RequestHandlerDelegate<CommandOutcome> next)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(next);
        var kind = request.Command.GetType().Name;
        using var span = Telemetry.Source.StartActivity(kind);
        var started = Stopwatch.GetTimestamp();
        var (outcome, code) = ("failed", (string?)null);
        try
        {
            var result = await next();
            (outcome, code) = Telemetry.Said(result);
            return result;
        }
        finally
        {
            span?.SetTag("outcome", outcome).SetTag("code", code);
            if (outcome == "failed") span?.SetStatus(ActivityStatusCode.Error);
            Telemetry.Commands.Add(1, new("command", kind), new("outcome", outcome), new("code", code ?? ""));
            Telemetry.Duration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, new KeyValuePair<string, object?>("command", kind));
        }
    }
}

/// <summary>Tries a lost race again, and, with the same ids, an append whose outcome is unknown.</summary>
public sealed class Retry<TCommand> : IPipelineBehavior<Execute<TCommand>, CommandOutcome>
{
    private static readonly ResiliencePipeline<CommandOutcome> Pipeline = new ResiliencePipelineBuilder<CommandOutcome>()
        .AddRetry(new RetryStrategyOptions<CommandOutcome>
        {
            // A writer who lost has lost to one who won: with n writers on a case, n tries are enough for everybody.
            ShouldHandle = new PredicateBuilder<CommandOutcome>().HandleResult(outcome => outcome is CommandOutcome.LostRace),
            MaxRetryAttempts = 30,
            Delay = TimeSpan.FromMilliseconds(1),
            MaxDelay = TimeSpan.FromMilliseconds(50),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
        })
        .AddRetry(new RetryStrategyOptions<CommandOutcome>
        {
            ShouldHandle = new PredicateBuilder<CommandOutcome>().Handle<StoreUnavailableException>(),
            MaxRetryAttempts = 2,
            Delay = TimeSpan.FromMilliseconds(100),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
        })
        .Build();

    public Task<CommandOutcome> Handle(Execute<TCommand> request, CancellationToken cancellationToken, RequestHandlerDelegate<CommandOutcome> next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return Pipeline.ExecuteAsync(async _ => await next(), cancellationToken).AsTask();
    }
}
