using System.Collections.Concurrent;
using System.Net;
using Ledger.Api.Hosting;
using Ledger.Application;
using Ledger.Domain;

namespace Ledger.Api.Http;

/// <summary>Says that an endpoint's answers may last: feeds, batches. So many may be open at once.</summary>
internal sealed record Lasting;

/// <summary>Keeps the many who ask for nothing of theirs, and those who hold on to what they asked for, from being in everybody's way.</summary>
internal sealed class Crowd(RequestDelegate next, LedgerSettings settings, TimeProvider time)
{
    private readonly AddressRates _strangers = new(settings.Limits.StrangersPerSecond, time);

    public Task InvokeAsync(HttpContext context)
    {
        // Whoever brings a key is counted by that, and by failed sign-ins where it is none; a form of the dashboard comes from inside.
        if (context.Request.Headers.Authorization.Count > 0 || context.Features.Get<Principal>() is not null) return next(context);
        return _strangers.Take(FailedSignIns.Group(context.Connection.RemoteIpAddress))
            ? next(context)
            : Problem.TooManyRequests(1, "Too many requests come from your address without a key.").ExecuteAsync(context);
    }
}

/// <summary>Behind the gate: how many lasting requests a key, and everybody together, may have open.</summary>
internal sealed class LastingRequests(RequestDelegate next, LedgerSettings settings)
{
    private readonly ConcurrentDictionary<KeyId, int> _open = new();
    private int _all;

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<Lasting>() is null || context.Features.Get<Principal>() is not { } principal)
        {
            await next(context);
            return;
        }

        if (Enter(principal.KeyId) is { } problem)
        {
            await problem.ExecuteAsync(context);
            return;
        }

        try
        {
            await next(context);
        }
        finally
        {
            Leave(principal.KeyId);
        }
    }

    private Problem? Enter(KeyId key)
    {
        if (Interlocked.Increment(ref _all) > settings.Limits.Streams)
        {
            Interlocked.Decrement(ref _all);
            return Problem.Unavailable("So many feeds are open here that another would slow all of them; ask another node, or again in a while.") with { RetryAfter = 10 };
        }

        if (_open.AddOrUpdate(key, 1, (_, open) => open + 1) <= settings.Limits.StreamsPerKey) return null;
        Leave(key);
        return Problem.TooManyRequests(10, $"A key may have {settings.Limits.StreamsPerKey} feeds, batches and exports open at once.");
    }

    private void Leave(KeyId key)
    {
        Interlocked.Decrement(ref _all);
        var left = _open.AddOrUpdate(key, 0, (_, open) => open - 1);
        if (left == 0) _open.TryRemove(KeyValuePair.Create(key, 0));
    }
}

/// <summary>A bucket of requests an address: a second's worth, refilled as time goes by.</summary>
internal sealed class AddressRates(int perSecond, TimeProvider time)
{
    private const int MostAddresses = 50_000;

    private readonly ConcurrentDictionary<IPAddress, Bucket> _buckets = new();

    public bool Take(IPAddress address)
    {
        if (perSecond == 0) return true;
        // Whoever comes from many addresses at once finds everybody's bucket full again, no more.
        if (_buckets.Count >= MostAddresses) _buckets.Clear();
        return _buckets.GetOrAdd(address, _ => new Bucket(perSecond, time.GetTimestamp())).Take(perSecond, time);
    }
}

/// <summary>Ways to say so of an endpoint.</summary>
internal static class LastingRoutes
{
    /// <summary>Its answers last, so they are counted while they do.</summary>
    public static TBuilder Lasts<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.Add(endpoint => endpoint.Metadata.Add(new Lasting()));
        return builder;
    }
}
