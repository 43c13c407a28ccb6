using System.CommandLine;
using Ledger.Transparency;

namespace Ledger.Auditor;

/// <summary>A fork as a file that anybody can check.</summary>
internal static class EvidenceCommand
{
    public static Command Make(Surroundings around)
    {
        var command = new Command("evidence", "Two heads of one ledger that can't both be true: make a file of them, or check one.");
        command.Subcommands.Add(MakeMake(around));
        command.Subcommands.Add(MakeVerify(around));
        return command;
    }

    private static Command MakeMake(Surroundings around)
    {
        var shared = new SharedOptions();
        var heads = new Argument<string[]>("heads") { Description = "Two checkpoints, each in a file.", Arity = new ArgumentArity(2, 2) };
        var tiles = new Option<string?>("--tiles") { Description = "Where the larger of the two is served (URL, folder, .zip); needed where their sizes differ.", HelpName = "SOURCE" };
        var output = new Option<string?>("--out") { Description = "Where the evidence goes (printed).", HelpName = "FILE" };
        var command = new Command("make", "Make evidence of two checkpoints.");
        command.Arguments.Add(heads);
        command.Options.Add(shared.Key);
        foreach (Option option in new Option[] { tiles, output, shared.Timeout }) command.Options.Add(option);
        command.SetAction((parsed, cancellation) => AuditProgram.GuardAsync(around, async () =>
        {
            var key = Trust.ReadKey(parsed.GetValue(shared.Key) ?? throw new CouldNotCheckException("Say which key the ledger has: --vkey FILE."));
            await using var source = parsed.GetValue(tiles) is { } where ? LogSource.Open(where, null, shared.ReadTimeout(parsed)) : null;
            if (await MakeAsync(key, [.. parsed.GetValue(heads)!.Select(ReadHead)], source, cancellation) is not { } evidence)
            {
                await around.Error.WriteLineAsync("The two heads can both be true: there is no fork to show.");
                return ExitCode.Failed;
            }

            if (parsed.GetValue(output) is { } file) evidence.Write(file);
            else await around.Output.WriteAsync(System.Text.Encoding.UTF8.GetString(evidence.ToBytes()));
            return ExitCode.Passed;
        }));
        return command;
    }

    /// <summary>Null where the heads don't contradict each other.</summary>
    private static async Task<ForkEvidence?> MakeAsync(VerifierKey key, SignedCheckpoint[] heads, LogSource? source, CancellationToken cancellation)
    {
        Array.Sort(heads, (one, other) => one.Checkpoint.Size.Value.CompareTo(other.Checkpoint.Size.Value));
        var (first, second) = (heads[0].Checkpoint, heads[1].Checkpoint);
        IReadOnlyList<SignedNote> rotations = [];
        if (source is not null && await source.ReadAsync("keys", 4_000_000, cancellation) is Answer.Found(var bytes)) rotations = RotationNotes.Split(bytes).Notes;

        Continuation.Forks? fork = null;
        if (first.Size != second.Size && first.Size.Value > 0)
        {
            if (source is null) throw new CouldNotCheckException("The heads have different sizes: say where the larger is served, with --tiles.");
            fork = await TreeReader.CompareAsync(source, first, second, cancellation) switch
            {
                Continuation.Forks found => found,
                Continuation.NotTold(var fault) => throw new CouldNotCheckException(fault.Sentence),
                _ => null,
            };
        }

        var evidence = new ForkEvidence(key, rotations, heads[0], heads[1], fork?.FirstRoot, fork?.Proof ?? []);
        return evidence.Check(key) switch
        {
            null => evidence,
            { Code: "no-contradiction" } => null,
            var fault => throw new CouldNotCheckException(fault.Sentence),
        };
    }

    private static Command MakeVerify(Surroundings around)
    {
        var shared = new SharedOptions();
        var file = new Argument<string>("file") { Description = "The evidence." };
        var command = new Command("verify", "Check evidence of a fork. Exit code 0: the ledger's key signed two heads that can't both be true. 1: the file doesn't show that.");
        command.Arguments.Add(file);
        shared.AddTrust(command);
        command.SetAction((parsed, _) => AuditProgram.GuardAsync(around, () =>
        {
            var evidence = ForkEvidence.Read(parsed.GetValue(file)!);
            var isGiven = parsed.GetValue(shared.Policy) is not null || parsed.GetValue(shared.Key) is not null;
            var trusted = isGiven ? KeyOf(shared.ReadTrust(parsed), evidence.First.Checkpoint.Origin) : evidence.Key;
            return Task.FromResult(Tell(evidence, trusted, isGiven, around.Output));
        }));
        return command;
    }

    private static VerifierKey KeyOf(TrustPolicy policy, Origin origin) =>
        policy.Logs.FirstOrDefault(log => origin.IsNamedAs(log.Key.Name))?.Key
        ?? throw new CouldNotCheckException($"The evidence is about {Shown.Of(origin.Value)}, and the key or policy that you gave doesn't name it.");

    private static int Tell(ForkEvidence evidence, VerifierKey trusted, bool isGiven, TextWriter output)
    {
        var (first, second) = (evidence.First.Checkpoint, evidence.Second.Checkpoint);
        if (evidence.Check(trusted) is { } fault)
        {
            output.WriteLine($"NOT SHOWN. {fault.Sentence}");
            return ExitCode.Failed;
        }

        output.WriteLine($"SHOWN: the ledger {Shown.Of(first.Origin.Value)} signed two histories that can't both be true.");
        output.WriteLine($"  one of {Shown.Count(first.Size.Value, "event")}, root {first.Root}");
        output.WriteLine($"  one of {Shown.Count(second.Size.Value, "event")}, root {second.Root}");
        if (evidence.FirstRootInSecond is { } root) output.WriteLine($"  the second begins with {Shown.Count(first.Size.Value, "event")} of root {root}, which isn't the first");
        output.WriteLine(isGiven
            ? $"Both are signed by the key that you gave, {trusted.Id}."
            : $"Both are signed by the key {Shown.Of(trusted.ToString())}. Make sure, from a source of your own, that it is the ledger's.");
        return ExitCode.Passed;
    }

    private static SignedCheckpoint ReadHead(string file) =>
        SignedCheckpoint.TryParse(Trust.ReadFile(file), out var head, out var refusal) ? head : throw new CouldNotCheckException($"{Shown.Of(file)}: {refusal.Message}");
}
