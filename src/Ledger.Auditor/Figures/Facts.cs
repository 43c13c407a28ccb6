using System.Text.Json;

namespace Ledger.Auditor;

/// <summary>A row of casualty figures (domain.md, "How figures are counted").</summary>
internal sealed record CasualtyRow(string Kind, string Who, long Low, long Best, long High, bool AsPrinted);

/// <summary>What an event says that matters to a figure. Read from the stored bytes, by the auditor's own reading of the rules.</summary>
internal abstract record Fact
{
    private Fact() { }

    public sealed record AgreementRegistered(string Agreement, IReadOnlyList<string> Parties) : Fact;

    public sealed record PartyAdded(string Party) : Fact;

    public sealed record Recorded(string Agreement, string Category, string? AllegedParty, IReadOnlyList<CasualtyRow> Casualties) : Fact;

    public sealed record Disputed(string Dispute) : Fact;

    public sealed record DisputeAnswered(string Dispute) : Fact;

    public sealed record DisputeWithdrawn(string Dispute) : Fact;

    /// <param name="Remedy">The stored type of the event that has to follow; null where none has to.</param>
    public sealed record DisputeResolved(string Dispute, bool IsUpheld, string? Remedy) : Fact;

    /// <param name="Ruling">What was said yes to.</param>
    public sealed record RulingEndorsed(string Ruling) : Fact;

    /// <param name="RulesOnParty">An attribution is part of the confirmation; its party may be null = undetermined.</param>
    public sealed record Confirmed(string Severity, bool RulesOnParty, string? Party) : Fact;

    public sealed record Attributed(string? Party) : Fact;

    public sealed record Dismissed(bool IsDuplicate) : Fact;

    public sealed record LeftUnresolved : Fact;

    /// <param name="Category">Null where it stays.</param>
    /// <param name="Casualties">Null where they stay.</param>
    public sealed record Amended(string? Category, IReadOnlyList<CasualtyRow>? Casualties, bool IsOfNarrativeAndSourceOnly) : Fact;

    public sealed record CasualtiesRevised(IReadOnlyList<CasualtyRow> Casualties) : Fact;

    public sealed record Reopened : Fact;

    public sealed record Withdrawn : Fact;

    /// <summary>Evidence and erasures: a case takes them whatever its status.</summary>
    public sealed record AlwaysAllowed : Fact;

    /// <summary>Corroborations and replies: they change no figure, and closed cases don't take them.</summary>
    public sealed record Said : Fact;

    /// <summary>Coverage, published totals, keys, webhooks: no case and no party.</summary>
    public sealed record Apart : Fact;

    /// <summary>A type that this program doesn't know: figures after it can't be recomputed.</summary>
    public sealed record Unknown(string Type) : Fact;
}

/// <summary>Reads facts from stored events.</summary>
internal static class FactReader
{
    /// <exception cref="KeyNotFoundException">A field is missing.</exception>
    /// <exception cref="InvalidOperationException">A field has another type.</exception>
    public static Fact Read(string type, JsonElement data) => type switch
    {
        "agreement-registered-v1" => new Fact.AgreementRegistered(Text(data, "agreementId"), [.. Items(data, "parties").Select(party => Text(party, "partyId"))]),
        "party-added-v1" => new Fact.PartyAdded(Text(data, "partyId")),
        "violation-recorded-v1" => new Fact.Recorded(Text(data, "agreementId"), Text(data, "category"), TextOrNull(data.GetProperty("allegedParty")), Rows(data)),
        "violation-disputed-v1" => new Fact.Disputed(Text(data, "disputeId")),
        "dispute-answered-v1" => new Fact.DisputeAnswered(Text(data, "disputeId")),
        "dispute-withdrawn-v1" => new Fact.DisputeWithdrawn(Text(data, "disputeId")),
        "dispute-resolved-v1" => new Fact.DisputeResolved(Text(data, "disputeId"), Text(data, "outcome") == "upheld", Remedy(data)),
        "ruling-endorsed-v1" => new Fact.RulingEndorsed(Text(data.GetProperty("ruling"), "kind")),
        "violation-confirmed-v1" => Confirmed(data),
        "violation-attributed-v1" => new Fact.Attributed(TextOrNull(data.GetProperty("party"))),
        "violation-dismissed-v1" => new Fact.Dismissed(Text(data, "reason") == "duplicate"),
        "violation-left-unresolved-v1" => new Fact.LeftUnresolved(),
        "violation-amended-v1" => Amended(data.GetProperty("changes")),
        "casualties-revised-v1" => new Fact.CasualtiesRevised(Rows(data)),
        "violation-reopened-v1" => new Fact.Reopened(),
        "violation-withdrawn-v1" => new Fact.Withdrawn(),
        "evidence-attached-v1" or "evidence-stripped-v1" or "erasure-approved-v1" or "personal-data-erased-v1" or "evidence-erasure-approved-v1" or "evidence-erased-v1" => new Fact.AlwaysAllowed(),
        "violation-corroborated-v1" or "party-replied-v1" => new Fact.Said(),
        "provision-added-v1" or "zone-defined-v1" or "policy-changed-v1" or "safeguards-changed-v1" or "policy-change-approved-v1" or "agreement-suspended-v1" or "agreement-resumed-v1" or "agreement-ended-v1"
            or "monitoring-logged-v1" or "coverage-gap-recorded-v1" or "coverage-corrected-v1" or "aggregate-claim-recorded-v1" or "aggregate-claim-withdrawn-v1"
            or "key-issued-v1" or "key-revoked-v1" or "key-rotated-v1" or "key-proposed-v1" or "key-rotation-proposed-v1" or "key-approved-v1" or "account-ended-v1" or "account-blocked-v1" or "account-unblocked-v1" or "webhook-registered-v1" or "webhook-registered-v2" or "webhook-secret-rotated-v1" or "webhook-resumed-v1" or "webhook-removed-v1"
            or "evidence-read-v1" => new Fact.Apart(),
        _ => new Fact.Unknown(type),
    };

    private static Fact.Confirmed Confirmed(JsonElement data)
    {
        var rules = data.TryGetProperty("attribution", out var attribution) && attribution.ValueKind != JsonValueKind.Null;
        return new Fact.Confirmed(Text(data, "severity"), rules, rules ? TextOrNull(attribution.GetProperty("party")) : null);
    }

    private static Fact.Amended Amended(JsonElement changes) => new(
        changes.TryGetProperty("category", out var category) ? category.GetString() : null,
        changes.TryGetProperty("casualties", out _) ? Rows(changes) : null,
        changes.EnumerateObject().All(change => change.Name is "narrative" or "source" or "_sd" or "_sdOf"));

    private static string? Remedy(JsonElement data)
    {
        if (!data.TryGetProperty("remedy", out var remedy) || remedy.ValueKind == JsonValueKind.Null) return null;
        return Text(remedy, "kind") switch
        {
            "dismissed" => "violation-dismissed-v1",
            "reattributed" => "violation-attributed-v1",
            "reopened" => "violation-reopened-v1",
            "amended" => "violation-amended-v1",
            _ => throw new InvalidOperationException("No such remedy."),
        };
    }

    private static List<CasualtyRow> Rows(JsonElement data) => [.. Items(data, "casualties").Select(Row)];

    // Bounds that the source doesn't give are its best figure.
    private static CasualtyRow Row(JsonElement row)
    {
        var best = row.GetProperty("best").GetInt64();
        return new CasualtyRow(
            Text(row, "kind"), Text(row, "who"), Number(row, "low") ?? best, best, Number(row, "high") ?? best,
            row.TryGetProperty("asPrinted", out var printed) && printed.ValueKind == JsonValueKind.True);
    }

    private static long? Number(JsonElement row, string name) =>
        row.TryGetProperty(name, out var number) && number.ValueKind != JsonValueKind.Null ? number.GetInt64() : null;

    private static List<JsonElement> Items(JsonElement data, string name) => data.TryGetProperty(name, out var items) ? [.. items.EnumerateArray()] : [];

    private static string Text(JsonElement data, string name) => data.GetProperty(name).GetString() ?? throw new InvalidOperationException("A text is null.");

    private static string? TextOrNull(JsonElement value) => value.GetString();
}
