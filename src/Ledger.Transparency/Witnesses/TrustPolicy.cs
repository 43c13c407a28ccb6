using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Ledger.Transparency;

/// <summary>A log that is believed under its key, and under the keys that rotations led to.</summary>
public sealed record PolicyLog(VerifierKey Key, string? Url = null)
{
    public KeyHistory History { get; init; } = new(Key, []);
}

/// <summary>A witness under the name that the policy gives it.</summary>
public sealed record PolicyWitness(string Name, VerifierKey Key, string? Url = null);

/// <summary>Counts as one witness when at least <paramref name="Threshold"/> of its members do.</summary>
public sealed record PolicyGroup(string Name, int Threshold, IReadOnlyList<string> Members);

/// <summary>A witness's valid cosignature on the checkpoint in question.</summary>
public sealed record Cosigner(PolicyWitness Witness, UnixSeconds Time);

/// <summary>What a policy says about a checkpoint.</summary>
public abstract record PolicyVerdict
{
    private PolicyVerdict() { }

    /// <summary>A listed log signed it, and enough witnesses cosigned it.</summary>
    public sealed record Trusted(Checkpoint Checkpoint, IReadOnlyList<Cosigner> Cosigners) : PolicyVerdict;

    /// <summary>The log's signature is good, but too few witnesses cosigned.</summary>
    public sealed record QuorumNotMet(Checkpoint Checkpoint, IReadOnlyList<Cosigner> Cosigners) : PolicyVerdict;

    /// <summary>No listed log of that origin signed it with the key that it has at that size.</summary>
    public sealed record NotSigned : PolicyVerdict;

    /// <summary>A line carries a known key's name and id, but isn't that key's.</summary>
    public sealed record Forged(NoteSignature Line) : PolicyVerdict;
}

/// <summary>C2SP tlog-policy: which logs are believed, and which witnesses must have seen what they say.</summary>
public sealed record TrustPolicy
{
    /// <summary>The quorum that asks for no cosignature.</summary>
    public const string NoQuorum = "none";

    /// <summary>C2SP asks for at least 32; so many cosignatures still fit on one note.</summary>
    public const int MaxWitnesses = 64;

    internal TrustPolicy(IReadOnlyList<PolicyLog> logs, IReadOnlyList<PolicyWitness> witnesses, IReadOnlyList<PolicyGroup> groups, string quorum) =>
        (Logs, Witnesses, Groups, Quorum) = (logs, witnesses, groups, quorum);

    public IReadOnlyList<PolicyLog> Logs { get; private init; }

    public IReadOnlyList<PolicyWitness> Witnesses { get; }

    /// <summary>In an order in which each group names only earlier ones.</summary>
    public IReadOnlyList<PolicyGroup> Groups { get; }

    public string Quorum { get; }

    /// <summary>One log and no witness: what a single vkey is worth.</summary>
    public static TrustPolicy Of(VerifierKey log) => new([new PolicyLog(log)], [], [], NoQuorum);

    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out TrustPolicy? policy, [NotNullWhen(false)] out Refusal? refusal) =>
        TrustPolicyReader.TryRead(bytes, out policy, out refusal);

    /// <summary>Believes the newer keys of a listed log too. A history of another log's key changes nothing.</summary>
    public TrustPolicy Following(KeyHistory history) =>
        this with { Logs = [.. Logs.Select(log => log.Key.Equals(history.First) ? log with { History = history } : log)] };

    public PolicyVerdict Check(SignedCheckpoint signedCheckpoint)
    {
        var head = signedCheckpoint.Checkpoint;
        var logs = Logs.Where(log => head.Origin.IsNamedAs(log.Key.Name)).SelectMany(log => log.History.At(head.Size)).ToList();
        return signedCheckpoint.Note.Verify([.. logs, .. Witnesses.Select(witness => witness.Key)]) switch
        {
            NoteVerdict.Forged(var line) => new PolicyVerdict.Forged(line),
            NoteVerdict.Verified(var by) when by.Any(signature => logs.Contains(signature.Key)) => CountWitnesses(head, by),
            NoteVerdict.Verified or NoteVerdict.NotSigned => new PolicyVerdict.NotSigned(),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    /// <summary>Whether these witnesses are enough.</summary>
    public bool IsQuorum(IEnumerable<PolicyWitness> cosigned)
    {
        // Groups name earlier ones only, so one pass settles them all.
        var met = cosigned.Select(witness => witness.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var group in Groups)
        {
            if (group.Members.Count(met.Contains) >= group.Threshold) met.Add(group.Name);
        }

        return Quorum == NoQuorum || met.Contains(Quorum);
    }

    public override string ToString()
    {
        var lines = Logs.Select(log => $"log {log.Key}{Url(log.Url)}")
            .Concat(Witnesses.Select(witness => $"witness {witness.Name} {witness.Key}{Url(witness.Url)}"))
            .Concat(Groups.Select(group => $"group {group.Name} {Threshold(group)} {string.Join(' ', group.Members)}"))
            .Append($"quorum {Quorum}");
        return string.Concat(lines.Select(line => $"{line}\n"));
    }

    private PolicyVerdict CountWitnesses(Checkpoint head, IReadOnlyList<VerifiedSignature> by)
    {
        var cosigners = Witnesses
            .Select(witness => (Witness: witness, Time: by.Where(signature => signature.Key.Equals(witness.Key)).Max(signature => signature.Time?.Value)))
            .Where(found => found.Time is not null)
            .Select(found => new Cosigner(found.Witness, new UnixSeconds(found.Time!.Value)))
            .ToList();
        return IsQuorum(cosigners.Select(cosigner => cosigner.Witness))
            ? new PolicyVerdict.Trusted(head, cosigners)
            : new PolicyVerdict.QuorumNotMet(head, cosigners);
    }

    private static string Url(string? url) => url is null ? string.Empty : $" {url}";

    private static string Threshold(PolicyGroup group)
    {
        if (group.Threshold == group.Members.Count) return "all";
        return group.Threshold == 1 ? "any" : StrictText.Decimal(group.Threshold);
    }
}

/// <summary>Reads a policy line by line. Generous with white space and comments, as C2SP asks; strict with everything that decides.</summary>
internal sealed class TrustPolicyReader
{
    private readonly List<PolicyLog> _logs = [];
    private readonly List<PolicyWitness> _witnesses = [];
    private readonly List<PolicyGroup> _groups = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal) { TrustPolicy.NoQuorum };
    private readonly HashSet<string> _members = new(StringComparer.Ordinal) { TrustPolicy.NoQuorum };
    private string? _quorum;

    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out TrustPolicy? policy, [NotNullWhen(false)] out Refusal? refusal)
    {
        policy = null;
        refusal = ReadLines(bytes, out var lines);
        var reader = new TrustPolicyReader();
        for (var i = 0; refusal is null && i < lines.Length; i++)
        {
            if (reader.Take(lines[i]) is { } problem) refusal = new("policy-malformed", $"Line {i + 1}: {problem}");
        }

        if (refusal is null && reader._quorum is null) refusal = new("policy-no-quorum", "The policy has no quorum line; 'quorum none' asks for no witness.");
        if (refusal is null) policy = new TrustPolicy(reader._logs, reader._witnesses, reader._groups, reader._quorum!);
        return policy is not null;
    }

    // C2SP tlog-policy, "Character set": bytes of 0x80 and more are opaque, so a file that isn't UTF-8 is read as it is.
    private static Refusal? ReadLines(ReadOnlySpan<byte> bytes, out string[] lines)
    {
        lines = [];
        foreach (var b in bytes)
        {
            if (b is < 0x20 and not (0x09 or 0x0A) or 0x7F) return new("policy-control-character", $"The policy holds the control character 0x{b:x2}.");
        }

        // A file that ends within a line may have lost the rest of a name.
        if (!StrictText.TryDecode(bytes, out var text)) text = Encoding.Latin1.GetString(bytes);
        if (StrictText.Lines(text) is not { } read) return new("policy-no-final-newline", "The policy's last line has no newline.");
        lines = read;
        return null;
    }

    private string? Take(string line)
    {
        var items = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return items switch
        {
            [] => null,
            [['#', ..], ..] => null,
            ["log", var key] => TakeLog(key, null),
            ["log", var key, var url] => TakeLog(key, url),
            ["witness", var name, var key] => TakeWitness(name, key, null),
            ["witness", var name, var key, var url] => TakeWitness(name, key, url),
            ["group", var name, var threshold, _, ..] => TakeGroup(name, threshold, items[3..]),
            ["quorum", var name] => TakeQuorum(name),
            _ => "Expected log, witness, group or quorum, each with its items.",
        };
    }

    private string? TakeLog(string vkey, string? url)
    {
        if (!VerifierKey.TryParse(vkey, out var key, out var refusal)) return refusal.Message;
        if (key.Type != KeyType.Ed25519) return "A log's key has signature type 0x01.";
        if (_logs.Any(log => log.Key.IsSameKeyAs(key))) return "Another log has this key.";
        _logs.Add(new PolicyLog(key, url));
        return null;
    }

    private string? TakeWitness(string name, string vkey, string? url)
    {
        if (!VerifierKey.TryParse(vkey, out var key, out var refusal)) return refusal.Message;
        if (key.Type != KeyType.Cosignature) return "A witness's key has signature type 0x04.";
        if (_witnesses.Any(witness => witness.Key.IsSameKeyAs(key))) return "Another witness has this key.";
        if (_witnesses.Count == TrustPolicy.MaxWitnesses) return $"A policy has at most {TrustPolicy.MaxWitnesses} witnesses.";
        if (!_names.Add(name)) return $"The name {name} is taken.";
        _witnesses.Add(new PolicyWitness(name, key, url));
        return null;
    }

    private string? TakeGroup(string name, string threshold, string[] members)
    {
        if (members.FirstOrDefault(member => !_names.Contains(member)) is { } unknown) return $"The name {unknown} isn't defined above.";

        // Each name is a member once, so that no witness counts twice. The name none is in the set from the beginning.
        if (members.FirstOrDefault(member => !_members.Add(member)) is { } twice) return $"The name {twice} can't be a member, or is one already.";
        if (ReadThreshold(threshold, members.Length) is not { } k) return $"A group's threshold is all, any, or a number from 1 to {members.Length}.";
        if (!_names.Add(name)) return $"The name {name} is taken.";
        _groups.Add(new PolicyGroup(name, k, members));
        return null;
    }

    private static int? ReadThreshold(string text, int members) => text switch
    {
        "all" => members,
        "any" => 1,
        _ => StrictText.TryDecimal(text, out var k) && k >= 1 && k <= members ? (int)k : null,
    };

    private string? TakeQuorum(string name)
    {
        if (_quorum is not null) return "A policy has one quorum line.";
        if (!_names.Contains(name)) return $"The name {name} isn't defined above.";
        _quorum = name;
        return null;
    }
}
