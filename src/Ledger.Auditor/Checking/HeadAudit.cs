using Ledger.Transparency;

namespace Ledger.Auditor;

/// <summary>A head that the user's own policy trusts.</summary>
/// <param name="Trusted">The key of this log that the policy names.</param>
/// <param name="History">The keys that it led to.</param>
/// <param name="RotationNotes">The notes that say so, for whoever wants to follow the same way.</param>
internal sealed record TrustedHead(
    SignedCheckpoint Signed, VerifierKey Trusted, KeyHistory History, IReadOnlyList<SignedNote> RotationNotes, IReadOnlyList<Cosigner> Cosigners)
{
    public Checkpoint Checkpoint => Signed.Checkpoint;
}

/// <summary>What came of looking at a head.</summary>
internal abstract record HeadAnswer
{
    private HeadAnswer() { }

    public sealed record Good(TrustedHead Head, IReadOnlyList<Check> Checks) : HeadAnswer;

    public sealed record Bad(string Check, Fault Fault, Checkpoint? Head) : HeadAnswer;
}

/// <summary>Reads the published head and says whether the policy trusts it: signature, key rotations, cosignatures, quorum.</summary>
internal static class HeadAudit
{
    private const int LongestKeys = 4_000_000;
    private const int LongestKey = 10_000;

    public static async Task<HeadAnswer> ReadAsync(LogSource source, TrustPolicy policy, CancellationToken cancellation)
    {
        switch (await source.ReadAsync("checkpoint", LogSource.LongestCheckpoint, cancellation))
        {
            case Answer.Missing: throw new CouldNotCheckException($"There is no ledger at {source.Name}: it publishes no checkpoint.");
            case Answer.Found(var bytes): return await JudgeAsync(bytes, source, policy, cancellation);
            default: return Bad("signature", new Fault("checkpoint-too-long", "What is served as the ledger's head is longer than any head."), null);
        }
    }

    private static async Task<HeadAnswer> JudgeAsync(byte[] bytes, LogSource source, TrustPolicy policy, CancellationToken cancellation)
    {
        if (!SignedCheckpoint.TryParse(bytes, out var signed, out var refusal))
            return Bad("signature", new Fault(refusal.Code, $"What is served as the ledger's head isn't one: {refusal.Message}"), null);

        var head = signed.Checkpoint;
        var logs = policy.Logs.Where(log => head.Origin.IsNamedAs(log.Key.Name)).ToList();
        if (logs.Count == 0)
            return Bad("signature", new Fault("other-origin", $"This is the ledger {Shown.Of(head.Origin.Value)}, and the key or policy that you gave doesn't name it."), head);

        var (rotations, fault) = await ReadRotationsAsync(source, cancellation);
        if (fault is not null) return Bad("key changes", fault, head);
        foreach (var log in logs)
        {
            if (!KeyHistory.TryFollow(log.Key, Behind(log.Key, rotations), out var followed, out refusal))
                return Bad("key changes", new Fault(refusal.Code, $"A published change of the ledger's key isn't good: {refusal.Message}"), head);
            policy = policy.Following(followed);
        }

        return Verdict(policy, signed, logs, rotations);
    }

    private static HeadAnswer Verdict(TrustPolicy policy, SignedCheckpoint signed, List<PolicyLog> logs, IReadOnlyList<SignedNote> rotations)
    {
        var head = signed.Checkpoint;
        switch (policy.Check(signed))
        {
            case PolicyVerdict.Trusted(_, var cosigners):
                var log = policy.Logs.First(one => head.Origin.IsNamedAs(one.Key.Name) && SignedBy(one, signed));
                return new HeadAnswer.Good(new TrustedHead(signed, log.Key, log.History, rotations, cosigners), ChecksOf(policy, log, head, cosigners));
            case PolicyVerdict.QuorumNotMet(_, var cosigners):
                return Bad("witnesses", new Fault("quorum-not-met", $"Too few witnesses cosigned this head for your policy: {Names(cosigners)}."), head);
            case PolicyVerdict.Forged(var line):
                return Bad("signature", new Fault("forged-signature", $"A signature line claims to be by {Shown.Of(line.Name.Value)} and isn't."), head);
            default:
                if (logs.Any(one => rotations.Any(note => LeadsHere(note, one.Key, head))))
                    throw new CouldNotCheckException($"The key that you trust signs from the next entry on: the ledger changed to it at {Shown.Count(head.Size.Value, "event")}, and none has come since. Verify with the key before it, or again later.");
                return Bad("signature", new Fault("not-signed", $"The head isn't signed by the key that you trust ({logs[0].Key.Id} of {Shown.Of(head.Origin.Value)})."), head);
        }
    }

    /// <summary>True where the log changed to this key at exactly this head, by a note that both keys signed: the key itself vouches for the head, which the one before it signed.</summary>
    private static bool LeadsHere(SignedNote note, VerifierKey trusted, Checkpoint head) =>
        KeyRotation.TryParse(note.Text, out var rotation, out _) && rotation.New.Equals(trusted) && rotation.Origin == head.Origin
        && rotation.Size == head.Size && rotation.Root == head.Root && KeyRotation.TryVerify(note, rotation.Old, out _, out _);

    private static bool SignedBy(PolicyLog log, SignedCheckpoint signed) =>
        signed.Note.Verify([.. log.History.At(signed.Checkpoint.Size)]) is NoteVerdict.Verified;

    private static List<Check> ChecksOf(TrustPolicy policy, PolicyLog log, Checkpoint head, IReadOnlyList<Cosigner> cosigners)
    {
        List<Check> checks = [Check.Passed("signature", $"The head of {Shown.Count(head.Size.Value, "event")} is signed by the ledger's key {log.History.At(head.Size)[^1].Id}.")];
        if (log.History.Rotations.Count > 0)
            checks.Add(Check.Passed("key changes", $"The key that you trust led to it over {Shown.Count(log.History.Rotations.Count, "change")}, each signed by both keys."));
        checks.Add(Check.Passed("witnesses", policy.Quorum == TrustPolicy.NoQuorum && cosigners.Count == 0
            ? "None is asked for. Without witnesses, two people could be shown two ledgers; a policy names some."
            : $"Enough for your policy: {Names(cosigners)}."));
        return checks;
    }

    private static string Names(IReadOnlyList<Cosigner> cosigners) => cosigners.Count == 0
        ? "none"
        : string.Join(", ", cosigners.Select(cosigner => $"{Shown.Of(cosigner.Witness.Name)} ({Shown.Time(cosigner.Time)})"));

    private static HeadAnswer.Bad Bad(string check, Fault fault, Checkpoint? head) => new(check, fault, head);

    /// <summary>The rotations behind the trusted key: whoever trusts the newest key need not follow how it came about.</summary>
    private static IEnumerable<SignedNote> Behind(VerifierKey trusted, IReadOnlyList<SignedNote> rotations) =>
        rotations.SkipWhile(note => !KeyRotation.TryParse(note.Text, out var rotation, out _) || !rotation.Old.Equals(trusted));

    private static async Task<(IReadOnlyList<SignedNote> Notes, Fault? Fault)> ReadRotationsAsync(LogSource source, CancellationToken cancellation) =>
        await source.ReadAsync("keys", LongestKeys, cancellation) switch
        {
            Answer.Missing => ([], null),
            Answer.Found(var bytes) => RotationNotes.Split(bytes),
            _ => ([], new Fault("keys-too-long", "The list of the ledger's keys is longer than it can be.")),
        };

    /// <summary>Whether the key that the ledger names as its own is the one that signs; a fault in the telling, even where all signatures are good.</summary>
    public static async Task<Fault?> CheckNamedKeyAsync(LogSource source, TrustedHead head, CancellationToken cancellation)
    {
        if (await source.ReadAsync("vkey", LongestKey, cancellation) is not Answer.Found(var bytes)) return null;
        var named = System.Text.Encoding.UTF8.GetString(bytes).TrimEnd('\n');
        return named == head.History.Newest.ToString()
            ? null
            : new Fault("other-vkey", $"The ledger names {Shown.Of(named)} as its key, and that isn't the key that you trust or one that it led to.");
    }
}

/// <summary>Rotations as they are served and kept: notes one behind the other.</summary>
internal static class RotationNotes
{
    private const string FirstLine = "ceasefire-ledger-key/v1\n";

    public static (IReadOnlyList<SignedNote> Notes, Fault? Fault) Split(byte[] bytes)
    {
        List<SignedNote> notes = [];
        foreach (var text in Cut(System.Text.Encoding.UTF8.GetString(bytes)))
        {
            if (!SignedNote.TryParse(System.Text.Encoding.UTF8.GetBytes(text), out var note, out var refusal))
                return ([], new Fault(refusal.Code, $"A published change of the ledger's key isn't a note: {refusal.Message}"));
            notes.Add(note);
        }

        return (notes, null);
    }

    // Only a note's first line can be this one: its signature lines begin with a dash, and the lines between have forms of their own.
    private static IEnumerable<string> Cut(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var next = text.IndexOf("\n" + FirstLine, start, StringComparison.Ordinal);
            var end = next < 0 ? text.Length : next + 1;
            var note = text[start..end].TrimStart('\n');
            if (note.Length > 0) yield return note.EndsWith("\n\n", StringComparison.Ordinal) ? note.TrimEnd('\n') + "\n" : note;
            start = end;
        }
    }
}
