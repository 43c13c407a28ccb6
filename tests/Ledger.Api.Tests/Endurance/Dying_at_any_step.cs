using Ledger.Api.Tests.Writes;
using Ledger.Testing.S3;

namespace Ledger.Api.Tests.Endurance;

/// <summary>SIGKILL at every step between a request and its answer, and at every step behind it, on one directory that goes on and on.</summary>
/// <remarks>The whole matrix with an audit and a rebuild after each step: LEDGER_ENDURANCE=whole. Else a few steps, and an audit at the end.</remarks>
public sealed class Dying_at_any_step
{
    private const string Web = "Microsoft.AspNetCore|Microsoft.AspNetCore.Hosting.HttpRequestIn|";
    private const string Command = "Ledger.Application|";
    private const string Store = "Ledger.EventStore.Sqlite|";
    private const string Books = "Ledger.Projections|";
    private const string Log = "Ledger.Log|";
    private const string Program = "Ledger.Api|";
    private const string Files = "Ledger.Files|";

    /// <summary>In the order in which a record goes through them.</summary>
    private static readonly (string Step, bool IsShort)[] OfARecord =
    [
        (Web + "begin", false), (Command + "decide|begin", false), (Command + "decide|end", false), (Command + "hide|begin", false),
        (Store + "write|begin|vault", false), (Store + "commit|begin|vault", false), (Store + "commit|end|vault", false), (Command + "hide|end", false),
        (Command + "append|begin", false), (Store + "write|begin|event file", false), (Store + "write|end|event file", false), (Store + "commit|begin|event file", true), (Store + "commit|end|event file", true),
        (Command + "append|end", false), (Books + "take|begin", false), (Books + "take|end", false), (Command + "number|end", false), (Web + "end", false),
        (Log + "tiles|begin", false), (Log + "tiles commit|begin", false), (Log + "tiles commit|end", false), (Log + "tiles|end", false),
        (Log + "remember|begin", false), (Log + "remember rename|begin", true), (Log + "remember rename|end", false), (Log + "seal|begin", false), (Log + "seal|end", false),
        (Books + "save|begin", false), (Books + "save commit|begin", true), (Books + "save commit|end", false),
    ];

    private static readonly string[] OfEvidence =
    [
        Program + "receive|begin", Program + "receive|end", Program + "keep|begin", Program + "keep|end", Command + "append|begin", Store + "commit|end|event file",
        Program + "mark|begin", Files + "rename|begin", Files + "rename|end",
    ];

    private static readonly string[] OfEvidenceInABucket =
    [
        Program + "receive|end", Program + "keep|begin", Files + "upload|begin", Files + "upload|end", Program + "keep|end", Command + "append|begin", Store + "commit|end|event file",
        Program + "mark|begin", Program + "mark|end",
    ];

    private static readonly string[] OfAnImport =
    [
        Program + "import-asked-v1|begin", Program + "import-asked-v1|end", Command + "append|end", Program + "import-finished-v1|begin", Program + "import-finished-v1|end",
    ];

    private static readonly (string Command, string[] Steps)[] OfOperators =
    [
        ("backup", ["Ledger.Node|segment|begin", "Ledger.Node|segment rename|begin", "Ledger.Node|segment rename|end", "Ledger.Node|vault copy|begin", "Ledger.Node|vault copy|end", "Ledger.Node|manifest|begin", "Ledger.Node|manifest|end"]),
        ("key rotate", [Log + "key rename|begin", Log + "key rename|end", Log + "rotate|begin", Log + "rotate|end"]),
        ("key rotate-vault", ["Ledger.Node|rewrap|begin", Store + "commit|begin|vault", Store + "commit|end|vault", "Ledger.Node|rewrap|end", "Ledger.Node|promote|begin", "Ledger.Node|promote|end"]),
        ("rebuild", [Books + "save commit|begin", Books + "point|begin", Books + "point|end"]),
    ];

    [Fact]
    public async Task A_record_is_there_once_or_not_at_all_and_once_when_it_is_sent_again()
    {
        using var ledger = await Mortal.BornAsync();
        foreach (var (step, isShort) in OfARecord)
            if (isShort || Mortal.IsWhole) await DieAsync(ledger, step, new Act.Record(ledger));
        await EndAsync(ledger);
    }

    [Fact]
    public async Task Evidence_is_there_once_with_its_file_and_nothing_is_left_on_its_way_in()
    {
        using var ledger = await Mortal.BornAsync();
        foreach (var step in Mortal.IsWhole ? OfEvidence : [Program + "receive|end"]) await DieAsync(ledger, step, new Act.Attach(ledger));
        await EndAsync(ledger);
    }

    [Fact]
    public async Task Evidence_in_a_bucket_is_there_once_with_its_file()
    {
        await using var store = await S3Double.StartAsync();
        using var ledger = await Mortal.BornAsync(BucketLedger.SettingsOf(store.Address));
        foreach (var step in Mortal.IsWhole ? OfEvidenceInABucket : [Files + "upload|end"]) await DieAsync(ledger, step, new Act.Attach(ledger));
        await ledger.KillAsync();
        Assert.NotEmpty(store.Names);
    }

    [Fact]
    public async Task An_import_goes_on_and_every_row_is_there_once()
    {
        using var ledger = await Mortal.BornAsync();
        foreach (var step in Mortal.IsWhole ? OfAnImport : [Program + "import-finished-v1|begin"]) await DieAsync(ledger, step, new Act.Import(ledger));
        await EndAsync(ledger);
    }

    [Fact]
    public async Task An_operators_command_goes_on_where_it_died()
    {
        using var ledger = await Mortal.BornAsync();
        var (record, news) = (new Act.Record(ledger), 0);
        Assert.True(await record.TryAsync());
        await ledger.KillAsync();
        foreach (var (command, steps) in Mortal.IsWhole ? OfOperators : [("key rotate-vault", ["Ledger.Node|promote|begin"])])
        {
            string[] arguments = [.. command.Split(' '), "--data", ledger.Data, .. command == "backup" ? (string[])["--to", ledger.File("backup")] : []];
            foreach (var step in steps)
            {
                // Only what is new is written into a segment.
                if (command == "backup") await Mortal.RunAsync("agreement", "create", $"new-{news++}", "--title", "New", "--party", "a=A", "--party", "b=B", "--from", "2026-03-01T00:00:00Z", "--data", ledger.Data);
                await ledger.DieInAsync(step, arguments);
                if (Mortal.IsWhole) await ledger.RebuildAsync($"{command} at {step}");
                await Mortal.RunAsync(arguments);
            }
        }

        if (Mortal.IsWhole) await Mortal.RunAsync("restore", "--from", ledger.File("backup"), "--data", ledger.File("restored"));
        await ledger.StartAsync();
        await record.CheckAsync("an operator's commands", wasAcknowledged: true);
        // A key signs from the next entry on; the auditor is given the newest, and finds no head of it before.
        Assert.True(await new Act.Record(ledger).TryAsync());
        await EndAsync(ledger);
    }

    private static async Task DieAsync(Mortal ledger, string step, Act act)
    {
        await act.PrepareAsync();
        await ledger.DieAtAsync(step);
        var wasAcknowledged = await act.TryAsync();
        await ledger.DeadAsync(step);
        if (Mortal.IsWhole) await ledger.RebuildAsync(step);
        await ledger.StartAsync();
        await act.CheckAsync(step, wasAcknowledged);
        if (Mortal.IsWhole) await ledger.AuditAsync(step);
    }

    private static async Task EndAsync(Mortal ledger)
    {
        await ledger.AuditAsync("everything");
        await ledger.KillAsync();
        await ledger.RebuildAsync("everything");
        await Mortal.RunAsync("doctor", "--data", ledger.Data, "--full");
    }
}
