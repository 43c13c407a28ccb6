using System.Diagnostics;
using System.Text.Json;
using Ledger.Cli.Output;
using Ledger.Exchange.Imports;
using Ledger.Exchange.Tables;

namespace Ledger.Cli.Ledgers;

/// <summary>Hands a file to a server and follows the job. The job goes on there when this program is stopped.</summary>
internal sealed class ServerImport(HttpClient http, FileToImport file, TextWriter error)
{
    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(300);

    public async Task<FileOutcome> RunAsync(CancellationToken cancellation)
    {
        var place = await HandInAsync(cancellation);
        var started = Stopwatch.GetTimestamp();
        using var last = await ProgressReport.ShowAsync(error, $"{(file.DryRun ? "Trying" : "Importing")} {file.Path.Name}", "rows", progress => FollowAsync(place, progress, cancellation));
        var answer = last.RootElement;
        if (answer.GetProperty("state").GetString() == "failed") throw new ImportFileException(answer.GetProperty("message").GetString()!);
        var errors = answer.GetProperty("errors").GetString() is { } at ? await FetchErrorsAsync(at, cancellation) : null;
        return new FileOutcome(ResultOf(answer, Stopwatch.GetElapsedTime(started)), [], errors);
    }

    private async Task<string> HandInAsync(CancellationToken cancellation)
    {
        using var parts = new MultipartFormDataContent();
        parts.Add(new StreamContent(file.Path.OpenRead()), "file", "file" + file.Path.Extension);
        if (file.Options.Mapping is { } mapping) AddMapping(parts, mapping);
        foreach (var (name, value) in Fields()) parts.Add(new StringContent(value), name);
        using var response = await http.PostAsync(new Uri($"api/v1/agreements/{file.Frame.Agreement}/imports", UriKind.Relative), parts, cancellation);
        using var json = await ServerLedger.JsonAsync(response, cancellation);
        return json.RootElement.GetProperty("importId").GetString()!;
    }

    private static void AddMapping(MultipartFormDataContent parts, string mapping)
    {
        parts.Add(new StreamContent(File.OpenRead(mapping)), "mapping", "mapping.json");
        using var json = File.OpenRead(mapping);
        if (Mapping.Read(json).Gazetteer?.File is { } name && Path.GetFileName(name) == name && Path.Combine(Path.GetDirectoryName(mapping)!, name) is var path && File.Exists(path))
            parts.Add(new StreamContent(File.OpenRead(path)), "gazetteer", "gazetteer" + Path.GetExtension(path)); // Where it isn't there the server says so.
    }

    private IEnumerable<(string Name, string Value)> Fields()
    {
        yield return ("format", file.Options.Format);
        if (file.DryRun) yield return ("dryRun", "true");
        if (file.Options.Version is { } version) yield return ("version", version);
        if (file.Options.Encoding is { } encoding) yield return ("encoding", encoding);
        if (file.Options.Delimiter is { } delimiter) yield return ("delimiter", delimiter == '\t' ? "tab" : delimiter.ToString());
        if (file.Options.Sheet is { } sheet) yield return ("sheet", sheet);
        foreach (var (name, party) in file.Parties) yield return ("party", $"{name}={party}");
    }

    private async Task<JsonDocument> FollowAsync(string import, IProgress<ImportProgress> progress, CancellationToken cancellation)
    {
        while (true)
        {
            using var response = await http.GetAsync(new Uri($"api/v1/imports/{import}", UriKind.Relative), cancellation);
            var json = await ServerLedger.JsonAsync(response, cancellation);
            var answer = json.RootElement;
            progress.Report(new ImportProgress(answer.GetProperty("rows").GetInt64(), Number(answer, "rowsPerSecond") ?? 0, Number(answer, "fraction"), null));
            if (answer.GetProperty("state").GetString() is "finished" or "failed") return json;
            json.Dispose();
            await Task.Delay(AskEvery, cancellation);
        }
    }

    private async Task<string> FetchErrorsAsync(string at, CancellationToken cancellation)
    {
        using var response = await http.GetAsync(new Uri(at, UriKind.Relative), cancellation);
        response.EnsureSuccessStatusCode();
        var name = file.Path.Name + ".errors.csv";
        await using var to = File.Create(Path.Combine(file.Path.DirectoryName!, name));
        await response.Content.CopyToAsync(to, cancellation);
        return name;
    }

    private static ImportResult ResultOf(JsonElement answer, TimeSpan elapsed)
    {
        var refused = Counts(answer, "refusedBy");
        refused.Remove("malformed", out var malformed);
        return new ImportResult(
            Whole(answer, "rows"), Whole(answer, "stored"), Whole(answer, "revised"), Whole(answer, "repeated"), refused, malformed, Counts(answer, "skippedBy"), [], elapsed);
    }

    private static Dictionary<string, long> Counts(JsonElement answer, string name) => answer.GetProperty(name).EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value.GetInt64());

    private static long Whole(JsonElement answer, string name) => answer.GetProperty(name).GetInt64();

    private static double? Number(JsonElement answer, string name) => answer.GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;
}
