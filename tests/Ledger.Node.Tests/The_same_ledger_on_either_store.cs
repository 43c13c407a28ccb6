using System.Text.RegularExpressions;
using Ledger.Api.Hosting;
using Ledger.Application;
using Ledger.Application.Commands;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Exchange.Demonstration;
using Ledger.Exchange.Imports;
using Ledger.Exchange.Ucdp;
using Xunit.Abstractions;

namespace Ledger.Node.Tests;

/// <summary>What is answered doesn't depend on the store: byte for byte, but for positions and the moments of recording.</summary>
[Collection(Cluster.OneDatabase)]
public sealed partial class The_same_ledger_on_either_store(ITestOutputHelper output)
{
    [Fact]
    public async Task The_demonstration_gives_the_same_answers()
    {
        await using var cluster = await Cluster.StartAsync(output);
        if (!cluster.IsDouble) return; // The demonstration's ids are fixed: it wants a database of its own. On a real server it is tried by hand.
        var shared = await cluster.NodeAsync();
        await using var embedded = await EmbeddedAsync(cluster);
        foreach (var server in (LedgerServer[])[shared, embedded]) await DemonstrationLoader.LoadAsync(server.Node.Mediator, server.Node.View, server.Node.HashingKey, server.Address, CancellationToken.None);

        var answers = await Task.WhenAll(AnswersAsync(shared, "karabakh-2020", "armenia"), AnswersAsync(embedded, "karabakh-2020", "armenia"));
        Assert.True(answers[0].Count > 10);
        foreach (var (one, other) in answers[1].Zip(answers[0])) Assert.Equal(one, other);
    }

    [Theory]
    [InlineData("ged-made-up.csv", 5)]
    [InlineData("ucdp_ged_ukraine_2014_2021.csv", 2_900)]
    public async Task An_import_of_UCDP_gives_the_same_answers(string name, int atLeast)
    {
        if (Find(name) is not { } file)
        {
            output.WriteLine($"{name} isn't here (LEDGER_DATA names its directory): nothing was compared.");
            return;
        }

        await using var cluster = await Cluster.StartAsync(output);
        var shared = await cluster.NodeAsync();
        await using var embedded = await EmbeddedAsync(cluster);
        var agreement = new AgreementId(Cluster.Fresh("ucdp"));
        foreach (var server in (LedgerServer[])[shared, embedded]) Assert.InRange((await ImportAsync(server, file, agreement)).Stored, atLeast, int.MaxValue);

        // A database that other tests have used has events before these.
        var answers = await Task.WhenAll(AnswersAsync(shared, agreement.Value, null), AnswersAsync(embedded, agreement.Value, null));
        foreach (var (one, other) in answers[1].Zip(answers[0])) Assert.Equal(cluster.IsDouble ? one : WithoutPlaces(one), cluster.IsDouble ? other : WithoutPlaces(other));
    }

    /// <summary>One append under way, so that the order is the same.</summary>
    private static async Task<ImportResult> ImportAsync(LedgerServer server, string file, AgreementId agreement)
    {
        using var survey = File.OpenText(file);
        var register = UcdpReader.Survey(survey).Agreement(agreement, "Europe/Kyiv");
        var identity = new CommandIdentity(Guid.NewGuid(), false, "test");
        Assert.IsType<CommandOutcome.Stored>(await server.Node.Mediator.Send(
            new Execute<AgreementCommand>(Streams.Of(agreement), register, Principal.Machine("test"), identity, null, Sealed.Nothing)));
        using var rows = File.OpenText(file);
        var options = new UcdpOptions(agreement, TimeZoneInfo.FindSystemTimeZoneById("Europe/Kyiv"));
        return await new ImportRunner(new OneByOne(new NodeTarget(server.Node.Mediator, Principal.Machine("import"))))
            .RunAsync(UcdpReader.Read(rows, options).ToAsyncEnumerable(), null, null, CancellationToken.None);
    }

    private static Task<LedgerServer> EmbeddedAsync(Cluster cluster) => LedgerServer.StartAsync(
        ["--urls", "http://127.0.0.1:0", $"--Ledger:Data={cluster.File("embedded")}", $"--Ledger:AdministratorKey={Cluster.AdministratorKey}"], TimeProvider.System, CancellationToken.None);

    private static string? Find(string name)
    {
        List<string?> places = [AppContext.BaseDirectory, Environment.GetEnvironmentVariable("LEDGER_DATA")];
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent) places.Add(Path.Combine(at.FullName, "shared", "data"));
        return places.Where(place => place is { Length: > 0 }).Select(place => Path.Combine(place!, name)).FirstOrDefault(File.Exists);
    }

    private static string WithoutPlaces(string answer) => Places().Replace(answer, "$1");

    private sealed class OneByOne(IImportTarget target) : IImportTarget
    {
        public int BatchSize => 1;

        public int Concurrency => 1;

        public Task<IReadOnlyList<RowOutcome>> RecordAsync(IReadOnlyList<ImportRow> rows, CancellationToken cancellation) => target.RecordAsync(rows, cancellation);
    }

    private static async Task<List<string>> AnswersAsync(LedgerServer server, string agreement, string? party)
    {
        await Cluster.ReadyAsync(server);
        var head = await server.Node.Store.ReadHeadAsync(CancellationToken.None);
        Assert.True(await server.Node.View.WaitUntilVisibleAsync(head!.Value, TimeSpan.FromSeconds(20), CancellationToken.None));
        using var client = Cluster.Client(server);
        string[] paths =
        [
            "", "?method=lethal-v1", "?method=occurrences-v1", "?method=incident-days-v1", "?basis=alleged", "?interval=month", "/undetermined/postings?limit=500",
            .. party is null ? (string[])[] : ["?interval=week", "?interval=day", "?asOf=50", "?asOf=100", "?asOf=150", $"/{party}/postings?limit=500"],
        ];
        List<string> answers = [];
        foreach (var path in paths)
        {
            var answer = await client.GetAsync($"agreements/{agreement}/compliance{path}");
            Assert.True(answer.Status == 200, $"{path}: {answer.Text}");
            answers.Add(WhenItWasRecorded().Replace(answer.Text, "$1"));
        }

        return answers;
    }

    // What counts the whole ledger, and not this agreement.
    [GeneratedRegex("(\"(?:count|sequence|agreementId|nextCursor)\"):(?:\"[^\"]*\"|[0-9]+|null)")]
    private static partial Regex Places();

    // What depends on the moment of recording, and nothing else.
    [GeneratedRegex("(\"(?:recordedAt|oldestOpenAt|ruledAt|medianHoursToDecision|eventId)\"):(?:\"[^\"]*\"|[0-9.eE+-]+|null)")]
    private static partial Regex WhenItWasRecorded();
}
