using System.Text.Json.Nodes;

namespace Ledger.Testing.Api;

/// <summary>Bodies that are right in every way, with every field that they may have, for tests that change what they are about.</summary>
public static class Bodies
{
    public const string PartyA = "armenia";
    public const string PartyB = "azerbaijan";
    public const string Zone = "line-of-contact";
    public const string Sha256 = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9";

    public static JsonObject Agreement(string id, Action<JsonObject>? change = null) => Changed(change, $$"""
        {
          "agreementId": "{{id}}", "title": "Statement of 10 October 2020", "timeZone": "Asia/Baku",
          "instruments": [{ "instrumentId": "statement", "title": "Statement", "date": "2020-10-10", "reference": "https://example.org/1", "sha256": "{{Sha256}}" }],
          "parties": [
            { "partyId": "armenia", "name": "Armenia", "labels": { "hy": "Հայաստան" }, "standing": "signatory" },
            { "partyId": "azerbaijan", "name": "Azerbaijan", "boundFrom": "2020-10-10T12:00:00+04:00" },
            { "partyId": "artsakh", "name": "Artsakh authorities", "standing": "non-signatory" }],
          "guarantors": [{ "name": "Russia" }],
          "provisions": [{ "provisionId": "p1", "text": "A ceasefire.", "prohibits": ["artillery-or-mortar"], "instrument": "statement", "from": "2020-10-10T12:00:00+04:00" }],
          "term": { "from": "2020-10-10T12:00:00+04:00" }, "exercise": true,
          "policy": { "confirmationsRequired": 1, "replyWindowHours": 0 }
        }
        """);

    public static JsonObject Violation(Action<JsonObject>? change = null) => Changed(change, """
        {
          "category": "strike-on-settlement", "provision": "p1", "otherProvisions": [], "weapon": "artillery",
          "occurred": { "from": "2020-10-18T10:00:00+04:00", "to": "2020-10-18T11:00:00+04:00", "precision": "minute" },
          "location": { "latitude": 39.8, "longitude": 46.75, "uncertaintyMetres": 500, "place": "Khankendi / Stepanakert", "placeId": "1234" },
          "otherPlaces": ["Shushi"], "allegedParty": "azerbaijan", "allegedBy": "armenia", "affectedParty": "armenia",
          "count": { "min": 3, "max": 5, "unit": "explosion" },
          "observation": { "means": "heard", "description": "Three bangs.", "directionOfFire": "from the east" },
          "origin": "team-1",
          "casualties": [{ "kind": "killed", "who": "civilian", "of": "armenia", "low": 1, "best": 2, "high": 3 }],
          "source": { "name": "Daily notes", "reliability": "B", "credibility": 2, "reference": "page 4" },
          "externalReference": { "system": "notes", "id": "77", "version": "1" },
          "narrative": "Shelling was heard.",
          "confidential": { "witness": { "name": "A. B.", "phone": [1, 2.5, null, true] } }
        }
        """);

    public static JsonObject FromObserver() => Parse("""
        { "observer": { "latitude": 39.8, "longitude": 46.75, "name": "Post 4" }, "bearingDegrees": { "from": 350, "to": 20 },
          "distanceMetres": { "from": 4000, "to": 7000 }, "place": "ridge" }
        """);

    public static JsonObject ZoneOf(string id = Zone) => Parse($$"""
        { "zoneId": "{{id}}", "name": "Line of contact", "polygon": { "type": "Polygon", "coordinates": [[[46, 39], [47, 39], [47, 40], [46, 40], [46, 39]]] } }
        """);

    public static JsonObject Party(string id) => Parse($$"""{ "partyId": "{{id}}", "name": "A party", "labels": { "en": "A party" }, "standing": "signatory" }""");

    public static JsonObject Provision(string id) => Parse($$"""{ "provisionId": "{{id}}", "text": "No drones.", "prohibits": ["uav-overflight"], "until": "2030-01-01T00:00:00Z" }""");

    public static JsonObject Policy() => Parse("""
        { "confirmationsRequired": 1, "rulingsRequired": 1, "onePerDelegation": false, "redisputeNeedsEvidence": false, "confirmersMayResolve": true,
          "replyWindowHours": 0, "erasureApprovals": 1, "placePrecisionMetres": 0, "timePrecision": "minute", "policyApprovals": 1 }
        """);

    public static JsonObject Turn(string at = "2020-11-01T00:00:00Z") => Parse($$"""{ "at": "{{at}}", "reason": "Agreed by telephone." }""");

    public static JsonObject Monitoring() => Parse("""
        { "site": "camera-1", "zone": "line-of-contact", "from": "2020-10-18T00:00:00Z", "to": "2020-10-18T12:00:00Z" }
        """);

    public static JsonObject Gap() => Parse("""
        { "site": "camera-1", "zone": "line-of-contact", "from": "2020-10-18T12:00:00Z", "to": "2020-10-18T18:00:00Z", "cause": "access-denied",
          "responsibleParty": "azerbaijan", "description": "Turned back at a checkpoint." }
        """);

    public static JsonObject Correction() => Parse("""{ "from": "2020-10-18T00:00:00Z", "to": "2020-10-18T06:00:00Z", "reason": "The camera failed." }""");

    public static JsonObject Claim() => Parse("""
        { "claimedBy": { "party": "azerbaijan" }, "against": "armenia", "from": "2020-10-18T00:00:00Z", "to": "2020-10-19T00:00:00Z",
          "figures": [{ "of": "violations", "min": 54, "max": 60 }, { "of": "artillery-or-mortar", "min": 3 }],
          "source": { "name": "Ministry of Defence", "reference": "https://example.org/2" }, "text": "54 violations in 24 hours." }
        """);

    public static JsonObject Evidence(string sha256 = Sha256) => Parse($$"""
        { "sha256": "{{sha256}}", "size": 12, "mediaType": "image/jpeg", "title": "Crater", "acquiredFrom": "A neighbour", "original": true }
        """);

    public static JsonObject Corroboration(string origin = "team-2") => Parse($$"""{ "origin": "{{origin}}", "observation": { "means": "saw", "description": "Smoke." } }""");

    public static JsonObject Reply() => Parse($$"""
        { "reply": "denied", "party": "azerbaijan", "statement": "It wasn't us.", "reference": "note 5", "sha256": "{{Sha256}}", "replyTo": "018f2a6e-0000-7000-8000-000000000001" }
        """);

    public static JsonObject Casualties() => Parse("""
        { "casualties": [{ "kind": "killed", "who": "total", "best": 5 }], "claimedBy": "Ombudsman", "claimedAt": "2020-10-19T00:00:00Z", "source": "Press release" }
        """);

    public static JsonObject Amendment() => Parse("""
        { "changes": { "narrative": "Shelling was heard twice.", "weapon": null, "location": { "place": "Shushi" } }, "reason": "Written down wrongly." }
        """);

    public static JsonObject Attribution(string? party = PartyA) => Parse($$"""
        { "party": {{(party is null ? "null" : $"\"{party}\"")}}, "confidence": "medium", "basis": "Crater analysis." }
        """);

    public static JsonObject Reason() => Parse("""{ "reason": "New facts." }""");

    public static JsonObject Dispute(string? party = null) => Parse($$"""
        { "grounds": "misattribution", "statement": "It came from elsewhere."{{(party is null ? "" : $", \"party\": \"{party}\"")}}, "evidence": ["{{Sha256}}"] }
        """);

    public static JsonObject Answer() => Parse("""{ "statement": "We stand by it." }""");

    public static JsonObject Rejected() => Parse("""{ "outcome": "rejected", "rationale": "Nothing supports it." }""");

    public static JsonObject Upheld(string remedy) => Parse($$"""{ "outcome": "upheld", "rationale": "It is right.", "remedy": {{remedy}} }""");

    public static JsonObject Confirmation() => Parse("""{ "severity": "serious", "rationale": "Three sources agree." }""");

    public static JsonObject Dismissal(string reason = "no-violation") => Parse($$"""{ "reason": "{{reason}}", "rationale": "It lies outside the text." }""");

    public static JsonObject Unresolved() => Parse("""{ "reason": "unverifiable", "rationale": "Nobody could go there." }""");

    public static JsonObject Key(string subject, string role, string? party = null, params string[] agreements) => Parse($$"""
        { "subject": "{{subject}}", "displayName": "Display name of {{subject}}", "roles": ["{{role}}"]
          {{(party is null ? "" : $", \"partyId\": \"{party}\"")}}
          {{(agreements.Length == 0 ? "" : $", \"agreements\": [\"{string.Join("\", \"", agreements)}\"]")}} }
        """);

    public static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();

    /// <summary>The same with one field set.</summary>
    public static JsonObject With(this JsonObject body, string name, JsonNode? value)
    {
        body[name] = value;
        return body;
    }

    public static JsonObject Without(this JsonObject body, string name)
    {
        body.Remove(name);
        return body;
    }

    private static JsonObject Changed(Action<JsonObject>? change, string json)
    {
        var body = Parse(json);
        change?.Invoke(body);
        return body;
    }
}
