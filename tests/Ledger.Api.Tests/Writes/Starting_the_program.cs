using System.Diagnostics;
using System.Text.RegularExpressions;
using Ledger.Testing.Api;
using Ledger.Testing.EventStores;

namespace Ledger.Api.Tests.Writes;

/// <summary>The program as a process: what an operator sees.</summary>
public sealed partial class Starting_the_program
{
    [Theory]
    [InlineData("--Ledger:Dta=x", "Ledger:Dta")]
    [InlineData("--Ledger:Limits:Bodies=1", "Ledger:Limits:Bodies")]
    [InlineData("--Ledger:Limits:BodyBytes=many", "Ledger:Limits:BodyBytes")]
    [InlineData("--Ledger:Limits:BatchLines=0", "Ledger:Limits:BatchLines")]
    [InlineData("--Ledger:Limits:RequestsPerSecond=-1", "Ledger:Limits:RequestsPerSecond")]
    [InlineData("--Ledger:Store=oracle", "Ledger:Store")]
    [InlineData("--Ledger:Worker=maybe", "Ledger:Worker")]
    [InlineData("--Ledger:ReadModelMebibytes=1", "Ledger:ReadModelMebibytes")]
    [InlineData("--Ledger:Origin=no spaces please", "Ledger:Origin")]
    [InlineData("--Ledger:Policy=/no/such/file", "Ledger:Policy")]
    [InlineData("--Ledger:AdministratorKey=short", "Ledger:AdministratorKey")]
    [InlineData("--Ledger:Data=", "Ledger:Data")]
    [InlineData("demonstration", "demonstration")]
    public async Task A_setting_that_is_wrong_stops_it_with_a_sentence(string argument, string named)
    {
        using var directory = new TemporaryDirectory();

        var (code, output, error) = await RunAsync(directory.Path, argument);

        Assert.NotEqual(0, code);
        Assert.Equal("", output);
        Assert.Contains(named, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
        Assert.Empty(Directory.EnumerateFileSystemEntries(directory.Path));
    }

    [Fact]
    public async Task The_first_start_makes_a_key_and_shows_it_once()
    {
        using var directory = new TemporaryDirectory();
        string key;
        using (var program = TheProgram.Start(directory.Path, "--urls=http://127.0.0.1:0"))
        {
            var banner = await TheProgram.UntilAsync(program, "/docs");
            key = Key().Match(banner).Value;
            Assert.Contains(Path.Combine(directory.Path, "data"), banner, StringComparison.Ordinal);
            using var administrator = new ApiClient(new Uri(TheProgram.AddressIn(banner)), key);
            Assert.Equal("administrator", (await administrator.GetAsync("me")).Field("subject"));
            await StopAsync(program);
        }

        using (var program = TheProgram.Start(directory.Path, "--urls=http://127.0.0.1:0"))
        {
            var banner = await TheProgram.UntilAsync(program, "/docs");
            Assert.DoesNotMatch(Key(), banner);
            using var administrator = new ApiClient(new Uri(TheProgram.AddressIn(banner)), key);
            Assert.Equal("administrator", (await administrator.GetAsync("me")).Field("subject"));
            await StopAsync(program);
        }

        foreach (var file in Directory.EnumerateFiles(directory.Path, "*", SearchOption.AllDirectories))
            Assert.DoesNotContain(key[^43..], await File.ReadAllTextAsync(file), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_process_on_the_same_data_is_told_so()
    {
        using var directory = new TemporaryDirectory();
        using var first = TheProgram.Start(directory.Path, "--urls=http://127.0.0.1:0");
        await TheProgram.UntilAsync(first, "/docs");

        var (code, _, error) = await RunAsync(directory.Path, "--urls=http://127.0.0.1:0");

        Assert.NotEqual(0, code);
        Assert.Contains("One process at a time", error, StringComparison.Ordinal);
        await StopAsync(first);
    }

    [Fact]
    public async Task An_address_in_use_is_told_so()
    {
        using var directory = new TemporaryDirectory();
        await using var other = await TestLedger.StartAsync();

        var (code, _, error) = await RunAsync(directory.Path, $"--urls={other.Server.Address}");

        Assert.NotEqual(0, code);
        Assert.Contains("address is in use", error, StringComparison.Ordinal);
    }

    /// <summary>A feed that waited when the stop came went on waiting inside the stop, which then never ended.</summary>
    [Fact]
    public async Task It_stops_when_it_is_told_to_though_feeds_are_open()
    {
        const string Administrator = "the-administrators-own-key-for-tests";
        using var directory = new TemporaryDirectory();
        using var program = TheProgram.Start(directory.Path, "--urls=http://127.0.0.1:0", "--Ledger:AdministratorKey=" + Administrator);
        using var client = new HttpClient { BaseAddress = new Uri(TheProgram.AddressIn(await TheProgram.UntilAsync(program, "/docs"))) };
        client.DefaultRequestHeaders.Authorization = new("Bearer", Administrator);
        var feeds = new List<StreamReader>();
        for (var n = 0; n < 8; n++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/events") { Headers = { { "Accept", "text/event-stream" }, { "Last-Event-ID", "1000000" } } };
            var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            feeds.Add(new StreamReader(await answer.EnsureSuccessStatusCode().Content.ReadAsStreamAsync()));
            Assert.StartsWith("retry", await feeds[^1].ReadLineAsync(), StringComparison.Ordinal);
        }

        await StopAsync(program);
        foreach (var feed in feeds) feed.Dispose();
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(string directory, params string[] args)
    {
        using var program = TheProgram.Start(directory, args);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var (output, error) = (program.StandardOutput.ReadToEndAsync(limit.Token), program.StandardError.ReadToEndAsync(limit.Token));
        await program.WaitForExitAsync(limit.Token);
        return (program.ExitCode, await output, await error);
    }

    private static async Task StopAsync(Process program)
    {
        Process.Start("kill", ["-TERM", program.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])!.Dispose();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await program.WaitForExitAsync(limit.Token);
        Assert.Equal(0, program.ExitCode);
    }

    [GeneratedRegex("cfl_[A-Za-z0-9_-]+")]
    private static partial Regex Key();

}
