using Ledger.Application;
using Microsoft.AspNetCore.Authorization;

namespace Ledger.Api.Http;

/// <summary>What an endpoint is for, in the words of the table of permissions.</summary>
internal sealed record Asked(Act Act);

/// <summary>Ties endpoints to the table of permissions: one that isn't tied isn't served.</summary>
internal static class Asking
{
    /// <summary>Says which act the endpoint, or each of a group, is for.</summary>
    public static TBuilder Needs<TBuilder>(this TBuilder builder, Act act)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.Add(endpoint => endpoint.Metadata.Add(new Asked(act)));
        return builder;
    }

    /// <exception cref="InvalidOperationException">An endpoint under /api says neither what it is for nor that it is open to everybody.</exception>
    public static void RequireActs(this IEndpointRouteBuilder app)
    {
        var untied = app.DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText is { } text && ("/" + text.TrimStart('/')).StartsWith("/api", StringComparison.OrdinalIgnoreCase))
            .Where(endpoint => endpoint.Metadata.GetMetadata<Asked>() is null && endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null)
            .Select(endpoint => endpoint.RoutePattern.RawText)
            .ToArray();
        if (untied.Length > 0)
            throw new InvalidOperationException($"Nobody has said who may ask for {string.Join(", ", untied)}: add .Needs(Act.…), and the act's row in Permissions where it is new.");
    }
}
