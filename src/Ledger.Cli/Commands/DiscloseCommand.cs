using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Ledger.Application;
using Ledger.Application.Queries;
using Ledger.Cli.Ledgers;
using Ledger.Domain.Violations;
using Ledger.Exchange.Answers;
using Ledger.Projections;
using Ledger.Serialization;
using Ledger.Transparency;

namespace Ledger.Cli.Commands;

/// <summary><c>ledger disclose VIOLATION --name NAME --out FILE</c>: one confidential text, for one reader, with its proof.</summary>
internal static class DiscloseCommand
{
    private static readonly JsonWriterOptions Written = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create(TextWriter output)
    {
        var violation = new Argument<string>("VIOLATION") { Description = "The case's id" };
        var name = new Option<string>("--name") { Description = "The text's name: within the confidential part, such as witness, or a long free text's field, such as narrative", Required = true, HelpName = "NAME" };
        var file = new Option<string>("--out") { Description = "Where the text goes, in clear; only its owner may read the file", Required = true, HelpName = "FILE" };
        var where = new Where();
        var command = new Command("disclose", "Hand one confidential text to one reader, with the proof that it is the one that was recorded. The reader checks it with: ledger-audit disclosure FILE") { violation, name, file };
        where.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var id = Ids.Violation(parsed.GetRequiredValue(violation));
            await using var ledger = await where.OpenDataAsync(parsed, create: false, cancellation);
            await ledger.CatchUpAsync(cancellation);
            await ledger.Node.Log.WaitForPublishedAsync(ledger.Node.View.Count, TimeSpan.FromSeconds(30), cancellation);
            var (disclosure, found) = await FindAsync(ledger, Streams.Of(id), parsed.GetRequiredValue(name), cancellation)
                ?? throw new UsageException($"The case {id} holds no text named '{parsed.GetValue(name)}', or it was erased.");
            var sequence = (await ledger.Node.View.SequenceOfAsync(found.Stored.Id, cancellation))!.Value;
            var receipt = ledger.Node.Log.Proof(new LeafIndex(sequence)) ?? throw new UsageException("The event isn't under a published head yet; try again when it is.");
            var item = EventItem.Of(FeedItem.AsStored(new SequencedEvent(sequence, found.Stored, found.Metadata, found.Event, null, id)), raw: true);
            Write(parsed.GetRequiredValue(file), disclosure, item, receipt);
            await output.WriteLineAsync($"Wrote {parsed.GetValue(file)}. Whoever gets it can read the text; hand it to nobody else.");
            return Exit.Ok;
        });
        return command;
    }

    private static async Task<(EventStore.Vault.Disclosure, HistoryEvent<ViolationEvent>)?> FindAsync(
        NodeLedger ledger, EventStore.StreamName stream, string name, CancellationToken cancellation)
    {
        foreach (var e in await ledger.Node.Get<HistoryReader>().ReadAsync<ViolationEvent>(stream, null, cancellation))
        {
            var opened = await ledger.Node.Vault.OpenAsync(EventCodec.SealedDigests(e.Stored.Data), cancellation);
            if (opened.Values.FirstOrDefault(one => one.Name == name) is { } disclosure) return (disclosure, e);
        }

        return null;
    }

    private static void Write(string file, EventStore.Vault.Disclosure disclosure, EventItem item, TlogProof receipt)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var stream = new FileStream(file, options);
        using var json = new Utf8JsonWriter(stream, Written);
        json.WriteStartObject();
        json.WriteString("whatThisIs", "A text that was kept out of a public record, with the proof that it is the one that was recorded. Check it with: ledger-audit disclosure FILE --vkey KEY");
        json.WriteString("name", disclosure.Name);
        json.WritePropertyName("value");
        json.WriteRawValue(disclosure.ValueJson());
        json.WriteString("disclosure", disclosure.Encoded);
        json.WritePropertyName("event");
        JsonSerializer.Serialize(json, item, AnswerJson.Plain.EventItem);
        json.WriteString("receipt", receipt.ToString());
        json.WriteEndObject();
    }
}
