using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Ledger.Api.Tests.Writes;
using Ledger.Application.Commands;
using Ledger.Testing.Api;
using Ledger.Testing.EventStores;
using Ledger.Transparency;
using YamlDotNet.RepresentationModel;

namespace Ledger.Api.Tests.Operations;

/// <summary>A dashboard and alerts that name what isn't there stay green for ever: each is held against what a real server serves.</summary>
public sealed partial class Watching_it(Watching_it.WatchedLedger watched) : IClassFixture<Watching_it.WatchedLedger>
{
    /// <summary>Labels that Prometheus adds to whatever it scrapes.</summary>
    private static readonly string[] PrometheusOwn = ["instance", "job", "le"];

    [Fact]
    public void The_dashboard_names_only_what_is_served()
    {
        var expressions = Dashboard().ToList();
        Assert.True(expressions.Count > 30);
        foreach (var expression in expressions) IsServed(expression);
    }

    [Fact]
    public void The_alerts_name_only_what_is_served()
    {
        var alerts = Alerts().ToList();
        Assert.True(alerts.Count > 15);
        foreach (var alert in alerts) IsServed(alert["expr"]);
    }

    /// <summary>By Prometheus' own program, where it is installed (Debian: prometheus); a rule that it can't read stops the whole server.</summary>
    [PromtoolTheory]
    [InlineData("check", "rules", "ledger.rules.yaml")]
    [InlineData("check", "config", "--syntax-only", "prometheus.yaml")]
    public void Prometheus_takes_rules_and_configuration(params string[] arguments)
    {
        var start = new ProcessStartInfo("promtool", arguments) { WorkingDirectory = Path.Combine(Deploy, "prometheus"), RedirectStandardOutput = true, RedirectStandardError = true };
        using var promtool = Process.Start(start)!;
        var said = promtool.StandardOutput.ReadToEnd() + promtool.StandardError.ReadToEnd();
        promtool.WaitForExit();
        Assert.True(promtool.ExitCode == 0, said);
    }

    [Fact]
    public void Every_alert_says_what_it_means_and_whom_it_wakes()
    {
        foreach (var alert in Alerts())
        {
            Assert.Contains(alert["severity"], (string[])["page", "ticket"]);
            Assert.True(alert["summary"].Length > 10 && alert["description"].Length > 20, alert["alert"]);
        }
    }

    [Theory]
    [InlineData("sum by (instance) (rate(ledger_comands_total[5m]))")]
    [InlineData("ledger_health_problem{code=\"forks\"} == 1")]
    [InlineData("sum by (outcom) (ledger_commands_total)")]
    [InlineData("ledger_events > 1 and legder_events")]
    public void A_misspelt_one_fails(string expression) => Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => IsServed(expression));

    [Fact]
    public void Every_figure_that_the_ledger_serves_of_itself_is_looked_at_somewhere()
    {
        var looked = Dashboard().Concat(Alerts().Select(alert => alert["expr"])).SelectMany(expression => PromQl.Read(expression).Metrics).Select(Stem).ToHashSet();
        var served = watched.Scraped.Series.Select(series => series.Key).Where(name => name.StartsWith("ledger_", StringComparison.Ordinal)).Select(Stem).ToHashSet();
        served.Remove("ledger_agreements"); // A fact about the ledger; nobody needs to watch it.
        Assert.Empty(served.Except(looked));
    }

    [Fact]
    public void Commands_are_counted_by_what_came_of_them()
    {
        var outcomes = watched.Scraped.Series["ledger_commands_total"].Select(series => series["outcome"]).ToHashSet();
        Assert.Subset(Telemetry.Outcomes.ToHashSet(), outcomes);
        Assert.Superset(new HashSet<string> { "stored", "repeat", "refused", "conflict", "unknown" }, outcomes);
        Assert.Contains(watched.Scraped.Series["ledger_commands_total"], series => series["outcome"] == "refused" && series["code"] == "if-match-required");
    }

    [Fact]
    public void Nothing_of_a_case_is_among_the_figures()
    {
        var said = Bodies.Violation();
        foreach (var word in (string[])["A. B.", said["narrative"]!.GetValue<string>(), "Stepanakert", TestLedger.AdministratorKey]) Assert.DoesNotContain(word, watched.Scraped.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_problem_says_what_to_do_next()
    {
        var health = (await watched.Administrator.GetAsync("/health")).Json;
        var problem = Assert.Single(health["problems"]!.AsArray(), problem => problem!["code"]!.GetValue<string>() == "witness-policy-unmet");
        Assert.Contains("Ask the operators", problem!["next"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains(watched.Scraped.Series["ledger_health_problem"], series => series["code"] == "witness-policy-unmet");
    }

    private void IsServed(string expression)
    {
        var asked = PromQl.Read(expression);
        foreach (var metric in asked.Metrics.Where(metric => metric != "up")) // Prometheus's own.
            Assert.True(watched.Scraped.Series.Contains(metric), $"{metric} isn't served: {expression}");
        foreach (var label in asked.Labels.Except(PrometheusOwn))
            Assert.True(asked.Metrics.Any(metric => watched.Scraped.Series[metric].Any(series => series.ContainsKey(label))), $"No series has the label {label}: {expression}");
        foreach (var (metric, label, value) in asked.Values.Where(value => !PrometheusOwn.Contains(value.Label)))
        {
            var known = label == "outcome" ? Telemetry.Outcomes : watched.Scraped.Series[metric].Select(series => series[label]);
            Assert.True(known.Contains(value), $"{metric} never has {label}=\"{value}\": {expression}");
        }
    }

    private static string Stem(string metric) => Ending().Replace(metric, "");

    private static IEnumerable<string> Dashboard()
    {
        var dashboard = JsonNode.Parse(File.ReadAllText(Path.Combine(Deploy, "grafana", "ledger.json")))!;
        return dashboard["panels"]!.AsArray().SelectMany(panel => panel!["targets"]?.AsArray() ?? []).Select(target => target!["expr"]!.GetValue<string>());
    }

    private static IEnumerable<IReadOnlyDictionary<string, string>> Alerts()
    {
        var yaml = new YamlStream();
        using (var reader = new StreamReader(Path.Combine(Deploy, "prometheus", "ledger.rules.yaml"))) yaml.Load(reader);
        foreach (var group in (YamlSequenceNode)yaml.Documents[0].RootNode["groups"])
        {
            foreach (var rule in (YamlSequenceNode)group["rules"])
            {
                yield return new Dictionary<string, string>
                {
                    ["alert"] = rule["alert"].ToString(), ["expr"] = rule["expr"].ToString(), ["severity"] = rule["labels"]["severity"].ToString(),
                    ["summary"] = rule["annotations"]["summary"].ToString(), ["description"] = rule["annotations"]["description"].ToString(),
                };
            }
        }
    }

    private static string Deploy
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(folder.FullName, "Ledger.sln"))) folder = folder.Parent!;
            return Path.Combine(folder.FullName, "deploy");
        }
    }

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Ending();

    /// <summary>A server to which a little of everything has happened: outcomes of all kinds, a webhook, a reader of the stream, a witness that isn't there.</summary>
    /// <remarks>A process of its own: OpenTelemetry keeps one series for all meters of a name in a process, and ends it with the first of them, so that another test's ledger would take this one's figures with it.</remarks>
    public sealed class WatchedLedger : IAsyncLifetime, IDisposable
    {
        /// <summary>Those that come last: behind a seal, a try of the webhook, an exception, a collection.</summary>
        private static readonly string[] Last = ["ledger_log_quorum", "ledger_webhook_backlog", "dotnet_exceptions_total", "dotnet_gc_last_collection_heap_size_bytes"];

        private readonly TemporaryDirectory _directory = new();
        private Process? _program;
        private Uri _address = null!;

        internal ApiClient Administrator { get; private set; } = null!;

        internal Scraped Scraped { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            var collectOften = new Dictionary<string, string> { ["DOTNET_GCgen0size"] = "400000" }; // The heap's size is known from the first collection on.
            _program = TheProgram.StartIn(_directory.Path, collectOften, "--urls=http://127.0.0.1:0", $"--Ledger:AdministratorKey={TestLedger.AdministratorKey}", $"--Ledger:Policy={PolicyOfNobody()}", "--Ledger:Webhooks:AllowPrivate=true");
            _address = new Uri(TheProgram.AddressIn(await TheProgram.UntilAsync(_program, "/docs")));
            Administrator = new ApiClient(_address, TestLedger.AdministratorKey);
            await DoALittleAsync();
            using var http = new HttpClient { BaseAddress = _address };
            using var stream = await http.SendAsync(Follow(), HttpCompletionOption.ResponseHeadersRead);
            await UntilServedAsync(http);
        }

        Task IAsyncLifetime.DisposeAsync() => Task.CompletedTask; // Dispose comes after it.

        public void Dispose()
        {
            Administrator?.Dispose();
            if (_program is { HasExited: false }) _program.Kill();
            _program?.WaitForExit();
            _program?.Dispose();
            _directory.Dispose();
        }

        /// <summary>Another process's figures can only be asked for again until they are there.</summary>
        private async Task UntilServedAsync(HttpClient http)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            while (true)
            {
                Scraped = Scraped.Read(await http.GetStringAsync(new Uri("/metrics", UriKind.Relative), CancellationToken.None));
                var missing = Last.Where(name => !Scraped.Series.Contains(name)).ToList();
                if (missing.Count == 0) return;
                Assert.False(limit.IsCancellationRequested, $"Not served within a minute: {string.Join(", ", missing)}");
                await Task.Delay(20, CancellationToken.None);
            }
        }

        private async Task DoALittleAsync()
        {
            const string agreement = "watched";
            (await Administrator.PostAsync("agreements", Bodies.Agreement(agreement))).Stored(201);
            (await Administrator.PostAsync($"agreements/{agreement}/zones", Bodies.ZoneOf())).Stored();
            using var monitor = await WithKeyAsync("monitor");
            using var verifier = await WithKeyAsync("verifier");
            var (first, key) = (Bodies.Violation(), Guid.NewGuid().ToString());
            var path = $"violations/{(await monitor.PostAsync($"agreements/{agreement}/violations", first, key)).Stored(201).Field("violationId")}";
            (await monitor.PostAsync($"agreements/{agreement}/violations", first, key)).Stored(201);
            (await verifier.PostAsync($"{path}/confirmation", Bodies.Confirmation())).Refused(428, "if-match-required");
            (await verifier.DecideAsync($"{path}/confirmation", Bodies.Confirmation(), 0)).Stored();
            (await verifier.DecideAsync($"{path}/confirmation", Bodies.Confirmation(), 0)).Refused(412, "stale-revision");
            Assert.Equal(404, (await verifier.DecideAsync($"violations/{Guid.NewGuid()}/confirmation", Bodies.Confirmation(), 0)).Status);
            Assert.Equal(200, (await verifier.GetAsync($"agreements/{agreement}/compliance?asOf=3")).Status);
            Assert.Equal(200, (await verifier.GetAsync($"agreements/{agreement}/violations")).Status);
            (await Administrator.PostAsync("webhooks", Bodies.Parse("""{ "url": "http://127.0.0.1:9/hook" }"""))).Stored(201);
        }

        private async Task<ApiClient> WithKeyAsync(string role) =>
            new(_address, (await Administrator.PostAsync("keys", Bodies.Key($"{role}-1", role))).Stored(201).Field("key"));

        private static HttpRequestMessage Follow()
        {
            var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/events?after=-1");
            request.Headers.Accept.ParseAdd("text/event-stream");
            request.Headers.Add("Authorization", $"Bearer {TestLedger.AdministratorKey}");
            return request;
        }

        private string PolicyOfNobody()
        {
            var secret = SigningKey.NewSecret(KeyName.Of("nobody.example"), KeyType.Cosignature, RandomNumberGenerator.Fill);
            Assert.True(SigningKey.TryParse(secret, out var key, out _));
            File.WriteAllText(_directory.File("policy"), $"witness nobody.example {key.Verifier} http://127.0.0.1:9/\ngroup enough 1 nobody.example\nquorum enough\n");
            return _directory.File("policy");
        }
    }
}

/// <summary>Skipped, and said to be, where Prometheus' own program isn't installed.</summary>
internal sealed class PromtoolTheoryAttribute : TheoryAttribute
{
    public PromtoolTheoryAttribute()
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "promtool"))))
            Skip = "promtool isn't here (Debian: prometheus): nobody asked Prometheus about the rules.";
    }
}
