using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Ledger.Api.Hosting;
using Ledger.Api.Http;
using Ledger.Api.Http.Binding;
using Ledger.Application;
using Ledger.Application.Commands;
using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.EventStore;
using Ledger.Serialization;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Ledger.Api.Violations;

/// <summary>Many violations in one request: one a line, each for itself, answered in the same order while the rest is still coming in.</summary>
/// <remarks>
/// Three run side by side: one reads lines and starts them, up to <see cref="SideBySide"/> at once, so that they share
/// commits; they run; one writes answers in the order of lines. Reading never waits for writing: a client that sends
/// everything before it reads anything must not bring both to a halt.
/// </remarks>
internal sealed partial class BatchEndpoint(Http.Commands commands, LedgerSettings settings, SignIn signIn, ILogger<BatchEndpoint> logger)
{
    public const string Ndjson = "application/x-ndjson";

    private const int SideBySide = 256;
    private const int MostFaultsOfLine = 20;
    private const int FlushAt = 16 * 1024;

    private static readonly ViolationCommand Probe = new ViolationCommand.Record(default, default, null!, Values<string>.None);

    public async Task<IResult> HandleAsync(HttpContext context)
    {
        if (Body.Refuse(context.Request, settings.Limits.BatchBytes, Ndjson) is { } unfit) return unfit;
        var principal = context.Principal();
        if (CommandHeaders.Read(context, principal, out var malformed) is not { } headers) return malformed!;
        if (commands.Closed() is { } closed) return closed;
        if (PathValues.Agreement(context) is not { } agreement || !principal.Sees(agreement)
            || await commands.Node.Get<AgreementCache>().GetAsync(agreement, context.RequestAborted) is null) return Problem.NotFound();
        if (Permissions.RoleFor(Probe, principal) is null) return Problem.NotAllowed();

        // Whoever syncs from the field may be slow, and answers may come while nothing is sent.
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate) rate.MinDataRate = null;
        await RunAsync(context, new Batch(agreement, principal, headers));
        return Results.Empty;
    }

    private async Task RunAsync(HttpContext context, Batch batch)
    {
        context.Response.ContentType = Ndjson;
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted); // Whoever waits for the status before sending gets it.

        var answers = Channel.CreateUnbounded<Task<LineAnswer>>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        var writing = WriteAsync(context, answers.Reader);
        try
        {
            await ReadAsync(context, batch, answers.Writer);
            answers.Writer.Complete();
        }
        catch (Exception e)
        {
            answers.Writer.Complete(e);
        }

        await writing;
    }

    private async Task ReadAsync(HttpContext context, Batch batch, ChannelWriter<Task<LineAnswer>> answers)
    {
        var lines = new LineReader(context.Request.BodyReader, settings.Limits.BodyBytes, settings.Limits.BatchBytes);
        while (await NextAsync(context, lines) is { } line)
        {
            if (line.IsBlank) continue;
            if (line.TooLarge is { } why) answers.TryWrite(Task.FromResult(LineAnswer.TooLarge(line.Number, why)));
            else if (line.Number > settings.Limits.BatchLines)
                answers.TryWrite(Task.FromResult(LineAnswer.TooLarge(line.Number, $"A batch has at most {settings.Limits.BatchLines} lines.")));
            else
            {
                await batch.Slots.WaitAsync(context.RequestAborted);
                answers.TryWrite(batch.InOrder(ChosenId(line.Bytes.Span), () => RunLineAsync(batch, line)));
            }
        }
    }

    /// <summary>The next line; whoever says nothing for too long is cut off, and sends again what wasn't answered.</summary>
    private async Task<Line?> NextAsync(HttpContext context, LineReader lines)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        patience.CancelAfter(TimeSpan.FromSeconds(settings.Limits.IdleSeconds));
        try
        {
            return await lines.NextAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            context.Abort();
            throw;
        }
    }

    private async Task<LineAnswer> RunLineAsync(Batch batch, Line line)
    {
        Guid? id = null;
        try
        {
            // A batch may take hours; whoever lost the right to send meanwhile sends no more.
            if (!signIn.IsStillOpen(batch.Principal))
                return commands.Node.Freshness.IsLost ? LineAnswer.Failed(line.Number, null, StatusCodes.Status503ServiceUnavailable, "unavailable") : LineAnswer.Failed(line.Number, null, StatusCodes.Status401Unauthorized, "unauthenticated");
            var faults = new Faults(MostFaultsOfLine);
            using var bound = Binder.Bind<ViolationRequest>(line.Bytes, faults);
            if (faults.Told is { } told) return LineAnswer.Malformed(line.Number, ChosenId(line.Bytes.Span), told);

            var commandId = DeterministicId.Version5(batch.Headers.CommandId, Encoding.ASCII.GetBytes(line.Number.ToString(CultureInfo.InvariantCulture)));
            var seal = new Sealer();
            var target = ViolationWrites.Record(bound!.Body, batch.Agreement, commandId, batch.Principal, seal);
            id = ((ViolationCommand.Record)target.Command).ViolationId.Value;
            var identity = Http.Commands.Identify(batch.Headers with { CommandId = commandId }, Http.Commands.HashOf(bound.Json));
            return LineAnswer.Of(line.Number, id.Value, await commands.RunAsync(target, batch.Principal, identity, null, seal.Done()));
        }
        catch (StoreUnavailableException)
        {
            return LineAnswer.Failed(line.Number, id, StatusCodes.Status503ServiceUnavailable, "unavailable");
        }
        catch (Exception e)
        {
            LineFailed(logger, e, line.Number);
            return LineAnswer.Failed(line.Number, id, StatusCodes.Status500InternalServerError, "unexpected");
        }
        finally
        {
            batch.Slots.Release();
        }
    }

    private static async Task WriteAsync(HttpContext context, ChannelReader<Task<LineAnswer>> answers)
    {
        var output = context.Response.BodyWriter;
        using var json = new Utf8JsonWriter(output);
        var unflushed = 0;
        while (await answers.WaitToReadAsync(context.RequestAborted))
        {
            while (answers.TryRead(out var pending))
            {
                if (!pending.IsCompleted || unflushed >= FlushAt) await FlushAsync();
                unflushed += (await pending).WriteTo(json, output);
            }

            await FlushAsync();
        }

        async ValueTask FlushAsync()
        {
            if (unflushed > 0) await output.FlushAsync(context.RequestAborted);
            unflushed = 0;
        }
    }

    /// <summary>The id that a line chooses, found without parsing it: enough to keep lines of one case in order.</summary>
    private static Guid? ChosenId(ReadOnlySpan<byte> line)
    {
        var name = line.IndexOf("\"violationId\""u8);
        if (name < 0) return null;
        var rest = line[(name + 13)..].TrimStart(" \t:"u8);
        return rest.Length >= 38 && rest[0] == '"' && Utf8Parser.TryParse(rest[1..37], out Guid id, out var used, 'D') && used == 36 ? id : null;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Line {Line} of a batch failed.")]
    private static partial void LineFailed(ILogger logger, Exception e, int line);

    private sealed class Batch(AgreementId agreement, Principal principal, CommandHeaders headers)
    {
        private const int PruneAt = 4 * SideBySide;

        private readonly Dictionary<Guid, Task> _running = [];

        public AgreementId Agreement => agreement;

        public Principal Principal => principal;

        public CommandHeaders Headers => headers;

        public SemaphoreSlim Slots { get; } = new(SideBySide);

        /// <summary>Starts a line, behind an earlier one of the same case. Called by one reader only.</summary>
        public Task<LineAnswer> InOrder(Guid? id, Func<Task<LineAnswer>> run)
        {
            if (id is not { } violation) return Task.Run(run);
            var started = _running.TryGetValue(violation, out var earlier) && !earlier.IsCompleted ? AfterAsync(earlier, run) : Task.Run(run);
            _running[violation] = started;
            if (_running.Count > PruneAt)
                foreach (var (done, _) in _running.Where(pair => pair.Value.IsCompleted).ToArray()) _running.Remove(done);
            return started;
        }

        private static async Task<LineAnswer> AfterAsync(Task earlier, Func<Task<LineAnswer>> run)
        {
            await earlier; // It never throws: a line's failure is its answer.
            return await run();
        }
    }
}

/// <summary>What came of one line.</summary>
internal sealed record LineAnswer(int Line, int Status, Guid? ViolationId, string? Code, string? Detail, IReadOnlyDictionary<string, string>? Errors)
{
    /// <summary>Where the record stands in the ledger; null while it isn't sequenced yet, and for what wasn't stored.</summary>
    public long? Sequence { get; init; }

    public static LineAnswer Of(int line, Guid id, CommandOutcome outcome)
    {
        if (outcome is CommandOutcome.Stored stored) return new(line, Receipts.StatusOf(stored), id, null, null, null) { Sequence = stored.Answer.Sequence };
        var problem = Receipts.ProblemOf(outcome)!;
        return new(line, problem.Status, id, problem.Code, problem.Detail, null);
    }

    public static LineAnswer Malformed(int line, Guid? id, IReadOnlyDictionary<string, string> errors) =>
        new(line, StatusCodes.Status400BadRequest, id, "malformed", null, errors);

    public static LineAnswer TooLarge(int line, string detail) => new(line, StatusCodes.Status413PayloadTooLarge, null, "too-large", detail, null);

    public static LineAnswer Failed(int line, Guid? id, int status, string code) => new(line, status, id, code, null, null);

    /// <returns>How many bytes it took.</returns>
    public int WriteTo(Utf8JsonWriter json, IBufferWriter<byte> output)
    {
        json.Reset();
        json.WriteStartObject();
        json.WriteNumber("line", Line);
        json.WriteNumber("status", Status);
        if (ViolationId is { } id) json.WriteString("violationId", id);
        else json.WriteNull("violationId");
        if (Sequence is { } sequence) json.WriteNumber("sequence", sequence);
        if (Code is not null) json.WriteString("code", Code);
        if (Detail is not null) json.WriteString("detail", Detail);
        if (Errors is not null) Problem.WriteErrors(json, Errors);
        json.WriteEndObject();
        json.Flush();
        output.Write("\n"u8);
        return (int)json.BytesCommitted + 1;
    }
}
