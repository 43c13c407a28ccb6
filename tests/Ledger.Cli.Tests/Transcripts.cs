using System.Text;
using System.Text.RegularExpressions;

namespace Ledger.Cli.Tests;

/// <summary>What people type and what they get, as files: lines that begin with <c>$</c> are run, what follows is what must come.</summary>
/// <remarks>
/// Both streams are shown, the error stream's lines behind a <c>!</c>, and an exit code that isn't 0. What differs from
/// run to run (times of recording, rates, places on the disk) is written as a word in angle brackets.
/// LEDGER_TRANSCRIPTS=DIR writes what came to a directory, for looking at a change before it is taken over.
/// </remarks>
public sealed partial class Transcripts
{
    public static TheoryData<string> Files() =>
        [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "transcripts"), "*.txt").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Come_out_as_they_are_written(string name)
    {
        using var shell = new Shell();
        var made = Path.Combine(AppContext.BaseDirectory, "ged-made-up.csv");
        File.Copy(made, Path.Combine(shell.Root, "ged.csv"));
        // Rows are recorded side by side, in no order that a transcript could rely on: one row has one.
        await File.WriteAllLinesAsync(Path.Combine(shell.Root, "one.csv"), File.ReadLines(made).Take(2));
        var expected = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "transcripts", name + ".txt"));
        var came = new StringBuilder();
        foreach (var line in expected.Split('\n').Where(line => line.StartsWith("$ ", StringComparison.Ordinal)))
        {
            if (came.Length > 0) came.Append('\n');
            came.Append(line).Append('\n').Append(Settled(await RunAsync(shell, line[2..]), shell.Root));
        }

        if (Environment.GetEnvironmentVariable("LEDGER_TRANSCRIPTS") is { Length: > 0 } directory)
            await File.WriteAllTextAsync(Path.Combine(directory, name + ".txt"), came.ToString());
        Assert.Equal(expected.ReplaceLineEndings("\n"), came.ToString());
    }

    private static async Task<string> RunAsync(Shell shell, string line)
    {
        if (line.StartsWith("cat ", StringComparison.Ordinal)) return await File.ReadAllTextAsync(Path.Combine(shell.Root, line[4..]));

        var (exit, output, error) = await shell.RunAsync(line);
        var text = new StringBuilder(output);
        foreach (var said in error.Split('\n', StringSplitOptions.RemoveEmptyEntries)) text.Append("! ").Append(said).Append('\n');
        if (exit != 0) text.Append("exit ").Append(exit).Append('\n');
        return text.ToString();
    }

    private static string Settled(string text, string root)
    {
        text = text.ReplaceLineEndings("\n").Replace(root, "<here>", StringComparison.Ordinal);
        text = RecordedNow().Replace(text, "<when it was stored>");
        text = RecordedNowInJson().Replace(text, "<recorded>");
        text = Rates().Replace(text, "! <seconds and rate>");
        text = Progress().Replace(text, "");
        text = ProcessId().Replace(text, "(pid <pid>)");
        text = FreeDisk().Replace(text, "<free> GB");
        text = Seals().Replace(text, "<some> seals");
        text = SigningKey().Replace(text, "<the log's key>");
        text = MadeUpName().Replace(text, "<the log's name>");
        text = Root().Replace(text, "root <root>");
        text = KeyId().Replace(text, "(<key>)");
        // The log's seals stand between the events, when the machine is slow earlier than when it is fast.
        text = Positions().Replace(text, "\"position\":\"<position>\"");
        return EventIds().Replace(text, "\"eventId\":\"<id>\"");
    }

    // As wide as what stands there, so that tables stay in line.
    [GeneratedRegex(@"20(2[6-9]|[3-9]\d)-\d\d-\d\d \d\d:\d\d:\d\dZ")]
    private static partial Regex RecordedNow();

    [GeneratedRegex(@"20(2[6-9]|[3-9]\d)-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")]
    private static partial Regex RecordedNowInJson();

    [GeneratedRegex(@"! [\d.,]+ s, [\d.,]+ \w+/s")]
    private static partial Regex Rates();

    [GeneratedRegex(@"! (Importing|Simulating|Rebuilding)[^\n]*\n")]
    private static partial Regex Progress();

    [GeneratedRegex(@"\(pid \d+\)")]
    private static partial Regex ProcessId();

    [GeneratedRegex(@"\b[\d,.]+ GB\b")]
    private static partial Regex FreeDisk();

    [GeneratedRegex(@"\b\d+ seals?\b")]
    private static partial Regex Seals();

    [GeneratedRegex(@"ledger\.invalid/[0-9a-f]+\+[0-9a-f]{8}")]
    private static partial Regex SigningKey();

    [GeneratedRegex("ledger\\.invalid/[0-9a-f]+")]
    private static partial Regex MadeUpName();

    [GeneratedRegex("root [A-Za-z0-9+/]{43}=")]
    private static partial Regex Root();

    [GeneratedRegex("\\([0-9a-f]{32}\\)")]
    private static partial Regex KeyId();

    [GeneratedRegex("\"position\":\"[0-9a-f]{32}\"")]
    private static partial Regex Positions();

    [GeneratedRegex("\"eventId\":\"[0-9a-f-]+\"")]
    private static partial Regex EventIds();
}
