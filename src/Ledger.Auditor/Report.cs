using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Ledger.Transparency;

namespace Ledger.Auditor;

/// <summary>What came of one check.</summary>
internal enum Outcome { Passed, Failed, NotChecked }

/// <summary>The program's exit codes, which scripts rely on.</summary>
internal static class ExitCode
{
    public const int Passed = 0;

    /// <summary>Something that was published doesn't hold.</summary>
    public const int Failed = 1;

    /// <summary>Nothing is known to be wrong, but the question wasn't answered: usage, a server that can't be reached.</summary>
    public const int NotChecked = 2;
}

/// <summary>The question couldn't be answered: the world is in the way, not the publisher's history.</summary>
internal sealed class CouldNotCheckException(string sentence, Exception? inner = null) : Exception(sentence, inner);

/// <summary>Something published that doesn't hold.</summary>
/// <param name="Code">Stable, for programs.</param>
/// <param name="Sentence">For people; it begins with the place where there is one.</param>
/// <param name="Sequence">The first event that it is about.</param>
/// <param name="MayHaveMoved">It may be a race with a log that is growing, so it is worth another look.</param>
internal sealed record Fault(string Code, string Sentence, long? Sequence = null, bool MayHaveMoved = false);

/// <summary>One line of the report.</summary>
internal sealed record Check(string Name, Outcome Outcome, string Sentence, string? Code = null, long? Sequence = null)
{
    public static Check Passed(string name, string sentence) => new(name, Outcome.Passed, sentence);

    public static Check NotChecked(string name, string sentence) => new(name, Outcome.NotChecked, sentence);

    public static Check Failed(string name, Fault fault) => new(name, Outcome.Failed, fault.Sentence, fault.Code, fault.Sequence);
}

/// <summary>Everything that was checked, for a person or for a program.</summary>
internal sealed class Report(string subject)
{
    private readonly List<Check> _checks = [];
    private readonly List<string> _notes = [];

    public Checkpoint? Head { get; set; }

    /// <summary>Where the proof of a fork was put.</summary>
    public string? Evidence { get; set; }

    public IReadOnlyList<Check> Checks => _checks;

    /// <summary>What wasn't asked for, so that nobody takes silence for a pass.</summary>
    public IReadOnlyList<string> Notes => _notes;

    public bool HasFailed => _checks.Any(check => check.Outcome == Outcome.Failed);

    public int Code => Worst switch
    {
        Outcome.Passed => ExitCode.Passed,
        Outcome.Failed => ExitCode.Failed,
        _ => ExitCode.NotChecked,
    };

    // Nothing checked is not a pass.
    private Outcome Worst => HasFailed ? Outcome.Failed
        : _checks.Count == 0 || _checks.Any(check => check.Outcome == Outcome.NotChecked) ? Outcome.NotChecked : Outcome.Passed;

    public void Add(Check check) => _checks.Add(check);

    public void Note(string sentence) => _notes.Add(sentence);

    public void AddFaults(string name, IEnumerable<Fault> faults) => _checks.AddRange(faults.Select(fault => Check.Failed(name, fault)));

    public void Print(TextWriter output, bool json)
    {
        if (json) output.WriteLine(ToJson());
        else PrintForPeople(output);
    }

    private void PrintForPeople(TextWriter output)
    {
        output.WriteLine($"Ledger    {(Head is { } head ? Shown.Of(head.Origin.Value) : "unknown")}");
        output.WriteLine($"Read from {Shown.Of(subject)}");
        if (Head is not null) output.WriteLine($"Head      {Shown.Count(Head.Size.Value, "event")}, root {Head.Root}");
        output.WriteLine();
        foreach (var check in _checks) output.WriteLine($"  {Word(check.Outcome),-11}  {check.Name,-12}  {check.Sentence}");
        if (_notes.Count > 0) output.WriteLine();
        foreach (var note in _notes) output.WriteLine($"  Note: {note}");
        output.WriteLine();
        if (Evidence is not null) output.WriteLine($"The proof of it is in {Evidence}; anybody can check it with: ledger-audit evidence verify {Evidence}");
        output.WriteLine(Worst switch
        {
            Outcome.Passed => "Result: PASSED. Everything that was checked holds.",
            Outcome.Failed => "Result: FAILED. What was published doesn't hold; keep what you have and ask the operator in writing.",
            _ => "Result: NOT CHECKED. Nothing is known to be wrong, but the question wasn't answered.",
        });
    }

    private string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("result", JsonWord(Worst));
            json.WriteNumber("exitCode", Code);
            json.WriteString("source", subject);
            if (Head is not null)
            {
                json.WriteString("origin", Head.Origin.Value);
                json.WriteNumber("size", Head.Size.Value);
                json.WriteString("root", Head.Root.ToString());
            }

            if (Evidence is not null) json.WriteString("evidence", Evidence);
            json.WriteStartArray("checks");
            foreach (var check in _checks) WriteCheck(json, check);
            json.WriteEndArray();
            json.WriteStartArray("notes");
            foreach (var note in _notes) json.WriteStringValue(note);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteCheck(Utf8JsonWriter json, Check check)
    {
        json.WriteStartObject();
        json.WriteString("check", check.Name);
        json.WriteString("outcome", JsonWord(check.Outcome));
        json.WriteString("message", check.Sentence);
        if (check.Code is not null) json.WriteString("code", check.Code);
        if (check.Sequence is { } sequence) json.WriteNumber("sequence", sequence);
        json.WriteEndObject();
    }

    private static string Word(Outcome outcome) => outcome switch
    {
        Outcome.Passed => "passed",
        Outcome.Failed => "FAILED",
        _ => "not checked",
    };

    private static string JsonWord(Outcome outcome) => outcome switch
    {
        Outcome.Passed => "passed",
        Outcome.Failed => "failed",
        _ => "not-checked",
    };
}

/// <summary>How text that others wrote, and numbers, are shown.</summary>
internal static class Shown
{
    private const int Longest = 200;

    /// <summary>One line without anything that could move a cursor, turn the direction of writing, or fill the screen.</summary>
    public static string Of(string text)
    {
        var shown = new StringBuilder();
        foreach (var rune in text.EnumerateRunes().Take(Longest)) shown.Append(IsPlain(rune) ? rune.ToString() : "\uFFFD");
        return text.Length > Longest ? $"{shown}…" : shown.ToString();
    }

    public static string Count(long number, string thing, string? things = null) => number == 1 ? $"1 {thing}" : $"{Number(number)} {things ?? thing + "s"}";

    /// <summary>Thousands with a thin gap would be lost in a mail; a comma survives.</summary>
    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    public static string Time(UnixSeconds time) =>
        time.Value is >= 0 and < 253_402_300_800
            ? DateTimeOffset.FromUnixTimeSeconds(time.Value).ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture)
            : "a time beyond the calendar";

    private static bool IsPlain(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
