using Ledger.Api.Hosting;
using Ledger.Api.Http;
using Ledger.Api.Violations;
using Ledger.Application;
using Ledger.Application.Queries;
using Ledger.Domain.Violations;

namespace Ledger.Api.Evidence;

/// <summary>Evidence is attached by its hash, with or without the file; the file comes back to whoever may read the case.</summary>
internal static class EvidenceEndpoints
{
    private const string Multipart = "multipart/form-data";

    public static void MapEvidence(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("").WithTags("Evidence");
        group.MapPost("/violations/{violationId}/evidence", AttachAsync).Needs(Act.AttachEvidence)
            .Accepts<EvidenceRequest>(Body.Json, Multipart).Describe<Receipt>(creates: false).WithSummary("Attach an item of evidence");
        group.MapGet("/evidence/{sha256}", GiveAsync).Needs(Act.ReadEvidence).Produces(StatusCodes.Status200OK, contentType: "application/octet-stream")
            .ProducesProblem(StatusCodes.Status404NotFound).WithSummary("A file of evidence");
    }

    private static async Task<IResult> AttachAsync(HttpContext context, Http.Commands commands, EvidenceFiles files, LedgerSettings settings, VirusScanner scanner)
    {
        if (!Body.Is(context.Request.ContentType, Multipart))
        {
            var refused = Body.Refuse(context.Request, settings.Limits.BodyBytes, Body.Json, Multipart);
            return refused ?? await commands.HandleAsync<EvidenceRequest, ViolationCommand>(context, c => Attach(c, null));
        }

        var most = (long)settings.Limits.EvidenceBytes + settings.Limits.BodyBytes;
        if (Body.Refuse(context.Request, most, Multipart) is { } unfit) return unfit;
        var parts = new EvidenceParts(context, files, settings.Limits);
        try
        {
            if (await parts.ReadAsync() is { } malformed) return malformed;
            if (await scanner.RefusalAsync(parts.File!.Path, context.RequestAborted) is { } infected) return infected;
            return parts.Compose(out var problem) is { } json ? await AttachFileAsync(context, commands, files, parts.File!, json) : problem!;
        }
        finally
        {
            if (parts.File is { } file) File.Delete(file.Path);
        }
    }

    private static async Task<IResult> AttachFileAsync(
        HttpContext context, Http.Commands commands, EvidenceFiles files, ReceivedFile received, ReadOnlyMemory<byte> json)
    {
        await files.Gate.WaitAsync(context.RequestAborted);
        var stored = false;
        try
        {
            files.Keep(received);
            return await commands.HandleAsync<EvidenceRequest, ViolationCommand>(context, json, c => Attach(c, state =>
            {
                files.Mark(received.Sha256, state.AgreementId, new EvidenceMark(c.Body.MediaType, c.Body.Original, [state.ViolationId]));
                stored = true;
            }));
        }
        finally
        {
            if (!stored) files.Discard(received);
            files.Gate.Release();
        }
    }

    private static Target<ViolationCommand>? Attach(Call<EvidenceRequest> c, Action<ViolationState>? stored) => c.Violation is not { } id
        ? null
        : new(Streams.Of(id), new ViolationCommand.AttachEvidence(c.Body.ToEvidence(c.Seal)))
        {
            BeforeAnswer = answer =>
            {
                stored?.Invoke((ViolationState)answer.Answer.State);
                return Task.CompletedTask;
            },
        };

    private static async Task<IResult> GiveAsync(HttpContext context, EvidenceFiles files, Http.Commands commands, EvidenceReadings readings)
    {
        var (principal, blurs) = (context.Principal(), commands.Node.Get<Blurs>());
        // An original tells where and when it was taken, in its metadata and in the picture: who sees places less exactly gets working copies.
        if (files.Find(PathValues.Text(context, "sha256")!, principal, (agreement, file) => !file.IsOriginal || blurs.For(principal, agreement) is null) is not { } file) return Problem.NotFound();
        // Its name is a promise: nobody is given other bytes under it.
        if (!await EvidenceFiles.IsWholeAsync(file.Path, context.RequestAborted))
            return Problem.Unavailable("The file that lies under this hash isn't the one that was handed in: its bytes have been changed. Whoever has the original may hand it in again; the operator looks for it in a backup.");
        if (await readings.NoteAsync(principal, file) is { } unnoted) return unnoted;
        var headers = context.Response.Headers;
        headers.CacheControl = "private, no-store";
        // It may be anything at all: no browser shall show it as a page of ours.
        headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        var name = Path.GetFileName(file.Path);
        return TypedResults.PhysicalFile(
            file.Path, file.Mark.MediaType, name, entityTag: new Microsoft.Net.Http.Headers.EntityTagHeaderValue($"\"{name}\""), enableRangeProcessing: true);
    }
}
