using System.Text.Json;
using Ledger.Api.Http.Binding;

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

    /// <summary>The sequence to start behind, -1 for the beginning; now where left out.</summary>
    [System.ComponentModel.DataAnnotations.Range(-1, long.MaxValue)] public long? After { get; init; }

    public void Check(JsonElement json, Faults faults)
    {
        if (!Uri.TryCreate(Url, UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http") || url.UserInfo.Length > 0 || url.Fragment.Length > 0)
            faults.Add("url", "Must be an address such as https://example.org/hook, without a user or password in it.");
    }
}
