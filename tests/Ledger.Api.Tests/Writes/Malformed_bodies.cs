using System.Text;
using System.Text.Json.Nodes;
using Ledger.Testing.Api;

namespace Ledger.Api.Tests.Writes;

public sealed class Malformed_bodies(TestLedger ledger) : IClassFixture<TestLedger>
{
    /// <summary>A body's kind, a JSON Pointer, the value put there (nothing: the field is taken out), and where the errors must be.</summary>
    public static TheoryData<string, string, string?, string> Wrong()
    {
        var rows = new TheoryData<string, string, string?, string>();
        void Row(string kind, string place, string? value, string? error = null) => rows.Add(kind, place, value, error ?? place);

        // What every body is held to, shown on a violation
        Row("violation", "/colour", "1");
        Row("violation", "/Category", "\"other\"");
        Row("violation", "/category", null);
        Row("violation", "/category", "null");
        Row("violation", "/category", "5");
        Row("violation", "/category", "\"noise\"");
        Row("violation", "/category", "\"StrikeOnSettlement\"");
        Row("violation", "/allegedParty", null);
        Row("violation", "/allegedParty", "\"Armenia\"");
        Row("violation", "/allegedParty", "\"a\\n\"");
        Row("violation", "/allegedParty", "{}");
        Row("violation", "/violationId", "\"five\"");
        Row("violation", "/violationId", "\"{018f2a6e-0000-7000-8000-000000000001}\"");
        Row("violation", "/occurred", null);
        Row("violation", "/occurred", "\"2020-10-18T10:00:00Z\"");
        Row("violation", "/occurred/from", "\"2020-10-18T10:00:00\"");
        Row("violation", "/occurred/from", "\"2020-10-18\"");
        Row("violation", "/occurred/from", "\"2020-02-30T10:00:00Z\"");
        Row("violation", "/occurred/from", "\"2020-10-18T24:00:00Z\"");
        Row("violation", "/occurred/from", "\"2020-10-18 10:00:00Z\"");
        Row("violation", "/occurred/from", "\"0001-01-01T00:00:00Z\"");
        Row("violation", "/occurred/from", "\"9999-12-31T23:59:59Z\"");
        Row("violation", "/occurred/from", "1603000000");
        Row("violation", "/occurred/to", "\"2020-10-18T09:59:59+04:00\"");
        Row("violation", "/occurred/precision", "\"second\"");
        Row("violation", "/occurred/precision", null);
        Row("violation", "/location", "{}", "/location/place");
        Row("violation", "/location/latitude", "91");
        Row("violation", "/location/latitude", "-90.001");
        Row("violation", "/location/latitude", "\"39\"");
        Row("violation", "/location/latitude", "1e999");
        Row("violation", "/location/latitude", null);
        Row("violation", "/location/longitude", "180.5");
        Row("violation", "/location/longitude", null);
        Row("violation", "/location/uncertaintyMetres", "-1");
        Row("violation", "/location/bearingDegrees", """{ "from": 1, "to": 2 }""");
        Row("violation", "/location/zone", "\"No Zone\"");
        Row("observer", "/location/latitude", "1");
        Row("observer", "/location/placeId", "\"x\"");
        Row("observer", "/location/uncertaintyMetres", "1");
        Row("observer", "/location/observer/latitude", null);
        Row("observer", "/location/bearingDegrees/from", "361");
        Row("observer", "/location/bearingDegrees/to", "-1");
        Row("observer", "/location/distanceMetres/to", "3999");
        Row("observer", "/location/distanceMetres/from", "\"near\"");
        Row("violation", "/count/max", "2");
        Row("violation", "/count/min", "-1");
        Row("violation", "/count/min", "1.5");
        Row("violation", "/count/min", "10000001");
        Row("violation", "/count/min", "99999999999999999999999");
        Row("violation", "/count/unit", "\"round\"");
        Row("violation", "/casualties/0/low", "3");
        Row("violation", "/casualties/0/high", "1");
        Row("violation", "/casualties/0/best", null);
        Row("violation", "/casualties/0/best", "10000001");
        Row("violation", "/casualties/0/kind", "\"hurt\"");
        Row("violation", "/casualties/0/who", "\"everybody\"");
        Row("violation", "/casualties", "{}");
        Row("violation", "/casualties/0", "null");
        Row("violation", "/source/credibility", "7");
        Row("violation", "/source/credibility", "\"2\"");
        Row("violation", "/source/reliability", "\"G\"");
        Row("violation", "/source/name", "\"  \"");
        Row("violation", "/externalReference/id", null);
        Row("violation", "/observation/means", "\"smelt\"");
        Row("violation", "/narrative", Json(new string('x', 16_001)));
        Row("violation", "/narrative", "\"a\\u0000b\"");
        Row("violation", "/narrative", "\"a\\rb\"");
        Row("violation", "/narrative", "\"a\\u007fb\"");
        Row("violation", "/narrative", "\"\\ud800\"");
        Row("violation", "/narrative", "[]");
        Row("violation", "/origin", Json(new string('x', 201)));
        Row("violation", "/otherPlaces/0", "\"\"");
        Row("violation", "/otherPlaces", "\"Shushi\"");
        Row("violation", "/otherProvisions", """["p1", "p1"]""", "/otherProvisions/1");
        Row("violation", "/relatedTo", """["x"]""", "/relatedTo/0");
        Row("violation", "/alsoBreaches", """[{ "agreementId": "a" }]""", "/alsoBreaches/0/provisionId");
        Row("violation", "/confidential", "\"secret\"");
        Row("violation", "/confidential", "[]");
        Row("violation", "/confidential", $"{{{string.Join(',', Enumerable.Range(0, 33).Select(i => $"\"n{i}\": 1"))}}}");
        Row("violation", "/confidential", $$"""{ "text": "{{new string('x', 65_536)}}" }""");
        Row("violation", "/confidential", """{ "a": 1, "a": 2 }""", "/confidential/a");
        Row("violation", "/confidential", """{ "a": { "b": [1e999] } }""", "/confidential/a/b/0");
        Row("violation", "/confidential", """{ "a": "\udfff" }""", "/confidential/a");
        Row("violation", "/confidential", """{ "": 1 }""");

        Row("agreement", "/agreementId", "\"Upper\"");
        Row("agreement", "/agreementId", "\"-a\"");
        Row("agreement", "/agreementId", Json(new string('a', 65)));
        Row("agreement", "/agreementId", "\"\"");
        Row("agreement", "/title", Json(new string('x', 201)));
        Row("agreement", "/timeZone", "\"Asia/Nowhere\"");
        Row("agreement", "/timeZone", "\"../../etc/passwd\"");
        Row("agreement", "/timeZone", "\"asia/baku\"");
        Row("agreement", "/timeZone", "\"Eastern Standard Time\"");
        Row("agreement", "/parties", null);
        Row("agreement", "/parties/1/partyId", "\"armenia\"");
        Row("agreement", "/parties/0/labels", """{ "not a tag": "x" }""", "/parties/0/labels/not a tag");
        Row("agreement", "/parties/0/labels/hy", "5");
        Row("agreement", "/parties/0/standing", "\"guest\"");
        Row("agreement", "/provisions/0/prohibits", """["noise"]""", "/provisions/0/prohibits/0");
        Row("agreement", "/provisions/0/until", "\"2020-10-10T11:59:59+04:00\"");
        Row("agreement", "/instruments/0/date", "\"10 October 2020\"");
        Row("agreement", "/instruments/0/sha256", "\"abc\"");
        Row("agreement", "/term", null);
        Row("agreement", "/term/until", "\"2020-10-10T12:00:00+04:00\"");
        Row("agreement", "/exercise", "\"yes\"");
        Row("agreement", "/policy/confirmationsRequired", "0");
        Row("agreement", "/policy/quorum", "3");
        Row("agreement", "/policy/placePrecisionMetres", "-1");
        Row("agreement", "/policy/timePrecision", "\"second\"");
        Row("agreement", "/policy/policyApprovals", "0");

        Row("zone", "/polygon/type", "\"Point\"");
        Row("zone", "/polygon/coordinates", "[]");
        Row("zone", "/polygon/coordinates", "[[[46, 39], [47, 39], [47, 40], [46, 39.5]]]", "/polygon/coordinates/0");
        Row("zone", "/polygon/coordinates", "[[[46, 39], [47, 39], [46, 39]]]", "/polygon/coordinates/0");
        Row("zone", "/polygon/coordinates", "[[[46, 91], [47, 39], [47, 40], [46, 91]]]", "/polygon/coordinates/0/0");
        Row("zone", "/polygon/coordinates", "[[[46, 39, 100], [47, 39], [47, 40], [46, 39, 100]]]", "/polygon/coordinates/0/0");
        Row("zone", "/polygon/coordinates", "[[[46, \"39\"], [47, 39], [47, 40], [46, 39]]]", "/polygon/coordinates/0/0");
        Row("zone", "/polygon/coordinates", "{}");
        Row("zone", "/polygon/coordinates", $"[[{string.Join(',', Enumerable.Repeat("[1,1]", 10_001))}]]");
        Row("zone", "/polygon/crs", "1");

        Row("turn", "/at", "\"now\"");
        Row("turn", "/reason", Json(new string('x', 4_001)));
        Row("monitoring", "/to", "\"2020-10-17T00:00:00Z\"");
        Row("monitoring", "/site", "\"\"");
        Row("monitoring", "/cause", "\"weather\"");
        Row("gap", "/cause", "\"laziness\"");
        Row("gap", "/cause", null);
        Row("gap", "/coverageId", "5");
        Row("claim", "/against", null);
        Row("claim", "/figures", "[]");
        Row("claim", "/figures/0/of", "\"bullets\"");
        Row("claim", "/figures/0/max", "53");
        Row("claim", "/source", "\"Ministry\"");
        Row("claim", "/to", "\"2020-10-17T00:00:00Z\"");

        Row("evidence", "/sha256", "\"B94D27B9934D3E08A52E52D7DA7DABFAC484EFE37A5380EE9088F7ACE2EFCDE9\"");
        Row("evidence", "/size", "-1");
        Row("evidence", "/size", "1.5");
        Row("evidence", "/mediaType", "\"jpeg\"");
        Row("evidence", "/mediaType", "\"image/jpeg; q=1\"");
        Row("evidence", "/original", "\"true\"");
        Row("evidence", "/original", null);
        Row("corroboration", "/observation", null);
        Row("corroboration", "/origin", "\"\"");
        Row("reply", "/reply", "\"maybe\"");
        Row("reply", "/replyTo", "\"first\"");
        Row("casualties", "/casualties", "[]");
        Row("casualties", "/claimedBy", null);
        Row("amendment", "/changes", "{}");
        Row("amendment", "/changes/allegedParty", "\"armenia\"");
        Row("amendment", "/changes/confidential", "{}");
        Row("amendment", "/changes/violationId", "\"018f2a6e-0000-7000-8000-000000000001\"");
        Row("amendment", "/changes/category", "null");
        Row("amendment", "/changes/occurred", "null");
        Row("amendment", "/reason", "\" \"");
        Row("attribution", "/party", null);
        Row("attribution", "/confidence", "\"certain\"");
        Row("attribution", "/basis", null);
        Row("reason", "/reason", null);
        Row("dispute", "/grounds", "\"dislike\"");
        Row("dispute", "/evidence", "[\"abc\"]", "/evidence/0");
        Row("answer", "/statement", "null");
        Row("confirmation", "/severity", "\"terrible\"");
        Row("confirmation", "/attribution", "{}", "/attribution/party");
        Row("dismissal", "/reason", "\"boredom\"");
        Row("unresolved", "/reason", "\"no-incident\"");
        Row("resolution", "/remedy", """{ "kind": "reopened" }""");
        Row("upheld", "/remedy", null);
        Row("upheld", "/remedy/kind", "\"forgotten\"");
        Row("upheld", "/remedy/reason", "\"duplicate\"");
        Row("upheld", "/remedy/reason", null);
        Row("upheld", "/remedy/party", "\"armenia\"");
        Row("upheld", "/remedy/changes", "{}");
        Row("key", "/roles", "[]");
        Row("key", "/roles", "[\"king\"]", "/roles/0");
        Row("key", "/roles", "[\"system\"]", "/roles/0");
        Row("key", "/roles", "[\"reader\", \"reader\"]", "/roles/1");
        Row("key", "/subject", "\"machine:deadline\"");
        Row("key", "/displayName", null);
        Row("key", "/partyId", "\"armenia\"");
        Row("key", "/expiresAt", "\"tomorrow\"");
        Row("key", "/agreements", "[\"Not An Id\"]", "/agreements/0");
        Row("rotation", "/overlapHours", "-1");
        Row("rotation", "/overlapHours", "721");
        Row("rotation", "/overlapHours", "null");
        Row("rotation", "/overlapHours", "1.5");
        Row("rotation", "/secret", "\"my-own\"");
        return rows;
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Each_fault_is_told_at_its_place_and_nothing_is_stored(string kind, string place, string? value, string error)
    {
        var (path, body) = For(kind);
        var text = Put(body, place, value);
        var events = await ledger.EventsAsync();

        var answer = await ledger.Administrator.PostTextAsync(path, text, ifMatch: "\"0\"");

        answer.Malformed(error);
        Assert.Equal(events, await ledger.EventsAsync());
    }

    [Fact]
    public async Task Every_kind_of_body_is_in_order_before_it_is_spoilt()
    {
        foreach (var kind in Kinds)
        {
            var (path, body) = For(kind);
            var answer = await ledger.Administrator.PostAsync(path, body, ifMatch: "\"0\"");
            Assert.True(answer.Status != 400, $"{kind}: {answer.Text}");
        }
    }

    [Fact]
    public async Task All_that_is_wrong_is_told_at_once()
    {
        var body = Bodies.Violation(b =>
        {
            b["category"] = "noise";
            b["colour"] = "red";
            b.Remove("allegedParty");
            b["occurred"]!["from"] = "yesterday";
            b["count"]!["max"] = 1;
            b["casualties"]![0]!["low"] = 9;
            b["location"]!["latitude"] = 100;
        });

        (await ledger.Administrator.PostAsync("agreements/nowhere/violations", body)).Malformed(
            "/category", "/colour", "/allegedParty", "/occurred/from", "/count/max", "/casualties/0/low", "/location/latitude");
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("5")]
    [InlineData("{")]
    [InlineData("{}{}")]
    [InlineData("{\"reason\": \"x\",}")]
    [InlineData("{/* no */}")]
    [InlineData("{\"reason\": \"x\", \"reason\": \"y\"}")]
    [InlineData("{\"\\ud800\": \"x\"}")]
    [InlineData("{\"\\u0000\": \"x\"}")]
    [InlineData("{\"reason\": NaN}")]
    [InlineData("\ufeff\ufeff{\"reason\": \"x\"}")]
    public async Task What_is_no_JSON_object_is_malformed(string text)
    {
        (await ledger.Administrator.PostTextAsync($"violations/{Guid.NewGuid()}/withdrawal", text, ifMatch: "\"0\"")).Refused(400, "malformed");
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF_8_and_depths_without_end_are_malformed()
    {
        var place = $"violations/{Guid.NewGuid()}/withdrawal";
        byte[] bytes = [.. Encoding.ASCII.GetBytes("{\"reason\": \""), 0xC3, 0x28, .. Encoding.ASCII.GetBytes("\"}")];
        (await ledger.Administrator.PostBytesAsync(place, bytes)).Refused(400, "malformed");

        string Deep(int levels) => Bodies.Violation().ToJsonString().Replace("\"witness\"", $"\"deep\": {new string('[', levels)}{new string(']', levels)}, \"witness\"", StringComparison.Ordinal);
        var agreement = await ledger.AgreementAsync();
        var monitor = await ledger.MonitorAsync();
        (await monitor.PostTextAsync($"agreements/{agreement}/violations", Deep(30))).Stored(201);
        (await monitor.PostTextAsync($"agreements/{agreement}/violations", Deep(31))).Refused(400, "malformed");
        (await monitor.PostTextAsync($"agreements/{agreement}/violations", Deep(100_000))).Refused(400, "malformed");
    }

    [Fact]
    public async Task Bounds_that_a_source_printed_out_of_order_are_kept_so()
    {
        await ledger.CaseAsync(body => body["casualties"] = JsonNode.Parse("""[{ "kind": "killed", "who": "total", "low": 9, "best": 5, "high": 2, "asPrinted": true }]"""));
    }

    [Fact]
    public async Task A_whole_number_may_be_written_with_a_point()
    {
        await ledger.CaseAsync(body => body["count"] = JsonNode.Parse("""{ "min": 3.0, "max": 5e0, "unit": "shot" }"""));
    }

    [Theory]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData("LONG")]
    public async Task An_Idempotency_Key_is_visible_ASCII(string key)
    {
        (await ledger.Administrator.PostAsync($"violations/{Guid.NewGuid()}/withdrawal", Bodies.Reason(), key == "LONG" ? new string('k', 256) : key, "\"0\""))
            .Refused(400, "malformed");
    }

    private static readonly string[] Kinds =
    [
        "violation", "observer", "agreement", "zone", "turn", "monitoring", "gap", "claim", "evidence", "corroboration", "reply", "casualties", "amendment",
        "attribution", "reason", "dispute", "answer", "confirmation", "dismissal", "unresolved", "resolution", "upheld", "key",
    ];

    /// <summary>Places that don't exist: a body that is in order gets 404 there, and nothing is stored.</summary>
    internal static (string Path, JsonObject Body) For(string kind)
    {
        const string Agreement = "agreements/nowhere";
        var violation = $"violations/{Guid.Empty}";
        var dispute = $"{violation}/disputes/{Guid.Empty}";
        return kind switch
        {
            "violation" => ($"{Agreement}/violations", Bodies.Violation()),
            "observer" => ($"{Agreement}/violations", Bodies.Violation(body => body["location"] = Bodies.FromObserver())),
            "agreement" => ("agreements", Bodies.Agreement("malformed")),
            "zone" => ($"{Agreement}/zones", Bodies.ZoneOf()),
            "turn" => ($"{Agreement}/suspension", Bodies.Turn()),
            "monitoring" => ($"{Agreement}/monitoring", Bodies.Monitoring()),
            "gap" => ($"{Agreement}/coverage-gaps", Bodies.Gap()),
            "claim" => ($"{Agreement}/aggregate-claims", Bodies.Claim()),
            "evidence" => ($"{violation}/evidence", Bodies.Evidence()),
            "corroboration" => ($"{violation}/corroborations", Bodies.Corroboration()),
            "reply" => ($"{violation}/replies", Bodies.Reply()),
            "casualties" => ($"{violation}/casualties", Bodies.Casualties()),
            "amendment" => ($"{violation}/amendments", Bodies.Amendment()),
            "attribution" => ($"{violation}/attribution", Bodies.Attribution()),
            "reason" => ($"{violation}/withdrawal", Bodies.Reason()),
            "dispute" => ($"{violation}/disputes", Bodies.Dispute()),
            "answer" => ($"{dispute}/answer", Bodies.Answer()),
            "confirmation" => ($"{violation}/confirmation", Bodies.Confirmation()),
            "dismissal" => ($"{violation}/dismissal", Bodies.Dismissal()),
            "unresolved" => ($"{violation}/unresolved", Bodies.Unresolved()),
            "resolution" => ($"{dispute}/resolution", Bodies.Rejected()),
            "upheld" => ($"{dispute}/resolution", Bodies.Upheld("""{ "kind": "dismissed", "reason": "no-incident" }""")),
            "key" => ("keys", Bodies.Key("malformed", "reader")),
            "rotation" => ("keys/administrator/rotations", Bodies.Parse("""{ "overlapHours": 24 }""")),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };
    }

    /// <summary>The body's text with one place changed; the value is JSON text, and may be what no JSON library would write.</summary>
    private static string Put(JsonObject body, string place, string? value)
    {
        const string Marker = "«here»";
        var parts = place[1..].Split('/');
        JsonNode node = body;
        foreach (var part in parts[..^1]) node = node is JsonArray list ? list[int.Parse(part, null)]! : node[part]!;
        if (node is JsonArray items) items[int.Parse(parts[^1], null)] = Marker;
        else if (value is null) node.AsObject().Remove(parts[^1]);
        else node[parts[^1]] = Marker;
        return body.ToJsonString().Replace(JsonValue.Create(Marker).ToJsonString(), value, StringComparison.Ordinal);
    }

    private static string Json(string text) => JsonValue.Create(text)!.ToJsonString();
}
