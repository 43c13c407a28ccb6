using Ledger.Application;
using Ledger.Application.Books;
using Ledger.Application.Commands;
using Ledger.Application.Queries;
using Ledger.Domain.Access;
using Ledger.Domain.Agreements;
using Ledger.Domain.Claims;
using Ledger.Domain.Coverage;
using Ledger.Domain.Violations;
using Ledger.EventStore;
using Ledger.EventStore.Vault;
using Ledger.Projections;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace Ledger.Node;

/// <summary>What MediatR hands out: one closed handler a family of commands (open generic ones fail with it), and every query's.</summary>
internal static class NodeServices
{
    public static ServiceProvider Build(IEventStore store, IVault vault, LedgerView view, LedgerClock clock, TimeProvider time, byte[] hashingKey)
    {
        var services = new ServiceCollection();
        // The node owns these and ends them in its own order; a provider doesn't dispose instances that it was given.
        services.AddSingleton(store).AddSingleton(vault).AddSingleton(view).AddSingleton(clock).AddSingleton(time);
        services.AddSingleton<HistoryReader>().AddSingleton<AgreementCache>().AddSingleton<Erasure>();
        services.AddSingleton<Disclosures>().AddSingleton<ReadPoints>().AddSingleton<EventFeed>().AddSingleton<Blurs>().AddSingleton(new CursorSeal(hashingKey));
        services.AddSingleton<IMediator>(provider => new Mediator(type => provider.GetService(type)!));

        Add<AgreementBook, AgreementCommand, AgreementState, AgreementEvent>(services);
        Add<ViolationBook, ViolationCommand, ViolationState, ViolationEvent>(services);
        Add<CoverageBook, CoverageCommand, CoverageState, CoverageEvent>(services);
        Add<ClaimBook, ClaimCommand, ClaimState, ClaimEvent>(services);
        Add<AccessBook, AccessCommand, KeyState, AccessEvent>(services);
        Add<AccountBook, AccountCommand, AccountState, AccountEvent>(services);
        Add<WebhookBook, WebhookCommand, WebhookState, WebhookEvent>(services);
        Add<ReadingBook, ReadingCommand, ReadingState, ReadingEvent>(services);
        AddQueries(services);
        return services.BuildServiceProvider();
    }

    private static void Add<TBook, TCommand, TState, TEvent>(ServiceCollection services)
        where TBook : Book<TCommand, TState, TEvent>
        where TCommand : notnull
        where TState : class
        where TEvent : notnull
    {
        services.AddSingleton<Book<TCommand, TState, TEvent>, TBook>();
        services.AddSingleton<IRequestHandler<Execute<TCommand>, CommandOutcome>, ExecuteHandler<TCommand, TState, TEvent>>();
        // In this order they wrap the handler: a trace around everything, a retry around each try.
        services.AddSingleton<IPipelineBehavior<Execute<TCommand>, CommandOutcome>, Trace<TCommand>>();
        services.AddSingleton<IPipelineBehavior<Execute<TCommand>, CommandOutcome>, Retry<TCommand>>();
    }

    private static void AddQueries(ServiceCollection services)
    {
        foreach (var type in typeof(HistoryReader).Assembly.GetTypes().Where(type => type is { IsClass: true, IsAbstract: false, IsGenericTypeDefinition: false }))
        {
            var handled = type.GetInterfaces().Where(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IRequestHandler<,>));
            foreach (var contract in handled) services.AddSingleton(contract, type);
        }
    }
}
