using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Ledger.Testing.Api;

/// <summary>Speaks to a ledger over HTTP as any program would: it knows the contract and nothing of the server.</summary>
public sealed class ApiClient : IDisposable
{
    private readonly HttpClient _http;

    public ApiClient(Uri address, string? key)
    {
        _http = new HttpClient { BaseAddress = new Uri(address, "/api/v1/"), Timeout = TimeSpan.FromSeconds(100) };
        if (key is not null) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <param name="path">Below /api/v1/.</param>
    /// <param name="ifMatch">The whole header, quotes included.</param>
    public Task<ApiAnswer> PostAsync(string path, JsonNode body, string? idempotencyKey = null, string? ifMatch = null) =>
        PostTextAsync(path, body.ToJsonString(), idempotencyKey, ifMatch);

    /// <summary>A body that needn't be JSON.</summary>
    public Task<ApiAnswer> PostTextAsync(
        string path, string body, string? idempotencyKey = null, string? ifMatch = null, string? mediaType = "application/json") =>
        PostBytesAsync(path, Encoding.UTF8.GetBytes(body), idempotencyKey, ifMatch, mediaType);

    public Task<ApiAnswer> PostBytesAsync(
        string path, byte[] body, string? idempotencyKey = null, string? ifMatch = null, string? mediaType = "application/json")
    {
        var content = new ByteArrayContent(body);
        if (mediaType is not null) content.Headers.TryAddWithoutValidation("Content-Type", mediaType);
        return SendAsync(HttpMethod.Post, path, content, idempotencyKey, ifMatch);
    }

    /// <summary>A decision on a case, taken on the revision that the caller names.</summary>
    public Task<ApiAnswer> DecideAsync(string path, JsonNode body, long revision, string? idempotencyKey = null) =>
        PostAsync(path, body, idempotencyKey, $"\"{revision}\"");

    public Task<ApiAnswer> BatchAsync(string agreement, IEnumerable<string> lines, string? idempotencyKey = null) =>
        PostTextAsync($"agreements/{agreement}/violations/batch", string.Join('\n', lines), idempotencyKey, mediaType: "application/x-ndjson");

    public Task<ApiAnswer> DeleteAsync(string path, string? idempotencyKey = null) => SendAsync(HttpMethod.Delete, path, null, idempotencyKey);

    public Task<ApiAnswer> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null);

    public async Task<ApiAnswer> SendAsync(HttpMethod method, string path, HttpContent? content, string? idempotencyKey = null, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (idempotencyKey is not null) request.Headers.TryAddWithoutValidation("Idempotency-Key", idempotencyKey);
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        return await SendAsync(request);
    }

    public async Task<ApiAnswer> SendAsync(HttpRequestMessage request)
    {
        using var response = await _http.SendAsync(request);
        var headers = response.Headers.Concat(response.Content.Headers)
            .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        return new ApiAnswer((int)response.StatusCode, headers, await response.Content.ReadAsByteArrayAsync());
    }

    public void Dispose() => _http.Dispose();
}

/// <summary>What came back.</summary>
public sealed record ApiAnswer(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Bytes)
{
    public string Text => Encoding.UTF8.GetString(Bytes);

    public JsonNode Json => JsonNode.Parse(Bytes)!;

    /// <summary>The lines of NDJSON.</summary>
    public IReadOnlyList<JsonNode> Lines => [.. Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];

    public string? MediaType => Headers.GetValueOrDefault("Content-Type")?.Split(';')[0];

    /// <summary>A problem's code.</summary>
    public string? Code => Json["code"]?.GetValue<string>();

    public IReadOnlyList<string> Errors => Json["errors"] is JsonObject errors ? [.. errors.Select(error => error.Key)] : [];

    public long Revision => Json["revision"]!.GetValue<long>();

    public string Position => Json["position"]!.GetValue<string>();

    public bool Replayed => Headers.GetValueOrDefault("Idempotency-Replayed") == "true";

    public string? Header(string name) => Headers.GetValueOrDefault(name);

    public string Field(string name) => Json[name]!.GetValue<string>();

    /// <summary>Stored: 200 or 201, and the headers that go with it.</summary>
    public ApiAnswer Stored(int status = 200)
    {
        Assert.True(Status == status, $"{Status} instead of {status}: {Text}");
        Assert.Equal("application/json", MediaType);
        Assert.Equal($"\"{Revision}\"", Header("ETag"));
        Assert.Equal(Position, Header("Ledger-Position"));
        Assert.True(Guid.TryParse(Field("eventId"), out _));
        Assert.NotNull(Json["status"]);
        if (status == 201) Assert.StartsWith("/api/v1/", Header("Location"), StringComparison.Ordinal);
        return this;
    }

    /// <summary>Refused with a status and a stable code, as RFC 9457 has it.</summary>
    public ApiAnswer Refused(int status, string code)
    {
        Assert.True(Status == status, $"{Status} instead of {status} {code}: {Text}");
        Assert.Equal("application/problem+json", MediaType);
        Assert.Equal(code, Code);
        Assert.Equal(status, Json["status"]!.GetValue<int>());
        Assert.DoesNotContain("   at ", Text, StringComparison.Ordinal);
        return this;
    }

    /// <summary>Malformed, with an error at each of these places.</summary>
    public ApiAnswer Malformed(params string[] places)
    {
        Refused(400, "malformed");
        foreach (var place in places) Assert.True(Errors.Contains(place), $"No error at '{place}': {Text}");
        return this;
    }
}
