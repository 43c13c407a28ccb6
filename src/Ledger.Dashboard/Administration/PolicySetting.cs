using System.Globalization;
using System.Text.Json.Nodes;
using Ledger.Dashboard.Languages;
using Ledger.Domain;
using Ledger.Domain.Agreements;

namespace Ledger.Dashboard.Administration;

/// <summary>One setting of an agreement's policy, under the name that the API has for it.</summary>
/// <param name="Most">The most that the API takes; null where it isn't a number.</param>
/// <param name="Guards">True where it guards people rather than says how rulings are made.</param>
internal sealed record PolicySetting(string Name, Func<Policy, Safeguards, JsonValue> Of, int? Least = null, int? Most = null, bool Guards = false)
{
    private const int Seats = 100;
    private const int Hours = 24 * 366;
    private const int Metres = 200_000;

    public static readonly IReadOnlyList<PolicySetting> All =
    [
        new("confirmationsRequired", (p, _) => JsonValue.Create(p.ConfirmationsRequired), 1, Seats),
        new("rulingsRequired", (p, _) => JsonValue.Create(p.RulingsRequired), 1, Seats),
        new("onePerDelegation", (p, _) => JsonValue.Create(p.OnePerDelegation)),
        new("redisputeNeedsEvidence", (p, _) => JsonValue.Create(p.RedisputeNeedsEvidence)),
        new("confirmersMayResolve", (p, _) => JsonValue.Create(p.ConfirmersMayResolve)),
        new("replyWindowHours", (p, _) => JsonValue.Create(p.ReplyWindowHours), 0, Hours),
        new("placePrecisionMetres", (_, s) => JsonValue.Create(s.PlacePrecisionMetres), 0, Metres, Guards: true),
        new("timePrecision", (_, s) => JsonValue.Create(s.TimePrecision.Code()), Guards: true),
        new("erasureApprovals", (p, _) => JsonValue.Create(p.ErasureApprovals), 1, Seats, Guards: true),
        new("policyApprovals", (_, s) => JsonValue.Create(s.PolicyApprovals), 1, Seats, Guards: true),
    ];

    public bool IsNumber => Most is not null;

    /// <summary>The whole policy as the API's body: what it names, it fixes, whatever stands by the time that it arrives.</summary>
    public static JsonObject Body(Policy policy, Safeguards safeguards) => new(All.Select(setting => KeyValuePair.Create(setting.Name, (JsonNode?)setting.Of(policy, safeguards))));

    /// <summary>As a form's field holds it.</summary>
    public string Typed(Policy policy, Safeguards safeguards) => Of(policy, safeguards).ToJsonString().Trim('"');

    /// <summary>What was typed as JSON; what can't be read goes out as it is, for the API to say so.</summary>
    public JsonNode? Parse(string? typed) =>
        typed is null ? null
        : IsNumber ? long.TryParse(typed, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? JsonValue.Create(whole) : JsonValue.Create(typed)
        : typed is "true" or "false" ? JsonValue.Create(typed == "true")
        : JsonValue.Create(typed);

    /// <summary>In the reader's words.</summary>
    public string Said(Policy policy, Safeguards safeguards) => Of(policy, safeguards) is var value && value.TryGetValue<int>(out var number) ? Numbers.Whole(number)
        : value.TryGetValue<bool>(out var yes) ? Text.Core[yes ? "Yes" : "No"]
        : Labels.Of("precisions", value.GetValue<string>());
}
