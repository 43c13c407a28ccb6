namespace Ledger.Api;

/// <summary>Everything that can be asked through HTTP.</summary>
internal static class Reads
{
    public static IServiceCollection AddReads(this IServiceCollection services) => services;

    public static IEndpointRouteBuilder MapReads(this IEndpointRouteBuilder app) => app;
}
