using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Exchange.Imports;
using Ledger.Exchange.Packages;
using Ledger.Exchange.Reports;

namespace Ledger.Cli.Ledgers;

/// <summary>A ledger behind a server. It acts as whoever the key is.</summary>
internal sealed class ServerLedger(HttpClient http) : ILedger
{
    public static ServerLedger Open(Uri server, string key)
    {
        var http = new HttpClient { BaseAddress = server, Timeout = TimeSpan.FromMinutes(5) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return new ServerLedger(http);
    }

    public HttpClient Http => http;

    public ValueTask DisposeAsync()
    {
        http.Dispose();
        return ValueTask.CompletedTask;
    }

    public async Task<ImportFrame?> FrameOfAsync(AgreementId id, CancellationToken cancellation)
    {
        using var response = await http.GetAsync(new Uri($"api/v1/agreements/{id}", UriKind.Relative), cancellation);
        if (response.StatusCode == HttpStatusCode.NotFound) return null;
        using var json = await JsonAsync(response, cancellation);
        return ImportFrame.Of(
            id, TimeZoneInfo.FindSystemTimeZoneById(json.RootElement.GetProperty("timeZone").GetString()!),
            json.RootElement.GetProperty("parties").EnumerateArray().Select(party => (new PartyId(Text(party, "partyId")!), Names(party))).ToArray());
    }

    private static IEnumerable<string> Names(JsonElement party) =>
        party.TryGetProperty("labels", out var labels) && labels.ValueKind == JsonValueKind.Object
            ? [Text(party, "name")!, .. labels.EnumerateObject().Select(label => label.Value.GetString()!)]
            : [Text(party, "name")!];

    public Task<bool> RegisterAsync(AgreementCommand.Register agreement, CancellationToken cancellation) =>
        PostAsync("api/v1/agreements", AgreementJson.Write(agreement), cancellation);

    /// <returns>False where the same thing was there already.</returns>
    public async Task<bool> PostAsync(string path, byte[] body, CancellationToken cancellation)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await http.PostAsync(new Uri(path, UriKind.Relative), content, cancellation);
        using var json = await JsonAsync(response, cancellation);
        return response.StatusCode == HttpStatusCode.Created && !response.Headers.Contains("Idempotency-Replayed");
    }

    public IImportTarget Target(AgreementId agreement) => new ServerTarget(http, agreement);

    public Task<FileOutcome> ImportAsync(FileToImport file, Func<IImportTarget, Task<FileOutcome>> here, TextWriter error, CancellationToken cancellation) =>
        new ServerImport(http, file, error).RunAsync(cancellation);

    public async IAsyncEnumerable<HistoryEvent> HistoryAsync(ViolationId? violation, string? asOf, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (violation is { } id)
        {
            var path = $"api/v1/violations/{id}/history?limit=500{Query("asOf", asOf)}";
            for (string? cursor = null; ;)
            {
                using var response = await http.GetAsync(new Uri(path + Query("cursor", cursor), UriKind.Relative), cancellation);
                using var json = await JsonAsync(response, cancellation);
                foreach (var item in json.RootElement.GetProperty("items").EnumerateArray()) yield return Shown(item);
                cursor = json.RootElement.TryGetProperty("nextCursor", out var next) ? next.GetString() : null;
                if (cursor is null) yield break;
            }
        }

        await foreach (var e in AllAsync(asOf, cancellation)) yield return e;
    }

    public async Task<Picture> ComplianceAsync(PictureRequest request, CancellationToken cancellation)
    {
        var query = $"method={request.Method}&basis={request.Basis}" + Query("asOf", request.AsOf) + Query("from", request.From) + Query("to", request.To)
            + Query("interval", request.Interval) + string.Concat(request.Categories.Select(category => Query("category", category)));
        using var response = await http.GetAsync(new Uri($"api/v1/agreements/{request.Agreement}/compliance?{query}", UriKind.Relative), cancellation);
        if (response.StatusCode == HttpStatusCode.NotFound) throw new UsageException($"The server has no agreement '{request.Agreement}' that this key sees.");
        using var json = await JsonAsync(response, cancellation);
        return ShownPicture(json.RootElement);
    }

    public async Task<byte[]> ReportAsync(AgreementId agreement, DateOnly day, long? count, ReportWords words, CancellationToken cancellation)
    {
        var path = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"api/v1/agreements/{agreement}/reports/{day:yyyy-MM-dd}?lang={words.Language}{(count is null ? "" : $"&asOf={count}")}");
        using var response = await http.GetAsync(new Uri(path, UriKind.Relative), cancellation);
        if (response.StatusCode == HttpStatusCode.NotFound) throw new UsageException(NoReport(agreement));
        if (!response.IsSuccessStatusCode) throw await FailureAsync(response, cancellation);
        return await response.Content.ReadAsByteArrayAsync(cancellation);
    }

    internal static string NoReport(AgreementId agreement) =>
        $"There is no such report: the agreement '{agreement}' isn't there, or wasn't in the ledger by the end of that day (--as-of COUNT makes it with later knowledge).";

    public Task<IPackageSource> PackageAsync(CancellationToken cancellation) => Task.FromResult<IPackageSource>(new ServerPackage(http));

    /// <summary>Everything after the beginning as one stream of lines; the server can't cut it at a moment, so that is done here.</summary>
    private async IAsyncEnumerable<HistoryEvent> AllAsync(string? asOf, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var count = asOf is not null && asOf.All(char.IsAsciiDigit) ? long.Parse(asOf, System.Globalization.CultureInfo.InvariantCulture) : long.MaxValue;
        DateTimeOffset? until = count == long.MaxValue && asOf is not null
            ? DateTimeOffset.TryParse(asOf, System.Globalization.CultureInfo.InvariantCulture, out var time) ? time : throw new UsageException($"--as-of takes a count or a time, not '{asOf}'.")
            : null;
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/v1/events?after=-1");
        request.Headers.Accept.ParseAdd("application/x-ndjson");
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (!response.IsSuccessStatusCode) throw await FailureAsync(response, cancellation);

        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation));
        while (await reader.ReadLineAsync(cancellation) is { } line)
        {
            if (line.Length == 0) continue;
            using var json = JsonDocument.Parse(line);
            // The stream's last line may say how far it came, without an event.
            if (!json.RootElement.TryGetProperty("sequence", out _)) continue;
            var shown = Shown(json.RootElement);
            if (shown.Sequence >= count || shown.RecordedAt > until) yield break;
            yield return shown;
        }
    }

    private static HistoryEvent Shown(JsonElement item)
    {
        var actor = item.GetProperty("actor");
        return new HistoryEvent(
            item.GetProperty("sequence").GetInt64(), item.GetProperty("recordedAt").GetDateTimeOffset(), Text(item, "type")!, Text(item, "stream")!,
            Text(actor, "subject")!, Text(actor, "role")!, item.GetProperty("data").Clone(), item.GetRawText());
    }

    private static Picture ShownPicture(JsonElement json)
    {
        var (asOf, coverage) = (json.GetProperty("asOf"), json.GetProperty("coverage"));
        return new Picture(
            Text(json, "agreementId")!, asOf.GetProperty("count").GetInt64(), asOf.GetProperty("recordedAt") is { ValueKind: JsonValueKind.String } at ? at.GetDateTimeOffset() : null,
            Text(json, "method")!, Text(json, "basis")!, [.. json.GetProperty("parties").EnumerateArray().Select(ShownParty)],
            coverage.GetProperty("monitoredHours").GetDouble(), coverage.GetProperty("gapHours").GetDouble(),
            [.. coverage.GetProperty("gapsByParty").EnumerateArray().Select(gap => (Text(gap, "party"), gap.GetProperty("hours").GetDouble()))],
            json.GetProperty("aggregateClaims").GetInt32(), [.. json.GetProperty("statements").EnumerateArray().Select(statement => statement.GetString()!)]);
    }

    private static PictureParty ShownParty(JsonElement json)
    {
        var killed = json.GetProperty("casualties").EnumerateArray().FirstOrDefault(row => Text(row, "kind") == "killed" && Text(row, "who") == "total");
        var known = killed.ValueKind == JsonValueKind.Object;
        return new PictureParty(
            Text(json, "party")!, Text(json, "standing"), Figures(json.GetProperty("counts")),
            known ? Whole(killed, "low") : null, known ? Whole(killed, "best") : null, known ? Whole(killed, "high") : null, Whole(json, "casualtiesAsPrinted") ?? 0,
            json.TryGetProperty("series", out var series) && series.ValueKind == JsonValueKind.Array
                ? [.. series.EnumerateArray().Select(p => new PicturePeriod(Text(p, "period")!, Figures(p.GetProperty("counts")), p.GetProperty("monitoredHours").GetDouble()))]
                : []);
    }

    private static long[] Figures(JsonElement counts) => [.. PictureParty.Statuses.Select(status => counts.GetProperty(status).GetInt64())];

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static long? Whole(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : null;

    private static string Query(string name, string? value) => value is null ? "" : $"&{name}={Uri.EscapeDataString(value)}";

    internal static async Task<JsonDocument> JsonAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (!response.IsSuccessStatusCode) throw await FailureAsync(response, cancellation);
        return await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancellation), cancellationToken: cancellation);
    }

    private static async Task<Exception> FailureAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var text = await response.Content.ReadAsStringAsync(cancellation);
        var (code, said) = ServerTarget.Problem(text, response);
        return response.StatusCode is HttpStatusCode.Conflict or HttpStatusCode.Forbidden or HttpStatusCode.UnprocessableEntity
            ? new RefusedException(code ?? "refused", said)
            : new HttpRequestException(said, null, response.StatusCode);
    }
}
