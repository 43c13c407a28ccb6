namespace Ledger.Api.Http;

/// <summary>Maps a place to a command: what it takes, what it answers, and how the one becomes the other.</summary>
internal static class CommandRoutes
{
    /// <param name="toCommand">Null where an id in the path names nothing.</param>
    public static RouteHandlerBuilder MapCommand<TRequest, TCommand>(
        this IEndpointRouteBuilder routes, string pattern, Func<Call<TRequest>, Target<TCommand>?> toCommand, bool creates = false)
        where TRequest : class
        where TCommand : notnull =>
        routes.MapPost(pattern, (HttpContext context, Commands commands) => commands.HandleAsync(context, toCommand))
            .Accepts<TRequest>(Body.Json)
            .Describe<Receipt>(creates);

    /// <summary>What every command may answer, for the API's description.</summary>
    public static RouteHandlerBuilder Describe<TReceipt>(this RouteHandlerBuilder route, bool creates)
        where TReceipt : Receipt
    {
        if (creates) route.Produces<TReceipt>(StatusCodes.Status201Created);
        return route.Produces<TReceipt>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status412PreconditionFailed)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
            .ProducesProblem(StatusCodes.Status428PreconditionRequired)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }
}
