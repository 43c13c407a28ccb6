namespace Ledger.Api;

/// <summary>Everything that enters the history through HTTP.</summary>
internal static class Writes
{
    public static IServiceCollection AddWrites(this IServiceCollection services) => services;

    public static IEndpointRouteBuilder MapWrites(this IEndpointRouteBuilder app) => app;
}
