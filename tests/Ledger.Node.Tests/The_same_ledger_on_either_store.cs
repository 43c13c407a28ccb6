using System.Text.RegularExpressions;
using Ledger.Api.Hosting;
using Ledger.Exchange.Demonstration;
using Xunit.Abstractions;

namespace Ledger.Node.Tests;

/// <summary>What is answered doesn't depend on the store: byte for byte, but for positions and the moments of recording.</summary>
public sealed partial class The_same_ledger_on_either_store(ITestOutputHelper output)
{
    [Fact]
    public async Task The_demonstration_gives_the_same_answers()
    {
        await using var cluster = await Cluster.StartAsync(output);
        if (!cluster.IsDouble) return; // The demonstration's ids are fixed: it wants a database of its own. On a real server it is tried by hand.
        var shared = await cluster.NodeAsync();
        await using var embedded = await LedgerServer.StartAsync(
            ["--urls", "http://127.0.0.1:0", $"--Ledger:Data={cluster.File("embedded")}", $"--Ledger:AdministratorKey={Cluster.AdministratorKey}"], TimeProvider.System, CancellationToken.None);
        foreach (var server in (LedgerServer[])[shared, embedded]) await DemonstrationLoader.LoadAsync(server.Node.Mediator, server.Node.View, server.Node.HashingKey, server.Address, CancellationToken.None);

        var answers = await Task.WhenAll(AnswersAsync(shared), AnswersAsync(embedded));
        Assert.True(answers[0].Count > 10);
        foreach (var (one, other) in answers[1].Zip(answers[0])) Assert.Equal(one, other);
    }

    private static async Task<List<string>> AnswersAsync(LedgerServer server)
    {
        await Cluster.ReadyAsync(server);
        var head = await server.Node.Store.ReadHeadAsync(CancellationToken.None);
        Assert.True(await server.Node.View.WaitUntilVisibleAsync(head!.Value, TimeSpan.FromSeconds(20), CancellationToken.None));
        using var client = Cluster.Client(server);
        string[] paths =
        [
            "", "?method=lethal-v1", "?method=occurrences-v1", "?method=incident-days-v1", "?basis=alleged", "?interval=week", "?interval=day", "?asOf=50", "?asOf=100", "?asOf=150",
            "/armenia/postings?limit=500", "/undetermined/postings?limit=500",
        ];
        List<string> answers = [];
        foreach (var path in paths)
        {
            var answer = await client.GetAsync($"agreements/karabakh-2020/compliance{path}");
            Assert.True(answer.Status == 200, $"{path}: {answer.Text}");
            answers.Add(WhenItWasRecorded().Replace(answer.Text, "$1"));
        }

        return answers;
    }

    // What depends on the moment of recording, and nothing else.
    [GeneratedRegex("(\"(?:recordedAt|oldestOpenAt|ruledAt|medianHoursToDecision|eventId)\"):(?:\"[^\"]*\"|[0-9.eE+-]+|null)")]
    private static partial Regex WhenItWasRecorded();
}
