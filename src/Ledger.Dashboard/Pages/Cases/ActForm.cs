using System.Globalization;
using System.Text.Json.Nodes;
using Ledger.Dashboard.Languages;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;
using Microsoft.Extensions.Primitives;

namespace Ledger.Dashboard.Pages.Cases;

/// <summary>How a field is asked for.</summary>
public enum Asks { Line, Prose, Choice, Select, Number, Moment, Tick, File }

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
}

/// <summary>What was typed.</summary>
public sealed class ActValues(IReadOnlyDictionary<string, StringValues> typed)
{
    public string? Of(string name) => typed.TryGetValue(name, out var value) && value.ToString().Trim() is { Length: > 0 } text ? text : null;

    public bool Has(ActField field)
    {
        ArgumentNullException.ThrowIfNull(field);
        return field.When is not { } when || when.Split('=') is [var other, var value] && value.Split('|').Contains(Of(other) ?? "");
    }
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
        .. Correcting("/remedy/changes", "remedy=amended", all: true),
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
    ], v => Body(("title", v.Of("title")), ("acquiredFrom", v.Of("acquiredFrom")), ("original", v.Of("copy") != "yes")));

    public ActForm Casualties() => new("/casualties",
    [
        new("claimedBy", "/claimedBy", "Field_claimedBy", Asks.Line) { IsRequired = true },
        new("claimedAt", "/claimedAt", "Field_claimedAt", Asks.Moment) { Hint = "Hint_zone" },
        new("source", "/source", "Field_source", Asks.Line),
        .. Enumerable.Range(0, CasualtyRows).SelectMany(CasualtyRow),
    ], v => Body(
        ("casualties", new JsonArray([.. Enumerable.Range(0, CasualtyRows).Where(i => v.Of($"kind{i}") is not null || v.Of($"best{i}") is not null).Select(i => RowOf(v, i))])),
        ("claimedBy", v.Of("claimedBy")), ("claimedAt", MomentOf(v.Of("claimedAt"))), ("source", v.Of("source"))));

    public ActForm Amend() => new("/amendments",
    [
        // A standing finding leaves only the account and its source to be corrected.
        .. Correcting("/changes", null, all: state.Finding is null),
        new("why", "/reason", "AmendReason", Asks.Prose) { IsRequired = true },
    ], v => Body(("changes", Changes(v, all: state.Finding is null)), ("reason", v.Of("why"))));

    private IEnumerable<ActField> CasualtyRow(int i)
    {
        var part = $"CasualtyRow{i}";
        yield return new($"kind{i}", $"/casualties/{i}/kind", "Field_kind", Asks.Select) { Options = Codes<CasualtyKind>("casualtyKinds"), Part = part, IsRequired = i == 0 };
        yield return new($"who{i}", $"/casualties/{i}/who", "Field_who", Asks.Select) { Options = Codes<CasualtyWho>("casualtyWho"), Standing = "total", Part = part };
        yield return new($"low{i}", $"/casualties/{i}/low", "Field_low", Asks.Number) { Part = part };
        yield return new($"best{i}", $"/casualties/{i}/best", "Field_best", Asks.Number) { Part = part, IsRequired = i == 0 };
        yield return new($"high{i}", $"/casualties/{i}/high", "Field_high", Asks.Number) { Part = part };
        yield return new($"of{i}", $"/casualties/{i}/of", "Field_of", Asks.Select) { Options = Parties(withUndetermined: false), Part = part };
    }

    private static JsonObject RowOf(ActValues v, int i) => Body(
        ("kind", v.Of($"kind{i}")), ("who", v.Of($"who{i}")), ("of", v.Of($"of{i}")), ("low", WholeOf(v.Of($"low{i}"))), ("best", WholeOf(v.Of($"best{i}"))), ("high", WholeOf(v.Of($"high{i}"))));

    private IEnumerable<ActField> Attributing(string under, string? when, bool isRequired)
    {
        var part = when is null ? null : "PartAttribution";
        yield return new("party", $"{under}/party", "Field_party", Asks.Choice) { Options = Parties(withUndetermined: true), When = when, Part = part, IsRequired = isRequired || when is not null };
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
        if (kind == "amended") remedy["changes"] = Changes(v, all: true);
        return remedy;
    }

    private IEnumerable<ActField> Correcting(string under, string? when, bool all)
    {
        var r = state.Report;
        var part = "PartCorrection";
        if (all)
        {
            yield return new("c-category", $"{under}/category", "Field_category", Asks.Select) { Options = Codes<Category>("categories"), Standing = r.Category.Code(), When = when, Part = part };
            yield return new("c-provision", $"{under}/provision", "Field_provision", Asks.Select) { Options = [.. agreement.Provisions.Select(p => (p.ProvisionId.Value, $"{p.ProvisionId}: {Short(p.Text)}"))], Standing = r.Provision?.Value, When = when, Part = part };
            yield return new("c-weapon", $"{under}/weapon", "Field_weapon", Asks.Select) { Options = Codes<Weapon>("weapons"), Standing = r.Weapon?.Code(), When = when, Part = part };
            yield return new("c-from", $"{under}/occurred/from", "OccurredFrom", Asks.Moment) { Standing = Local(r.Occurred.From), When = when, Part = part, Hint = "Hint_zone" };
            yield return new("c-to", $"{under}/occurred/to", "OccurredTo", Asks.Moment) { Standing = r.Occurred.To is { } to ? Local(to) : null, When = when, Part = part };
            yield return new("c-precision", $"{under}/occurred/precision", "Field_precision", Asks.Select) { Options = Codes<TimePrecision>("precisions"), Standing = r.Occurred.Precision.Code(), When = when, Part = part };
            yield return new("c-affected", $"{under}/affectedParty", "Field_affectedParty", Asks.Select) { Options = Parties(withUndetermined: false), Standing = r.AffectedParty?.Value, When = when, Part = part };
        }

        yield return new("c-narrative", $"{under}/narrative", "Field_narrative", Asks.Prose) { Standing = text(r.Narrative), When = when, Part = part };
        yield return new("c-source", $"{under}/source/name", "Field_source", Asks.Line) { Standing = r.Source?.Name, When = when, Part = part };
        yield return new("c-reference", $"{under}/source/reference", "Field_reference", Asks.Line) { Standing = r.Source?.Reference, When = when, Part = part };
    }

    /// <summary>Only what differs from what stands: an amendment names the fields that it changes.</summary>
    private JsonObject Changes(ActValues v, bool all)
    {
        var r = state.Report;
        var changes = new JsonObject();
        void Set(string name, string field, string? stands)
        {
            if (v.Of(field) != stands) changes[name] = v.Of(field);
        }

        if (all)
        {
            Set("category", "c-category", r.Category.Code());
            Set("provision", "c-provision", r.Provision?.Value);
            Set("weapon", "c-weapon", r.Weapon?.Code());
            Set("affectedParty", "c-affected", r.AffectedParty?.Value);
            if (v.Of("c-from") != Local(r.Occurred.From) || v.Of("c-to") != (r.Occurred.To is { } to ? Local(to) : null) || v.Of("c-precision") != r.Occurred.Precision.Code())
                changes["occurred"] = Body(("from", MomentOf(v.Of("c-from"))), ("to", MomentOf(v.Of("c-to"))), ("precision", v.Of("c-precision")));
        }

        if (Lines(v.Of("c-narrative")) != Lines(text(r.Narrative)?.Trim())) changes["narrative"] = Lines(v.Of("c-narrative"));
        if (v.Of("c-source") != r.Source?.Name || v.Of("c-reference") != r.Source?.Reference)
            changes["source"] = v.Of("c-source") is null ? null : Body(("name", v.Of("c-source")), ("reference", v.Of("c-reference")), ("reliability", r.Source?.Reliability?.Code()), ("credibility", r.Source?.Credibility is { } grade ? JsonValue.Create(grade) : null));
        return changes;
    }

    private IReadOnlyList<(string, string)> Parties(bool withUndetermined)
    {
        var parties = agreement.Parties.Select(party => (party.PartyId.Value, Labels.Party(agreement, party.PartyId))).OrderBy(party => party.Item2, StringComparer.CurrentCulture);
        // Undetermined comes first: to name a party is a step that somebody takes.
        return withUndetermined ? [(Undetermined, Labels.Party(agreement, null)), .. parties] : [.. parties];
    }

    private static ActField Rationale() => new("rationale", "/rationale", "Field_rationale", Asks.Prose) { IsRequired = true, Hint = "Hint_rationale" };

    private static ActField Hashes() => new("evidence", "/evidence", "Evidence", Asks.Prose) { Hint = "Hint_hashes" };

    private static JsonArray? HashesOf(ActValues v) =>
        v.Of("evidence") is { } typed ? new JsonArray([.. typed.Split((char[])[' ', '\n', '\r', ',', ';'], StringSplitOptions.RemoveEmptyEntries).Select(hash => JsonValue.Create(hash))]) : null;

    private static ActField Choice(string name, string pointer, string label, IReadOnlyList<(string, string)> options) =>
        new(name, pointer, label, Asks.Choice) { Options = options, IsRequired = true };

    private static IReadOnlyList<(string Value, string Said)> Codes<T>(string list) where T : struct, Enum =>
        [.. Kebab<T>.All.Select(code => (code, Labels.Of(list, code)))];

    private string Local(DateTimeOffset moment) => TimeZoneInfo.ConvertTime(moment, zone).ToString("yyyy-MM-dd'T'HH:mm", CultureInfo.InvariantCulture);

    /// <summary>A local time of the form in the zone of the page; what isn't one goes out as it was typed, for the API to say so.</summary>
    private JsonNode? MomentOf(string? typed)
    {
        if (typed is null) return null;
        if (!DateTime.TryParseExact(typed, ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var local) || zone.IsInvalidTime(local)) return typed;
        return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
    }

    private static JsonValue? WholeOf(string? typed) =>
        typed is null ? null : long.TryParse(typed, NumberStyles.None, CultureInfo.InvariantCulture, out var whole) ? JsonValue.Create(whole) : JsonValue.Create(typed);

    // Browsers send lines with \r\n; texts of the ledger have \n.
    private static string? Lines(string? typed) => typed?.Replace("\r\n", "\n", StringComparison.Ordinal);

    private static string Short(string words) => words.Length <= 80 ? words : words[..79] + "…";

    /// <summary>What was left empty is left out.</summary>
    private static JsonObject Body(params ReadOnlySpan<(string Name, JsonNode? Value)> fields)
    {
        var body = new JsonObject();
        foreach (var (name, value) in fields)
            if (value is not null) body[name] = value is JsonValue one && one.TryGetValue<string>(out var said) ? JsonValue.Create(Lines(said)) : value;
        return body;
    }
}
