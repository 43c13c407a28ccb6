using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Ledger.Api.Http.Binding;
using Ledger.Domain;
using Ledger.Domain.Access;
using Ledger.Domain.Violations;

namespace Ledger.Api.Webhooks;

/// <summary>Registers a target that events are pushed to.</summary>
internal sealed record WebhookRequest : IChecked
{
    /// <summary>Makes the registration safe to send again.</summary>
    [Slug] public string? WebhookId { get; init; }

    /// <summary>Where they go, over https.</summary>
    [Text] public required string Url { get; init; }

    /// <summary>Whose events; all where left out.</summary>
    [NotEmpty, Slug, Distinct] public IReadOnlyList<string>? Agreements { get; init; }

    /// <summary>Which types, as stored, such as violation-recorded-v1; all where left out.</summary>
    [NotEmpty, EachName, Distinct] public IReadOnlyList<string>? Types { get; init; }

    /// <summary>Only cases that name one of these parties as alleged, accountable or affected; undetermined is one here.</summary>
    [NotEmpty, Slug, Distinct] public IReadOnlyList<string>? Parties { get; init; }

    /// <summary>Only cases of these categories.</summary>
    [NotEmpty, Distinct] public IReadOnlyList<Category>? Categories { get; init; }

    /// <summary>Only cases confirmed with one of these severities.</summary>
    [NotEmpty, Distinct] public IReadOnlyList<Severity>? Severities { get; init; }

    /// <summary>Only cases whose point lies in this box.</summary>
    public WebhookAreaRequest? Area { get; init; }

    /// <summary>The sequence to start behind, -1 for the beginning; now where left out.</summary>
    [Range(-1, long.MaxValue)] public long? After { get; init; }

    // A host that no resolver could be asked for shows itself only here.
    private static bool HasHost(Uri url)
    {
        try
        {
            return url.IdnHost.Length > 0;
        }
        catch (UriFormatException)
        {
            return false;
        }
    }

    public void Check(JsonElement json, Faults faults)
    {
        if (!Uri.TryCreate(Url, UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http") || url.UserInfo.Length > 0 || url.Fragment.Length > 0 || !HasHost(url))
            faults.Add("url", "Must be an address such as https://example.org/hook, without a user or password in it.");
    }

    public WebhookFilter ToFilter() => new(
        (Parties ?? []).Select(party => new PartyId(party)).ToValues(), (Categories ?? []).ToValues(), (Severities ?? []).ToValues(),
        Area is { } area ? new WebhookArea(area.West, area.South, area.East, area.North) : null);
}

/// <summary>A box in degrees; west is greater than east where the antimeridian lies between.</summary>
internal sealed record WebhookAreaRequest : IChecked
{
    [Range(-180d, 180d)] public required double West { get; init; }

    [Range(-90d, 90d)] public required double South { get; init; }

    [Range(-180d, 180d)] public required double East { get; init; }

    [Range(-90d, 90d)] public required double North { get; init; }

    public void Check(JsonElement json, Faults faults)
    {
        if (South > North) faults.Add("north", "Must not lie south of south.");
    }
}
