using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Ledger.Api.Tests.Access;

/// <summary>An OpenID Connect issuer on a socket of its own: discovery, keys, and tokens as a test wants them, forged ones too.</summary>
public sealed class TokenIssuer : IAsyncDisposable
{
    public const string Audience = "ceasefire-ledger";

    private readonly WebApplication _app;
    private readonly Dictionary<string, AsymmetricAlgorithm> _published = [];

    private readonly string _host;
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, Dictionary<string, string>> _codes = new();

    private TokenIssuer(WebApplication app, string host) => (_app, _host) = (app, host);

    public string Address => _app.Urls.First().Replace("127.0.0.1", _host, StringComparison.Ordinal);

    /// <summary>Its client, for the code flow.</summary>
    public const string Client = "ledger-dashboard";

    public const string ClientSecret = "a-secret-of-the-client-in-tests";

    /// <summary>Whoever sits in front of its sign-in page.</summary>
    public (string Subject, string[] Roles) Person { get; set; } = ("nina", ["monitor"]);

    /// <summary>What a test changes in an ID token before it is signed.</summary>
    public Action<JsonObject>? Changes { get; set; }

    /// <summary>How an ID token is made of its claims, where a test forges it.</summary>
    public Func<JsonObject, string>? Forges { get; set; }

    /// <summary>What a test makes of the state on its way back.</summary>
    public Func<string, string>? State { get; set; }

    /// <summary>The person breaks it off.</summary>
    public bool IsBrokenOff { get; set; }

    /// <summary>It shows where it would send the person, and doesn't.</summary>
    public bool IsHolding { get; set; }

    /// <summary>What it was asked at its sign-in page, oldest first.</summary>
    public List<Dictionary<string, string>> Asked { get; } = [];

    /// <summary>What the discovery document says; a test may have it lie.</summary>
    public string? SaysItIs { get; set; }

    public bool IsDown { get; set; }

    public int Fetches { get; private set; }

    /// <param name="host">Under which name it is known: <c>localhost</c> is another site than 127.0.0.1, as an issuer is.</param>
    public static async Task<TokenIssuer> StartAsync(string host = "127.0.0.1")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var issuer = new TokenIssuer(app, host);
        app.MapGet("/.well-known/openid-configuration", issuer.Discovery);
        app.MapGet("/keys", issuer.Keys);
        app.MapGet("/authorize", issuer.Authorize);
        app.MapPost("/token", (Delegate)issuer.TokenAsync); // as a RequestDelegate its answer would be dropped
        await app.StartAsync();
        issuer.Publish("rsa-1", RSA.Create(2048));
        issuer.Publish("ec-1", ECDsa.Create(ECCurve.NamedCurves.nistP256));
        return issuer;
    }

    public string[] Settings(params string[] more) => [$"--Ledger:Oidc:Issuer={Address}", $"--Ledger:Oidc:Audience={Audience}", .. more];

    public void Publish(string kid, AsymmetricAlgorithm key) => _published[kid] = key;

    public void Withdraw(string kid) => _published.Remove(kid);

    public RSA Rsa(string kid = "rsa-1") => (RSA)_published[kid];

    /// <summary>A person's claims, good for ten minutes and for every agreement.</summary>
    public JsonObject Claims(string subject, params string[] roles) => new()
    {
        ["iss"] = Address, ["aud"] = Audience, ["sub"] = subject,
        ["iat"] = Seconds(TimeSpan.Zero), ["nbf"] = Seconds(TimeSpan.Zero), ["exp"] = Seconds(TimeSpan.FromMinutes(10)),
        ["roles"] = new JsonArray([.. roles.Select(role => (JsonNode)role)]), ["agreements"] = "*",
        ["name"] = "Nina of the Ministry", ["email"] = "nina@ministry.example",
    };

    public static long Seconds(TimeSpan fromNow) => (DateTimeOffset.UtcNow + fromNow).ToUnixTimeSeconds();

    public string Token(string subject, params string[] roles) => Sign(Claims(subject, roles));

    public string Sign(JsonObject claims, string kid = "rsa-1", string? algorithm = null, Action<JsonObject>? header = null) =>
        Sign(claims, _published[kid], kid, algorithm, header);

    public static string Sign(JsonObject claims, AsymmetricAlgorithm key, string kid, string? algorithm = null, Action<JsonObject>? header = null)
    {
        algorithm ??= key is RSA ? "RS256" : "ES256";
        var text = Unsealed(claims, kid, algorithm, header);
        var bytes = Encoding.ASCII.GetBytes(text);
        var signature = key switch
        {
            RSA rsa => rsa.SignData(bytes, HashAlgorithmName.SHA256, algorithm.StartsWith("PS", StringComparison.Ordinal) ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1),
            ECDsa ec => ec.SignData(bytes, HashAlgorithmName.SHA256),
            _ => throw new ArgumentException("It signs with RSA or ECDSA.", nameof(key)),
        };
        return $"{text}.{Base64Url.EncodeToString(signature)}";
    }

    /// <summary>Header and payload, which somebody else may sign, or nobody.</summary>
    public static string Unsealed(JsonObject claims, string? kid, string algorithm, Action<JsonObject>? header = null)
    {
        var head = new JsonObject { ["alg"] = algorithm, ["typ"] = "JWT" };
        if (kid is not null) head["kid"] = kid;
        header?.Invoke(head);
        return $"{Part(head)}.{Part(claims)}";
    }

    public static string Part(JsonNode json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.ToJsonString()));

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        foreach (var key in _published.Values) key.Dispose();
    }

    private IResult Discovery()
    {
        Fetches++;
        return IsDown ? Results.StatusCode(503) : Results.Text(new JsonObject { ["issuer"] = SaysItIs ?? Address, ["jwks_uri"] = $"{Address}/keys", ["authorization_endpoint"] = $"{Address}/authorize", ["token_endpoint"] = $"{Address}/token" }.ToJsonString(), "application/json");
    }

    /// <summary>The person has signed in there before, so the page sends them straight back (OpenID Connect Core §3.1.2).</summary>
    private IResult Authorize(HttpContext context)
    {
        var asked = context.Request.Query.ToDictionary(pair => pair.Key, pair => pair.Value.ToString());
        Asked.Add(asked);
        var isInOrder = asked["client_id"] == Client && asked["response_type"] == "code" && asked["code_challenge_method"] == "S256" && asked["code_challenge"].Length == 43
            && asked["scope"].Split(' ').Contains("openid");
        if (!isInOrder) return Results.BadRequest("It isn't asked for as it must be.");
        var code = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
        _codes[code] = asked;
        var state = Uri.EscapeDataString(State?.Invoke(asked["state"]) ?? asked["state"]);
        var back = $"{asked["redirect_uri"]}?{(IsBrokenOff ? "error=access_denied" : $"code={code}")}&state={state}";
        return IsHolding ? Results.Text(back) : Results.Redirect(back);
    }

    /// <summary>A code is good once, for who asked for it, and with the verifier that its challenge was made of (RFC 7636 §4.6).</summary>
    private async Task<IResult> TokenAsync(HttpContext context)
    {
        if (IsDown) return Results.StatusCode(503);
        var form = await context.Request.ReadFormAsync();
        var challenge = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString())));
        if (!_codes.TryRemove(form["code"].ToString(), out var asked) || asked["code_challenge"] != challenge || asked["redirect_uri"] != form["redirect_uri"]
            || form["client_id"] != Client || form["client_secret"] != ClientSecret)
            return Results.Json(new { error = "invalid_grant" }, statusCode: 400);
        var claims = Claims(Person.Subject, Person.Roles);
        (claims["aud"], claims["nonce"]) = (Client, asked["nonce"]);
        Changes?.Invoke(claims);
        return Results.Json(new { access_token = "nobody-looks-at-it", token_type = "Bearer", expires_in = 600, id_token = Forges?.Invoke(claims) ?? Sign(claims) });
    }

    private IResult Keys() => Results.Text(
        new JsonObject { ["keys"] = new JsonArray([.. _published.Select(pair => (JsonNode)PublicHalf(pair.Key, pair.Value))]) }.ToJsonString(), "application/json");

    private static JsonObject PublicHalf(string kid, AsymmetricAlgorithm key)
    {
        if (key is RSA rsa)
        {
            var half = rsa.ExportParameters(false);
            return new JsonObject { ["kty"] = "RSA", ["kid"] = kid, ["use"] = "sig", ["n"] = Base64Url.EncodeToString(half.Modulus), ["e"] = Base64Url.EncodeToString(half.Exponent) };
        }

        var point = ((ECDsa)key).ExportParameters(false).Q;
        return new JsonObject { ["kty"] = "EC", ["kid"] = kid, ["use"] = "sig", ["crv"] = "P-256", ["x"] = Base64Url.EncodeToString(point.X), ["y"] = Base64Url.EncodeToString(point.Y) };
    }
}
