using System.Collections.Concurrent;
using Ledger.Domain;
using Ledger.Domain.Access;

namespace Ledger.Projections.Directory;

/// <summary>Keys, accounts and webhooks as they stand.</summary>
internal sealed class AccessBook
{
    private readonly ConcurrentDictionary<KeyId, KeyState> _keys = new();
    private readonly ConcurrentDictionary<string, KeyId> _bySecret = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Subject, AccountState> _accounts = new();
    private readonly ConcurrentDictionary<WebhookId, WebhookState> _webhooks = new();

    public IReadOnlyList<KeyState> Keys => [.. _keys.Values.OrderBy(key => key.RecordedAt).ThenBy(key => key.KeyId.Value, StringComparer.Ordinal)];

    public IReadOnlyList<AccountState> Accounts => [.. _accounts.Values.OrderBy(account => account.Subject.Value, StringComparer.Ordinal)];

    public IReadOnlyList<WebhookState> Webhooks =>
        [.. _webhooks.Values.OrderBy(hook => hook.RecordedAt).ThenBy(hook => hook.WebhookId.Value, StringComparer.Ordinal)];

    public KeyState? Key(KeyId id) => _keys.GetValueOrDefault(id);

    public KeyState? BySecretHash(string hash) => _bySecret.TryGetValue(hash, out var id) ? _keys.GetValueOrDefault(id) : null;

    public AccountState? Account(Subject subject) => _accounts.GetValueOrDefault(subject);

    public WebhookState? Webhook(WebhookId id) => _webhooks.GetValueOrDefault(id);

    public void Apply(KeyId id, Fact<AccessEvent> fact)
    {
        var state = AccessDecider.Evolve(_keys.GetValueOrDefault(id), fact);
        _keys[id] = state;
        _bySecret[state.SecretHash] = id;
    }

    public void Apply(Fact<AccountEvent> fact)
    {
        var subject = fact.Event switch
        {
            AccountEvent.Ended e => e.Subject,
            AccountEvent.Blocked e => e.Subject,
            AccountEvent.Unblocked e => e.Subject,
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        _accounts[subject] = AccountDecider.Evolve(_accounts.GetValueOrDefault(subject), fact);
    }

    public void Apply(WebhookId id, Fact<WebhookEvent> fact) =>
        _webhooks[id] = WebhookDecider.Evolve(_webhooks.GetValueOrDefault(id), fact);
}
