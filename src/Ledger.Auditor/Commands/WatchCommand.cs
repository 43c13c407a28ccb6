using System.CommandLine;
using Ledger.Transparency;

namespace Ledger.Auditor;

/// <summary>Looks at a ledger's head again and again, and raises the alarm when it doesn't continue the one before.</summary>
internal static class WatchCommand
{
    public static Command Make(Surroundings around)
    {
        var shared = new SharedOptions();
        var url = new Argument<string>("url") { Description = "The ledger's address." };
        var every = new Option<int>("--every") { Description = "Seconds between two looks.", HelpName = "SECONDS", DefaultValueFactory = _ => 30 };
        var looks = new Option<long?>("--looks") { Description = "Stop after so many looks (never).", HelpName = "N" };

        var command = new Command("watch", "Watch a ledger's head; ends with exit code 1 as soon as two heads can't both be true.");
        command.Arguments.Add(url);
        shared.AddTrust(command);
        foreach (Option option in new Option[] { shared.State, every, looks, shared.Timeout }) command.Options.Add(option);
        command.SetAction((parsed, cancellation) => AuditProgram.GuardAsync(around, async () =>
        {
            var policy = shared.ReadTrust(parsed);
            await using var source = LogSource.Open(parsed.GetValue(url)!, null, shared.ReadTimeout(parsed));
            var watch = new Watch(source, policy, parsed.GetValue(shared.State), around);
            return await watch.RunAsync(TimeSpan.FromSeconds(Math.Clamp(parsed.GetValue(every), 1, 86_400)), parsed.GetValue(looks), cancellation);
        }));
        return command;
    }
}

internal sealed class Watch(LogSource source, TrustPolicy policy, string? state, Surroundings around)
{
    /// <summary>Looks that must agree before a head that went back, or tiles that don't fit, are an alarm: nodes behind one address may be a moment apart.</summary>
    private const int Patience = 3;

    private Memory? _memory;
    private int _strange;

    private enum Look { Fine, NotReached, Strange, Alarm }

    public async Task<int> RunAsync(TimeSpan every, long? looks, CancellationToken cancellation)
    {
        var look = Look.Fine;
        for (var made = 1L; ; made++)
        {
            look = await LookAsync(cancellation);
            if (look == Look.Alarm) return ExitCode.Failed;
            if (made == looks) break;
            try
            {
                await Task.Delay(every, around.Time, cancellation);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        return look == Look.Fine ? ExitCode.Passed : ExitCode.NotChecked;
    }

    private async Task<Look> LookAsync(CancellationToken cancellation)
    {
        try
        {
            return await HeadAudit.ReadAsync(source, policy, cancellation) switch
            {
                HeadAnswer.Good(var head, _) => await CompareAsync(head, cancellation),
                HeadAnswer.Bad(_, var fault, _) => Strange(fault),
                _ => throw new System.Diagnostics.UnreachableException(),
            };
        }
        catch (CouldNotCheckException exception)
        {
            Say($"not reached  {exception.Message}");
            return Look.NotReached;
        }
    }

    private async Task<Look> CompareAsync(TrustedHead head, CancellationToken cancellation)
    {
        _memory ??= Memory.Open(state ?? Memory.PathIn(around.StateFolder(), head.Checkpoint.Origin), head.Checkpoint.Origin);
        var (before, now) = (_memory.Last?.Checkpoint, head.Checkpoint);
        if (before is null || before.Size.Value == 0) return Remember(head);
        if (now.Size.Value < before.Size.Value) return Strange(TreeReader.WentBack(before, now));
        if (now.Size == before.Size) return now.Root == before.Root ? Fine("still") : Fork(head, null);
        return await TreeReader.CompareAsync(source, before, now, cancellation) switch
        {
            Continuation.Continues => Remember(head),
            Continuation.Forks fork => Fork(head, fork),
            Continuation.NotTold(var fault) => Strange(fault),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private Look Remember(TrustedHead head)
    {
        _memory!.Remember(head.Signed, around.Time.GetUtcNow());
        return Fine("at");
    }

    private Look Fine(string word)
    {
        _strange = 0;
        Say($"fine         {word} {Shown.Count(_memory!.Last!.Checkpoint.Size.Value, "event")}, root {_memory.Last.Checkpoint.Root}");
        return Look.Fine;
    }

    private Look Strange(Fault fault)
    {
        _strange++;
        Say($"{(_strange < Patience ? "strange     " : "ALARM       ")} {fault.Sentence}");
        return _strange < Patience ? Look.Strange : Look.Alarm;
    }

    private Look Fork(TrustedHead head, Continuation.Forks? fork)
    {
        var path = _memory!.EvidencePath(head.Checkpoint);
        Say($"ALARM        {TreeReader.Forked(_memory.Last!.Checkpoint, head.Checkpoint).Sentence}");
        ForkEvidence.Of(head, _memory.Last, fork).Write(path);
        Say($"             The proof is in {path}; anybody can check it with: ledger-audit evidence verify {path}");
        return Look.Alarm;
    }

    private void Say(string line) => around.Output.WriteLine($"{around.Time.GetUtcNow():yyyy-MM-dd HH:mm:ss'Z'}  {line}");
}
