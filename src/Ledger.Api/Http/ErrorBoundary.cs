using Ledger.EventStore;
using Ledger.Files;

namespace Ledger.Api.Http;

/// <summary>Outermost: whatever happens inside, the caller gets problem+json and no details of ours.</summary>
internal sealed partial class ErrorBoundary(RequestDelegate next, ILogger<ErrorBoundary> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        SafeHeaders.On(context);
        try
        {
            await next(context);
            if (!context.Response.HasStarted && Bare(context) is { } problem && HasNoBody(context.Response))
                await problem.ExecuteAsync(context);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone; nobody is there to answer.
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            var problem = Of(e);
            if (problem.Status == StatusCodes.Status500InternalServerError) Failed(logger, e, context.Request.Method, context.GetEndpoint()?.DisplayName);
            else if (e is FileStoreException) NotDone(logger, context.Request.Method, context.GetEndpoint()?.DisplayName, e.Message);
            context.Response.Clear();
            await problem.ExecuteAsync(context);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Half an answer is out already: all that is left is to break it off visibly.
            Failed(logger, e, context.Request.Method, context.GetEndpoint()?.DisplayName);
            context.Abort();
        }
    }

    private static Problem Of(Exception e) => e switch
    {
        StoreUnavailableException unavailable => Problem.Unavailable(unavailable.Message),
        FileStoreException => Problem.Unavailable("The store of files can't do this now; send the same again later. /health says what an operator is to do.") with { RetryAfter = 10 },
        StoreFaultException => Problem.ReadOnly("The ledger takes no commands now: its store has lost something; /health says what."),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Problem.TooLarge("The body is too large."),
        BadHttpRequestException bad => Problem.Malformed("The request can't be read.") with { Status = bad.StatusCode },
        _ => Problem.Unexpected(),
    };

    /// <summary>What routing answers with a bare status.</summary>
    private static Problem? Bare(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => Problem.NotFound(),
        StatusCodes.Status405MethodNotAllowed => Problem.MethodNotAllowed(),
        StatusCodes.Status415UnsupportedMediaType => Problem.UnsupportedMediaType(TakenTypes.At(context)),
        _ => null,
    };

    private static bool HasNoBody(HttpResponse response) => response.ContentType is null && response.ContentLength is null or 0;

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Method} {Endpoint} couldn't be done: {What}")]
    private static partial void NotDone(ILogger logger, string method, string? endpoint, string what);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Endpoint} failed.")]
    private static partial void Failed(ILogger logger, Exception e, string method, string? endpoint);
}
