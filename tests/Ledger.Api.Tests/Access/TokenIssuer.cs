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

    private TokenIssuer(WebApplication app) => _app = app;

    public string Address => _app.Urls.First();

    /// <summary>What the discovery document says; a test may have it lie.</summary>
    public string? SaysItIs { get; set; }

    public bool IsDown { get; set; }

    public int Fetches { get; private set; }

    public static async Task<TokenIssuer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var issuer = new TokenIssuer(app);
        app.MapGet("/.well-known/openid-configuration", issuer.Discovery);
        app.MapGet("/keys", issuer.Keys);
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
        return IsDown ? Results.StatusCode(503) : Results.Text(new JsonObject { ["issuer"] = SaysItIs ?? Address, ["jwks_uri"] = $"{Address}/keys" }.ToJsonString(), "application/json");
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
