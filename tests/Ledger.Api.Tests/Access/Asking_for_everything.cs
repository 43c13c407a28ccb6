using System.Text;
using System.Text.Json.Nodes;
using Ledger.Api.Docs;
using Ledger.Api.Tests.Writes;
using Ledger.Testing.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Ledger.Api.Tests.Access;

/// <summary>Every endpoint that the server really has × every role × another agreement × another party × nobody.</summary>
/// <remarks>The rows are written from the contract by hand, not from the program's own table: an endpoint that has none here fails the test.</remarks>
public sealed class Asking_for_everything(TestLedger ledger) : IClassFixture<TestLedger>
{
    private const string Everybody = "administrator monitor liaison verifier auditor reader";
    private static readonly string[] Roles = Everybody.Split(' ');

    private enum Elsewhere
    {
        /// <summary>Who is limited to another agreement gets 404, as if it weren't there.</summary>
        NotFound,

        /// <summary>They get an answer with nothing of it.</summary>
        Filtered,

        /// <summary>The ledger's own: who is limited to any agreement gets 404, or 403 where the place is no secret.</summary>
        Ledger,
        LedgersList,

        /// <summary>It is nobody's.</summary>
        Same,
    }

    /// <param name="Roles">Those that are let in; a liaison on rulings gets as far as party-cannot-rule.</param>
    /// <param name="OwnParty">A liaison is let in for its own party only.</param>
    private sealed record Row(string Roles, Elsewhere Elsewhere, Func<Scene, (string Path, JsonNode? Body)> Ask, bool OwnParty = false, string? Media = null);

    /// <summary>What there is to be asked for: a case with an open dispute in an agreement, and things around it.</summary>
    private sealed record Scene(string Agreement, string Case, string Dispute, string Coverage, string Claim, string Key, string Webhook, string Sha256, string Import);

    /// <summary>Any account: the ledger knows none until something is ended of it.</summary>
    private const string Account = "oidc:2fR0bS7k1cQxVv0m3mYw8n6u5t4s3r2q1p0o9n8m7lA";

    private static readonly Dictionary<string, Row> Rows = new()
    {
        ["GET /api/v1/codes"] = new(Everybody, Elsewhere.Same, _ => ("codes", null)),
        ["GET /api/v1/me"] = new(Everybody, Elsewhere.Same, _ => ("me", null)),
        ["GET /api/v1/keys"] = new("administrator auditor", Elsewhere.LedgersList, _ => ("keys", null)),
        ["POST /api/v1/keys"] = new("administrator", Elsewhere.Ledger, _ => ("keys", Bodies.Key("walker", "reader"))),
        ["DELETE /api/v1/keys/{keyId}"] = new("administrator", Elsewhere.Ledger, s => ($"keys/{s.Key}", null)),
        ["POST /api/v1/keys/{keyId}/rotations"] = new("administrator", Elsewhere.Ledger, s => ($"keys/{s.Key}/rotations", Bodies.Parse("{}"))),
        ["POST /api/v1/keys/{keyId}/approvals"] = new("administrator", Elsewhere.Ledger, s => ($"keys/{s.Key}/approvals", null)),
        ["GET /api/v1/accounts"] = new("administrator auditor", Elsewhere.LedgersList, _ => ("accounts", null)),
        ["POST /api/v1/accounts/{account}/ending"] = new("administrator", Elsewhere.Ledger, _ => ($"accounts/{Account}/ending", null)),
        ["POST /api/v1/accounts/{account}/block"] = new("administrator", Elsewhere.Ledger, _ => ($"accounts/{Account}/block", null)),
        ["DELETE /api/v1/accounts/{account}/block"] = new("administrator", Elsewhere.Ledger, _ => ($"accounts/{Account}/block", null)),
        ["GET /api/v1/webhooks"] = new("administrator auditor", Elsewhere.LedgersList, _ => ("webhooks", null)),
        ["POST /api/v1/webhooks"] = new("administrator", Elsewhere.Ledger, _ => ("webhooks", Bodies.Parse("""{ "url": "https://127.0.0.1/hook" }"""))),
        ["POST /api/v1/webhooks/{webhookId}/secret"] = new("administrator", Elsewhere.Ledger, s => ($"webhooks/{s.Webhook}/secret", null)),
        ["POST /api/v1/webhooks/{webhookId}/resumption"] = new("administrator", Elsewhere.Ledger, s => ($"webhooks/{s.Webhook}/resumption", null)),
        ["DELETE /api/v1/webhooks/{webhookId}"] = new("administrator", Elsewhere.Ledger, s => ($"webhooks/{s.Webhook}", null)),

        ["GET /api/v1/agreements"] = new(Everybody, Elsewhere.Filtered, _ => ("agreements?limit=500", null)),
        ["POST /api/v1/agreements"] = new("administrator", Elsewhere.NotFound, s => ("agreements", Bodies.Agreement($"{s.Agreement}-walked"))),
        ["GET /api/v1/agreements/{agreementId}"] = new(Everybody, Elsewhere.NotFound, s => ($"agreements/{s.Agreement}", null)),
        ["POST /api/v1/agreements/{agreementId}/parties"] = Administrators(s => ($"agreements/{s.Agreement}/parties", Bodies.Party("walker"))),
        ["POST /api/v1/agreements/{agreementId}/provisions"] = Administrators(s => ($"agreements/{s.Agreement}/provisions", Bodies.Provision("walker"))),
        ["POST /api/v1/agreements/{agreementId}/zones"] = Administrators(s => ($"agreements/{s.Agreement}/zones", Bodies.ZoneOf("walker"))),
        ["POST /api/v1/agreements/{agreementId}/policy"] = Administrators(s => ($"agreements/{s.Agreement}/policy", Bodies.Policy())),
        ["POST /api/v1/agreements/{agreementId}/suspension"] = Administrators(s => ($"agreements/{s.Agreement}/suspension", Bodies.Turn("1999-01-01T00:00:00Z"))),
        ["POST /api/v1/agreements/{agreementId}/resumption"] = Administrators(s => ($"agreements/{s.Agreement}/resumption", Bodies.Turn("1999-01-01T00:00:00Z"))),
        ["POST /api/v1/agreements/{agreementId}/end"] = Administrators(s => ($"agreements/{s.Agreement}/end", Bodies.Turn("1999-01-01T00:00:00Z"))),

        ["POST /api/v1/agreements/{agreementId}/monitoring"] = new("monitor administrator", Elsewhere.NotFound, s => ($"agreements/{s.Agreement}/monitoring", Bodies.Monitoring())),
        ["POST /api/v1/agreements/{agreementId}/coverage-gaps"] = new("monitor administrator", Elsewhere.NotFound, s => ($"agreements/{s.Agreement}/coverage-gaps", Bodies.Gap())),
        ["GET /api/v1/agreements/{agreementId}/coverage"] = Reading(s => $"agreements/{s.Agreement}/coverage"),
        ["POST /api/v1/coverage/{coverageId}/correction"] = new("monitor administrator", Elsewhere.NotFound, s => ($"coverage/{s.Coverage}/correction", Bodies.Correction())),
        ["POST /api/v1/agreements/{agreementId}/aggregate-claims"] = new("monitor", Elsewhere.NotFound, s => ($"agreements/{s.Agreement}/aggregate-claims", Bodies.Claim())),
        ["GET /api/v1/agreements/{agreementId}/aggregate-claims"] = Reading(s => $"agreements/{s.Agreement}/aggregate-claims"),
        ["POST /api/v1/aggregate-claims/{claimId}/withdrawal"] = new("monitor administrator", Elsewhere.NotFound, s => ($"aggregate-claims/{s.Claim}/withdrawal", Bodies.Reason())),

        ["POST /api/v1/agreements/{agreementId}/violations"] = new("monitor", Elsewhere.NotFound, s => ($"agreements/{s.Agreement}/violations", Bodies.Violation())),
        ["POST /api/v1/agreements/{agreementId}/violations/batch"] = new("monitor", Elsewhere.NotFound, s => ($"agreements/{s.Agreement}/violations/batch", Bodies.Violation()), Media: "application/x-ndjson"),
        ["GET /api/v1/agreements/{agreementId}/violations"] = Reading(s => $"agreements/{s.Agreement}/violations"),
        ["GET /api/v1/violations/{violationId}"] = Reading(s => $"violations/{s.Case}"),
        ["GET /api/v1/violations/{violationId}/history"] = Reading(s => $"violations/{s.Case}/history"),
        ["GET /api/v1/violations/{violationId}/possible-duplicates"] = new("administrator monitor verifier auditor", Elsewhere.NotFound, s => ($"violations/{s.Case}/possible-duplicates", null)),
        ["POST /api/v1/violations/{violationId}/evidence/{sha256}/copy"] = new("monitor liaison verifier", Elsewhere.NotFound, s => ($"violations/{s.Case}/evidence/{s.Sha256}/copy", null)),
        ["POST /api/v1/violations/{violationId}/evidence"] = new("monitor liaison verifier", Elsewhere.NotFound, s => ($"violations/{s.Case}/evidence", Bodies.Evidence()), OwnParty: true),
        ["GET /api/v1/evidence-readings"] = new("administrator auditor", Elsewhere.LedgersList, _ => ("evidence-readings", null)),
        ["GET /api/v1/evidence/{sha256}"] = Reading(s => $"evidence/{s.Sha256}"),
        ["POST /api/v1/violations/{violationId}/corroborations"] = new("monitor", Elsewhere.NotFound, s => ($"violations/{s.Case}/corroborations", Bodies.Corroboration())),
        ["POST /api/v1/violations/{violationId}/replies"] = new("liaison", Elsewhere.NotFound, s => ($"violations/{s.Case}/replies", Bodies.Reply().Without("party")), OwnParty: true),
        ["POST /api/v1/violations/{violationId}/casualties"] = new("monitor", Elsewhere.NotFound, s => ($"violations/{s.Case}/casualties", Bodies.Casualties())),
        ["POST /api/v1/violations/{violationId}/amendments"] = new("monitor", Elsewhere.NotFound, s => ($"violations/{s.Case}/amendments", Bodies.Amendment())),
        ["POST /api/v1/violations/{violationId}/withdrawal"] = new("monitor", Elsewhere.NotFound, s => ($"violations/{s.Case}/withdrawal", Bodies.Reason())),
        ["POST /api/v1/violations/{violationId}/attribution"] = Ruling(s => ($"violations/{s.Case}/attribution", Bodies.Attribution())),
        ["POST /api/v1/violations/{violationId}/reopening"] = Ruling(s => ($"violations/{s.Case}/reopening", Bodies.Reason())),
        ["POST /api/v1/violations/{violationId}/confirmation"] = Ruling(s => ($"violations/{s.Case}/confirmation", Bodies.Confirmation())),
        ["POST /api/v1/violations/{violationId}/dismissal"] = Ruling(s => ($"violations/{s.Case}/dismissal", Bodies.Dismissal())),
        ["POST /api/v1/violations/{violationId}/unresolved"] = Ruling(s => ($"violations/{s.Case}/unresolved", Bodies.Unresolved())),
        ["POST /api/v1/violations/{violationId}/erasure"] = Administrators(s => ($"violations/{s.Case}/erasure", Bodies.Parse("""{ "names": ["nothing-of-that-name"], "legalBasis": "GDPR 17", "rationale": "Asked for." }"""))),
        ["POST /api/v1/violations/{violationId}/disputes"] = new("monitor liaison", Elsewhere.NotFound, s => ($"violations/{s.Case}/disputes", Bodies.Dispute()), OwnParty: true),
        ["POST /api/v1/violations/{violationId}/disputes/{disputeId}/answer"] = new("monitor liaison", Elsewhere.NotFound, s => ($"violations/{s.Case}/disputes/{s.Dispute}/answer", Bodies.Answer()), OwnParty: true),
        ["POST /api/v1/violations/{violationId}/disputes/{disputeId}/withdrawal"] = new("monitor liaison", Elsewhere.NotFound, s => ($"violations/{s.Case}/disputes/{s.Dispute}/withdrawal", Bodies.Reason()), OwnParty: true),
        ["POST /api/v1/violations/{violationId}/disputes/{disputeId}/resolution"] = Ruling(s => ($"violations/{s.Case}/disputes/{s.Dispute}/resolution", Bodies.Rejected())),

        ["POST /api/v1/agreements/{agreementId}/imports"] = new("monitor", Elsewhere.NotFound, s => ($"agreements/{s.Agreement}/imports", Bodies.Violation()), Media: "multipart/form-data; boundary=x"),
        ["GET /api/v1/agreements/{agreementId}/imports"] = new("monitor", Elsewhere.NotFound, s => ($"agreements/{s.Agreement}/imports", null)),
        ["GET /api/v1/imports/{importId}"] = new("monitor", Elsewhere.NotFound, s => ($"imports/{s.Import}", null)),
        ["GET /api/v1/imports/{importId}/duplicates.csv"] = new("monitor", Elsewhere.NotFound, s => ($"imports/{s.Import}/duplicates.csv", null)),
        ["GET /api/v1/imports/{importId}/errors.csv"] = new("monitor", Elsewhere.NotFound, s => ($"imports/{s.Import}/errors.csv", null)),

        ["GET /api/v1/agreements/{agreementId}/compliance"] = Reading(s => $"agreements/{s.Agreement}/compliance"),
        ["GET /api/v1/agreements/{agreementId}/compliance/{partyId}"] = Reading(s => $"agreements/{s.Agreement}/compliance/armenia"),
        ["GET /api/v1/agreements/{agreementId}/compliance/{partyId}/postings"] = Reading(s => $"agreements/{s.Agreement}/compliance/azerbaijan/postings"),
        ["GET /api/v1/events"] = new(Everybody, Elsewhere.Filtered, _ => ("events?after=-1&limit=500", null)),
        ["GET /api/v1/feeds/{agreementId}.atom"] = Reading(s => $"feeds/{s.Agreement}.atom"),
        ["GET /api/v1/agreements/{agreementId}/export.csv"] = Reading(s => $"agreements/{s.Agreement}/export.csv"),
        ["GET /api/v1/agreements/{agreementId}/export.hxl.csv"] = Reading(s => $"agreements/{s.Agreement}/export.hxl.csv"),
        ["GET /api/v1/agreements/{agreementId}/export.geojson"] = Reading(s => $"agreements/{s.Agreement}/export.geojson"),
        ["GET /api/v1/agreements/{agreementId}/export.parquet"] = Reading(s => $"agreements/{s.Agreement}/export.parquet"),
        ["GET /api/v1/agreements/{agreementId}/export.zip"] = Reading(s => $"agreements/{s.Agreement}/export.zip"),
        ["GET /api/v1/agreements/{agreementId}/export.xlsx"] = Reading(s => $"agreements/{s.Agreement}/export.xlsx"),
        ["GET /api/v1/audit/package"] = new("administrator auditor", Elsewhere.LedgersList, _ => ("audit/package", null)),
        ["GET /api/v1/agreements/{agreementId}/datapackage.json"] = Reading(s => $"agreements/{s.Agreement}/datapackage.json"),
        ["GET /api/v1/agreements/{agreementId}/reports/{date}"] = Reading(s => $"agreements/{s.Agreement}/reports/{DateTime.UtcNow.AddHours(4):yyyy-MM-dd}"),
    };

    /// <summary>What needs no key at all. Everything else outside /api that is mapped must be named here, too, or the test fails.</summary>
    private static readonly string[] Open = ["/health", "/metrics", "/log/", "/docs", "/openapi/", "/schemas", "/csp-reports"];

    private static Row Reading(Func<Scene, string> path) => new(Everybody, Elsewhere.NotFound, scene => (path(scene), null));

    private static Row Administrators(Func<Scene, (string, JsonNode?)> ask) => new("administrator", Elsewhere.NotFound, ask);

    private static Row Ruling(Func<Scene, (string, JsonNode?)> ask) => new("verifier", Elsewhere.NotFound, ask);

    [Fact]
    public void Every_endpoint_that_the_server_has_stands_in_the_table_and_every_row_is_an_endpoint()
    {
        var mapped = Mapped().ToArray();
        var underApi = mapped.Where(endpoint => endpoint.Contains(" /api/", StringComparison.Ordinal)).ToHashSet();

        Assert.Equal([], underApi.Except(Rows.Keys).Order(StringComparer.Ordinal));
        Assert.Equal([], Rows.Keys.Except(underApi).Order(StringComparer.Ordinal));
        // Pages of the dashboard guard themselves, and say so with their mark; nothing else is open but what is named here.
        var others = ledger.Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.All(mark => mark.GetType().Name != "DashboardPlace"))
            .Select(endpoint => "/" + endpoint.RoutePattern.RawText!.TrimStart('/'))
            .Where(path => !path.StartsWith("/api/", StringComparison.Ordinal) && !Open.Any(open => path.StartsWith(open, StringComparison.Ordinal)));
        Assert.Equal([], others);
    }

    [Fact]
    public async Task Nobody_gets_more_than_the_table_says()
    {
        var scene = await SceneAsync();
        var elsewhere = await ledger.AgreementAsync();
        var wrong = new List<string>();
        using var nobody = ledger.Client(null);
        foreach (var (endpoint, row) in Rows)
        {
            Expect(wrong, endpoint, "nobody", await AskAsync(nobody, endpoint, row, scene), 401, "unauthenticated");
            foreach (var role in Roles)
            {
                var party = role == "liaison" ? "azerbaijan" : null;
                var here = await ledger.WhoAsync($"walker-{role}", role, party);
                var there = await ledger.WhoAsync($"walker-{role}-elsewhere", role, party, elsewhere);
                Judge(wrong, endpoint, row, role, await AskAsync(here, endpoint, row, scene));
                JudgeElsewhere(wrong, endpoint, row, role, scene, await AskAsync(there, endpoint, row, scene));
            }

            if (!row.OwnParty) continue;
            var stranger = await ledger.WhoAsync("walker-liaison-stranger", "liaison", "artsakh");
            Expect(wrong, endpoint, "another party's liaison", await AskAsync(stranger, endpoint, row, scene), 403, "not-your-party");
        }

        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    [Fact]
    public void A_way_in_that_nobody_has_said_anything_about_does_not_start()
    {
        var app = WebApplication.CreateSlimBuilder().Build();
        app.MapGet("/api/v1/forgotten", () => "open");

        var no = Assert.Throws<InvalidOperationException>(() => Http.Asking.RequireActs(app));

        Assert.Contains("/api/v1/forgotten", no.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_act_stands_in_the_programs_table_once_and_what_stands_nowhere_is_allowed_to_nobody()
    {
        Assert.Equal(Enum.GetValues<Application.Act>().Order(), Application.Permissions.Table.Select(row => row.Act).Order());
        var everything = new Application.Principal(new("k"), new("s"), System.Collections.Frozen.FrozenSet.ToFrozenSet(Enum.GetValues<Domain.Role>()), null, Domain.Values<Domain.AgreementId>.None);
        Assert.Null(Application.Permissions.RoleFor("a command that nobody thought of", everything));
        Assert.Null(Application.Permissions.RoleFor((Application.Act)(-1), everything));
    }

    private static void Judge(List<string> wrong, string endpoint, Row row, string role, ApiAnswer answer)
    {
        if (row.Roles.Split(' ').Contains(role))
        {
            if (answer.Status is 401 or 404 or >= 500 || (answer.Status == 403 && answer.Code == "not-allowed"))
                wrong.Add($"{endpoint} as {role}: let in by the contract, got {answer.Status} {answer.Text}");
        }
        else if (role == "liaison" && row.Roles == "verifier")
        {
            Expect(wrong, endpoint, role, answer, 403, "party-cannot-rule");
        }
        else
        {
            Expect(wrong, endpoint, role, answer, 403, "not-allowed");
        }
    }

    private static void JudgeElsewhere(List<string> wrong, string endpoint, Row row, string role, Scene scene, ApiAnswer answer)
    {
        var who = $"{role} of another agreement";
        switch (row.Elsewhere)
        {
            case Elsewhere.NotFound or Elsewhere.Ledger:
                Expect(wrong, endpoint, who, answer, 404, "not-found");
                break;
            case Elsewhere.LedgersList:
                Expect(wrong, endpoint, who, answer, 403, "not-allowed");
                break;
            case Elsewhere.Filtered:
                if (answer.Status != 200 || answer.Text.Contains(scene.Agreement, StringComparison.Ordinal) || answer.Text.Contains(scene.Case, StringComparison.Ordinal) || answer.Text.Contains(scene.Key, StringComparison.Ordinal))
                    wrong.Add($"{endpoint} as {who}: {answer.Status} with something of what it mustn't see");
                break;
        }
    }

    private static void Expect(List<string> wrong, string endpoint, string who, ApiAnswer answer, int status, string code)
    {
        if (answer.Status != status || answer.MediaType != "application/problem+json" || answer.Code != code)
            wrong.Add($"{endpoint} as {who}: {status} {code} by the contract, got {answer.Status} {answer.Text[..Math.Min(200, answer.Text.Length)]}");
    }

    private async Task<ApiAnswer> AskAsync(ApiClient client, string endpoint, Row row, Scene scene)
    {
        var (path, body) = row.Ask(scene);
        var method = new HttpMethod(endpoint.Split(' ')[0]);
        HttpContent? content = body is null ? null : new ByteArrayContent(Encoding.UTF8.GetBytes(body.ToJsonString()));
        content?.Headers.TryAddWithoutValidation("Content-Type", row.Media ?? "application/json");
        // The newest revision, so that nothing but the rules stands in the way.
        var newest = endpoint.Contains("{violationId}", StringComparison.Ordinal) ? (await ledger.Administrator.GetAsync($"violations/{scene.Case}")).Header("ETag") : null;
        return await client.SendAsync(method, path, content, ifMatch: newest);
    }

    private async Task<Scene> SceneAsync()
    {
        var agreement = await ledger.AgreementAsync();
        var path = await ledger.CaseAsync(agreement: agreement);
        var (monitor, liaison) = (await ledger.MonitorAsync(), await ledger.LiaisonAsync("azerbaijan"));
        var sha256 = await StoreFileAsync(monitor, path);
        var dispute = (await liaison.PostAsync($"{path}/disputes", Bodies.Dispute())).Stored(201).Field("disputeId");
        var coverage = (await monitor.PostAsync($"agreements/{agreement}/monitoring", Bodies.Monitoring())).Stored(201).Field("coverageId");
        var claim = (await monitor.PostAsync($"agreements/{agreement}/aggregate-claims", Bodies.Claim())).Stored(201).Field("claimId");
        var key = (await ledger.Administrator.PostAsync("keys", Bodies.Key("walked-over", "reader"))).Stored(201).Field("keyId");
        var webhook = await ledger.Administrator.PostAsync("webhooks", Bodies.Parse("""{ "url": "https://hooks.invalid/" }"""));
        return new Scene(agreement, path["violations/".Length..], dispute, coverage, claim, key, webhook.Stored(201).Field("webhookId"), sha256, (await Importing_a_file.FinishedAsync(monitor, agreement, "ndjson", Twin(path) + "\nnot json\n")).Field("importId"));
    }

    /// <summary>The scene's case as somebody else tells it, so that the import has a twin to tell of.</summary>
    private static string Twin(string path) => Bodies.Violation(body =>
    {
        body["violationId"] = Guid.NewGuid().ToString("D");
        body.Remove("confidential"); // No file brings any.
        body["origin"] = $"another than who told of {path}";
    }).ToJsonString();

    private static async Task<string> StoreFileAsync(ApiClient monitor, string path)
    {
        using var parts = new MultipartFormDataContent();
        parts.Add(new ByteArrayContent("a file that is walked to"u8.ToArray()), "file", "note.txt");
        parts.Add(new StringContent("A note"), "title");
        parts.Add(new StringContent("true"), "original");
        (await monitor.SendAsync(HttpMethod.Post, $"{path}/evidence", parts)).Stored();
        return Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("a file that is walked to"u8));
    }

    private IEnumerable<string> Mapped() => ApiDocument.Mapped(ledger.Server.Services.GetRequiredService<EndpointDataSource>()).Select(endpoint => $"{endpoint.Method} {endpoint.Path}").Distinct();
}
