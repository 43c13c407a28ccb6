using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Ledger.Transparency;

namespace Ledger.Auditor;

/// <summary>A confidential text that was handed to one reader: is it the one that was recorded? RFC 9901 (SD-JWT) digests, checked without any network.</summary>
internal static class DisclosureCommand
{
    private const int LongestFile = 16_000_000;

    public static Command Make(Surroundings around)
    {
        var shared = new SharedOptions();
        var file = new Argument<string>("file") { Description = "What you were handed: made by ledger disclose." };
        var command = new Command("disclosure", "Verify a text that was handed to you: is it the one whose digest was recorded then?");
        command.Arguments.Add(file);
        shared.AddTrust(command);
        command.Options.Add(shared.Json);
        command.SetAction((parsed, _) => AuditProgram.GuardAsync(around, () =>
        {
            var report = Check(parsed.GetValue(file)!, shared.ReadTrust(parsed));
            report.Print(around.Output, parsed.GetValue(shared.Json));
            return Task.FromResult(report.Code);
        }));
        return command;
    }

    private static Report Check(string file, TrustPolicy policy)
    {
        var report = new Report(file);
        try
        {
            using var json = JsonDocument.Parse(Trust.ReadFile(file, LongestFile));
            var (handed, item) = (json.RootElement.GetProperty("disclosure").GetString()!, json.RootElement.GetProperty("event"));
            if (!TlogProof.TryParse(Encoding.UTF8.GetBytes(json.RootElement.GetProperty("receipt").GetString()!), out var proof, out var refusal))
            {
                report.AddFaults("receipt", [new Fault(refusal.Code, $"The receipt can't be read: {refusal.Message}")]);
                return report;
            }

            report.Head = proof.Checkpoint.Checkpoint;
            ProofCommand.AddInclusion(report, proof, policy, Encoding.UTF8.GetBytes(item.GetRawText()));
            if (!report.HasFailed) AddText(report, new Disclosure(handed), item, proof.Index);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            report.AddFaults("disclosure", [new Fault("disclosure-malformed", "The file isn't one that ledger disclose makes.")]);
        }

        return report;
    }

    private static void AddText(Report report, Disclosure disclosure, JsonElement item, LeafIndex sequence)
    {
        using var data = JsonDocument.Parse(item.GetProperty("raw").GetProperty("data").GetBytesFromBase64());
        if (!disclosure.TryRead(out var name, out var value) || !Digests(data.RootElement).Contains(disclosure.Digest.ToString()))
        {
            report.AddFaults("disclosure", [new Fault("other-text", string.Create(CultureInfo.InvariantCulture, $"sequence {sequence}: this isn't a text that the event refers to; it is another one, or it was changed."), sequence.Value)]);
            return;
        }

        report.Add(Auditor.Check.Passed("disclosure", string.Create(CultureInfo.InvariantCulture, $"sequence {sequence}: the event refers to this very text: {Shown.Of(name)} = {Shown.Of(value)}")));
    }

    private static HashSet<string> Digests(JsonElement json)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<JsonElement>([json]);
        while (open.TryPop(out var element))
        {
            if (element.ValueKind == JsonValueKind.Array) foreach (var one in element.EnumerateArray()) open.Push(one);
            if (element.ValueKind != JsonValueKind.Object) continue;
            foreach (var property in element.EnumerateObject())
            {
                open.Push(property.Value);
                if (property.NameEquals("_sd") && property.Value.ValueKind == JsonValueKind.Array)
                    found.UnionWith(property.Value.EnumerateArray().Where(digest => digest.ValueKind == JsonValueKind.String).Select(digest => digest.GetString()!));
            }
        }

        return found;
    }
}
