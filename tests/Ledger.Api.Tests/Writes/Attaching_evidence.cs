using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Ledger.Testing.Api;

namespace Ledger.Api.Tests.Writes;

public sealed class Attaching_evidence_in_a_directory(TestLedger ledger) : Attaching_evidence<TestLedger>(ledger);

public sealed class Attaching_evidence_in_a_bucket(BucketLedger ledger) : Attaching_evidence<BucketLedger>(ledger);

/// <summary>The same wherever the files lie.</summary>
public abstract class Attaching_evidence<TLedger>(TLedger ledger) : IClassFixture<TLedger>
    where TLedger : TestLedger
{
    private const string Said = """{ "title": "Crater", "mediaType": "image/jpeg", "acquiredFrom": "A neighbour", "original": true }""";

    private static int _files;

    [Fact]
    public async Task The_file_itself_comes_back_to_whoever_may_read_the_case()
    {
        var (path, bytes) = (await ledger.CaseAsync(), File());
        var monitor = await ledger.MonitorAsync();

        (await AttachAsync(monitor, path, bytes, Said)).Stored();
        var given = await (await ledger.WhoAsync("reader", "reader")).GetAsync($"evidence/{Sha(bytes)}");

        Assert.Equal(200, given.Status);
        Assert.Equal(bytes, given.Bytes);
        Assert.Equal("image/jpeg", given.MediaType);
        Assert.StartsWith("attachment", given.Header("Content-Disposition"), StringComparison.Ordinal);
        Assert.Equal("nosniff", given.Header("X-Content-Type-Options"));
        var item = (await monitor.GetAsync(path)).Json["evidence"]![0]!;
        Assert.Equal(Sha(bytes), item["sha256"]!.GetValue<string>());
        Assert.Equal(bytes.Length, item["size"]!.GetValue<long>());
        Assert.Equal("A neighbour", item["acquiredFrom"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_file_that_was_changed_behind_the_servers_back_is_given_to_nobody_until_the_original_comes_again()
    {
        var (path, bytes) = (await ledger.CaseAsync(), File());
        var monitor = await ledger.MonitorAsync();
        (await AttachAsync(monitor, path, bytes, Said)).Stored();
        ledger.PutBehindItsBack($"{Sha(bytes)[..2]}/{Sha(bytes)}", "doctored"u8.ToArray());
        var refused = (await monitor.GetAsync($"evidence/{Sha(bytes)}")).Refused(503, "unavailable");
        Assert.DoesNotContain("doctored", refused.Text, StringComparison.Ordinal);

        (await AttachAsync(monitor, await ledger.CaseAsync(), bytes, Said)).Stored();
        Assert.Equal(bytes, (await monitor.GetAsync($"evidence/{Sha(bytes)}")).Bytes);
    }

    [Fact]
    public async Task A_part_of_it_is_given_by_range_and_nobody_gets_half_of_another()
    {
        var (path, bytes) = (await ledger.CaseAsync(), File());
        var monitor = await ledger.MonitorAsync();
        (await AttachAsync(monitor, path, bytes, Said)).Stored();

        foreach (var (range, from, count) in new[] { ("bytes=100-199", 100, 100), ("bytes=200000-", 200_000, bytes.Length - 200_000), ("bytes=-5", bytes.Length - 5, 5) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"evidence/{Sha(bytes)}") { Headers = { { "Range", range } } };
            var part = await monitor.SendAsync(request);
            Assert.Equal(206, part.Status);
            Assert.Equal(bytes[from..(from + count)], part.Bytes);
        }

        Assert.Equal($"\"{Sha(bytes)}\"", (await monitor.GetAsync($"evidence/{Sha(bytes)}")).Header("ETag"));
    }

    [Fact]
    public async Task What_is_said_of_it_may_be_form_fields()
    {
        var (path, bytes) = (await ledger.CaseAsync(), File());
        using var form = new MultipartFormDataContent { { new StringContent("Crater"), "title" }, { new StringContent("true"), "original" } };
        form.Add(FileContent(bytes, "image/png"), "file", "crater.png");

        (await (await ledger.MonitorAsync()).SendAsync(HttpMethod.Post, $"{path}/evidence", form)).Stored();

        Assert.Equal("image/png", (await ledger.Administrator.GetAsync($"evidence/{Sha(bytes)}")).MediaType);
    }

    [Fact]
    public async Task A_hash_or_size_that_is_not_the_files_is_malformed()
    {
        var (path, bytes) = (await ledger.CaseAsync(), File());
        var monitor = await ledger.MonitorAsync();

        (await AttachAsync(monitor, path, bytes, Bodies.Evidence().ToJsonString())).Malformed("/sha256", "/size");
        (await AttachAsync(monitor, path, bytes, """{ "original": true }""")).Malformed("/title");
        (await AttachAsync(monitor, path, bytes, "{")).Refused(400, "malformed");
        (await AttachAsync(monitor, path, bytes, Bodies.Evidence(Sha(bytes)).With("size", bytes.Length).ToJsonString())).Stored();
    }

    [Fact]
    public async Task A_file_of_a_refused_request_is_not_kept()
    {
        var bytes = File();

        (await AttachAsync(await ledger.MonitorAsync(), $"violations/{Guid.NewGuid()}", bytes, Said)).Refused(404, "not-found");
        (await AttachAsync(ledger.Administrator, await ledger.CaseAsync(), bytes, Said)).Refused(403, "not-allowed");

        (await ledger.Administrator.GetAsync($"evidence/{Sha(bytes)}")).Refused(404, "not-found");
        Assert.DoesNotContain(ledger.KeptFiles, file => file.Contains(Sha(bytes), StringComparison.Ordinal));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(ledger.EvidenceDirectory, "incoming")));
    }

    [Fact]
    public async Task Naming_a_hash_opens_no_file_of_another_agreement()
    {
        var (bytes, own) = (File(), await ledger.AgreementAsync());
        var limited = await ledger.WhoAsync("limited-monitor-2", "monitor", null, own);
        (await AttachAsync(await ledger.MonitorAsync(), await ledger.CaseAsync(), bytes, Said)).Stored();
        var path = await ledger.CaseAsync(agreement: own);
        (await limited.PostAsync($"{path}/evidence", Bodies.Evidence(Sha(bytes)))).Stored();

        (await limited.GetAsync($"evidence/{Sha(bytes)}")).Refused(404, "not-found");
        (await AttachAsync(limited, path, bytes, Said)).Stored();
        Assert.Equal(bytes, (await limited.GetAsync($"evidence/{Sha(bytes)}")).Bytes);
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("B94D27B9934D3E08A52E52D7DA7DABFAC484EFE37A5380EE9088F7ACE2EFCDE9")]
    [InlineData("..%2f..%2fevents.db")]
    [InlineData(Bodies.Sha256)]
    public async Task What_is_no_hash_of_a_file_here_is_not_found(string sha256)
    {
        (await ledger.Administrator.GetAsync($"evidence/{sha256}")).Refused(404, "not-found");
    }

    [Fact]
    public async Task A_repeat_with_the_same_file_is_a_repeat_and_with_another_is_not()
    {
        var (path, bytes) = (await ledger.CaseAsync(), File());
        var monitor = await ledger.MonitorAsync();
        var first = (await AttachAsync(monitor, path, bytes, Said, "file")).Stored();

        Assert.Equal(first.Field("eventId"), (await AttachAsync(monitor, path, bytes, Said, "file")).Stored().Field("eventId"));
        (await AttachAsync(monitor, path, File(), Said, "file")).Refused(422, "idempotency-key-reused");
    }

    [Theory]
    [InlineData("multipart/form-data", "--x\r\n\r\n")]
    [InlineData("multipart/form-data; boundary=x", "")]
    [InlineData("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nbroken off")]
    [InlineData("multipart/form-data; boundary=x", "--x\r\n\r\nno disposition\r\n--x--\r\n")]
    [InlineData("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nA title\r\n--x--\r\n")]
    public async Task A_broken_multipart_is_malformed(string mediaType, string text)
    {
        var path = await ledger.CaseAsync();
        (await (await ledger.MonitorAsync()).PostBytesAsync($"{path}/evidence", Encoding.ASCII.GetBytes(text), mediaType: mediaType)).Refused(400, "malformed");
    }

    [Fact]
    public async Task A_file_that_is_too_large_is_refused()
    {
        await using var small = await TestLedger.StartAsync("--Ledger:Limits:EvidenceBytes=2000", "--Ledger:Limits:BodyBytes=10000");
        var (path, bytes) = (await small.CaseAsync(), RandomNumberGenerator.GetBytes(2001));

        (await AttachAsync(await small.MonitorAsync(), path, bytes, Said)).Refused(413, "too-large");
        (await AttachAsync(await small.MonitorAsync(), path, bytes[..2000], Said)).Stored();
    }

    private static byte[] File() => Encoding.UTF8.GetBytes($"file {Interlocked.Increment(ref _files)} {new string('x', 200_000)}");

    private static string Sha(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static ByteArrayContent FileContent(byte[] bytes, string mediaType)
    {
        var file = new ByteArrayContent(bytes);
        file.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        return file;
    }

    private static async Task<ApiAnswer> AttachAsync(ApiClient who, string path, byte[] bytes, string said, string? key = null)
    {
        using var form = new MultipartFormDataContent { { new StringContent(said, Encoding.UTF8, "application/json"), "evidence" } };
        form.Add(FileContent(bytes, "application/octet-stream"), "file", "crater.jpg");
        return await who.SendAsync(HttpMethod.Post, $"{path}/evidence", form, key);
    }
}
