using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Ledger.Exchange.Packages;

namespace Ledger.Cli.Ledgers;

/// <summary>A package's contents as a server gives them to whoever the key is.</summary>
internal sealed class ServerPackage(HttpClient http) : IPackageSource
{
    public async Task<byte[]> LogAsync(string path, CancellationToken cancellation) =>
        await GetAsync($"log/{path}", cancellation) ?? throw new PackageException($"The server doesn't have /log/{path}.");

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> EventsAsync(long count, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/v1/events?after=-1&raw=true");
        request.Headers.Accept.ParseAdd("application/x-ndjson");
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        response.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation));
        while (await reader.ReadLineAsync(cancellation) is { } line)
        {
            if (line.Length == 0) continue;
            using var json = JsonDocument.Parse(line);
            // The stream's last line may say how far it came, without an event.
            if (!json.RootElement.TryGetProperty("sequence", out var sequence)) continue;
            if (sequence.GetInt64() >= count) yield break;
            yield return Encoding.UTF8.GetBytes(line);
        }
    }

    public async Task<IReadOnlyList<string>> AgreementsAsync(CancellationToken cancellation)
    {
        List<string> ids = [];
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await GetAsync($"api/v1/agreements?limit=500{(cursor.Length > 0 ? $"&cursor={Uri.EscapeDataString(cursor)}" : "")}", cancellation) ?? throw new PackageException("The server shows no agreements.");
            using var json = JsonDocument.Parse(page);
            ids.AddRange(json.RootElement.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("agreementId").GetString()!));
            cursor = json.RootElement.GetProperty("nextCursor").GetString();
        }

        return ids;
    }

    public Task<byte[]?> ComplianceAsync(string agreement, long count, CancellationToken cancellation) =>
        GetAsync(string.Create(CultureInfo.InvariantCulture, $"api/v1/agreements/{agreement}/compliance?asOf={count}"), cancellation);

    private async Task<byte[]?> GetAsync(string path, CancellationToken cancellation)
    {
        using var response = await http.GetAsync(new Uri(path, UriKind.Relative), cancellation);
        if (response.StatusCode == HttpStatusCode.NotFound) return null;
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsByteArrayAsync(cancellation);
    }
}
