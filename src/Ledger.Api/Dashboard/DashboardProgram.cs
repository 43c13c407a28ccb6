using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ledger.Api.Http;
using Ledger.Application;
using Ledger.Application.Queries;
using Ledger.Dashboard.Hosting;
using Ledger.Domain;
using Ledger.Node;
using Ledger.Projections;
using MediatR;

namespace Ledger.Api.Dashboard;

/// <summary>This program as its dashboard sees it.</summary>
internal sealed class DashboardProgram(LedgerNode node, SignIn signIn, Access.KeyUse use, Access.AccountUse accounts, Hosting.LedgerSettings settings, TimeProvider time, InnerPipeline inner) : ILedgerProgram
{
    public IMediator Mediator => node.Mediator;

    public LedgerView View => node.View;

    public ReadPoints Points => node.Get<ReadPoints>();

    public LedgerStanding Standing
    {
        get
        {
            var health = node.Health;
            return new LedgerStanding(
                health.Count, health.Sealed?.Size.Value, health.Sealed?.At, node.Origin, health.Status is ViewStatus.Ready or ViewStatus.CatchingUp);
        }
    }

    public ValueTask<Ledger.Dashboard.Audit.LogPicture> LogAsync(CancellationToken cancellation) => LogPictures.OfAsync(node, cancellation);

    public IReadOnlyList<string> ImportFormats => Exchange.Imports.ImportFile.Formats;

    public async Task<JsonObject?> AskAsync(HttpContext from, string path)
    {
        var (status, json) = await inner.SendAsync(from, new Command(path, [], null, "") { Method = HttpMethods.Get });
        return status == StatusCodes.Status200OK ? json : null;
    }

    public SignInOutcome SignIn(string key, IPAddress? address)
    {
        var (principal, problem) = signIn.TryKey(key, FailedSignIns.Group(address));
        return new SignInOutcome(principal, problem?.Code, principal is null ? null : node.View.Key(principal.KeyId)?.EndOf(principal.Secret));
    }

    public Principal? Holder(KeyId key, int secret) => signIn.HolderOf(key, secret);

    public bool TakesAccounts => settings.Oidc?.Client is not null;

    public Principal? AccountHolder(string kept) => signIn.HolderOf(Access.Tokens.AccountSession.HolderOf(kept, settings.Oidc, time.GetUtcNow()));

    public IReadOnlyDictionary<(KeyId Key, int Secret), DateTimeOffset> KeyUse() => use.Read();

    public IReadOnlyList<SeenAccount> Accounts() => Access.AccountReads.All(node, accounts);

    public string? KeyPrefix(KeyId key, int secret) => Access.KeyAnswer.PrefixOf(key, secret);

    public async Task<Submission> SubmitAsync(HttpContext from, Command command)
    {
        var (status, json) = await inner.SendAsync(from, command);
        if (status is StatusCodes.Status200OK or StatusCodes.Status201Created)
            return new Submission(status, null, null, new Dictionary<string, string>(), null, json);
        return new Submission(
            status, json?["code"]?.GetValue<string>() ?? "unexpected", json?["detail"]?.GetValue<string>(),
            json?["errors"] is JsonObject errors ? errors.ToDictionary(error => error.Key, error => error.Value!.GetValue<string>()) : new Dictionary<string, string>(),
            json?["currentRevision"]?.GetValue<long>(), null);
    }
}

/// <summary>Everything that a request meets here, for requests that a form of the dashboard makes inside the process.</summary>
/// <remarks>A form goes the very way of a request from outside, so no rule of the API can be missed and none is written twice.</remarks>
internal sealed class InnerPipeline(IServiceScopeFactory scopes)
{
    private RequestDelegate? _rest;

    /// <summary>Puts itself in front: whatever is mapped behind it is what forms reach.</summary>
    public void Follow(IApplicationBuilder app) => app.Use(next =>
    {
        _rest = next;
        return next;
    });

    public async Task<(int Status, JsonObject? Json)> SendAsync(HttpContext from, Command command)
    {
        await using var scope = scopes.CreateAsyncScope();
        var context = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
        var request = context.Request;
        (request.Method, request.Scheme, request.Host) = (command.Method, from.Request.Scheme, from.Request.Host);
        var path = command.Path.Split('?', 2);
        request.Path = "/api/v1" + path[0];
        if (path.Length == 2) request.QueryString = new QueryString("?" + path[1]);
        if (command.Key.Length > 0) request.Headers["Idempotency-Key"] = command.Key;
        if (command.Revision is { } revision) request.Headers.IfMatch = $"\"{revision}\"";
        await using var body = await WriteBodyAsync(request, command);
        // Whoever signed in to the page is who acts; nothing outside the process can set this.
        context.Features.Set(from.Principal());

        using var answer = new MemoryStream();
        context.Response.Body = answer;
        await _rest!(context);
        await context.Response.CompleteAsync();
        return (context.Response.StatusCode, answer.Length == 0 ? null : JsonNode.Parse(answer.ToArray()) as JsonObject);
    }

    /// <summary>Draws a page into nothing.</summary>
    public async Task GetAsync(string path, Principal viewer, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var context = new DefaultHttpContext { RequestServices = scope.ServiceProvider, RequestAborted = cancellation };
        (context.Request.Method, context.Request.Scheme, context.Request.Host, context.Request.Path) = (HttpMethods.Get, "http", new HostString("localhost"), path);
        context.Features.Set(viewer);
        await _rest!(context);
    }

    /// <returns>The body, to be let go of when all is done.</returns>
    private static async Task<Stream> WriteBodyAsync(HttpRequest request, Command command)
    {
        if (command is { Parts: null, File: null, Body.Count: 0 }) return request.Body = Stream.Null;
        var json = JsonSerializer.SerializeToUtf8Bytes(command.Body);
        if (command is { Parts: null, File: null })
        {
            request.ContentType = "application/json";
            request.ContentLength = json.Length;
            return request.Body = new MemoryStream(json);
        }

        using var parts = new MultipartFormDataContent();
        if (command.File is { } file)
        {
            var evidence = new ByteArrayContent(json);
            evidence.Headers.ContentType = new("application/json");
            parts.Add(evidence, "evidence");
            AddFile(parts, "file", "file", file);
        }

        foreach (var (name, text, one) in command.Parts ?? [])
        {
            if (one is not null) AddFile(parts, name, "file" + Path.GetExtension(one.FileName), one);
            else if (text is not null) parts.Add(new StringContent(text), name);
        }

        request.ContentType = parts.Headers.ContentType!.ToString();
        // A file may be larger than what a form should take of the memory.
        var body = new FileStream(Path.GetTempFileName(), FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
        await parts.CopyToAsync(body);
        body.Position = 0;
        (request.Body, request.ContentLength) = (body, body.Length);
        return body;
    }

    private static void AddFile(MultipartFormDataContent parts, string part, string name, IFormFile file)
    {
        var bytes = new StreamContent(file.OpenReadStream());
        if (System.Net.Http.Headers.MediaTypeHeaderValue.TryParse(file.ContentType, out var type)) bytes.Headers.ContentType = type;
        parts.Add(bytes, part, name);
    }
}
