using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Ledger.Testing.Api;

namespace Ledger.Api.Tests.Endurance;

/// <summary>Something that somebody asks for, and asks for again with the same id where no answer came.</summary>
internal abstract class Act(Mortal ledger)
{
    private readonly string _key = Guid.NewGuid().ToString("D");

    protected Mortal Ledger => ledger;

    /// <returns>Whether it was acknowledged before the program died.</returns>
    public async Task<bool> TryAsync()
    {
        try
        {
            using var monitor = ledger.As(ledger.Monitor);
            return (await SendAsync(monitor, _key)).Status is 200 or 201;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>After the restart: what was acknowledged is there once; what wasn't, once or not at all; asked for again, it is there once.</summary>
    public async Task CheckAsync(string step, bool wasAcknowledged)
    {
        var found = await TimesAsync();
        Assert.True(wasAcknowledged ? found == 1 : found <= 1, $"After {step}, acknowledged: {wasAcknowledged}, it is there {found} times.");
        using var monitor = ledger.As(ledger.Monitor);
        var again = await SendAsync(monitor, _key);
        Assert.True(again.Status is 200 or 201, $"After {step} the same again was answered {again.Status}: {again.Text}");
        await DoneAsync(monitor, again);
        found = await TimesAsync();
        Assert.True(found == 1, $"After {step} and the same again it is there {found} times.");
        await LookAsync(monitor, step);
    }

    public virtual Task PrepareAsync() => Task.CompletedTask;

    protected abstract Task<ApiAnswer> SendAsync(ApiClient monitor, string key);

    protected abstract Task<int> TimesAsync();

    protected virtual Task DoneAsync(ApiClient monitor, ApiAnswer answer) => Task.CompletedTask;

    protected virtual Task LookAsync(ApiClient monitor, string step) => Task.CompletedTask;

    /// <summary>A violation with a text for the vault.</summary>
    public sealed class Record(Mortal ledger) : Act(ledger)
    {
        private readonly string _id = Guid.NewGuid().ToString("D");

        protected override Task<ApiAnswer> SendAsync(ApiClient monitor, string key) =>
            monitor.PostAsync($"agreements/{Mortal.Agreement}/violations", Bodies.Violation(body => body["violationId"] = _id), key);

        protected override Task<int> TimesAsync() => Ledger.CountAsync(_id, "violation-recorded-v1");

        protected override async Task LookAsync(ApiClient monitor, string step)
        {
            var found = await monitor.GetAsync($"violations/{_id}");
            Assert.True(found.Status == 200 && found.Text.Contains("A. B.", StringComparison.Ordinal), $"After {step} the case can't be read whole: {found.Text}");
        }
    }

    /// <summary>A file of evidence.</summary>
    public sealed class Attach(Mortal ledger) : Act(ledger)
    {
        private readonly byte[] _file = RandomNumberGenerator.GetBytes(100_000);
        private readonly string _id = Guid.NewGuid().ToString("D");

        private string Sha => Convert.ToHexStringLower(SHA256.HashData(_file));

        public override async Task PrepareAsync()
        {
            using var monitor = Ledger.As(Ledger.Monitor);
            (await monitor.PostAsync($"agreements/{Mortal.Agreement}/violations", Bodies.Violation(body => body["violationId"] = _id))).Stored(201);
        }

        protected override async Task<ApiAnswer> SendAsync(ApiClient monitor, string key)
        {
            using var form = new MultipartFormDataContent { { new StringContent("Crater"), "title" }, { new StringContent("true"), "original" } };
            using var content = new ByteArrayContent(_file);
            content.Headers.ContentType = new MediaTypeHeaderValue("image/png");
            form.Add(content, "file", "crater.png");
            return await monitor.SendAsync(HttpMethod.Post, $"violations/{_id}/evidence", form, key);
        }

        protected override Task<int> TimesAsync() => Ledger.CountAsync(_id, "evidence-attached-v1");

        protected override async Task LookAsync(ApiClient monitor, string step)
        {
            var found = await monitor.GetAsync($"evidence/{Sha}");
            Assert.True(found.Status == 200 && found.Bytes.AsSpan().SequenceEqual(_file), $"After {step} the file is answered {found.Status}.");
            Assert.True(!Directory.Exists(Path.Combine(Ledger.Evidence, "incoming")) || Directory.GetFiles(Path.Combine(Ledger.Evidence, "incoming")).Length == 0, $"After {step} a file that was on its way in is left behind.");
        }
    }

    /// <summary>A file with rows, as a job.</summary>
    public sealed class Import(Mortal ledger) : Act(ledger)
    {
        private const int Rows = 60;

        private const string Mapping = """
            {"system":"SYSTEM","rows":[{"case":{"id":"id","category":{"is":"air-strike"},"occurred":{"from":"day"},"allegedParty":{"column":"party","required":false},
              "origin":{"is":"bulletin"},"source":{"name":{"is":"Bulletin"}}}}]}
            """;

        private readonly string _system = "s" + Guid.NewGuid().ToString("N")[..8];

        protected override async Task<ApiAnswer> SendAsync(ApiClient monitor, string key)
        {
            var text = new StringBuilder("id,day,party\n");
            for (var i = 0; i < Rows; i++) text.Append(CultureInfo.InvariantCulture, $"m{i},2020-10-{18 + (i % 10)},armenia\n");
            using var parts = new MultipartFormDataContent
            {
                { new ByteArrayContent(Encoding.UTF8.GetBytes(text.ToString())), "file", "rows.csv" },
                { new StringContent("table"), "format" },
                { new StringContent(Mapping.Replace("SYSTEM", _system, StringComparison.Ordinal)), "mapping" },
            };
            return await monitor.SendAsync(HttpMethod.Post, $"agreements/{Mortal.Agreement}/imports", parts, key);
        }

        /// <summary>One where every row is there once; a job that goes on by itself after a restart may be on its way.</summary>
        protected override async Task<int> TimesAsync()
        {
            using var auditor = Ledger.As(Ledger.Auditor);
            var all = await auditor.SendAsync(new HttpRequestMessage(HttpMethod.Get, "events?after=-1") { Headers = { { "Accept", "application/x-ndjson" } } });
            var rows = all.Lines.Where(e => e["data"]?["externalReference"]?["system"]?.GetValue<string>() == _system).Select(e => e["data"]!["externalReference"]!["id"]!.GetValue<string>()).ToList();
            Assert.Equal(rows.Count, rows.Distinct().Count());
            return rows.Count == Rows || (rows.Count > 0 && !_isDone) ? 1 : 0;
        }

        private bool _isDone;

        protected override async Task DoneAsync(ApiClient monitor, ApiAnswer answer)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            ApiAnswer job;
            while ((job = await monitor.GetAsync($"imports/{answer.Field("importId")}")).Status != 200 || job.Field("state") is not ("finished" or "failed")) await Task.Delay(50, limit.Token);
            Assert.Equal("finished", job.Field("state"));
            _isDone = true;
        }
    }
}
