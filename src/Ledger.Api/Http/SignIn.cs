using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Net;
using Ledger.Api.Access;
using Ledger.Api.Access.Tokens;
using Ledger.Api.Hosting;
using Ledger.Application;
using Ledger.Domain;
using Ledger.Domain.Access;
using Ledger.Node;
using Ledger.Projections;

namespace Ledger.Api.Http;

/// <summary>Who a request comes from, by its <c>Authorization: Bearer</c> header.</summary>
internal sealed class SignIn(LedgerNode node, LedgerSettings settings, TimeProvider time, TokenSignIn tokens, KeyUse use, AccountUse accounts)
{
    private const int LongestKey = 300;
    private const int MostRemembered = 10_000;

    private readonly FailedSignIns _failed = new(settings.Limits.FailedSignInsPerMinute, time);
    private readonly RequestRates _rates = new(settings.Limits.RequestsPerSecond, time);
    private readonly ConcurrentDictionary<string, (KeyState Key, Principal Principal)> _principals = new();
    private readonly ConcurrentDictionary<KeyId, KeyState> _decidedHere = new();
    private readonly ConcurrentDictionary<Subject, AccountState> _endedHere = new();
    private readonly ConcurrentDictionary<(IPAddress, string), bool> _knownThere = new();

    /// <summary>The principal, or why there is none.</summary>
    public ValueTask<(Principal? Principal, Problem? Problem)> TryAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var header = context.Request.Headers.Authorization;
        if (header.Count == 0) return new((null, Problem.Unauthenticated("Sign in with Authorization: Bearer <api key or token>.")));
        if (header.Count > 1 || !header[0]!.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            return new((null, Problem.Unauthenticated("Only Authorization: Bearer <api key or token> is taken here.")));

        var text = header[0]!["Bearer ".Length..].Trim();
        var address = FailedSignIns.Group(context.Connection.RemoteIpAddress);
        return tokens.IsFor(text) ? TryTokenAsync(text, address, context.RequestAborted) : new(TryKey(text, address));
    }

    /// <summary>A signature can't be guessed, so a token is verified however often its address has failed.</summary>
    private async ValueTask<(Principal? Principal, Problem? Problem)> TryTokenAsync(string text, IPAddress address, CancellationToken cancellation) =>
        await tokens.TryAsync(text, cancellation) switch
        {
            TokenOutcome.SignedIn yes => OfToken(yes.Principal, address),
            TokenOutcome.GrantsNothing no => (null, Problem.NotAllowed(no.Why)),
            TokenOutcome.IssuerSilent => (null, Problem.Unavailable("The keys of the issuer can't be had now, so nobody can say whether the token holds.")),
            _ => (null, Fail(address)),
        };

    private (Principal? Principal, Problem? Problem) OfToken(Principal principal, IPAddress address)
    {
        if (!KnowsEndings) return (null, Problem.Unavailable("This node doesn't know all that was written yet, so it can't say whose token still holds. Try again in a moment."));
        if (!Holds(principal)) return (null, Fail(address));
        accounts.Note(principal);
        return Within(principal);
    }

    /// <summary>Whoever an account's session is of, while nobody ended it and its account isn't blocked. Null too while nobody can say.</summary>
    public Principal? HolderOf(Principal? session)
    {
        if (session is null || !IsStillOpen(session)) return null;
        accounts.Note(session);
        return session;
    }

    /// <summary>Lets an account in that has just come from its issuer; not while it is blocked.</summary>
    /// <param name="enters">The same, with what ends its session.</param>
    public bool Enter(Principal account, out Principal enters)
    {
        // A node that doesn't know an ending yet begins a session that ends as soon as it does.
        var state = Newest(account.Subject);
        enters = account with { EndingsBefore = state?.Endings ?? 0 };
        return state?.BlockedAt is null;
    }

    /// <summary>Whoever brings the text of an API key.</summary>
    public (Principal? Principal, Problem? Problem) TryKey(string text, IPAddress address)
    {
        if (text.Length is 0 or > LongestKey) return (null, Fail(address));

        var hash = ApiKey.Hash(node.HashingKey, text);
        // A key made here has 256 random bits and can't be guessed. One that an operator chose could be, so guesses stop
        // being looked up once an address has failed too often; who signed in from there before isn't locked out.
        if (!ApiKey.IsMade(text) && _failed.IsSpent(address, out var wait) && !_knownThere.ContainsKey((address, hash)))
            return (null, TooManyFailures(wait));

        if (node.Freshness.IsLost)
            return (null, Problem.Unavailable("This node hasn't heard from the store for a while, so it can't say whose key still holds. Try again, or ask another node."));
        if (node.View.KeyBySecretHash(hash) is not { } key)
        {
            return node.View.Health.Status == ViewStatus.CatchingUp
                ? (null, Problem.Unavailable("The ledger is still being read; keys are known in a moment."))
                : (null, Fail(address));
        }

        if (Newest(key).SecretAt(hash, time.GetUtcNow()) is not { } secret) return (null, Fail(address));
        if (_knownThere.Count < MostRemembered && !ApiKey.IsMade(text)) _knownThere.TryAdd((address, hash), true);
        use.Note(key.KeyId, secret);
        return Within(PrincipalOf(hash, key, secret));
    }

    /// <summary>Whoever holds a key, while it and the secret that was brought hold: for sessions, which keep the two's names. Null too while nobody can say.</summary>
    public Principal? HolderOf(KeyId id, int secret)
    {
        if (Opening(id, secret) is not { } key) return null;
        use.Note(id, secret);
        return PrincipalOf($"{id} {secret}", key, secret);
    }

    /// <summary>True while whoever signed in may go on with what they began.</summary>
    public bool IsStillOpen(Principal principal)
    {
        ArgumentNullException.ThrowIfNull(principal);
        return principal.ValidUntil is { } until
            ? time.GetUtcNow() < until && KnowsEndings && Holds(principal)
            : Opening(principal.KeyId, principal.Secret) is not null;
    }

    /// <summary>False while this node can't say what others ended or revoked.</summary>
    private bool KnowsEndings => !node.Freshness.IsLost && !node.View.IsCatchingUp;

    private bool Holds(Principal account) => Newest(account.Subject) is not { } state
        || (account.EndingsBefore is { } endings ? state.HoldsSince(endings) : account.IssuedAt is { } issued && state.HoldsFrom(issued, settings.Oidc!.ClockSkew));

    private KeyState? Opening(KeyId id, int secret) =>
        !node.Freshness.IsLost && node.View.Key(id) is { } known && Newest(known) is var key && key.OpensBy(secret, time.GetUtcNow()) ? key : null;

    /// <summary>Whoever signed in, while their key sends no more requests than it may.</summary>
    public (Principal? Principal, Problem? Problem) Within(Principal principal) => _rates.Take(principal.KeyId)
        ? (principal, null)
        : (null, Problem.TooManyRequests(1, $"A key may send {settings.Limits.RequestsPerSecond} requests a second."));

    /// <summary>What was decided on a key holds from the moment it is answered, also while the read model is behind.</summary>
    public void Know(KeyState key) => _decidedHere.AddOrUpdate(key.KeyId, key, (_, known) => known.Revision < key.Revision ? key : known);

    /// <inheritdoc cref="Know(KeyState)"/>
    public void Know(AccountState account) => _endedHere.AddOrUpdate(account.Subject, account, (_, known) => known.Revision < account.Revision ? account : known);

    private AccountState? Newest(Subject subject)
    {
        var known = node.View.Account(subject);
        return _endedHere.TryGetValue(subject, out var decided) && (known is null || decided.Revision > known.Revision) ? decided : known;
    }

    private KeyState Newest(KeyState key) => _decidedHere.TryGetValue(key.KeyId, out var decided) && decided.Revision > key.Revision ? decided : key;

    private Principal PrincipalOf(string brought, KeyState key, int secret)
    {
        if (_principals.TryGetValue(brought, out var known) && known.Key == key) return known.Principal;
        var principal = new Principal(key.KeyId, key.Subject, key.Roles.ToFrozenSet(), key.PartyId, key.Agreements) { Secret = secret };
        _principals[brought] = (key, principal);
        return principal;
    }

    private Problem Fail(IPAddress address) =>
        _failed.Add(address, out var wait) ? TooManyFailures(wait) : Problem.Unauthenticated("The key or token isn't known here, has expired or is revoked.");

    private static Problem TooManyFailures(TimeSpan wait) =>
        Problem.TooManyRequests((int)Math.Ceiling(Math.Max(1, wait.TotalSeconds)), "Too many failed sign-ins from your address.");
}

/// <summary>Failed sign-ins an address, in windows of a minute.</summary>
internal sealed class FailedSignIns(int perMinute, TimeProvider time)
{
    private const int MostAddresses = 50_000;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, (DateTimeOffset Since, int Count)> _windows = [];

    /// <summary>An IPv6 host has a whole /64 to choose addresses from, so that is what counts as one.</summary>
    public static IPAddress Group(IPAddress? address)
    {
        if (address is null) return IPAddress.None;
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        if (address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6) return address;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }

    /// <summary>Counts one more; true where it is one too many.</summary>
    public bool Add(IPAddress address, out TimeSpan wait)
    {
        wait = default;
        if (perMinute == 0) return false;
        var now = time.GetUtcNow();
        lock (_gate)
        {
            if (_windows.Count >= MostAddresses) Forget(now);
            var window = Current(address, now);
            _windows[address] = window with { Count = window.Count + 1 };
            wait = window.Since + Window - now;
            return window.Count >= perMinute;
        }
    }

    public bool IsSpent(IPAddress address, out TimeSpan wait)
    {
        wait = default;
        if (perMinute == 0) return false;
        var now = time.GetUtcNow();
        lock (_gate)
        {
            var window = Current(address, now);
            wait = window.Since + Window - now;
            return window.Count >= perMinute;
        }
    }

    private (DateTimeOffset Since, int Count) Current(IPAddress address, DateTimeOffset now) =>
        _windows.TryGetValue(address, out var window) && now - window.Since < Window ? window : (now, 0);

    private void Forget(DateTimeOffset now)
    {
        foreach (var (address, window) in _windows.ToArray())
            if (now - window.Since >= Window) _windows.Remove(address);
        if (_windows.Count >= MostAddresses) _windows.Clear();
    }
}

/// <summary>A bucket of requests a key: a second's worth, refilled as time goes by.</summary>
internal sealed class RequestRates(int perSecond, TimeProvider time)
{
    private readonly ConcurrentDictionary<KeyId, Bucket> _buckets = new();

    public bool Take(KeyId key) => perSecond == 0 || _buckets.GetOrAdd(key, _ => new Bucket(perSecond, time.GetTimestamp())).Take(perSecond, time);
}

/// <summary>So many at once, refilled as time goes by.</summary>
internal sealed class Bucket(double left, long since)
{
    private readonly Lock _gate = new();
    private double _left = left;
    private long _since = since;

    public bool Take(int perSecond, TimeProvider time)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            _left = Math.Min(perSecond, _left + (time.GetElapsedTime(_since, now).TotalSeconds * perSecond));
            _since = now;
            if (_left < 1) return false;
            _left--;
            return true;
        }
    }
}
