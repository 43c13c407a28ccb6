using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using Ledger.Api.Hosting;
using Ledger.Api.Tests.Writes;
using Ledger.Testing.Api;
using Ledger.Testing.EventStores;
using Ledger.Testing.S3;

namespace Ledger.Api.Tests.Access;

public sealed class Keeping_secrets_out_of_logs
{
    // Each marks a place that a secret could come from; none may be found anywhere that it doesn't belong.
    private const string AdministratorKey = "planted-Administrator-0123456789";
    private const string Confidential = "planted-Witness-Name";
    private const string Narrative = "planted-Narrative-Of-A-Witness";
    private const string Searched = "planted-Searched-Words";
    private const string Header = "planted-Header-Value";
    private const string WrongKey = "planted-Wrong-Key-0123456789";
    private const string Garbage = "planted-Garbage-In-A-Body";
    private const string FileName = "planted-File-Name";
    private const string HookPath = "planted-Hook-Path";

    [Fact]
    public async Task At_trace_level_nothing_planted_is_found_in_output_or_files()
    {
        using var directory = new TemporaryDirectory();
        var vaultKey = Convert.ToBase64String(Encoding.ASCII.GetBytes("planted-vault-key-of-32-bytes-xx"));
        var start = new ProcessStartInfo("dotnet", [typeof(LedgerServer).Assembly.Location, "--urls=http://127.0.0.1:0"])
        {
            WorkingDirectory = directory.Path, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["Ledger__AdministratorKey"] = AdministratorKey;
        start.Environment["Ledger__VaultKey"] = vaultKey;
        await using var bucket = await S3Double.StartAsync();
        (start.Environment["Ledger__Evidence__S3__Endpoint"], start.Environment["Ledger__Evidence__S3__Bucket"]) = (bucket.Address.ToString(), S3Double.Bucket);
        (start.Environment["Ledger__Evidence__S3__AccessKey"], start.Environment["Ledger__Evidence__S3__SecretKey"]) = (S3Double.AccessKey, S3Double.SecretKey);
        foreach (var category in new[] { "Default", "Microsoft", "Microsoft.AspNetCore", "Microsoft.Hosting", "Microsoft.Extensions", "System", "Ledger" })
            start.Environment[$"Logging__LogLevel__{category}"] = "Trace";
        using var program = Process.Start(start)!;
        var errors = program.StandardError.ReadToEndAsync();
        var banner = await TheProgram.UntilAsync(program, "/docs");
        var rest = program.StandardOutput.ReadToEndAsync();

        var issued = await PlantAsync(new Uri(TheProgram.AddressIn(banner)));
        bucket.HasBucket = false; // What goes wrong is logged too.
        using (var administrator = new ApiClient(new Uri(TheProgram.AddressIn(banner)), AdministratorKey)) (await administrator.GetAsync($"evidence/{new string('0', 64)}")).Refused(503, "unavailable");
        program.Kill();
        await program.WaitForExitAsync();

        var output = banner + await rest + await errors;
        Assert.Contains("trace ", output, StringComparison.Ordinal); // The test would prove nothing at a quieter level.
        Assert.Contains("/api/v1/me", output, StringComparison.Ordinal);
        Assert.NotEmpty(bucket.Names); // The file of evidence went there, with the key.
        string[] planted = [AdministratorKey, vaultKey, S3Double.AccessKey, S3Double.SecretKey, Confidential, Searched, Header, WrongKey, Garbage, FileName, HookPath, Narrative, .. issued];
        foreach (var secret in planted) Assert.DoesNotContain(secret, output, StringComparison.OrdinalIgnoreCase);

        // On disk: nothing but what its place is for. The narrative stands in the event store and its words' index; a webhook's address in its event.
        string[] nowhere = [AdministratorKey, vaultKey, S3Double.AccessKey, S3Double.SecretKey, Confidential, Searched, Header, WrongKey, Garbage, FileName, .. issued];
        foreach (var file in Directory.EnumerateFiles(directory.Path, "*", SearchOption.AllDirectories))
        {
            var text = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file));
            foreach (var secret in nowhere) Assert.False(text.Contains(secret, StringComparison.OrdinalIgnoreCase), $"{file} holds {secret}");
        }
    }

    [Theory]
    [InlineData("Authorization: Bearer abc.def-ghi", "Authorization: Bearer [hidden]")]
    [InlineData("key cfl_0199a0c100007000_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA was", "key cfl_0199a0c100007000_[hidden] was")]
    [InlineData("key cfl_0199a0c100007000.12_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA was", "key cfl_0199a0c100007000.12_[hidden] was")]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "[hidden]")]
    [InlineData("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.AAAA", "[hidden]")]
    [InlineData("esdb://admin:changeit@node:2113?tls=true", "esdb://[hidden]@node:2113?[hidden]")]
    [InlineData("GET http://127.0.0.1:5080/api/v1/x?q=a-name&limit=3 - -", "GET http://127.0.0.1:5080/api/v1/x?[hidden] - -")]
    [InlineData("MessageReceived: '?code=abc&state=def'.", "MessageReceived: '?[hidden]'.")]
    [InlineData("Request path /api/v1/x?q=name", "Request path /api/v1/x?[hidden]")]
    [InlineData("my-known-secret stands here", "[hidden] stands here")]
    [InlineData("Is it so? Yes.", "Is it so? Yes.")]
    public void What_looks_like_a_secret_is_hidden(string text, string shown) => Assert.Equal(shown, new Redactor(["my-known-secret"]).Line(text));

    [Fact]
    public void Nobody_writes_an_entry_of_their_own_or_moves_the_operators_cursor() =>
        Assert.Equal("a\\u000d\\u000aerror forged\\u001b[2J\\u2028", new Redactor([]).Line("a\r\nerror forged\u001b[2J\u2028"));

    /// <summary>Sends secrets through every way in, in the right places and in wrong ones.</summary>
    private static async Task<string[]> PlantAsync(Uri address)
    {
        using var administrator = new ApiClient(address, AdministratorKey);
        Assert.Equal(200, (await administrator.GetAsync("me")).Status);
        (await administrator.PostAsync("agreements", Bodies.Agreement("a"))).Stored(201);
        var key = (await administrator.PostAsync("keys", Bodies.Key("monitor-1", "monitor"))).Stored(201).Field("key");
        var hook = (await administrator.PostAsync("webhooks", Bodies.Parse($$"""{ "url": "https://hooks.invalid/{{HookPath}}?token={{HookPath}}" }"""))).Stored(201).Field("secret");
        using var monitor = new ApiClient(address, key);
        var violation = (await monitor.PostAsync("agreements/a/violations", Bodies.Violation().With("narrative", Narrative).With("confidential", Bodies.Parse($$"""{ "witness": "{{Confidential}}" }""")))).Stored(201).Field("violationId");
        await monitor.GetAsync($"violations/{violation}");
        await monitor.GetAsync($"agreements/a/violations?q={Searched}");
        await monitor.GetAsync($"agreements/a/violations?{Searched}={Searched}");
        await monitor.PostTextAsync("agreements/a/violations", $$"""{ "{{Garbage}}": {{Garbage}} """);
        await monitor.PostTextAsync("agreements/a/violations", $$"""{ "category": "{{Garbage}}", "narrative": 5 }""");
        await monitor.BatchAsync("a", [$$"""{ "{{Garbage}}": 1 }""", Garbage]);
        await monitor.PostAsync("agreements/a/violations", Bodies.Violation().With("confidential", Confidential));
        using var parts = new MultipartFormDataContent();
        parts.Add(new ByteArrayContent("file"u8.ToArray()), "file", $"{FileName}.txt");
        parts.Add(new StringContent("Crater"), "title");
        parts.Add(new StringContent("true"), "original");
        await monitor.SendAsync(HttpMethod.Post, $"violations/{violation}/evidence", parts);
        using var guesser = new ApiClient(address, WrongKey);
        await guesser.GetAsync("me");
        await WithHeaderAsync(monitor, "If-Match", Header);
        await WithHeaderAsync(monitor, "Idempotency-Key", Header + " with spaces");
        await WithHeaderAsync(monitor, "Ledger-Position", Header);
        await WithHeaderAsync(monitor, "Cookie", $"ledger={Header}");
        await WithHeaderAsync(monitor, "X-Anything", Header);
        using var basic = new HttpClient { BaseAddress = address };
        basic.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes($"user:{WrongKey}")));
        using var refused = await basic.GetAsync(new Uri("/api/v1/me", UriKind.Relative));
        return [key[^43..], hook["whsec_".Length..]];
    }

    private static async Task WithHeaderAsync(ApiClient client, string name, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "agreements");
        request.Headers.TryAddWithoutValidation(name, value);
        await client.SendAsync(request);
    }
}
