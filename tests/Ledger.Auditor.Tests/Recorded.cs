using System.Globalization;
using System.Text;
using Ledger.Transparency;

namespace Ledger.Auditor.Tests;

/// <summary>A ledger with its events: stored bytes, entries that commit to them, and items as /events gives them.</summary>
internal sealed class Recorded
{
    private const string Actor = """{"subject":"m1","role":"monitor"}""";
    private const string Time = "2020-10-18T09:00:00.000000Z";

    private readonly List<string> _lines = [];
    private readonly Dictionary<string, long> _revisions = [];

    public Published Log { get; } = new();

    /// <summary>One line an event; a test may change them.</summary>
    public List<string> Lines => _lines;

    public static Guid Case(int number) => new(number, 0, 0, new byte[8]);

    /// <param name="shown">The data as people are shown it; as stored where left out.</param>
    /// <param name="disclosures">Of the texts that are shown.</param>
    /// <param name="knowsDisclosures">False = from a server that doesn't give any.</param>
    public Recorded Add(string stream, string type, string data, string? shown = null, IReadOnlyList<string>? disclosures = null, bool knowsDisclosures = true)
    {
        var sequence = _lines.Count;
        var revision = _revisions[stream] = _revisions.GetValueOrDefault(stream, -1) + 1;
        var id = new Guid(sequence, 1, 1, new byte[8]);
        var metadata = $$"""{"recordedAt":"{{Time}}","actor":{{Actor}},"commandId":"{{id:D}}","requestHash":"h","schemaVersion":1,"salt":"{{sequence}}"}""";
        var header = new EventHeader(Some.Log, new LeafIndex(sequence), id, stream, revision, type, new UnixMicroseconds(1_603_011_600_000_000));
        Log.Add(LeafEntry.Of(header, Some.Bytes(data), Some.Bytes(metadata)).ToBytes());
        var agreement = stream.StartsWith("agreement-", StringComparison.Ordinal) ? $"\"{stream["agreement-".Length..]}\""
            : stream.StartsWith("access-", StringComparison.Ordinal) ? "null" : "\"a\"";
        var given = knowsDisclosures ? $",\"disclosures\":[{string.Join(',', (disclosures ?? []).Select(one => $"\"{one}\""))}]" : string.Empty;
        var violation = stream.StartsWith("violation-", StringComparison.Ordinal) ? $"\"violationId\":\"{stream["violation-".Length..]}\"," : string.Empty;
        _lines.Add(string.Create(CultureInfo.InvariantCulture,
            $$$"""{"sequence":{{{sequence}}},"position":"{{{sequence}}}","eventId":"{{{id:D}}}","stream":"{{{stream}}}","revision":{{{revision}}},"type":"{{{type}}}","recordedAt":"{{{Time}}}","agreementId":{{{agreement}}},{{{violation}}}"actor":{{{Actor}}},"data":{{{shown ?? data}}},"raw":{"data":"{{{Base64(data)}}}","metadata":"{{{Base64(metadata)}}}"{{{given}}}}}"""));
        return this;
    }

    public Recorded Agreement(string id = "a") => Add(
        $"agreement-{id}", "agreement-registered-v1", $$"""{"agreementId":"{{id}}","title":"A","timeZone":"UTC","parties":[{"partyId":"p","name":"P"},{"partyId":"q","name":"Q"}]}""");

    public Recorded Violation(int number, string? alleged, string category, string more = "", string? shownMore = null, IReadOnlyList<string>? disclosures = null, bool knowsDisclosures = true)
    {
        string Data(string rest) =>
            $$"""{"violationId":"{{Case(number):D}}","agreementId":"a","category":"{{category}}","allegedParty":{{(alleged is null ? "null" : $"\"{alleged}\"")}}{{rest}}}""";
        return Add($"violation-{Case(number):D}", "violation-recorded-v1", Data(more), shownMore is null ? null : Data(shownMore), disclosures, knowsDisclosures);
    }

    public Recorded About(int number, string type, string data = "{}", string? shown = null) => Add($"violation-{Case(number):D}", type, data, shown);

    public string Ndjson => string.Concat(_lines.Select(line => line + "\n"));

    /// <summary>A server that shows all of it to an auditor.</summary>
    public LyingServer Serve()
    {
        var server = new LyingServer(Log);
        Show(server, Ndjson);
        server.Api["/api/v1/me"] = Reply.Of("""{"subject":"aud","roles":["auditor"]}""");
        return server;
    }

    public void Show(LyingServer server, string ndjson, long after = -1) =>
        server.Api[string.Create(CultureInfo.InvariantCulture, $"/api/v1/events?after={after}&raw=true")] =
            Reply.Of(ndjson, string.Create(CultureInfo.InvariantCulture, $"Ledger-Count: {Log.Size}\r\n"));

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
