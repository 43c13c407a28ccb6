using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ledger.Api.Hosting;
using Ledger.Application;
using Ledger.Domain;

namespace Ledger.Api.Access;

/// <summary>Which accounts of the issuer were lately seen here, in which roles, to the hour: so that an administrator knows what there is to end. Nobody's name is in it.</summary>
internal sealed class AccountUse(LedgerSettings settings, TimeProvider time, ILogger<AccountUse> logger) : HourNotes(settings, time, logger, ".accounts")
{
    /// <summary>An account that wasn't seen for so long is forgotten.</summary>
    private static readonly TimeSpan Lately = TimeSpan.FromDays(90);

    private readonly ConcurrentDictionary<string, Seen> _seen = new(StringComparer.Ordinal);

    /// <summary>Says that somebody came with an account just now.</summary>
    public void Note(Principal account)
    {
        var hour = Hour;
        if (_seen.TryGetValue(account.Subject.Value, out var known) && known.Hour >= hour && known.Of?.SetEquals(account.Roles) == true) return;
        _seen[account.Subject.Value] = new Seen(hour, [.. account.Roles.Select(role => role.Code()).Order(StringComparer.Ordinal)], account.PartyId?.Value) { Of = account.Roles };
        Changed();
    }

    /// <summary>Accounts lately seen on any node, as each was seen last; those of other nodes are a minute old at most.</summary>
    public IReadOnlyDictionary<string, Seen> Read()
    {
        var latest = new Dictionary<string, Seen>(_seen, StringComparer.Ordinal);
        foreach (var (account, seen) in All().SelectMany(In))
            if (!latest.TryGetValue(account, out var known) || known.Hour < seen.Hour) latest[account] = seen;
        return latest.Where(pair => Hour - pair.Value.Hour <= Lately).ToDictionary(StringComparer.Ordinal);
    }

    protected override byte[] Draft() => JsonSerializer.SerializeToUtf8Bytes(
        _seen.Where(pair => Hour - pair.Value.Hour <= Lately).ToDictionary(pair => pair.Key, pair => new Line(Text(pair.Value.Hour), pair.Value.Roles, pair.Value.PartyId), StringComparer.Ordinal),
        AccountUseJson.Default.DictionaryStringLine);

    protected override void Remember(byte[] own)
    {
        foreach (var (account, seen) in In(own)) _seen.TryAdd(account, seen);
    }

    private static List<(string Account, Seen Seen)> In(byte[] file)
    {
        try
        {
            var lines = JsonSerializer.Deserialize(file, AccountUseJson.Default.DictionaryStringLine) ?? [];
            return [.. from line in lines let hour = HourIn(line.Value.Hour) where hour is not null select (line.Key, new Seen(hour.Value, line.Value.Roles, line.Value.PartyId))];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    /// <summary>How an account was seen last.</summary>
    internal sealed record Seen(DateTimeOffset Hour, IReadOnlyList<string> Roles, string? PartyId)
    {
        /// <summary>The roles as they were told, so that the next request needn't be looked at.</summary>
        public IReadOnlySet<Role>? Of { get; init; }
    }

    internal sealed record Line(string Hour, IReadOnlyList<string> Roles, string? PartyId);
}

[JsonSerializable(typeof(Dictionary<string, AccountUse.Line>))]
internal sealed partial class AccountUseJson : JsonSerializerContext;
