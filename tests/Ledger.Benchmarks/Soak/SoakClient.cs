using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Ledger.Benchmarks.Soak;

/// <param name="Status">null where no answer came: it isn't known what became of it.</param>
internal sealed record SoakAnswer(int? Status, string Text, bool IsReplayed)
{
    public bool IsStored => Status is 200 or 201;

    /// <summary>The server isn't there, isn't ready or was lost on the way; the same may be sent again.</summary>
    public bool IsAway => Status is null or 503 or 429;

    public JsonNode Json => JsonNode.Parse(Text)!;
}

/// <summary>Speaks HTTP to a server that may be gone at any moment.</summary>
internal sealed class SoakClient : IDisposable
{
    private readonly HttpClient _http;

    public SoakClient(Uri address, string key)
    {
        _http = new HttpClient { BaseAddress = new Uri(address, "/api/v1/"), Timeout = TimeSpan.FromSeconds(60) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    public HttpClient Http => _http;

    public Task<SoakAnswer> PostAsync(string path, JsonNode body, string? idempotencyKey = null, string? ifMatch = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };
        if (idempotencyKey is not null) request.Headers.TryAddWithoutValidation("Idempotency-Key", idempotencyKey);
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        return SendAsync(request);
    }

    public Task<SoakAnswer> GetAsync(string path) => SendAsync(new HttpRequestMessage(HttpMethod.Get, path));

    /// <summary>For what must succeed now.</summary>
    public static async Task<JsonNode> MustAsync(Task<SoakAnswer> asked)
    {
        var answer = await asked;
        return answer.IsStored ? answer.Json : throw new InvalidOperationException($"{answer.Status}: {answer.Text}");
    }

    public void Dispose() => _http.Dispose();

    private async Task<SoakAnswer> SendAsync(HttpRequestMessage request)
    {
        using (request)
        {
            try
            {
                using var response = await _http.SendAsync(request);
                return new SoakAnswer((int)response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.Contains("Idempotency-Replayed"));
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException or IOException)
            {
                return new SoakAnswer(null, "", false);
            }
        }
    }
}
