using System.Text.Json.Nodes;

namespace Ledger.Benchmarks.Soak;

/// <summary>Who works on the ledger under soak.</summary>
internal sealed record SoakPeople(Uri Address, string Administrator, string Monitor, string Liaison, string Verifier, string Auditor)
{
    public SoakClient As(string key) => new(Address, key);

    /// <summary>Registers an agreement, issues the keys, and a target that is pushed to.</summary>
    public static async Task<SoakPeople> PrepareAsync(SoakServer server, string target)
    {
        using var administrator = new SoakClient(server.Address, server.AdministratorKey);
        await SoakClient.MustAsync(administrator.PostAsync("agreements", JsonNode.Parse("""
            {
              "agreementId": "soak", "title": "A truce that is much talked about", "timeZone": "Europe/Kyiv",
              "parties": [{ "partyId": "north", "name": "North" }, { "partyId": "south", "name": "South" }],
              "provisions": [{ "provisionId": "no-fire", "text": "No fire across the line.", "prohibits": ["small-arms-fire", "artillery-or-mortar"] }],
              "term": { "from": "2026-03-01T00:00:00Z" }
            }
            """)!));
        var people = new SoakPeople(
            server.Address, server.AdministratorKey, await KeyAsync(administrator, "monitor"), await KeyAsync(administrator, "liaison", "north"),
            await KeyAsync(administrator, "verifier"), await KeyAsync(administrator, "auditor"));
        await SoakClient.MustAsync(administrator.PostAsync("webhooks", new JsonObject { ["webhookId"] = "soak", ["url"] = target, ["after"] = -1 }));
        return people;
    }

    private static async Task<string> KeyAsync(SoakClient administrator, string role, string? party = null)
    {
        var body = new JsonObject { ["subject"] = role + "-1", ["displayName"] = "A " + role, ["roles"] = new JsonArray(role) };
        if (party is not null) body["partyId"] = party;
        return (await SoakClient.MustAsync(administrator.PostAsync("keys", body)))["key"]!.GetValue<string>();
    }
}
