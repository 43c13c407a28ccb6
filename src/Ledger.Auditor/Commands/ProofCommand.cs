using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Ledger.Transparency;

namespace Ledger.Auditor;

/// <summary>A receipt, checked without any network.</summary>
internal static class ProofCommand
{
    private const int LongestEvent = 16_000_000;

    public static Command Make(Surroundings around)
    {
        var shared = new SharedOptions();
        var file = new Argument<string>("file") { Description = "The receipt: a C2SP tlog-proof, as /log/proof gives it." };
        var eventFile = new Option<string?>("--event-file") { Description = "The event that it is about, as /events?raw=true gives it (one JSON object); or an entry's bytes.", HelpName = "FILE" };

        var command = new Command("proof", "Verify a receipt: was this event recorded?");
        command.Arguments.Add(file);
        shared.AddTrust(command);
        command.Options.Add(eventFile);
        command.Options.Add(shared.Json);
        command.SetAction((parsed, _) => AuditProgram.GuardAsync(around, () =>
        {
            var report = Check(parsed.GetValue(file)!, parsed.GetValue(eventFile), shared.ReadTrust(parsed));
            report.Print(around.Output, parsed.GetValue(shared.Json));
            return Task.FromResult(report.Code);
        }));
        return command;
    }

    private static Report Check(string file, string? eventFile, TrustPolicy policy)
    {
        var report = new Report(file);
        if (!TlogProof.TryParse(Trust.ReadFile(file), out var proof, out var refusal))
        {
            report.AddFaults("receipt", [new Fault(refusal.Code, $"The file isn't a receipt: {refusal.Message}")]);
            return report;
        }

        report.Head = proof.Checkpoint.Checkpoint;
        if (eventFile is null) AddHeadOnly(report, proof, policy);
        else AddInclusion(report, proof, policy, Trust.ReadFile(eventFile, LongestEvent));
        return report;
    }

    private static void AddHeadOnly(Report report, TlogProof proof, TrustPolicy policy)
    {
        if (policy.Check(proof.Checkpoint) is PolicyVerdict.Trusted)
        {
            report.Add(Auditor.Check.Passed("signature", "The receipt's head is one that you trust."));
            report.Add(Auditor.Check.NotChecked("receipt", string.Create(CultureInfo.InvariantCulture, $"sequence {proof.Index}: which event the receipt is about can only be said with the event (--event-file).")));
            return;
        }

        report.AddFaults("signature", [NotTrusted(policy.Check(proof.Checkpoint))]);
    }

    internal static void AddInclusion(Report report, TlogProof proof, TrustPolicy policy, byte[] bytes)
    {
        if (LeafOf(bytes, proof, out var fault, out var unproven) is not { } leaf)
        {
            report.AddFaults("event", [fault!]);
            return;
        }

        switch (proof.Verify(leaf, policy))
        {
            case ReceiptVerdict.Logged(_, var cosigners):
                report.Add(Auditor.Check.Passed("signature", "The receipt's head is one that you trust."));
                report.Add(Auditor.Check.Passed("receipt", string.Create(CultureInfo.InvariantCulture, $"sequence {proof.Index}: this very event was recorded in this place, and nothing of it was changed since.")));
                if (unproven) report.Add(Auditor.Check.NotChecked("texts", string.Create(CultureInfo.InvariantCulture, $"sequence {proof.Index}: a text is shown without its disclosure, so whether it is the one that was recorded can't be said.")));
                if (cosigners.Count > 0) report.Note($"Cosigned by {string.Join(", ", cosigners.Select(one => $"{Shown.Of(one.Witness.Name)} ({Shown.Time(one.Time)})"))}.");
                break;
            case ReceiptVerdict.NotTrusted(var why):
                report.AddFaults("signature", [NotTrusted(why)]);
                break;
            case ReceiptVerdict.NotIncluded(var why):
                report.AddFaults("receipt", [new Fault("not-included", string.Create(CultureInfo.InvariantCulture, $"sequence {proof.Index}: the receipt isn't about this event, or one of the two was changed ({why})."), proof.Index.Value)]);
                break;
            default: throw new System.Diagnostics.UnreachableException();
        }
    }

    private static Hash? LeafOf(byte[] bytes, TlogProof proof, out Fault? fault, out bool unproven)
    {
        (fault, unproven) = (null, false);
        if (!IsEventItem(bytes)) return MerkleHash.Leaf(bytes);
        if (ShownEvent.Read(bytes, proof.Checkpoint.Checkpoint.Origin, out var why) is not { } shown)
        {
            fault = new Fault("event-unreadable", $"The event can't be read: {why}.");
            return null;
        }

        if (shown.Sequence != proof.Index.Value)
            fault = new Fault("other-event", string.Create(CultureInfo.InvariantCulture, $"sequence {proof.Index}: the receipt is about another event than this one, which is sequence {shown.Sequence}."), proof.Index.Value);
        else if (shown.Texts.Difference is { } difference)
            fault = new Fault("event-shown-otherwise", string.Create(CultureInfo.InvariantCulture, $"sequence {shown.Sequence}: {difference}."), shown.Sequence);
        unproven = shown.Texts.Unproven.Count > 0;
        return fault is null ? shown.Entry.LeafHash : null;
    }

    private static bool IsEventItem(byte[] bytes)
    {
        if (!ShownEvent.TryOpen(bytes, out var json)) return false;
        using (json) return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("raw", out _) && json.RootElement.TryGetProperty("eventId", out _);
    }

    private static Fault NotTrusted(PolicyVerdict verdict) => verdict switch
    {
        PolicyVerdict.QuorumNotMet => new("quorum-not-met", "Too few witnesses cosigned the receipt's head for your policy."),
        PolicyVerdict.Forged(var line) => new("forged-signature", $"A signature line claims to be by {Shown.Of(line.Name.Value)} and isn't."),
        _ => new("not-signed", "The receipt's head isn't signed by a key that you trust."),
    };
}
