using System.CommandLine;

namespace Ledger.Auditor;

internal static class VerifyCommand
{
    private const string KeyVariable = "LEDGER_KEY";

    public static Command Make(Surroundings around)
    {
        var shared = new SharedOptions();
        var where = new Argument<string>("source") { Description = "The ledger's address, or an exported folder or .zip." };
        var apiKey = new Option<string?>("--key") { Description = $"A key that may read the events (or {KeyVariable} in the environment): every event is then held against its entry.", HelpName = "API-KEY" };
        var full = new Option<bool>("--full") { Description = "Recompute the compliance figures from the events." };
        var most = new Option<long>("--most") { Description = "Events that are checked at most.", HelpName = "N", DefaultValueFactory = _ => 1_000_000_000 };

        var command = new Command("verify", "Verify a ledger: signatures, witnesses, every entry, every tile, and that it continues what was seen before.");
        command.Arguments.Add(where);
        shared.AddTrust(command);
        foreach (Option option in new Option[] { shared.State, apiKey, full, shared.Json, shared.Timeout, most }) command.Options.Add(option);
        command.SetAction((parsed, cancellation) => AuditProgram.GuardAsync(around, async () =>
        {
            var json = parsed.GetValue(shared.Json);
            var policy = shared.ReadTrust(parsed);
            await using var source = LogSource.Open(parsed.GetValue(where)!, KeyOf(parsed.GetValue(apiKey), around), shared.ReadTimeout(parsed));
            var options = new VerificationOptions(parsed.GetValue(shared.State), parsed.GetValue(full), parsed.GetValue(most), json);
            var report = await new Verification(source, policy, options, around).RunAsync(cancellation);
            report.Print(around.Output, json);
            return report.Code;
        }));
        return command;
    }

    private static string? KeyOf(string? given, Surroundings around)
    {
        var key = given ?? around.Variable(KeyVariable);
        if (key is null or "") return null;
        return key.All(c => c is > ' ' and < (char)0x7f) ? key : throw new CouldNotCheckException("The key holds a character that no key has.");
    }
}
