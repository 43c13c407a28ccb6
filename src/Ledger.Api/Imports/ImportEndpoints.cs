using System.Globalization;
using System.Text.Json;
using Ledger.Api.Hosting;
using Ledger.Api.Http;
using Ledger.Api.Reading;
using Ledger.Application;
using Ledger.Domain;
using Ledger.Exchange.Imports;
using Ledger.Node;

namespace Ledger.Api.Imports;

/// <summary>A file is handed in as a job; how it goes, and which rows weren't taken, can be asked.</summary>
internal static class ImportEndpoints
{
    private const string Multipart = "multipart/form-data";
    private const int MostListed = 500;

    public static IServiceCollection AddImports(this IServiceCollection services) =>
        services.AddSingleton<ImportFolder>().AddSingleton<ImportJobs>().AddHostedService(provider => provider.GetRequiredService<ImportJobs>());

    public static void MapImports(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("").WithTags("Imports").Needs(Act.Import);
        group.MapPost("/agreements/{agreementId}/imports", BeginAsync).Accepts<IFormFile>(Multipart).Produces<ImportAnswer>(StatusCodes.Status201Created)
            .ProducesProblem(StatusCodes.Status400BadRequest).WithSummary("Hand in a file to import");
        group.MapGet("/agreements/{agreementId}/imports", ListAsync);
        group.MapGet("/imports/{importId}", GetAsync);
        group.MapGet("/imports/{importId}/errors.csv", ErrorsAsync);
        group.MapGet("/imports/{importId}/duplicates.csv", TwinsAsync);
    }

    private static async Task<IResult> BeginAsync(HttpContext context, Http.Commands commands, ImportFolder folder, ImportJobs jobs, LedgerSettings settings)
    {
        var principal = context.Principal();
        if (Body.Refuse(context.Request, (long)settings.Limits.EvidenceBytes + settings.Limits.BatchBytes, Multipart) is { } unfit) return unfit;
        if (CommandHeaders.Read(context, principal, out var malformed) is not { } headers) return malformed!;
        if (commands.Closed() is { } closed) return closed;
        if (PathValues.Agreement(context) is not { } agreement || !principal.Sees(agreement)
            || await commands.Node.Get<AgreementCache>().GetAsync(agreement, context.RequestAborted) is not { } current) return Problem.NotFound();
        if (!principal.May(Act.Import, agreement)) return NotForYou();

        var incoming = folder.Incoming();
        try
        {
            var parts = new ImportParts(context, settings.Limits, incoming);
            if (await parts.ReadAsync() is { } problem) return problem;
            var asked = AskedOf(parts, agreement, principal, CommandHeaders.MadeBy(headers.CommandId, "import"));
            if (Look(asked, parts, incoming, ImportFrame.Of(current.State, current.Zone)) is { } refused) return refused;
            return await KeepAsync(context, commands.Node, folder, jobs, asked, incoming);
        }
        finally
        {
            if (Directory.Exists(incoming)) Directory.Delete(incoming, recursive: true);
        }
    }

    private static ImportAsked AskedOf(ImportParts parts, AgreementId agreement, Principal principal, Guid id) => new(
        id, agreement.Value, principal.Subject.Value, parts.Format, parts.Extension!, parts.Sha256, parts.Size, parts.DryRun,
        parts.Field("version"), parts.Field("encoding"), parts.Delimiter, parts.Field("sheet"), parts.Parties, parts.HasMapping, DateTimeOffset.UtcNow);

    /// <summary>A file that as a whole can't be read is refused now, and makes no job.</summary>
    private static Problem? Look(ImportAsked asked, ImportParts parts, string incoming, ImportFrame frame)
    {
        try
        {
            var options = new ImportOptions(asked.Format)
            {
                Mapping = asked.HasMapping ? Path.Combine(incoming, ImportFolder.MappingName) : null,
                Gazetteer = ImportFolder.GazetteerIn(incoming), Encoding = asked.Encoding, Delimiter = asked.Delimiter, Sheet = asked.Sheet, Version = asked.Version,
            };
            using var file = ImportFile.Open(Path.Combine(incoming, "file" + asked.Extension), ImportJobs.FrameOf(asked, frame), options);
            return null;
        }
        catch (ImportFileException e)
        {
            return Problem.Malformed("/" + PartOf(e, asked), e.Message);
        }
    }

    /// <summary>The part to mend: what reads the file may stand in a part of its own, or in the mapping.</summary>
    private static string PartOf(ImportFileException e, ImportAsked asked) => e.Part switch
    {
        "encoding" when asked.Encoding is null => "mapping",
        "delimiter" when asked.Delimiter is null => asked.HasMapping ? "mapping" : "file",
        var part => part,
    };

    private static Problem NotForYou() => Problem.NotAllowed("Your key has no role that may do this: files are imported by a monitor of the agreement.");

    private static async Task<IResult> KeepAsync(HttpContext context, LedgerNode node, ImportFolder folder, ImportJobs jobs, ImportAsked asked, string incoming)
    {
        var replayed = false;
        if (await ImportStream.FindAsync(node.Store, asked.ImportId, context.RequestAborted) is { } known)
        {
            if (known.Asked with { At = asked.At, Parties = asked.Parties } != asked || !known.Asked.Parties.OrderBy(p => p.Key).SequenceEqual(asked.Parties.OrderBy(p => p.Key))) return Problem.KeyReused();
            replayed = true;
        }
        else
        {
            // The files first: a job whose file isn't there would fail.
            folder.Keep(incoming, asked.ImportId);
            if (await ImportStream.BeginAsync(node.Store, asked, CancellationToken.None) is null) return Problem.Unavailable("Somebody handed in the same at the same moment; ask again.");
        }

        var job = await ImportStream.FindAsync(node.Store, asked.ImportId, CancellationToken.None);
        context.Response.Headers.Location = $"/api/v1/imports/{asked.ImportId:D}";
        if (replayed) context.Response.Headers["Idempotency-Replayed"] = "true";
        return Answer(AnswerOf(job!, jobs, folder), StatusCodes.Status201Created);
    }

    private static async Task<IResult> ListAsync(HttpContext context, Reader reader, ImportFolder folder, ImportJobs jobs, string agreementId)
    {
        var query = new QueryReader(context.Request, "limit");
        var limit = query.Limit();
        if (query.Problem is { } problem) return problem;
        var agreement = new AgreementId(agreementId);
        if (!context.Principal().Sees(agreement) || reader.View.Agreement(agreement) is null) return Problem.NotFound();
        if (!context.Principal().May(Act.Import, agreement)) return NotForYou();
        var items = new List<ImportAnswer>();
        foreach (var id in folder.All().Take(MostListed))
            if (await ImportStream.FindAsync(reader.Node.Store, id, context.RequestAborted) is { } job && job.Asked.AgreementId == agreementId) items.Add(AnswerOf(job, jobs, folder));
        return TypedResults.Json(new ImportList([.. items.OrderByDescending(item => item.RecordedAt).Take(limit)], null), ImportJson.Default.ImportList);
    }

    private static async Task<IResult> GetAsync(HttpContext context, Reader reader, ImportFolder folder, ImportJobs jobs, string importId) =>
        await FindAsync(context, reader.Node, importId) is var (job, problem) && job is not null ? Answer(AnswerOf(job, jobs, folder), StatusCodes.Status200OK) : problem!;

    private static async Task<IResult> ErrorsAsync(HttpContext context, Reader reader, ImportFolder folder, string importId)
    {
        var (job, problem) = await FindAsync(context, reader.Node, importId);
        if (job is null) return problem!;
        if (!HasErrors(job.Reached) || !File.Exists(folder.ErrorsOf(job.Asked.ImportId))) return Problem.NotFound();
        context.Response.Headers.CacheControl = "private, no-store";
        var length = job.Reached.ErrorsLength;
        return TypedResults.Stream(
            async to =>
            {
                // Only whole lines: the job may be writing the next ones.
                await using var file = new FileStream(folder.ErrorsOf(job.Asked.ImportId), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                var buffer = new byte[81_920];
                for (var left = Math.Min(length, file.Length); left > 0;)
                {
                    var count = await file.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)));
                    if (count == 0) break;
                    await to.WriteAsync(buffer.AsMemory(0, count));
                    left -= count;
                }
            },
            "text/csv; charset=utf-8", $"import-{job.Asked.ImportId:D}.errors.csv");
    }

    private static async Task<IResult> TwinsAsync(HttpContext context, Reader reader, ImportFolder folder, string importId)
    {
        var (job, problem) = await FindAsync(context, reader.Node, importId);
        if (job is null) return problem!;
        var path = folder.TwinsOf(job.Asked.ImportId);
        if (!job.IsFinished || job.Reached.Twins == 0 || !File.Exists(path)) return Problem.NotFound();
        context.Response.Headers.CacheControl = "private, no-store";
        return TypedResults.PhysicalFile(path, "text/csv; charset=utf-8", $"import-{job.Asked.ImportId:D}.duplicates.csv");
    }

    /// <summary>404 for who doesn't see the agreement, 403 for who sees it and may not import.</summary>
    private static async Task<(ImportStream? Job, Problem? Problem)> FindAsync(HttpContext context, LedgerNode node, string importId)
    {
        if (!Guid.TryParseExact(importId, "D", out var id) || await ImportStream.FindAsync(node.Store, id, context.RequestAborted) is not { } job) return (null, Problem.NotFound());
        var agreement = new AgreementId(job.Asked.AgreementId);
        if (!context.Principal().Sees(agreement)) return (null, Problem.NotFound());
        return context.Principal().May(Act.Import, agreement) ? (job, null) : (null, NotForYou());
    }

    private static ImportAnswer AnswerOf(ImportStream job, ImportJobs jobs, ImportFolder folder)
    {
        var (asked, reached, progress) = (job.Asked, job.Reached, job.HasEnded ? null : jobs.ProgressOf(job.Asked.ImportId));
        var refused = new SortedDictionary<string, long>(reached.Refused.ToDictionary(), StringComparer.Ordinal);
        if (reached.Malformed > 0) refused["malformed"] = reached.Malformed;
        var state = job.Failure is not null ? "failed" : job.IsFinished ? "finished" : progress is not null || job.HasBegun ? "running" : "waiting";
        return new ImportAnswer(
            asked.ImportId, asked.AgreementId, state, asked.Format, asked.DryRun, Math.Max(reached.Rows, progress?.Rows ?? 0), reached.Stored, reached.Revised, reached.Repeated,
            refused.Values.Sum(), refused, reached.Skipped, job.IsFinished ? 1 : progress?.Fraction, progress?.RowsPerSecond, job.Failure,
            HasErrors(reached) && File.Exists(folder.ErrorsOf(asked.ImportId)) ? string.Create(CultureInfo.InvariantCulture, $"/api/v1/imports/{asked.ImportId:D}/errors.csv") : null,
            reached.Twins, reached.Twins > 0 && job.IsFinished && File.Exists(folder.TwinsOf(asked.ImportId)) ? string.Create(CultureInfo.InvariantCulture, $"/api/v1/imports/{asked.ImportId:D}/duplicates.csv") : null, asked.At);
    }

    private static bool HasErrors(ImportReached reached) => reached.Malformed > 0 || reached.Refused.Count > 0;

    private static Json Answer(ImportAnswer answer, int status) => new Json(answer, status);

    private sealed class Json(ImportAnswer answer, int status) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = status;
            httpContext.Response.ContentType = "application/json; charset=utf-8";
            httpContext.Response.Headers.CacheControl = "private, no-store";
            await JsonSerializer.SerializeAsync(httpContext.Response.BodyWriter, answer, ImportJson.Default.ImportAnswer, httpContext.RequestAborted);
        }
    }
}
