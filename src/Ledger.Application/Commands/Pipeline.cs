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
    private static readonly Meter Meter = new(Name);

    internal static readonly Counter<long> Commands = Meter.CreateCounter<long>(
        "ledger.commands", description: "Commands by kind and outcome.");

    internal static readonly Histogram<double> Duration = Meter.CreateHistogram<double>(
        "ledger.command.duration", unit: "s", description: "From the pipeline's entry to its answer.");
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
        var outcome = "failed";
        try
        {
            var result = await next();
            outcome = result is CommandOutcome.Refused no ? no.Why.Code : result.GetType().Name;
            return result;
        }
        finally
        {
            span?.SetTag("outcome", outcome);
            Telemetry.Commands.Add(1, new("command", kind), new("outcome", outcome));
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
