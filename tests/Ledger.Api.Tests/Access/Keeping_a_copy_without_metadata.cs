using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Ledger.Api.Tests.Writes;
using Ledger.Testing.Api;

namespace Ledger.Api.Tests.Access;

public sealed class Keeping_a_copy_without_metadata(TestLedger ledger) : IClassFixture<TestLedger>
{
    [Fact]
    public async Task The_uploader_is_told_what_a_photograph_tells()
    {
        var answer = await AttachAsync(await ledger.CaseAsync(), SomeFiles.JpegWith(SomeFiles.ExifSegment(SomeFiles.Exif()), SomeFiles.Segment(0xFE, "by Anahit"u8.ToArray())), stripped: false);

        var told = answer.Stored().Json["metadata"]!.AsArray().ToDictionary(fact => fact!["name"]!.GetValue<string>(), fact => (fact!["kind"]!.GetValue<string>(), fact["value"]!.GetValue<string>()));
        Assert.Equal(("place", "39.8153, 46.7519"), told["Position"]);
        Assert.Equal(("device", "Fotofon"), told["Make"]);
        Assert.Equal(("device", "SN-4711"), told["Camera's serial number"]);
        Assert.Equal(("time", "2020:10:18 08:12:44"), told["Changed"]);
        Assert.Equal(("text", "by Anahit"), told["Comment"]);
        Assert.Null(answer.Json["stripped"]);
    }

    [Fact]
    public async Task The_copy_is_the_same_picture_turned_as_before_and_tells_nothing_and_an_event_links_both()
    {
        var path = await ledger.CaseAsync();
        var photo = SomeFiles.JpegWith(
            SomeFiles.ExifSegment(SomeFiles.Exif()), SomeFiles.Segment(0xE1, [.. "http://ns.adobe.com/xap/1.0/\0"u8, .. "<x:xmpmeta>Anahit</x:xmpmeta>"u8]),
            SomeFiles.Segment(0xED, "Photoshop 3.0\0Anahit"u8.ToArray()), SomeFiles.Segment(0xFE, "Anahit"u8.ToArray()));
        byte[] original = [.. photo, .. "behind the end: Anahit"u8];

        var answer = (await AttachAsync(path, original, stripped: true)).Stored();
        var copy = answer.Json["stripped"]!["sha256"]!.GetValue<string>();
        var monitor = await ledger.MonitorAsync();
        var bytes = (await monitor.GetAsync($"evidence/{copy}")).Bytes;

        Assert.Equal(copy, Sha(bytes));
        Assert.Equal(original, (await monitor.GetAsync($"evidence/{Sha(original)}")).Bytes);
        foreach (var word in (string[])["Anahit", "Fotofon", "SN-4711", "2020:10"]) Assert.DoesNotContain(word, Encoding.Latin1.GetString(bytes), StringComparison.Ordinal);
        Assert.Equal(Picture(SomeFiles.Jpeg), Picture(bytes));
        Assert.Contains(Convert.ToHexString([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6]), Convert.ToHexString(bytes), StringComparison.Ordinal);
        var last = (await monitor.GetAsync($"{path}/history")).Json["items"]!.AsArray()[^1]!;
        Assert.Equal("evidence-stripped-v1", last["type"]!.GetValue<string>());
        Assert.Equal((Sha(original), copy), (last["data"]!["copyOf"]!.GetValue<string>(), last["data"]!["copy"]!["sha256"]!.GetValue<string>()));
        Assert.Equal(["device", "other", "place", "text", "time"], last["data"]!["removed"]!.AsArray().Select(kind => kind!.GetValue<string>()));
        var items = (await monitor.GetAsync(path)).Json["evidence"]!.AsArray();
        Assert.Equal((Sha(original), false), (items[1]!["copyOf"]!.GetValue<string>(), items[1]!["original"]!.GetValue<bool>()));
    }

    [Fact]
    public async Task Who_does_not_read_confidential_parts_gets_the_copy_and_never_the_original()
    {
        var path = await ledger.CaseAsync();
        var original = SomeFiles.JpegWith(SomeFiles.ExifSegment(SomeFiles.Exif()), SomeFiles.Segment(0xFE, Encoding.ASCII.GetBytes(path)));
        var copy = (await AttachAsync(path, original, stripped: true)).Stored().Json["stripped"]!["sha256"]!.GetValue<string>();
        ApiClient[] outside = [await ledger.WhoAsync("reader-1", "reader"), await ledger.LiaisonAsync("azerbaijan"), ledger.Administrator];
        ApiClient[] inside = [await ledger.MonitorAsync(), await ledger.VerifierAsync(), await ledger.WhoAsync("auditor-1", "auditor")];

        // Handing it in again without a copy opens nothing.
        (await AttachAsync(path, original, stripped: false)).Stored();
        foreach (var client in outside)
        {
            (await client.GetAsync($"evidence/{Sha(original)}")).Refused(404, "not-found");
            Assert.Equal(200, (await client.GetAsync($"evidence/{copy}")).Status);
        }

        foreach (var client in inside) Assert.Equal(200, (await client.GetAsync($"evidence/{Sha(original)}")).Status);
    }

    [Fact]
    public async Task A_png_and_a_pdf_tell_what_they_tell()
    {
        var path = await ledger.CaseAsync();
        var png = (await AttachAsync(path, SomeFiles.PngWith("tEXt", "Author\0Anahit"u8.ToArray()), stripped: true)).Stored();
        Assert.Equal("person Author Anahit", Said(png));
        var copy = (await ledger.Administrator.GetAsync($"evidence/{png.Json["stripped"]!["sha256"]}")).Bytes;
        Assert.Equal(SomeFiles.Png, copy);

        var pdf = SomeFiles.Pdf("""<< /Author (Anahit \(of the bakery\)) /Producer <FEFF00410042> /CreationDate (D:20201018081244+04'00') >>""");
        Assert.Equal("person Author Anahit (of the bakery), device Converted with AB, time Created D:20201018081244+04'00'", Said((await AttachAsync(path, pdf, stripped: false)).Stored()));
        var compressed = SomeFiles.Pdf("<< >>")[..60].Concat("/Info 99 0 R"u8.ToArray()).ToArray();
        Assert.Contains("compressed", (await AttachAsync(path, compressed, stripped: false)).Stored().Field("metadataUnread"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_tells_nothing_is_its_own_copy()
    {
        var path = await ledger.CaseAsync();
        var answer = (await AttachAsync(path, SomeFiles.Jpeg, stripped: true)).Stored();
        Assert.Equal(Sha(SomeFiles.Jpeg), answer.Json["stripped"]!["sha256"]!.GetValue<string>());
        Assert.Empty(answer.Json["metadata"]!.AsArray());
        Assert.Single((await ledger.Administrator.GetAsync(path)).Json["evidence"]!.AsArray());
        Assert.Equal(200, (await (await ledger.WhoAsync("reader-1", "reader")).GetAsync($"evidence/{Sha(SomeFiles.Jpeg)}")).Status);
    }

    public static TheoryData<string, byte[]> Unfit() => new()
    {
        { "cut off", SomeFiles.Jpeg[..^40] },
        { "cut off in a segment", SomeFiles.Jpeg[..30] },
        { "a segment of no length", [.. SomeFiles.Jpeg.AsSpan(0, 20), 0xFF, 0xE1, 0, 1] },
        { "rubbish between segments", [.. SomeFiles.Jpeg.AsSpan(0, 20), 1, 2, 3, 4, 5, 6] },
        { "a chunk of two thousand million bytes", [.. SomeFiles.Png.AsSpan(0, 33), 0x7F, 0xFF, 0xFF, 0xFF, .. "tEXt"u8, 1, 2, 3] },
        { "no header", [.. SomeFiles.Png.AsSpan(0, 8), .. SomeFiles.Png.AsSpan(33)] },
        { "a PDF", SomeFiles.Pdf("<< /Title (A) >>") },
        { "a text", "nothing but words"u8.ToArray() },
    };

    [Theory]
    [MemberData(nameof(Unfit))]
    public async Task What_no_copy_can_be_made_of_is_refused_as_a_whole_or_kept_as_it_is(string what, byte[] bytes)
    {
        var path = await ledger.CaseAsync();
        var before = await ledger.EventsAsync();

        (await AttachAsync(path, bytes, stripped: true)).Malformed("/stripped");

        Assert.Equal(before, await ledger.EventsAsync());
        Assert.DoesNotContain(Directory.EnumerateFiles(ledger.EvidenceDirectory, "*", SearchOption.AllDirectories), file => file.Contains(Sha(bytes), StringComparison.Ordinal) || file.Contains("incoming", StringComparison.Ordinal));
        var kept = (await AttachAsync(path, bytes, stripped: false)).Stored();
        Assert.True(what == "a PDF" || kept.Json["metadataUnread"] is not null, kept.Text);
        Assert.Equal(bytes, (await (await ledger.MonitorAsync()).GetAsync($"evidence/{Sha(bytes)}")).Bytes);
    }

    [Fact]
    public async Task Nested_endless_and_enormous_files_are_looked_at_like_others()
    {
        var path = await ledger.CaseAsync();
        var enormous = SomeFiles.Jpeg.ToArray();
        var frame = Convert.ToHexString(enormous).IndexOf("FFC0", StringComparison.Ordinal) / 2;
        for (var n = 5; n < 9; n++) enormous[frame + n] = 0xFF; // 65,535 by 65,535
        (string, byte[])[] files =
        [
            ("nested", SomeFiles.JpegWith(SomeFiles.ExifSegment(SomeFiles.NestedExif()))), ("enormous", enormous),
            ("parentheses", SomeFiles.Pdf("<< /Title " + new string('(', 500_000) + " >>")), ("arrays", SomeFiles.Pdf("<< /Title " + new string('[', 500_000) + " >>")),
            ("a bomb of text", SomeFiles.PngWith("zTXt", [.. "Comment\0\0"u8, .. new byte[60_000]])), ("too much text", SomeFiles.PngWith("tEXt", [.. "Comment\0"u8, .. new byte[1_000_000]])),
        ];
        foreach (var (_, bytes) in files) (await AttachAsync(path, bytes, stripped: false)).Stored();
        foreach (var (_, bytes) in files[..2]) (await AttachAsync(path, bytes, stripped: true)).Stored();
    }

    [Fact]
    public async Task A_copy_is_asked_for_with_the_original_itself_and_the_same_request_again_is_a_repeat()
    {
        var path = await ledger.CaseAsync();
        var monitor = await ledger.MonitorAsync();
        (await monitor.PostAsync($"{path}/evidence", Bodies.Evidence().With("stripped", true))).Malformed("/stripped");
        (await AttachAsync(path, SomeFiles.Jpeg, stripped: true, original: false)).Malformed("/stripped");

        var photo = SomeFiles.JpegWith(SomeFiles.ExifSegment(SomeFiles.Exif()));
        var first = (await AttachAsync(path, photo, stripped: true, key: "photo")).Stored();
        var again = (await AttachAsync(path, photo, stripped: true, key: "photo")).Stored();
        Assert.Equal(first.Field("eventId"), again.Field("eventId"));
        Assert.Equal(first.Json["stripped"]!.ToJsonString(), again.Json["stripped"]!.ToJsonString());
        (await AttachAsync(path, photo, stripped: false, key: "photo")).Refused(422, "idempotency-key-reused");
    }

    [Fact]
    public async Task Whoever_handed_a_file_in_has_a_copy_made_after_seeing_what_it_tells_and_nobody_else_does()
    {
        var path = await ledger.CaseAsync();
        var original = SomeFiles.JpegWith(SomeFiles.ExifSegment(SomeFiles.Exif()), SomeFiles.Segment(0xFE, Encoding.ASCII.GetBytes($"after {path}")));
        Assert.True((await AttachAsync(path, original, stripped: false)).Stored().Json["canStrip"]!.GetValue<bool>());
        var (reader, monitor) = (await ledger.WhoAsync("reader-1", "reader"), await ledger.MonitorAsync());
        Assert.Equal(200, (await reader.GetAsync($"evidence/{Sha(original)}")).Status);
        var place = $"{path}/evidence/{Sha(original)}/copy";

        (await (await ledger.MonitorAsync("monitor-2")).SendAsync(HttpMethod.Post, place, null)).Refused(403, "not-the-recorder");
        (await ledger.Administrator.SendAsync(HttpMethod.Post, place, null)).Refused(403, "not-allowed");
        (await monitor.SendAsync(HttpMethod.Post, $"{path}/evidence/{new string('0', 64)}/copy", null)).Refused(404, "not-found");
        var kept = (await monitor.SendAsync(HttpMethod.Post, place, null, "strip-after")).Stored();
        var again = (await monitor.SendAsync(HttpMethod.Post, place, null, "strip-after")).Stored();
        (await monitor.SendAsync(HttpMethod.Post, place, null)).Refused(409, "already-stripped");

        var copy = kept.Json["stripped"]!["sha256"]!.GetValue<string>();
        Assert.Equal((kept.Field("eventId"), copy), (again.Field("eventId"), again.Json["stripped"]!["sha256"]!.GetValue<string>()));
        (await reader.GetAsync($"evidence/{Sha(original)}")).Refused(404, "not-found");
        Assert.Equal(copy, Sha((await reader.GetAsync($"evidence/{copy}")).Bytes));
        Assert.Equal(original, (await monitor.GetAsync($"evidence/{Sha(original)}")).Bytes);
        Assert.Equal("evidence-stripped-v1", (await monitor.GetAsync($"{path}/history")).Json["items"]!.AsArray()[^1]!["type"]!.GetValue<string>());
    }

    [Fact]
    public async Task Of_what_tells_nothing_or_cannot_be_copied_no_copy_is_made_afterwards_either()
    {
        var path = await ledger.CaseAsync();
        foreach (var bytes in (byte[][])[[.. SomeFiles.Jpeg], SomeFiles.Pdf("<< /Title (A) >>"), SomeFiles.Jpeg[..^40]])
        {
            Assert.False((await AttachAsync(path, bytes, stripped: false)).Stored().Json["canStrip"]!.GetValue<bool>());
            (await (await ledger.MonitorAsync()).SendAsync(HttpMethod.Post, $"{path}/evidence/{Sha(bytes)}/copy", null)).Malformed("/sha256");
        }

        Assert.Empty(Directory.EnumerateFiles(Path.Combine(ledger.EvidenceDirectory, "incoming")));
    }

    private async Task<ApiAnswer> AttachAsync(string path, byte[] bytes, bool stripped, bool original = true, string? key = null)
    {
        var said = new JsonObject { ["title"] = "Photograph", ["mediaType"] = "image/jpeg", ["original"] = original };
        if (stripped) said["stripped"] = true;
        using var form = new MultipartFormDataContent { { new StringContent(said.ToJsonString(), Encoding.UTF8, "application/json"), "evidence" } };
        form.Add(new ByteArrayContent(bytes), "file", "photo.jpg");
        return await (await ledger.MonitorAsync()).SendAsync(HttpMethod.Post, $"{path}/evidence", form, key);
    }

    private static string Said(ApiAnswer answer) =>
        string.Join(", ", answer.Json["metadata"]!.AsArray().Select(fact => $"{fact!["kind"]} {fact["name"]} {fact["value"]}"));

    /// <summary>From the tables on: what is decoded.</summary>
    private static string Picture(byte[] jpeg)
    {
        var hex = Convert.ToHexString(jpeg);
        return hex[hex.IndexOf("FFDB", StringComparison.Ordinal)..].Replace(Convert.ToHexString([0xFF, 0xE1, 0, 0x22]) + hex[Math.Max(0, hex.IndexOf("FFE10022", StringComparison.Ordinal) + 8)..][..64], "", StringComparison.Ordinal);
    }

    private static string Sha(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
