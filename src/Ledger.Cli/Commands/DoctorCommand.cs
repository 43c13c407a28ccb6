using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Ledger.Cli.Ledgers;
using Ledger.Node;
using Ledger.Node.Looking;

namespace Ledger.Cli.Commands;

/// <summary><c>ledger doctor</c>: looks, says in plain words what it found, and changes nothing.</summary>
internal static class DoctorCommand
{
    private static readonly TimeSpan ServerMayTake = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ClocksMayDiffer = TimeSpan.FromSeconds(2);

    public static Command Create(TextWriter output)
    {
        var where = new Where();
        var full = new Option<bool>("--full") { Description = "Every text of the vault and every file of evidence, in place of a sample" };
        var evidence = new Option<string?>("--evidence") { Description = "Files of evidence: a directory (Ledger:Evidence) or s3://bucket/prefix; where the ledger's last start had them by default", HelpName = "PLACE" };
        var state = new Option<string?>("--signer-state") { Description = "What the node has signed (Ledger:SignerState); beside --data by default", HelpName = "FILE" };
        var key = new Option<string?>("--vault-key") { Description = "The vault's key where it isn't in the secrets, base64 of 32 bytes (env:NAME reads it from the environment)", HelpName = "KEY" };
        var command = new Command("doctor", "Look at a data directory, in use or not, or at a server, and say what is right, what is wrong and what to do. Changes nothing. Exit code 1 where something is wrong.") { full, evidence, state, key };
        where.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            if (where.ServerOf(parsed) is { } server) return await TellAsync(output, ServerAsync(server, cancellation));
            var options = where.OptionsOf(parsed);
            if (options.Store != StoreKind.Sqlite) throw new UsageException("The doctor looks at data directories and servers; of an EventStoreDB, ask a node that uses it (--server).");
            if (!Directory.Exists(options.Data)) throw new UsageException($"There is no directory {options.Data}. Name the ledger's with --data, or a server with --server.");
            if (parsed.GetValue(state) is { } file) options = options with { SignerState = file };
            if (parsed.GetValue(key) is { } text) options = options with { VaultKey = KeyOf(Places.Resolve(text)) };
            using var files = FilePlaces.Evidence(parsed.GetValue(evidence), options.Data);
            return await TellAsync(output, new DirectoryLook(options, files, parsed.GetValue(full)).RunAsync(cancellation));
        });
        return command;
    }

    private static async Task<int> TellAsync(TextWriter output, IAsyncEnumerable<Finding> findings)
    {
        var (wrong, notices) = (0, 0);
        await foreach (var finding in findings)
        {
            if (finding.Grade == Grade.Wrong) wrong++;
            else if (finding.Grade == Grade.Notice) notices++;
            await output.WriteLineAsync($"{Mark(finding.Grade),-6}{finding.Subject}: {finding.Sentence}");
            if (finding.Next is { } next) await output.WriteLineAsync($"      > {next}");
        }

        await output.WriteLineAsync(Sum(wrong, notices));
        return wrong == 0 ? Exit.Ok : Exit.Refused;
    }

    private static string Mark(Grade grade) => grade switch { Grade.Good => "ok", Grade.Notice => "note", _ => "WRONG" };

    private static string Sum(int wrong, int notices) => (wrong, notices) switch
    {
        (0, 0) => "Nothing is wrong.",
        (0, _) => $"Nothing is wrong; {Things(notices)} to know.",
        (_, 0) => $"{Things(wrong)} wrong.",
        _ => $"{Things(wrong)} wrong, {Things(notices)} to know.",
    };

    private static string Things(int count) => count == 1 ? "1 thing" : string.Create(CultureInfo.InvariantCulture, $"{count} things");

    /// <summary>What a server says of itself to anybody: no key is needed.</summary>
    private static async IAsyncEnumerable<Finding> ServerAsync(Uri server, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        using var http = new HttpClient { BaseAddress = server, Timeout = ServerMayTake };
        using var response = await http.GetAsync(new Uri("health", UriKind.Relative), cancellation);
        using var health = await HealthAsync(response, cancellation);
        yield return Status(health.RootElement);
        foreach (var problem in health.RootElement.GetProperty("problems").EnumerateArray())
        {
            var grade = problem.GetProperty("code").GetString() == StoreHealth.Notice ? Grade.Notice : Grade.Wrong;
            yield return new(grade, problem.GetProperty("code").GetString()!, problem.GetProperty("message").GetString()!, problem.TryGetProperty("next", out var next) ? next.GetString() : null);
        }

        yield return Sealed(health.RootElement);
        if (response.Headers.Date is { } date) yield return Clock(date);
        yield return await CheckpointAsync(http, cancellation);
    }

    private static async Task<JsonDocument> HealthAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            var json = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancellation), cancellationToken: cancellation);
            if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("problems", out _) && json.RootElement.TryGetProperty("status", out _)) return json;
            json.Dispose();
        }
        catch (JsonException)
        {
            // Said below.
        }

        throw new UsageException($"What answers at {response.RequestMessage!.RequestUri} isn't a ledger (status {(int)response.StatusCode}).");
    }

    private static Finding Status(JsonElement health)
    {
        var (status, count) = (health.GetProperty("status").GetString(), health.GetProperty("count").GetInt64());
        var said = string.Create(CultureInfo.InvariantCulture, $"The server is {status}; its answers cover {count:N0} events.");
        return status == "ready" ? new(Grade.Good, "status", said) : new(Grade.Wrong, "status", said, health.TryGetProperty("next", out var next) ? next.GetString() : null);
    }

    private static Finding Sealed(JsonElement health)
    {
        if (health.GetProperty("sealed") is not { ValueKind: JsonValueKind.Object } head) return new(Grade.Notice, "seals", "Nothing is sealed yet.");
        var unsealed = health.GetProperty("count").GetInt64() - head.GetProperty("count").GetInt64();
        return unsealed <= 0
            ? new(Grade.Good, "seals", "Every event is under a signed head.")
            : new(Grade.Notice, "seals", string.Create(CultureInfo.InvariantCulture, $"{unsealed:N0} events are under no signed head yet; a node seals within seconds."));
    }

    private static Finding Clock(DateTimeOffset server)
    {
        // The header has whole seconds, so a second of it says nothing.
        var off = (server - TimeProvider.System.GetUtcNow()).Duration() - TimeSpan.FromSeconds(1);
        return off <= ClocksMayDiffer
            ? new(Grade.Good, "clock", "The server's clock and this machine's agree.")
            : new(Grade.Wrong, "clock", string.Create(CultureInfo.InvariantCulture, $"The server's clock and this machine's differ by {off.TotalSeconds:0} s."), "Find out which of the two is wrong, and set it (NTP).");
    }

    private static async Task<Finding> CheckpointAsync(HttpClient http, CancellationToken cancellation)
    {
        using var response = await http.GetAsync(new Uri("log/checkpoint", UriKind.Relative), cancellation);
        var text = await response.Content.ReadAsStringAsync(cancellation);
        return response.IsSuccessStatusCode && text.Split('\n') is [var origin, var size, ..]
            ? new(Grade.Good, "log", $"{origin} serves a signed head of {size} events; 'ledger-audit' checks it against every event.")
            : new(Grade.Notice, "log", "No head is served yet.");
    }

    private static byte[] KeyOf(string text)
    {
        var bytes = new byte[33];
        return Convert.TryFromBase64String(text.Trim(), bytes, out var length) && length == 32 ? bytes[..32] : throw new UsageException("--vault-key isn't a key: base64 of 32 bytes.");
    }
}
