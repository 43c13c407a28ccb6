using System.CommandLine;
using System.Globalization;
using Ledger.Cli.Ledgers;
using Ledger.Cli.Output;
using Ledger.Exchange.Imports;
using Ledger.Exchange.Packages;

namespace Ledger.Cli.Commands;

/// <summary><c>ledger export --audit PATH</c>: a package that verifies years later, without the server.</summary>
internal static class ExportCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var audit = new Option<string>("--audit") { Description = "Where the package goes: a folder, or a file that ends in .zip; it must not be there yet", Required = true, HelpName = "PATH" };
        var isPublic = new Option<bool>("--public") { Description = "For everybody: of each event only that it is there, when, and its type" };
        var where = new Where();
        var command = new Command("export", "Write an audit package: events, log, keys, pictures and a README in plain words. ledger-audit verifies it without the server and without the network.") { audit, isPublic };
        where.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using var ledger = await where.OpenAsync(parsed, create: false, cancellation);
            var path = parsed.GetRequiredValue(audit);
            try
            {
                var source = await ledger.PackageAsync(cancellation);
                var head = await ProgressReport.ShowAsync(error, "Writing the package", "events", progress =>
                    AuditPackage.WriteAsync(source, path, parsed.GetValue(isPublic), new Relay(progress), cancellation));
                await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"Wrote {path}: {head.Size} events of {head.Origin}, root {head.Root}."));
                await output.WriteLineAsync($"Verify it with: ledger-audit verify {path} --vkey KEY{(parsed.GetValue(isPublic) ? "" : " --full")}");
                return Exit.Ok;
            }
            catch (PackageException e)
            {
                throw new UsageException(e.Message);
            }
        });
        return command;
    }

    private sealed class Relay(IProgress<ImportProgress> progress) : IProgress<PackageProgress>
    {
        private readonly long _started = TimeProvider.System.GetTimestamp();

        public void Report(PackageProgress value) => progress.Report(ProgressReport.Of(value.Done, value.All, TimeProvider.System.GetElapsedTime(_started)));
    }
}
