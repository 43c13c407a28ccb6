using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Diagnostics.Tracing;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Ledger.Api.Hosting;
using Ledger.Api.Http;
using Ledger.Application;
using Ledger.Application.Commands;
using Ledger.Domain;
using Ledger.Domain.Access;
using Ledger.Domain.Agreements;
using Ledger.Domain.Claims;
using Ledger.Domain.Coverage;
using Ledger.Domain.Violations;
using Ledger.EventStore;

namespace Ledger.Api.Tests.Reads;

/// <summary>A ledger served over a real socket from a real file, and hands that write into it without going through HTTP.</summary>
internal sealed class ReadingServer : IAsyncDisposable
{
    public const string Karabakh = "karabakh-2020";
    public const string AdministratorKey = "the-administrators-own-key-for-tests";
    private static readonly DateTimeOffset Term = new(2020, 10, 10, 8, 0, 0, TimeSpan.Zero);

    private readonly string _directory;
    private readonly bool _keep;

    private ReadingServer(LedgerServer server, string directory, bool keep) => (Server, _directory, _keep) = (server, directory, keep);

    public LedgerServer Server { get; private set; }

    public Uri Address => Server.Address;

    public static async Task<ReadingServer> StartAsync(string? directory = null)
    {
        var keep = directory is not null;
        directory ??= Path.Combine(Path.GetTempPath(), "ledger-reads-" + Guid.NewGuid().ToString("N"));
        var server = await LedgerServer.StartAsync(
            ["--urls", "http://127.0.0.1:0", "--Ledger:Data", directory, "--Ledger:AdministratorKey", AdministratorKey], TimeProvider.System, CancellationToken.None);
        return new ReadingServer(server, directory, keep);
    }

    /// <summary>Stops the program and starts it again on the same data.</summary>
    public async Task RestartAsync()
    {
        await Server.DisposeAsync();
        Server = await LedgerServer.StartAsync(
            ["--urls", "http://127.0.0.1:0", "--Ledger:Data", _directory, "--Ledger:AdministratorKey", AdministratorKey], TimeProvider.System, CancellationToken.None);
    }

    public HttpClient Client(string? key = AdministratorKey)
    {
        var client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(60) };
        if (key is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    public static Principal Person(string subject, Role role, string? party = null) => new(
        new KeyId(subject), new Subject(subject), new[] { role }.ToFrozenSet(), party is null ? null : new PartyId(party), Values<AgreementId>.None);

    public static Principal Monitor { get; } = Person("monitor-1", Role.Monitor);

    public static Principal Verifier { get; } = Person("verifier-1", Role.Verifier);

    public static Principal Administrator { get; } = Person("administrator", Role.Administrator);

    /// <returns>The key's text.</returns>
    public async Task<string> KeyAsync(string subject, Role[] roles, params string[] agreements)
    {
        var (text, seal) = (ApiKey.Make(new KeyId(subject)), new Sealer());
        var command = new AccessCommand.IssueKey(
            new KeyId(subject), new Subject(subject), seal.DisplayName("Display name of " + subject), roles.ToValues(), null,
            agreements.Select(id => new AgreementId(id)).ToValues(), null, ApiKey.Hash(Server.Node.HashingKey, text));
        await VisibleAsync(await SendAsync<AccessCommand>(Streams.Of(new KeyId(subject)), command, Administrator, seal: seal.Done()));
        return text;
    }

    public Task RevokeAsync(string subject) =>
        SendAsync<AccessCommand>(Streams.Of(new KeyId(subject)), new AccessCommand.RevokeKey(), Administrator);

    public Task<CommandAnswer> AgreementAsync(string id = Karabakh) => SendAsync<AgreementCommand>(
        Streams.Of(new AgreementId(id)),
        new AgreementCommand.Register(
            new AgreementId(id), "Statement of 10 October 2020", "Asia/Yerevan", Values<Instrument>.None,
            Values.Of(new Party(new PartyId("armenia"), "Armenia", Values<Label>.None), new Party(new PartyId("azerbaijan"), "Azerbaijan", Values<Label>.None)),
            Values<Guarantor>.None, Values.Of(new Provision(new ProvisionId("p1"), "Ceasefire", Values.Of(Category.ArtilleryOrMortar))), new Term(Term), false, Policy.Default),
        Administrator);

    public Task<CommandAnswer> ZoneAsync(string zone, double west, double south, double east, double north) => SendAsync<AgreementCommand>(
        Streams.Of(new AgreementId(Karabakh)),
        new AgreementCommand.DefineZone(new Zone(new ZoneId(zone), zone, new Area(false, Values.Of(new Polygon(Values.Of(new Ring(Values.Of(
            new GeoPoint(south, west), new GeoPoint(south, east), new GeoPoint(north, east), new GeoPoint(north, west), new GeoPoint(south, west))))))))),
        Administrator);

    public Task<CommandAnswer> RecordAsync(
        string agreement = Karabakh, ViolationId? id = null, string? alleged = "azerbaijan", Category category = Category.ArtilleryOrMortar,
        double day = 8, Location? location = null, string? narrative = null, int? killed = null, string? confidential = null, Principal? by = null)
    {
        var (seal, violation) = (new Sealer(), id ?? new ViolationId(Guid.CreateVersion7()));
        var report = new Report(
            category, new ProvisionId("p1"), Values<ProvisionId>.None, Values<Breach>.None, Weapon.Mortar,
            new Occurred(Term.AddDays(day), null, TimePrecision.Minute), location, Values<string>.None,
            alleged is null ? null : new PartyId(alleged), null, null, null, new Observation(ObservationMeans.Heard), "monitor-1",
            killed is { } dead ? Values.Of(new CasualtyRow(CasualtyKind.Killed, CasualtyWho.Total, null, null, dead, null)) : Values<CasualtyRow>.None,
            null, null, Values<ViolationId>.None, narrative is null ? null : seal.Text("narrative", narrative));
        var hidden = confidential is null ? Values<string>.None : Values.Of(seal.Confidential("witness", System.Text.Json.JsonSerializer.Serialize(confidential)));
        return SendAsync<ViolationCommand>(
            Streams.Of(violation), new ViolationCommand.Record(violation, new AgreementId(agreement), report, hidden), by ?? Monitor, seal: seal.Done());
    }

    public Task<CommandAnswer> OnCaseAsync(CommandAnswer earlier, ViolationCommand command, Principal by, Sealed? seal = null) =>
        SendAsync(earlier.Stream, command, by, command.IsDecision ? earlier.Revision.Value : null, seal);

    public Task<CommandAnswer> CoverageAsync(CoverageId id, CoverageCommand command) => SendAsync(Streams.Of(id), command, Monitor);

    public Task<CommandAnswer> ClaimAsync(ClaimId id, ClaimCommand command) => SendAsync(Streams.Of(id), command, Monitor);

    public async Task<CommandAnswer> SendAsync<TCommand>(StreamName stream, TCommand command, Principal by, long? ifMatch = null, Sealed? seal = null)
    {
        var identity = new CommandIdentity(Guid.NewGuid(), false, Convert.ToBase64String(RandomNumberGenerator.GetBytes(8)));
        var outcome = await Server.Node.Mediator.Send(new Execute<TCommand>(stream, command, by, identity, ifMatch, seal ?? Sealed.Nothing));
        return Assert.IsType<CommandOutcome.Stored>(outcome).Answer;
    }

    public async Task<CommandAnswer> VisibleAsync(CommandAnswer answer)
    {
        Assert.True(await Server.Node.View.WaitUntilVisibleAsync(answer.Position, TimeSpan.FromSeconds(20), CancellationToken.None));
        return answer;
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        if (!_keep) Directory.Delete(_directory, recursive: true);
    }
}

/// <summary>Short ways to ask.</summary>
internal static class Asking
{
    public static async Task<JsonNode> JsonAsync(this HttpClient client, string path, CommandAnswer? after = null)
    {
        using var response = await client.AskAsync(path, after);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{path}: {(int)response.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    public static Task<HttpResponseMessage> AskAsync(this HttpClient client, string path, CommandAnswer? after = null, string? noneMatch = null, string? accept = null, string? lastEventId = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (after is not null) request.Headers.Add("Ledger-Position", after.Position.ToString());
        if (noneMatch is not null) request.Headers.TryAddWithoutValidation("If-None-Match", noneMatch);
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
        if (lastEventId is not null) request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public static async Task<(int Status, string? Code)> RefusedAsync(this HttpClient client, string path, Action<HttpRequestMessage>? with = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        with?.Invoke(request);
        using var response = await client.SendAsync(request);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!["code"]?.GetValue<string>());
    }

    public static IEnumerable<JsonNode> Items(this JsonNode page) => page["items"]!.AsArray().Select(item => item!);

    public static string Text(this JsonNode node, string name) => node[name]!.GetValue<string>();

    public static long Number(this JsonNode node, string name) => node[name]!.GetValue<long>();

    public static string Id(this CommandAnswer answer) => answer.Stream.Value["violation-".Length..];
}

/// <summary>Reads server-sent events off an answer.</summary>
internal sealed class SseReader(HttpResponseMessage response) : IDisposable
{
    private StreamReader? _lines;

    /// <summary>The next event with data; null where the feed has ended.</summary>
    public async Task<(long Id, JsonNode Data)?> NextAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        _lines ??= new StreamReader(await response.Content.ReadAsStreamAsync(limit.Token));
        var id = -1L;
        while (await _lines.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal)) id = long.Parse(line[4..], CultureInfo.InvariantCulture);
            else if (line.StartsWith("data: ", StringComparison.Ordinal)) return (id, JsonNode.Parse(line[6..])!);
        }

        return null;
    }

    public void Dispose()
    {
        _lines?.Dispose();
        response.Dispose();
    }
}

/// <summary>Everything that this process logs, as its messages read.</summary>
internal sealed class CapturedLogs : EventListener
{
    private ConcurrentQueue<string>? _messages;

    public string Text => string.Join('\n', Messages);

    private ConcurrentQueue<string> Messages => LazyInitializer.EnsureInitialized(ref _messages);

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name != "Microsoft-Extensions-Logging") return;
        // All that is ours, and of the framework's what the program lets through.
        var categories = new Dictionary<string, string?> { ["FilterSpecs"] = "Ledger:Trace;Microsoft:Warning;System:Warning" };
        EnableEvents(eventSource, EventLevel.Verbose, EventKeywords.All, categories);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData) =>
        Messages.Enqueue(string.Join(' ', eventData.Payload ?? new System.Collections.ObjectModel.ReadOnlyCollection<object?>([])));
}
