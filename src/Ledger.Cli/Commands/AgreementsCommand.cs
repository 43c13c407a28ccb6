using System.CommandLine;
using System.Globalization;
using Ledger.Cli.Ledgers;
using Ledger.Domain;
using Ledger.Domain.Agreements;

namespace Ledger.Cli.Commands;

/// <summary><c>ledger agreement create ID …</c>: the least that an import needs.</summary>
internal static class AgreementsCommand
{
    public static Command Create(TextWriter output) => new("agreement", "Agreements that cases belong to.") { CreateOne(output) };

    private static Command CreateOne(TextWriter output)
    {
        var id = new Argument<string>("ID") { Description = "Small letters, digits and hyphens" };
        var title = new Option<string>("--title") { Description = "Its name", Required = true, HelpName = "TEXT" };
        var parties = new Option<string[]>("--party") { Description = "A party, such as north=\"Government of the North\"; may be given several times", Required = true, HelpName = "ID=NAME" };
        var from = new Option<string>("--from") { Description = "When it came into force, such as 2020-10-10T12:00:00+04:00", Required = true, HelpName = "TIME" };
        var until = new Option<string?>("--until") { Description = "When it ends, where it does", HelpName = "TIME" };
        var timeZone = new Option<string>("--time-zone") { Description = "Whose days are counted (IANA name)", DefaultValueFactory = _ => "UTC", HelpName = "ZONE" };
        var exercise = new Option<bool>("--exercise") { Description = "An exercise: it never enters a summary of a real agreement" };
        var where = new Where();
        var command = new Command("create", "Register an agreement. Provisions and zones are added through the API.") { id, title, parties, from, until, timeZone, exercise };
        where.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var agreement = new AgreementCommand.Register(
                Ids.Agreement(parsed.GetRequiredValue(id)), parsed.GetRequiredValue(title), Ids.TimeZone(parsed.GetValue(timeZone)!), Values<Instrument>.None,
                parsed.GetRequiredValue(parties).Select(Party).ToValues(), Values<Guarantor>.None, Values<Provision>.None,
                new Term(Time("--from", parsed.GetRequiredValue(from)), parsed.GetValue(until) is { } end ? Time("--until", end) : null),
                parsed.GetValue(exercise), Policy.Default);
            await using var ledger = await where.OpenAsync(parsed, create: true, cancellation);
            var made = await ledger.RegisterAsync(agreement, cancellation);
            await output.WriteLineAsync(made ? $"Registered the agreement {agreement.AgreementId}." : $"The agreement {agreement.AgreementId} was there already, the same.");
            return Exit.Ok;
        });
        return command;
    }

    private static Party Party(string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        var (id, name) = at < 0 ? (text, text) : (text[..at], text[(at + 1)..]);
        return Slug.IsValid(id) && name.Length is > 0 and <= 200
            ? new Party(new PartyId(id), name, Values<Label>.None)
            : throw new UsageException($"--party takes ID=NAME, such as north=\"Government of the North\", not '{text}'.");
    }

    private static DateTimeOffset Time(string option, string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw new UsageException($"{option} takes a time such as 2020-10-10T12:00:00+04:00, not '{text}'.");
}
