using Ledger.Api.Evidence.Metadata;
using Ledger.Api.Hosting;
using Ledger.Api.Http;
using Ledger.Api.Violations;
using Ledger.Application;
using Ledger.Application.Queries;
using Ledger.Domain;
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
        group.MapPost("/violations/{violationId}/evidence/{sha256}/copy", StripAsync).Needs(Act.AttachEvidence)
            .Describe<Receipt>(creates: false).WithSummary("Keep a copy without metadata beside an original");
        group.MapGet("/evidence/{sha256}", GiveAsync).Needs(Act.ReadEvidence).Produces(StatusCodes.Status200OK, contentType: "application/octet-stream")
            .ProducesProblem(StatusCodes.Status404NotFound).WithSummary("A file of evidence");
    }

    private static async Task<IResult> AttachAsync(HttpContext context, Http.Commands commands, EvidenceFiles files, LedgerSettings settings, VirusScanner scanner)
    {
        if (!Body.Is(context.Request.ContentType, Multipart))
        {
            var refused = Body.Refuse(context.Request, settings.Limits.BodyBytes, Body.Json, Multipart);
            return refused ?? await commands.HandleAsync<EvidenceRequest, ViolationCommand>(context, c => Attach(c, null, null));
        }

        var most = (long)settings.Limits.EvidenceBytes + settings.Limits.BodyBytes;
        if (Body.Refuse(context.Request, most, Multipart) is { } unfit) return unfit;
        var parts = new EvidenceParts(context, files, settings.Limits);
        ReceivedFile? stripped = null;
        try
        {
            if (await parts.ReadAsync() is { } malformed) return malformed;
            if (await scanner.RefusalAsync(parts.File!.Path, context.RequestAborted) is { } infected) return infected;
            if (parts.Compose(out var problem) is not { } json) return problem!;
            var (look, copy) = EvidenceFiles.LookAt(parts.File, parts.WantsCopy);
            stripped = copy;
            if (copy is not null && !look.CanStrip) return Problem.Malformed("/stripped", $"No working copy can be made of this file: {look.Unread ?? "metadata is left out of JPEG and PNG files only."}");
            return await AttachFileAsync(context, commands, files, new Attached(parts.File, look, copy), json);
        }
        finally
        {
            foreach (var file in (ReceivedFile?[])[parts.File, stripped])
                if (file is not null) File.Delete(file.Path);
        }
    }

    private static async Task<IResult> AttachFileAsync(HttpContext context, Http.Commands commands, EvidenceFiles files, Attached attached, ReadOnlyMemory<byte> json)
    {
        using var held = await files.HoldAsync(attached.Files.Select(file => file.Sha256), context.RequestAborted);
        var stored = false;
        try
        {
            foreach (var file in attached.Files) await files.KeepAsync(file, context.RequestAborted);
            return await commands.HandleAsync<FiledEvidenceRequest, ViolationCommand>(context, json, c => Attach(c, attached, state =>
            {
                // From here on an event refers to the file: where its mark can't be written it stays shut, until the same request comes again.
                stored = true;
                return attached.MarkAsync(files, state, c.Body.MediaType, c.Body.Original);
            }));
        }
        finally
        {
            if (!stored) foreach (var file in attached.Files) await files.DiscardAsync(file);
        }
    }

    /// <summary>For whoever has seen, after handing a file in, what it tells. The file itself is here; nothing is sent again.</summary>
    private static async Task<IResult> StripAsync(HttpContext context, Http.Commands commands, EvidenceFiles files)
    {
        var (principal, cancellation) = (context.Principal(), context.RequestAborted);
        if (PathValues.Violation(context) is not { } id || await commands.Node.Mediator.Send(new GetCase(principal, id, null), cancellation) is not { State: var state })
            return Problem.NotFound();
        if (!principal.May(Act.AttachEvidence, state.AgreementId)) return Problem.NotAllowed();
        var sha256 = PathValues.Text(context, "sha256")!;
        if (!state.Evidence.Any(item => item.Item.Sha256 == sha256)) return Problem.NotFound();
        // Whoever didn't hand it in is told so before anything of the file is looked at.
        if (state.OriginalBy(principal.Subject, sha256) is not { } handedIn) return Problem.Of(new Refusal(Codes.NotTheRecorder, "Only who handed a file in has a copy made of it."));
        if (await files.FindAsync(sha256, principal, (agreement, _) => agreement == state.AgreementId && !state.Erased.Contains(sha256), cancellation) is not { } kept) return Problem.NotFound();
        if (!await files.IsWholeAsync(kept.Facts, cancellation)) return Problem.Unavailable("The file that lies under this hash isn't the one that was handed in: its bytes have been changed.");

        var (look, copy) = await files.StripAsync(kept, cancellation);
        using var held = await files.HoldAsync([sha256, copy.Sha256], cancellation);
        var stored = true;
        try
        {
            if (!look.CanStrip) return Problem.Malformed("/sha256", $"No working copy can be made of this file: {look.Unread ?? "metadata is left out of JPEG and PNG files only."}");
            if (copy.Sha256 == sha256) return Problem.Malformed("/sha256", "The file tells nothing that could be left out.");
            var made = new Attached(new ReceivedFile("", sha256, handedIn.Item.Size), look, copy);
            stored = false;
            await files.KeepAsync(copy, cancellation);
            return await commands.HandleAsync(context, () => new Target<ViolationCommand>(Streams.Of(id), new ViolationCommand.StripEvidence(sha256, made.Stripped!))
            {
                Complete = (receipt, _) => made.Tell(receipt),
                BeforeAnswer = answer =>
                {
                    stored = true;
                    return made.MarkAsync(files, (ViolationState)answer.Answer.State, handedIn.Item.MediaType, original: true);
                },
            });
        }
        finally
        {
            if (!stored) await files.DiscardAsync(copy);
            File.Delete(copy.Path);
        }
    }

    private static Target<ViolationCommand>? Attach<TRequest>(Call<TRequest> c, Attached? attached, Func<ViolationState, Task>? stored)
        where TRequest : EvidenceRequest => c.Violation is not { } id
        ? null
        : new(Streams.Of(id), new ViolationCommand.AttachEvidence(c.Body.ToEvidence(c.Seal)) { Copy = attached?.Stripped })
        {
            Complete = attached is null ? null : (receipt, _) => attached.Tell(receipt),
            BeforeAnswer = answer => stored?.Invoke((ViolationState)answer.Answer.State) ?? Task.CompletedTask,
        };

    /// <summary>A file that came with the request, what it tells, and the working copy that was asked for.</summary>
    private sealed record Attached(ReceivedFile File, FileLook Look, ReceivedFile? Copy)
    {
        /// <summary>Null also where there was nothing to leave out: the copy would be the original.</summary>
        public StrippedCopy? Stripped => Copy is null || Copy.Sha256 == File.Sha256 ? null : new StrippedCopy(Copy.Sha256, Copy.Size, Look.Facts.Kinds.ToValues());

        public IEnumerable<ReceivedFile> Files => Stripped is null ? [File] : [File, Copy!];

        public async Task MarkAsync(EvidenceFiles files, ViolationState state, string mediaType, bool original)
        {
            await files.MarkAsync(File.Sha256, state.AgreementId, new EvidenceMark(mediaType, original, [state.ViolationId], Stripped?.Sha256));
            if (Stripped is { } copy) await files.MarkAsync(copy.Sha256, state.AgreementId, new EvidenceMark(mediaType, false, [state.ViolationId]));
        }

        public Receipt Tell(Receipt receipt) => receipt with
        {
            Sha256 = File.Sha256,
            Metadata = [.. Look.Facts.All.Select(fact => new MetadataFact(fact.Kind, fact.Name, fact.Value))],
            MetadataUnread = Look.Unread,
            CanStrip = Look.CanStrip && Look.Facts.All.Count > 0,
            Stripped = Copy is null ? null : new StrippedFile(Copy.Sha256, Copy.Size, Stripped?.Removed ?? Values<string>.None),
        };
    }

    private static async Task<IResult> GiveAsync(HttpContext context, EvidenceFiles files, Http.Commands commands, EvidenceReadings readings)
    {
        var (principal, blurs) = (context.Principal(), commands.Node.Get<Blurs>());
        // No file is given out before every erasure is known, whatever lies on the disk.
        var erased = await commands.Node.View.ErasedFilesAsync(context.RequestAborted);
        // An original tells where and when it was taken, in its metadata and in the picture: who sees places less exactly gets working copies,
        // and where the uploader had one made without metadata, so does everybody who doesn't read confidential parts.
        if (await files.FindAsync(PathValues.Text(context, "sha256")!, principal, (agreement, file) => !erased.Contains((agreement, file.Sha256)) && IsOpen(file, principal, agreement, blurs), context.RequestAborted) is not { } file) return Problem.NotFound();
        // Its name is a promise: nobody is given other bytes under it.
        if (!await files.IsWholeAsync(file.Facts, context.RequestAborted))
            return Problem.Unavailable("The file that lies under this hash isn't the one that was handed in: its bytes have been changed. Whoever has the original may hand it in again; the operator looks for it in a backup.");
        if (await readings.NoteAsync(principal, file) is { } unnoted) return unnoted;
        var headers = context.Response.Headers;
        headers.CacheControl = "private, no-store";
        // It may be anything at all: no browser shall show it as a page of ours.
        headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        return TypedResults.Stream(
            await files.OpenAsync(file.Facts, context.RequestAborted), file.Mark.MediaType, file.Sha256,
            entityTag: new Microsoft.Net.Http.Headers.EntityTagHeaderValue($"\"{file.Sha256}\""), enableRangeProcessing: true);
    }

    private static bool IsOpen(KeptFile file, Principal principal, AgreementId agreement, Blurs blurs) =>
        !file.IsOriginal || (blurs.For(principal, agreement) is null && (file.Mark.Copy is null || principal.ReadsConfidential(agreement)));
}
