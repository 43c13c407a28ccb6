using System.Net;
using System.Text.Json.Nodes;
using Ledger.Application;
using Ledger.Application.Queries;
using Ledger.Domain;
using Ledger.Projections;
using MediatR;
using Microsoft.AspNetCore.Http;

namespace Ledger.Dashboard.Hosting;

/// <summary>What the program hands to its dashboard: questions, who signed in, and the way of a form into the history.</summary>
/// <remarks>A port, so that this room knows neither stores nor HTTP's commands; Ledger.Api is behind it.</remarks>
public interface ILedgerProgram
{
    IMediator Mediator { get; }

    LedgerView View { get; }

    ReadPoints Points { get; }

    /// <summary>How the ledger is: for the foot of every page.</summary>
    LedgerStanding Standing { get; }

    /// <summary>The transparency log as its public page shows it.</summary>
    ValueTask<Audit.LogPicture> LogAsync(CancellationToken cancellation);

    /// <summary>Signs in with the text of an API key. Failed tries count against the address, as at the API.</summary>
    SignInOutcome SignIn(string key, IPAddress? address);

    /// <summary>Whoever a session is of, while its key and the secret that began it still hold; null once they are revoked, replaced or have expired.</summary>
    Principal? Holder(KeyId key, int secret);

    /// <summary>True where people sign in with an account of the operator's issuer as well.</summary>
    bool TakesAccounts { get; }

    /// <summary>Whoever an account's session is of; null once it is over.</summary>
    /// <param name="kept">What the program gave the session to carry.</param>
    Principal? AccountHolder(string kept);

    /// <summary>When each secret of each key was last used, to the hour.</summary>
    IReadOnlyDictionary<(KeyId Key, int Secret), DateTimeOffset> KeyUse();

    /// <summary>Accounts that were lately seen or that something was ended of.</summary>
    IReadOnlyList<SeenAccount> Accounts();

    /// <summary>What the text of a key begins with; null where its operator chose the text.</summary>
    string? KeyPrefix(KeyId key, int secret);

    /// <summary>Sends a command as the API would take it: the same path, the same body, the same checks, the same answer.</summary>
    Task<Submission> SubmitAsync(HttpContext from, Command command);

    /// <summary>What the API answers to a question, for answers that no query of the application gives; null where it doesn't answer 200.</summary>
    /// <param name="path">Under /api/v1, with its query.</param>
    Task<JsonObject?> AskAsync(HttpContext from, string path);

    /// <summary>What a file to import may be.</summary>
    IReadOnlyList<string> ImportFormats { get; }
}

/// <summary>An account of the operator's issuer, as far as the ledger knows it: a pseudonym.</summary>
/// <param name="Roles">Codes of the roles in which it was seen last; none where it wasn't seen lately.</param>
/// <param name="SeenAt">The hour; null where it wasn't lately.</param>
/// <param name="EndedAt">When all that it held was last ended; null where it never was.</param>
/// <param name="BlockedAt">Null while it may sign in.</param>
public sealed record SeenAccount(
    Subject Subject, IReadOnlyList<string> Roles, string? PartyId, DateTimeOffset? SeenAt, DateTimeOffset? EndedAt, DateTimeOffset? BlockedAt);

/// <param name="Count">Events that pages cover.</param>
/// <param name="Sealed">Events under the newest signed head; null before the first.</param>
/// <param name="Origin">The log's name.</param>
/// <param name="TakesCommands">False while the ledger is read-only or has found something wrong with itself.</param>
public sealed record LedgerStanding(long Count, long? Sealed, DateTimeOffset? SealedAt, string Origin, bool TakesCommands);

/// <summary>What came of a key at the door.</summary>
/// <param name="Code">Why not, as the API says it (unauthenticated, too-many-requests, unavailable); null where it is let in.</param>
/// <param name="ExpiresAt">When the key itself ends, if ever.</param>
public sealed record SignInOutcome(Principal? Principal, string? Code, DateTimeOffset? ExpiresAt = null);

/// <summary>A command on its way to the API's own endpoint.</summary>
/// <param name="Path">Under /api/v1, such as <c>/violations/{id}/replies</c>.</param>
/// <param name="Revision">What the decision was taken on; null for what isn't a decision.</param>
/// <param name="Key">The form's own: whoever clicks twice stores once.</param>
public sealed record Command(string Path, JsonObject Body, long? Revision, string Key)
{
    /// <summary>A file that comes beside the body, sent as the API's multipart; null for all others.</summary>
    public IFormFile? File { get; init; }

    /// <summary>DELETE for what is taken back.</summary>
    public string Method { get; init; } = HttpMethods.Post;

    /// <summary>Parts of a multipart body instead of <see cref="Body"/>: fields and files as the API names them.</summary>
    public IReadOnlyList<(string Name, string? Text, IFormFile? File)>? Parts { get; init; }
}

/// <summary>What the API answered.</summary>
/// <param name="Code">Of a refusal; null where it was stored.</param>
/// <param name="Detail">For people, in English; pages say it in their own language where they know the code.</param>
/// <param name="Errors">JSON Pointer into the body → message.</param>
public sealed record Submission(
    int Status, string? Code, string? Detail, IReadOnlyDictionary<string, string> Errors, long? CurrentRevision, JsonObject? Answer)
{
    public bool IsStored => Status is StatusCodes.Status200OK or StatusCodes.Status201Created;
}
