using System.Net.Http.Headers;
using System.Text.Json;
using Ledger.Domain;

namespace Ledger.Exchange.Imports;

/// <summary>A server over HTTP: rows go as NDJSON batches (api.md, <c>POST …/violations/batch</c>).</summary>
public sealed class ServerTarget(HttpClient http, AgreementId agreement) : IImportTarget
{
    public int BatchSize => 1_000;

    public int Concurrency => 2;

    public async Task<IReadOnlyList<RowOutcome>> RecordAsync(IReadOnlyList<ImportRow> rows, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(rows);
        using var content = Lines(rows);
        using var response = await http.PostAsync(new Uri($"api/v1/agreements/{agreement}/violations/batch", UriKind.Relative), content, cancellation);
        var text = await response.Content.ReadAsStringAsync(cancellation);
        if (!response.IsSuccessStatusCode) throw new HttpRequestException(Problem(text, response).Said, null, response.StatusCode);

        var outcomes = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Outcome).ToArray();
        return outcomes.Length == rows.Count
            ? outcomes
            : throw new HttpRequestException($"The server answered {outcomes.Length} of {rows.Count} rows. Run the import again: what is stored already isn't stored twice.");
    }

    private static ByteArrayContent Lines(IReadOnlyList<ImportRow> rows)
    {
        var body = new MemoryStream();
        foreach (var row in rows)
        {
            body.Write(ViolationJson.Write(row.Command!));
            body.WriteByte((byte)'\n');
        }

        var content = new ByteArrayContent(body.GetBuffer(), 0, (int)body.Length);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        return content;
    }

    private static RowOutcome Outcome(string line)
    {
        using var json = JsonDocument.Parse(line);
        var answer = json.RootElement;
        return answer.GetProperty("status").GetInt32() switch
        {
            201 => new RowOutcome.Stored(),
            200 => new RowOutcome.Repeated(),
            var status => new RowOutcome.Refused(Text(answer, "code") ?? $"http-{status}", Message(answer)),
        };
    }

    private static string Message(JsonElement answer) =>
        answer.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Object
            ? string.Join("; ", errors.EnumerateObject().Select(e => $"{e.Name}: {e.Value}"))
            : Text(answer, "detail") ?? Text(answer, "message") ?? "";

    /// <summary>What an RFC 9457 answer says, with its code; or else its status.</summary>
    public static (string? Code, string Said) Problem(string text, HttpResponseMessage response)
    {
        ArgumentNullException.ThrowIfNull(response);
        try
        {
            using var json = JsonDocument.Parse(text);
            if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Object)
                return (Text(json.RootElement, "code"), $"The server says: {string.Join(" ", errors.EnumerateObject().Select(e => $"{e.Name}: {e.Value}"))}");
            if ((Text(json.RootElement, "detail") ?? Text(json.RootElement, "title")) is { } said)
                return (Text(json.RootElement, "code"), $"The server says: {said}");
        }
        catch (JsonException)
        {
            // A proxy in between answers with its own page; its status is all that can be told.
        }

        return (null, $"The server answered {(int)response.StatusCode} {response.ReasonPhrase}.");
    }

    private static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
