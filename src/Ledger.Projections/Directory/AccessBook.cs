using System.Collections.Concurrent;
using Ledger.Domain;
using Ledger.Domain.Access;

namespace Ledger.Projections.Directory;

/// <summary>Keys and webhooks as they stand.</summary>
internal sealed class AccessBook
{
    private readonly ConcurrentDictionary<KeyId, KeyState> _keys = new();
    private readonly ConcurrentDictionary<string, KeyId> _bySecret = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<WebhookId, WebhookState> _webhooks = new();

    public IReadOnlyList<KeyState> Keys => [.. _keys.Values.OrderBy(key => key.RecordedAt).ThenBy(key => key.KeyId.Value, StringComparer.Ordinal)];

    public IReadOnlyList<WebhookState> Webhooks =>
        [.. _webhooks.Values.OrderBy(hook => hook.RecordedAt).ThenBy(hook => hook.WebhookId.Value, StringComparer.Ordinal)];

    public KeyState? Key(KeyId id) => _keys.GetValueOrDefault(id);

    public KeyState? BySecretHash(string hash) => _bySecret.TryGetValue(hash, out var id) ? _keys.GetValueOrDefault(id) : null;

    public WebhookState? Webhook(WebhookId id) => _webhooks.GetValueOrDefault(id);

    public void Apply(KeyId id, Fact<AccessEvent> fact)
    {
        var state = AccessDecider.Evolve(_keys.GetValueOrDefault(id), fact);
        _keys[id] = state;
        _bySecret[state.SecretHash] = id;
    }

    public void Apply(WebhookId id, Fact<WebhookEvent> fact) =>
        _webhooks[id] = WebhookDecider.Evolve(_webhooks.GetValueOrDefault(id), fact);
}
