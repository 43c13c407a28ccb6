using System.Text.Json.Nodes;
using Ledger.Dashboard.Languages;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;
using Microsoft.Extensions.Primitives;
using static Ledger.Dashboard.Pages.Cases.FormJson;

namespace Ledger.Dashboard.Pages.Cases;

/// <summary>How a field is asked for.</summary>
public enum Asks { Line, Prose, Choice, Select, Number, Fraction, Moment, Tick, File }

/// <summary>One question of a form.</summary>
/// <param name="Name">In the form; the same through every try, so that nothing typed is lost.</param>
/// <param name="Place">Where it stands in the API's body, as its errors name it.</param>
/// <param name="Label">The key of its word.</param>
public sealed record ActField(string Name, string Place, string Label, Asks Asks)
{
    public IReadOnlyList<(string Value, string Said)> Options { get; init; } = [];

    public bool IsRequired { get; init; }

    /// <summary>The key of a sentence under the label.</summary>
    public string? Hint { get; init; }

    /// <summary>What stands there at first.</summary>
    public string? Standing { get; init; }

    /// <summary>The key of the part that it belongs to; fields of one part stand together.</summary>
    public string? Part { get; init; }

    /// <summary>Another field's value with which it is sent, as <c>name=value</c>; else it isn't, whatever stands there.</summary>
    public string? When { get; init; }

    /// <summary>Within its part: another field's value with which it is asked for, as <see cref="When"/>.</summary>
    public string? Within { get; init; }

    /// <summary>It shows what stands, which may stay: the form doesn't call it optional.</summary>
    public bool Corrects { get; init; }

    /// <summary>Its label in the reader's language.</summary>
    public string Said => Text.Core.Find(Label) ?? Text.Field[Label];
}

/// <summary>What was typed.</summary>
public sealed class ActValues(IReadOnlyDictionary<string, StringValues> typed)
{
    public string? Of(string name) => typed.TryGetValue(name, out var value) && value.ToString().Trim() is { Length: > 0 } text ? text : null;

    public bool Has(ActField field)
    {
        ArgumentNullException.ThrowIfNull(field);
        return Fits(field.When) && Fits(field.Within);
    }

    private bool Fits(string? when) => when is null || (when.Split('=') is [var other, var value] && value.Split('|').Contains(Of(other) ?? ""));
}

/// <summary>A form for an act: its questions, and the API's body that the answers make.</summary>
/// <param name="Path">Under <c>/violations/{v}</c> of the API.</param>
public sealed record ActForm(string Path, IReadOnlyList<ActField> Fields, Func<ActValues, JsonObject> ToBody)
{
    /// <summary>Null where the act needs a dispute and the address names none that is open.</summary>
    public static ActForm? Of(CaseAct act, ViolationState state, AgreementState agreement, CaseText text, DisputeId? dispute, TimeZoneInfo zone)
    {
        ArgumentNullException.ThrowIfNull(act);
        ArgumentNullException.ThrowIfNull(state);
        if (act.IsOfDispute && dispute is null) return null;
        var make = new ActForms(state, agreement, text, zone);
        return act.Slug switch
        {
            "reply" => ActForms.Reply(),
            "dispute" => ActForms.Dispute(),
            "answer" => ActForms.Answer(dispute!.Value),
            "withdraw-dispute" => ActForms.Reason($"/disputes/{dispute}/withdrawal"),
            "confirm" => make.Confirm(),
            "dismiss" => ActForms.Dismiss(),
            "unresolved" => ActForms.Unresolved(),
            "attribute" => make.Attribute(),
            "resolve" => make.Resolve(dispute!.Value),
            "reopen" => ActForms.Reason("/reopening"),
            "corroborate" => ActForms.Corroborate(),
            "evidence" => ActForms.Evidence(),
            "casualties" => make.Casualties(),
            "amend" => make.Amend(),
            "withdraw" => ActForms.Reason("/withdrawal"),
            _ => null,
        };
    }
}

/// <summary>A text of the case as the viewer may read it.</summary>
public delegate string? CaseText(Prose? prose);

/// <summary>The forms, one a method.</summary>
internal sealed class ActForms(ViolationState state, AgreementState agreement, CaseText text, TimeZoneInfo zone)
{
    private const string Undetermined = PartyId.Undetermined;
    private const int CasualtyRows = 4;

    private static readonly string[] Remedies = ["dismissed", "reattributed", "reopened", "amended"];

    public static ActForm Reply() => new("/replies",
    [
        Choice("reply", "/reply", "Field_reply", Codes<ReplyKind>("replies")),
        new("statement", "/statement", "Field_statement", Asks.Prose) { Hint = "Hint_statement" },
        new("reference", "/reference", "Field_reference", Asks.Line) { Hint = "Hint_reference" },
    ], v => Body(("reply", v.Of("reply")), ("statement", v.Of("statement")), ("reference", v.Of("reference"))));

    public static ActForm Dispute() => new("/disputes",
    [
        Choice("grounds", "/grounds", "Field_grounds", Codes<DisputeGrounds>("grounds")),
        new("statement", "/statement", "Field_statement", Asks.Prose) { IsRequired = true, Hint = "Hint_dispute" },
        Hashes(),
    ], v => Body(("grounds", v.Of("grounds")), ("statement", v.Of("statement")), ("evidence", HashesOf(v))));

    public static ActForm Answer(DisputeId dispute) => new($"/disputes/{dispute}/answer",
    [
        new("statement", "/statement", "Field_statement", Asks.Prose) { IsRequired = true },
        Hashes(),
    ], v => Body(("statement", v.Of("statement")), ("evidence", HashesOf(v))));

    public static ActForm Reason(string path) => new(path,
        [new("reason", "/reason", "Field_reason", Asks.Prose) { IsRequired = true }], v => Body(("reason", v.Of("reason"))));

    public ActForm Confirm() => new("/confirmation",
    [
        Choice("severity", "/severity", "Field_severity", Codes<Severity>("severities")),
        Rationale(),
        new("attributes", "/attribution", "AttributeToo", Asks.Tick) { Hint = "Hint_attributeToo" },
        .. Attributing("/attribution", "attributes=yes", isRequired: false),
    ], v =>
    {
        var body = Body(("severity", v.Of("severity")), ("rationale", v.Of("rationale")));
        if (v.Of("attributes") == "yes") body["attribution"] = AttributionOf(v);
        return body;
    });

    public static ActForm Dismiss() => new("/dismissal",
    [
        Choice("reason", "/reason", "Field_reason", Codes<DismissalReason>("dismissalReasons")),
        new("duplicateOf", "/duplicateOf", "Field_duplicateOf", Asks.Line) { When = "reason=duplicate", Hint = "Hint_duplicateOf", IsRequired = true },
        Rationale(),
    ], v => Body(("reason", v.Of("reason")), ("duplicateOf", v.Of("reason") == "duplicate" ? v.Of("duplicateOf") : null), ("rationale", v.Of("rationale"))));

    public static ActForm Unresolved() => new("/unresolved",
    [
        Choice("reason", "/reason", "Field_reason", Codes<UnresolvedReason>("unresolvedReasons")),
        Rationale(),
    ], v => Body(("reason", v.Of("reason")), ("rationale", v.Of("rationale"))));

    public ActForm Attribute() => new("/attribution", [.. Attributing("", null, isRequired: true)], AttributionOf);

    public ActForm Resolve(DisputeId dispute) => new($"/disputes/{dispute}/resolution",
    [
        Choice("outcome", "/outcome", "Field_outcome", Codes<DisputeOutcome>("outcomes")),
        Rationale(),
        new("remedy", "/remedy/kind", "Field_remedy", Asks.Choice)
        {
            Options = [.. Remedies.Select(kind => (kind, Labels.Of("remedies", kind)))], When = "outcome=upheld", IsRequired = true, Hint = "Hint_remedy",
        },
        new("dismissal", "/remedy/reason", "Field_reason", Asks.Choice)
        {
            Options = [.. Codes<DismissalReason>("dismissalReasons").Where(option => option.Value != "duplicate")], When = "remedy=dismissed", IsRequired = true,
        },
        .. Attributing("/remedy", "remedy=reattributed", isRequired: true),
        .. new Correction(state, agreement, text, zone, IsWhole: true).Fields("/remedy/changes", "remedy=amended"),
    ], v =>
    {
        var body = Body(("outcome", v.Of("outcome")), ("rationale", v.Of("rationale")));
        if (v.Of("outcome") == "upheld") body["remedy"] = Remedy(v);
        return body;
    });

    public static ActForm Corroborate() => new("/corroborations",
    [
        new("origin", "/origin", "Field_origin", Asks.Line) { IsRequired = true, Hint = "Hint_origin" },
        new("means", "/observation/means", "Field_means", Asks.Select) { Options = Codes<ObservationMeans>("means"), IsRequired = true },
        new("description", "/observation/description", "Field_description", Asks.Prose),
        new("directionOfFire", "/observation/directionOfFire", "Field_directionOfFire", Asks.Line),
    ], v => Body(("origin", v.Of("origin")), ("observation", Body(("means", v.Of("means")), ("description", v.Of("description")), ("directionOfFire", v.Of("directionOfFire"))))));

    public static ActForm Evidence() => new("/evidence",
    [
        new("file", "/file", "EvidenceFile", Asks.File) { IsRequired = true, Hint = "Hint_file" },
        new("title", "/title", "Field_title", Asks.Line) { IsRequired = true },
        new("acquiredFrom", "/acquiredFrom", "Field_acquiredFrom", Asks.Prose) { Hint = "Hint_acquiredFrom" },
        new("copy", "/original", "WorkingCopy", Asks.Tick),
        new("stripped", "/stripped", "StrippedCopy", Asks.Tick) { Hint = "Hint_stripped" },
    ], v => Body(("title", v.Of("title")), ("acquiredFrom", v.Of("acquiredFrom")), ("original", v.Of("copy") != "yes"), ("stripped", v.Of("stripped") == "yes" ? true : null)));

    public ActForm Casualties() => new("/casualties",
    [
        new("claimedBy", "/claimedBy", "Field_claimedBy", Asks.Line) { IsRequired = true },
        new("claimedAt", "/claimedAt", "Field_claimedAt", Asks.Moment) { Hint = "Hint_zone" },
        new("source", "/source", "Field_source", Asks.Line),
        .. Enumerable.Range(0, CasualtyRows).SelectMany(CasualtyRow),
    ], v => Body(
        ("casualties", new JsonArray([.. Enumerable.Range(0, CasualtyRows).Where(i => v.Of($"kind{i}") is not null || v.Of($"best{i}") is not null).Select(i => RowOf(v, i))])),
        ("claimedBy", v.Of("claimedBy")), ("claimedAt", MomentOf(v.Of("claimedAt"), zone)), ("source", v.Of("source"))));

    public ActForm Amend() => new("/amendments",
    [
        .. Correcting.Fields("/changes", null),
        new("why", "/reason", "AmendReason", Asks.Prose) { IsRequired = true },
    ], v => Body(("changes", Correcting.Changes(v)), ("reason", v.Of("why"))));

    // A standing finding leaves only the account and its source to be corrected.
    private Correction Correcting => new(state, agreement, text, zone, IsWhole: state.Finding is null);

    private IEnumerable<ActField> CasualtyRow(int i)
    {
        var part = $"CasualtyRow{i}";
        yield return new($"kind{i}", $"/casualties/{i}/kind", "Field_kind", Asks.Select) { Options = Codes<CasualtyKind>("casualtyKinds"), Part = part, IsRequired = i == 0 };
        yield return new($"who{i}", $"/casualties/{i}/who", "Field_who", Asks.Select) { Options = Codes<CasualtyWho>("casualtyWho"), Standing = "total", Part = part };
        yield return new($"low{i}", $"/casualties/{i}/low", "Field_low", Asks.Number) { Part = part };
        yield return new($"best{i}", $"/casualties/{i}/best", "Field_best", Asks.Number) { Part = part, IsRequired = i == 0 };
        yield return new($"high{i}", $"/casualties/{i}/high", "Field_high", Asks.Number) { Part = part };
        yield return new($"of{i}", $"/casualties/{i}/of", "Field_of", Asks.Select) { Options = Parties(agreement, withUndetermined: false), Part = part };
    }

    private static JsonObject RowOf(ActValues v, int i) => Body(
        ("kind", v.Of($"kind{i}")), ("who", v.Of($"who{i}")), ("of", v.Of($"of{i}")), ("low", WholeOf(v.Of($"low{i}"))), ("best", WholeOf(v.Of($"best{i}"))), ("high", WholeOf(v.Of($"high{i}"))));

    private IEnumerable<ActField> Attributing(string under, string? when, bool isRequired)
    {
        var part = when is null ? null : "PartAttribution";
        yield return new("party", $"{under}/party", "Field_party", Asks.Choice) { Options = Parties(agreement, withUndetermined: true), When = when, Part = part, IsRequired = isRequired || when is not null };
        yield return new("confidence", $"{under}/confidence", "Field_confidence", Asks.Choice) { Options = Codes<Confidence>("confidences"), When = when, Part = part, IsRequired = true };
        yield return new("basis", $"{under}/basis", "Field_basis", Asks.Prose) { When = when, Part = part, IsRequired = true, Hint = "Hint_basis" };
    }

    private static JsonObject AttributionOf(ActValues v)
    {
        var body = Body(("confidence", v.Of("confidence")), ("basis", v.Of("basis")));
        // Null says undetermined; left out says that nobody chose.
        if (v.Of("party") is { } party) body["party"] = party == Undetermined ? null : JsonValue.Create(party);
        return body;
    }

    private JsonObject Remedy(ActValues v)
    {
        var kind = v.Of("remedy");
        var remedy = kind == "reattributed" ? AttributionOf(v) : [];
        remedy["kind"] = kind;
        if (kind == "dismissed") remedy["reason"] = v.Of("dismissal");
        if (kind == "amended") remedy["changes"] = new Correction(state, agreement, text, zone, IsWhole: true).Changes(v);
        return remedy;
    }

    private static ActField Rationale() => new("rationale", "/rationale", "Field_rationale", Asks.Prose) { IsRequired = true, Hint = "Hint_rationale" };

    private static ActField Hashes() => new("evidence", "/evidence", "Evidence", Asks.Prose) { Hint = "Hint_hashes" };

    private static JsonArray? HashesOf(ActValues v) =>
        v.Of("evidence") is { } typed ? new JsonArray([.. typed.Split((char[])[' ', '\n', '\r', ',', ';'], StringSplitOptions.RemoveEmptyEntries).Select(hash => JsonValue.Create(hash))]) : null;

    private static ActField Choice(string name, string pointer, string label, IReadOnlyList<(string, string)> options) =>
        new(name, pointer, label, Asks.Choice) { Options = options, IsRequired = true };
}
