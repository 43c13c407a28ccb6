using System.Buffers.Text;
using System.Collections.Frozen;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using CsCheck;
using Ledger.Api.Access.Tokens;
using Ledger.Api.Agreements;
using Ledger.Api.Evidence;
using Ledger.Api.Evidence.Metadata;
using Ledger.Api.Hosting;
using Ledger.Api.Http;
using Ledger.Api.Http.Binding;
using Ledger.Api.Operations;
using Ledger.Api.Reading;
using Ledger.Api.Violations;
using Ledger.Application;
using Ledger.Application.Queries;
using Ledger.Domain;
using Ledger.Testing.Api;
using Ledger.Testing.EventStores;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ledger.Api.Tests.Access;

/// <summary>Every parser of outside bytes that is the API's own takes any bytes and says yes or no; none throws, none hangs.</summary>
/// <remarks>LEDGER_FUZZ=100000 takes so many tries of each in place of the quick number. What was found stands in <see cref="Found"/>.</remarks>
public sealed class Surviving_any_input
{
    private static readonly long Tries = long.TryParse(Environment.GetEnvironmentVariable("LEDGER_FUZZ"), out var tries) ? tries : 2_000;

    private static readonly OidcSettings Oidc = new("https://login.example.org", "ledger");

    private static readonly Principal Somebody = new(new KeyId("k"), new Subject("s"), new[] { Role.Monitor }.ToFrozenSet(), null, Domain.Values<AgreementId>.None);

    private static readonly string[] Marks =
        ["\"", "{", "}", "[", "]", ",", ":", "\\u0000", "\\ud83d", "\0", "\r\n", "--", "=", ";", "%", "&", ".", "..", "é", "\u202e", "null", "1e999", "-", "9999999999999999999999", "\t", " ", "\uFFFF"];

    /// <summary>Random bytes, and good inputs with a piece cut, doubled or put in: those get deep into a parser.</summary>
    private static Gen<byte[]> Spoilt(params string[] good) => Spoilt([.. good.Select(Encoding.UTF8.GetBytes)]);

    /// <inheritdoc cref="Spoilt(string[])"/>
    private static Gen<byte[]> Spoilt(params byte[][] good) => Gen.OneOf(
        Gen.Byte.Array[0, 300],
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Int[0, 5_000], Gen.Int[0, 40], Gen.Int[0, Marks.Length - 1], Gen.Int[0, 3], (which, at, length, mark, deed) =>
        {
            var bytes = good[which];
            at = bytes.Length == 0 ? 0 : at % bytes.Length;
            length = Math.Min(length, bytes.Length - at);
            byte[] piece = deed switch { 0 => [], 1 => Encoding.UTF8.GetBytes(Marks[mark]), 2 => [.. bytes.AsSpan(at, length), .. bytes.AsSpan(at, length)], _ => [.. bytes.AsSpan(at, length).ToArray().Reverse()] };
            return (byte[])[.. bytes.AsSpan(0, at), .. piece, .. bytes.AsSpan(at + length)];
        }));

    public static TheoryData<string> Found() => new("[[[", "\"\\ud800\"", "{\"a\":1,\"a\":2}", "eyJ.eyJ.", "eyJhbGciOiJSUzI1NiJ9.W10.AAAA", "----", "%", "=&=", "\uFEFF{}", "9e9999", "{\"csp-report\":{\"effective-directive\":\"\\ud83d\"}}", "{\"csp-report\":{\"effective-directive\":\"img-src\",\"blocked-uri\":\"https://ex\uFFFFample.org/x\"}}", "{\"roles\":[\"\\ud83d\"]}");

    [Fact]
    public void Bodies_survive()
    {
        Try(Spoilt(Bodies.Violation().ToJsonString(), Bodies.Violation(body => body["location"] = Bodies.FromObserver()).ToJsonString()), bytes => Bind<ViolationRequest>(bytes));
        Try(Spoilt(Bodies.ZoneOf().ToJsonString()), bytes => Bind<ZoneRequest>(bytes));
        Try(Spoilt(Bodies.Agreement("a").ToJsonString()), bytes => Bind<AgreementRequest>(bytes));
    }

    [Fact]
    public void Tokens_survive()
    {
        var header = Base64Url.EncodeToString("""{"alg":"RS256","kid":"k","typ":"JWT"}"""u8);
        var claims = """{"iss":"https://login.example.org","sub":"x","roles":["monitor"],"party":"a","agreements":"*","exp":1,"realm_access":{"roles":["a"]}}""";
        Try(Spoilt($"{header}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}.AAAA", header + ".e30.AAAA"), bytes => TokenSignIn.IsSigned(Encoding.UTF8.GetString(bytes), Oidc));
        // A header that decodes, whatever stands in it.
        Try(Spoilt("""{"alg":"RS256","kid":"k","typ":"JWT","crit":["x"]}"""), bytes => TokenSignIn.IsSigned($"{Base64Url.EncodeToString(bytes)}.e30.AAAA", Oidc));
        Try(Spoilt(claims), bytes =>
        {
            if (Json(bytes) is not { RootElement.ValueKind: JsonValueKind.Object } json) return;
            using (json) Api.Access.Tokens.Claims.Read(json.RootElement, Oidc with { RoleClaim = "realm_access.roles" });
        });
    }

    [Fact]
    public void Query_strings_survive() => Try(
        Spoilt("?status=alleged&party=armenia&category=other&from=2020-10-18T10:00:00Z&to=2020-10-19T10:00:00%2B04:00&bbox=46,39,47,40&zone=a&q=a%20b&asOf=12&limit=5&cursor=AAAA", "?asOf=2020-10-18T10:00:00.123Z&interval=day"),
        bytes =>
        {
            var context = new DefaultHttpContext();
            context.Request.QueryString = new QueryString("?" + Encoding.Latin1.GetString(bytes).TrimStart('?'));
            var query = new QueryReader(context.Request, "status", "party", "category", "from", "to", "bbox", "zone", "q", "asOf", "limit", "cursor", "interval");
            _ = (query.Cases(), query.AsOf(), query.Limit(), query.Box("bbox"), query.Words("q"), query.Codes<Domain.Violations.ViolationStatus>("status"), query.Ids("party", id => new PartyId(id)), query.Page(null), query.Problem);
        });

    [Fact]
    public void Headers_survive() => Try(Spoilt("\"12\"", "*", "W/\"1\"", "a-key-of-mine", "00000000000000110000000000000011"), bytes =>
    {
        var text = Encoding.Latin1.GetString(bytes);
        var context = new DefaultHttpContext();
        (context.Request.Headers.IfMatch, context.Request.Headers["Idempotency-Key"], context.Request.Headers["Ledger-Position"], context.Request.Headers.IfNoneMatch) = (text, text, text, text);
        _ = CommandHeaders.Read(context, Somebody, out _);
        _ = new QueryReader(context.Request).Problem;
        _ = Reader.IsNoneMatch(context, "\"1\"");
    });

    [Fact]
    public void Cursors_survive()
    {
        var seal = new CursorSeal(new byte[32]);
        Try(Spoilt(new Cursor("keys", 12, "a").Encode(), seal.Close("12|hash|key")), bytes =>
        {
            var text = Encoding.Latin1.GetString(bytes);
            _ = (Cursor.Parse(text), seal.Open(text));
        });
    }

    [Fact]
    public void Reports_of_browsers_and_what_is_logged_survive()
    {
        var redactor = new Redactor(["planted-secret"]);
        Try(Spoilt("""{"csp-report":{"effective-directive":"script-src","blocked-uri":"https://example.org/x"}}""", """[{"body":{"effectiveDirective":"img-src","blockedURL":"inline"}}]"""), bytes =>
        {
            _ = CspReports.Read(bytes);
            Assert.DoesNotContain('\n', redactor.Line(Encoding.UTF8.GetString(bytes) + "planted-secret"));
        });
    }

    [Fact]
    public void Files_of_evidence_survive()
    {
        var photo = SomeFiles.JpegWith(SomeFiles.ExifSegment(SomeFiles.Exif()), SomeFiles.Segment(0xFE, "a comment"u8.ToArray()));
        var png = SomeFiles.PngWith("tEXt", "Author\0Anahit"u8.ToArray());
        Try(Spoilt(photo, SomeFiles.Jpeg), Look);
        Try(Spoilt(png, SomeFiles.PngWith("iTXt", "Title\0\0\0en\0Titel\0A title"u8.ToArray()), SomeFiles.PngWith("eXIf", SomeFiles.Exif())), Look);
        Try(Spoilt(SomeFiles.Pdf("<< /Author (Anahit \\(of\\051) /Producer <FEFF00410042> /CreationDate (D:2020) /Trapped /True >>")), Look);
        // An Exif block may say anything of itself: every byte of it, and not only its pieces.
        Try(Gen.Select(Gen.Int[0, 399], Gen.Byte, Gen.Int[0, 399], Gen.Byte, (at, one, other, two) =>
        {
            var block = SomeFiles.Exif();
            (block[at], block[other]) = (one, two);
            return block;
        }), block => Assert.InRange(Exif.Read(block, new FileFacts()), 1, 8));
    }

    [Fact]
    public async Task Lines_of_a_batch_survive()
    {
        var line = Bodies.Violation().ToJsonString();
        await Spoilt($"{line}\n{line}\r\n\n{line}", "\n\n\n", "{}\n[]\n\"\"").SampleAsync(
            async bytes =>
            {
                var reader = new LineReader(PipeReader.Create(new MemoryStream(bytes)), 1_000, 4_000);
                var number = 0;
                while (await reader.NextAsync(CancellationToken.None) is { } read)
                {
                    Assert.Equal(++number, read.Number);
                    Assert.InRange(read.Bytes.Length, 0, 1_000);
                    if (read.TooLarge is null && !read.IsBlank) Bind<ViolationRequest>(read.Bytes.ToArray());
                }
            },
            iter: Tries, threads: 2);
    }

    /// <summary>Looks, and makes a copy; a copy that was made is a file of which a copy can be made, and tells nothing.</summary>
    private static void Look(byte[] bytes)
    {
        var copy = new MemoryStream();
        var look = FileLook.At(new MemoryStream(bytes), copy);
        if (!look.CanStrip) return;
        copy.Position = 0;
        var again = FileLook.At(copy, new MemoryStream());
        Assert.True(again.CanStrip, again.Unread);
        Assert.Empty(again.Facts.All);
    }

    [Fact]
    public async Task Multipart_bodies_survive()
    {
        using var directory = new TemporaryDirectory();
        var settings = new LedgerSettings { Data = directory.Path, Secrets = directory.Path, SignerState = directory.Path, Evidence = directory.File("evidence") };
        var files = new EvidenceFiles(settings, new Files.DirectoryFiles(settings.Evidence), NullLogger<EvidenceFiles>.Instance);
        const string good =
            "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nbytes\r\n--XX\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nCrater\r\n"
            + "--XX\r\nContent-Disposition: form-data; name=\"original\"\r\n\r\ntrue\r\n--XX--\r\n";
        await Spoilt(good).SampleAsync(
            async bytes =>
            {
                var context = new DefaultHttpContext();
                (context.Request.ContentType, context.Request.Body) = ("multipart/form-data; boundary=XX", new MemoryStream(bytes));
                var parts = new EvidenceParts(context, files, settings.Limits);
                if (await parts.ReadAsync() is null) _ = parts.Compose(out _);
                if (parts.File is { } file) File.Delete(file.Path);
            },
            iter: Math.Max(200, Tries / 20), threads: 1);
        Assert.Empty(Directory.Exists(directory.File("evidence/incoming")) ? Directory.EnumerateFiles(directory.File("evidence/incoming")) : []);
    }

    [Theory]
    [MemberData(nameof(Found))]
    public void What_was_found_once_stays_found(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Bind<ViolationRequest>(bytes);
        Bind<ZoneRequest>(bytes);
        if (Json(bytes) is { RootElement.ValueKind: JsonValueKind.Object } json) Assert.Null(Api.Access.Tokens.Claims.Read(json.RootElement, Oidc).Grant);
        Assert.False(TokenSignIn.IsSigned(text, Oidc) && text.Length < 10);
        _ = (CspReports.Read(bytes), Cursor.Parse(text), new CursorSeal(new byte[32]).Open(text), new Redactor([]).Line(text));
    }

    private static void Try(Gen<byte[]> input, Action<byte[]> parse) => input.Sample(parse, iter: Tries, threads: 2);

    private static void Bind<T>(byte[] bytes)
        where T : class
    {
        var faults = new Faults();
        using var bound = Binder.Bind<T>(bytes, faults);
        Assert.True(bound is not null || faults.Told is not null);
    }

    private static JsonDocument? Json(byte[] bytes)
    {
        try
        {
            return JsonDocument.Parse(bytes);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
