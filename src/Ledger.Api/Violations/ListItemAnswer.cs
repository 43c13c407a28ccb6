using System.Text.Json.Serialization;
using Ledger.Domain;
using Ledger.Exchange.Answers;
using Ledger.Projections;
using static System.Text.Json.Serialization.JsonIgnoreCondition;

namespace Ledger.Api.Violations;

/// <summary>A case as the list shows it.</summary>
/// <param name="Zone">The zone that it was counted to when it posted.</param>
/// <param name="Killed">Best figure; left out where nobody claimed any, because no figures is no claim, never 0.</param>
/// <param name="Sequence">Of its last event.</param>
internal sealed record ListItemAnswer(
    Guid ViolationId, string Status, string Category, OccurredAnswer Occurred, LocationAnswer? Location, string? Zone,
    [property: JsonIgnore(Condition = Never)] string? AccountableParty, [property: JsonIgnore(Condition = Never)] string? AllegedParty,
    string? Severity, long? Killed, int OpenDisputes, [property: JsonConverter(typeof(Recorded))] DateTimeOffset RecordedAt, long Sequence)
{
    public static ListItemAnswer Of(ViolationListItem item) => new(
        item.ViolationId.Value, item.Status.Code(), item.Category.Code(), OccurredAnswer.Of(item.Occurred), LocationAnswer.Of(item.Location),
        item.Zone?.Value, item.AccountableParty?.Value, item.AllegedParty?.Value, item.Severity?.Code(), item.Killed, item.OpenDisputes,
        item.RecordedAt, item.Sequence);
}
