using System.CommandLine;
using Ledger.Cli.Ledgers;
using Ledger.Exchange.Odk;

namespace Ledger.Cli.Commands;

/// <summary><c>ledger form --agreement ID --out FILE.xlsx</c>: the record form for ODK and Kobo.</summary>
internal static class FormCommand
{
    public static Command Create(TextWriter output)
    {
        var agreement = new Option<string>("--agreement") { Description = "The agreement that the form is for: its parties are choices", Required = true, HelpName = "ID" };
        var file = new Option<FileInfo>("--out") { Description = "Where the form goes (.xlsx)", Required = true, HelpName = "FILE" };
        var where = new Where();
        var command = new Command("form", "Write the record form as an XLSForm, for ODK Collect or KoboCollect. What comes in is imported with: ledger import odk-record") { agreement, file };
        where.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var id = Ids.Agreement(parsed.GetRequiredValue(agreement));
            await using var ledger = await where.OpenAsync(parsed, create: false, cancellation);
            var frame = await ledger.FrameOfAsync(id, cancellation) ?? throw new UsageException($"There is no agreement '{id}'.");
            var path = parsed.GetRequiredValue(file);
            await using (var to = path.Create()) RecordForm.Write(to, id.Value, frame);
            await output.WriteLineAsync($"Wrote {path.Name}. Upload it to the ODK or Kobo server; import what comes in with: ledger import odk-record FILE --agreement {id}");
            return Exit.Ok;
        });
        return command;
    }
}
