using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Ledger.Api.Tests.Writes;
using Ledger.Testing;
using Ledger.Testing.Api;
using Ledger.Testing.EventStores;

namespace Ledger.Api.Tests.Reads;

/// <summary>What the room's README tells outsiders to write is run as it stands there.</summary>
public sealed partial class Examples_of_the_README(TestLedger ledger) : IClassFixture<TestLedger>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Theory]
    [InlineData("sh", "follow.sh", "bash follow.sh")]
    [InlineData("python", "follow.py", "python3 follow.py")]
    [InlineData("csharp", "follow.cs", "dotnet run follow.cs")]
    public async Task A_follower_sees_what_comes_and_goes_on_where_it_was(string language, string file, string command)
    {
        using var folder = new TemporaryDirectory();
        await File.WriteAllTextAsync(folder.File(file), Blocks(language)[0]);
        var (agreement, key) = (await ledger.AgreementAsync(), await ledger.KeyAsync(Bodies.Key($"reader-of-{language}", "auditor", null, [])));
        var first = (await (await ledger.MonitorAsync()).PostAsync($"agreements/{agreement}/violations", Bodies.Violation())).Stored(201).Json["sequence"]!.GetValue<long>();
        using (var follower = Start(folder.Path, command, first - 1, key))
        {
            await UntilAsync(follower, first, "violation-recorded-v1");
            var path = await ledger.CaseAsync(agreement: agreement);
            await UntilAsync(follower, first + 1, "violation-recorded-v1");
            Assert.StartsWith("violations/", path, StringComparison.Ordinal);
        }

        using var again = Start(folder.Path, command, first, key);
        Assert.DoesNotContain($"{first} violation", await UntilAsync(again, first + 1, "violation-recorded-v1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_receiver_tells_a_genuine_push_from_a_forged_one()
    {
        var key = RandomNumberGenerator.GetBytes(32);
        var body = "{\"specversion\":\"1.0\"}";
        string SignedBy(byte[] secret) => "v1," + Convert.ToBase64String(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes($"id-1.1700000000.{body}")));
        using var folder = new TemporaryDirectory();
        string Call(string signature) =>
            $"print(is_genuine({{'webhook-id': 'id-1', 'webhook-timestamp': '1700000000', 'webhook-signature': '{signature}'}}, b'{body}', 'whsec_{Convert.ToBase64String(key)}'))\n";
        await File.WriteAllTextAsync(folder.File("receiver.py"), Blocks("python")[1] + "\n"
            + Call(SignedBy(key)) + Call($"{SignedBy(RandomNumberGenerator.GetBytes(32))} {SignedBy(key)}") + Call(SignedBy(RandomNumberGenerator.GetBytes(32))));
        using var process = Start(folder.Path, "python3 receiver.py", 0, "");
        Assert.Equal("True\nTrue\nFalse\n", await process.StandardOutput.ReadToEndAsync());
    }

    private Follower Start(string folder, string command, long after, string key)
    {
        var words = command.Split(' ');
        var start = new ProcessStartInfo(words[0], words[1..]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LEDGER"] = ledger.Server.Address.ToString().TrimEnd('/');
        start.Environment["LEDGER_KEY"] = key;
        start.Environment["AFTER"] = after.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return new Follower(Process.Start(start)!);
    }

    /// <summary>Reads until a line says this sequence and type; all that was read.</summary>
    private static async Task<string> UntilAsync(Follower follower, long sequence, string type)
    {
        using var limit = new CancellationTokenSource(Patience);
        var read = new StringBuilder();
        while (await follower.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            read.Append(line).Append('\n');
            // The stream of curl has the sequence as the event's id, the others print it before the type.
            var seen = read.ToString();
            if (seen.Contains($"{sequence} {type}", StringComparison.Ordinal) || (seen.Contains($"id: {sequence}\n", StringComparison.Ordinal) && line.Contains($"\"sequence\":{sequence},", StringComparison.Ordinal))) return seen;
        }

        throw new InvalidOperationException($"It ended before it saw {sequence}: {read} {await follower.StandardError.ReadToEndAsync(limit.Token)}");
    }

    private static List<string> Blocks(string language) =>
        [.. Fence().Matches(File.ReadAllText(Checkout.At("src/Ledger.Api/README.md"))).Where(match => match.Groups[1].Value == language).Select(match => match.Groups[2].Value)];

    [GeneratedRegex("```([a-z]+)\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Fence();

    private sealed class Follower(Process process) : IDisposable
    {
        public StreamReader StandardOutput => process.StandardOutput;

        public StreamReader StandardError => process.StandardError;

        public void Dispose()
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            process.Dispose();
        }
    }
}
