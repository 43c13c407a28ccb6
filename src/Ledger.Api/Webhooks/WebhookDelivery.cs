using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ledger.Api.Hosting;
using Ledger.Api.Reading;
using Ledger.Application;
using Ledger.Application.Queries;
using Ledger.Domain;
using Ledger.Domain.Access;
using Ledger.Domain.Violations;
using Ledger.EventStore;
using Ledger.Exchange.Answers;
using Ledger.Node;
using Ledger.Projections;
using Ledger.Serialization;
using Polly;
using Polly.Retry;

namespace Ledger.Api.Webhooks;

/// <summary>CloudEvents 1.0 in JSON, as bodies.md has it.</summary>
internal sealed record CloudEvent(
    string Specversion, Guid Id, string Source, string Type, string Subject, [property: System.Text.Json.Serialization.JsonConverter(typeof(Recorded))] DateTimeOffset Time, long Sequence, EventItem Data)
{
    public static CloudEvent Of(FeedItem item, string origin) => new(
        "1.0", item.Event.Stored.Id, origin, item.Event.Stored.Type, item.Event.Stored.Stream.Value, item.Event.Metadata.RecordedAt, item.Event.Sequence, EventItem.Of(item, raw: false));
}

/// <summary>Pushes events to the webhooks' targets: at least once, in the ledger's order for each, signed, and on from where it was after any stop.</summary>
/// <remarks>
/// Each webhook has a task of its own, so a target that hangs holds up nobody else. How far it is stands in the stream <c>delivery-{id}</c>,
/// which is written at most once a second: after a crash a second's worth of events may come again, under the same <c>webhook-id</c>.
/// </remarks>
internal sealed partial class WebhookDelivery(LedgerNode node, LedgerSettings settings, WebhookTargets targets, ILogger<WebhookDelivery> logger) : BackgroundService
{
    private const int PageLength = 100;
    private const string CursorType = "webhook-delivered-v1";
    private const string PausedType = "webhook-paused-v1";

    /// <summary>A target is outside, whoever registered it: it is told what a reader is told.</summary>
    private static readonly Principal Reader = Principal.Machine("webhook") with { Roles = System.Collections.Frozen.FrozenSet.ToFrozenSet([Role.Reader]) };

    private static readonly Guid CursorNamespace = new("c7a1f6f0-0f5e-4a55-9a0a-6f3a3b1a7f10");
    private static readonly TimeSpan LookForWebhooks = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan TargetMayTake = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan WriteCursorEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan OldSecretSigns = TimeSpan.FromHours(24);

    private readonly ConcurrentDictionary<WebhookId, Progress> _running = new();

    /// <summary>How a webhook's delivery goes; null on a node that doesn't deliver.</summary>
    public DeliveryAnswer? Of(WebhookId id) =>
        _running.TryGetValue(id, out var p) ? new DeliveryAnswer(p.IsPaused ? "paused" : p.Failures > 0 ? "retrying" : "delivering", p.UpTo, p.Failures, p.LastFailure) : null;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!settings.Worker) return;
        List<Task> tasks = [];
        try
        {
            while (true)
            {
                foreach (var hook in node.View.Webhooks().Where(hook => !hook.Removed))
                    if (_running.TryAdd(hook.WebhookId, new Progress(hook.After))) tasks.Add(Task.Run(() => DeliverAsync(hook, _running[hook.WebhookId], stoppingToken), CancellationToken.None));
                tasks.RemoveAll(task => task.IsCompleted);
                await Task.Delay(LookForWebhooks, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(tasks);
        }
    }

    private async Task DeliverAsync(WebhookState hook, Progress progress, CancellationToken cancellation)
    {
        using var http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false, UseCookies = false, UseProxy = false, // a proxy would connect where we mustn't
            ConnectTimeout = TargetMayTake, ConnectCallback = targets.ConnectAsync, PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        { Timeout = TargetMayTake };
        http.DefaultRequestHeaders.UserAgent.ParseAdd("ceasefire-ledger/1");
        while (!cancellation.IsCancellationRequested && node.View.Webhook(hook.WebhookId) is { Removed: false })
        {
            try
            {
                await DeliverAsync(hook, progress, http, cancellation);
                return;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // The store, most likely: nothing is lost, the cursor says where to go on.
                Interrupted(logger, e, hook.WebhookId.Value);
                await Task.Delay(TimeSpan.FromSeconds(1), cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task DeliverAsync(WebhookState hook, Progress progress, HttpClient http, CancellationToken cancellation)
    {
        var cursor = await CursorStream.OpenAsync(node.Store, hook, cancellation);
        progress.UpTo = Math.Max(cursor.UpTo, hook.After);
        if (cursor.IsPaused) await PausedAsync(hook, cursor, progress, cancellation);
        var push = Retry(progress);
        var saved = TimeProvider.System.GetTimestamp();
        while (node.View.Webhook(hook.WebhookId) is { Removed: false })
        {
            var count = node.View.Count;
            await foreach (var page in node.Get<EventFeed>().ReadAsync(Reader, progress.UpTo, count, PageLength, cancellation))
            {
                foreach (var item in page.Items)
                {
                    if (!await IsForAsync(hook, item, cancellation)) continue;
                    while (!await push.ExecuteAsync(async token => await SendAsync(http, hook.WebhookId, item, progress, token), cancellation))
                    {
                        await cursor.PauseAsync(progress.UpTo, node.View.Webhook(hook.WebhookId)!.Revision, cancellation);
                        await PausedAsync(hook, cursor, progress, cancellation);
                    }

                    progress.UpTo = item.Event.Sequence;
                    if (TimeProvider.System.GetElapsedTime(saved) < WriteCursorEvery) continue;
                    await cursor.SaveAsync(progress.UpTo, cancellation);
                    saved = TimeProvider.System.GetTimestamp();
                    if (node.View.Webhook(hook.WebhookId) is not { Removed: false }) return;
                }

                progress.UpTo = Math.Max(progress.UpTo, page.UpTo);
            }

            progress.UpTo = Math.Max(progress.UpTo, count - 1);
            await cursor.SaveAsync(progress.UpTo, cancellation);
            using var look = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            look.CancelAfter(TimeSpan.FromSeconds(1)); // Whether it was removed is looked at meanwhile.
            await node.View.WaitForCountAsync(count + 1, look.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Until the target takes it or says that it is gone: what comes behind waits, because the order is a promise.</summary>
    private static ResiliencePipeline<bool> Retry(Progress progress) => new ResiliencePipelineBuilder<bool>()
        .AddRetry(new RetryStrategyOptions<bool>
        {
            ShouldHandle = new PredicateBuilder<bool>().Handle<HttpRequestException>().Handle<TaskCanceledException>(e => !e.CancellationToken.IsCancellationRequested || e.InnerException is TimeoutException),
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = TimeSpan.FromMilliseconds(200),
            MaxDelay = LongestPause,
            OnRetry = arguments =>
            {
                progress.Failures = arguments.AttemptNumber + 1;
                progress.LastFailure = arguments.Outcome.Exception is HttpRequestException e ? e.Message : "The target gave no answer in time.";
                return default;
            },
        })
        .Build();

    /// <returns>False where the target says that it is gone for good (410).</returns>
    private async ValueTask<bool> SendAsync(HttpClient http, WebhookId webhook, FeedItem item, Progress progress, CancellationToken cancellation)
    {
        // As it is now: a secret may have been replaced since the try before.
        if (node.View.Webhook(webhook) is not { Removed: false } hook) return true;
        var body = JsonSerializer.SerializeToUtf8Bytes(CloudEvent.Of(item, node.Origin), ReadJson.Plain.CloudEvent);
        var id = item.Event.Stored.Id.ToString("D");
        var time = DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/cloudevents+json") { CharSet = "utf-8" };
        content.Headers.Add("webhook-id", id);
        content.Headers.Add("webhook-timestamp", time);
        content.Headers.Add("webhook-signature", string.Join(' ', (await SecretsAsync(hook, cancellation)).Select(secret => Signature(secret, id, time, body))));
        using var response = await http.PostAsync(new Uri(hook.Url), content, cancellation);
        if (response.StatusCode == HttpStatusCode.Gone)
        {
            progress.LastFailure = "The target says that it is gone (410).";
            return false;
        }

        if (!response.IsSuccessStatusCode) throw new HttpRequestException(string.Create(CultureInfo.InvariantCulture, $"The target answered with status {(int)response.StatusCode}."));
        progress.Failures = 0;
        return true;
    }

    /// <summary>Standard Webhooks: HMAC-SHA256 over id.timestamp.body.</summary>
    internal static string Signature(byte[] secret, string id, string time, byte[] body)
    {
        byte[] signed = [.. Encoding.ASCII.GetBytes($"{id}.{time}."), .. body];
        return "v1," + Convert.ToBase64String(HMACSHA256.HashData(secret, signed));
    }

    // What belongs to no agreement are the operator's own acts: keys and webhooks. They aren't pushed.
    private async ValueTask<bool> IsForAsync(WebhookState hook, FeedItem item, CancellationToken cancellation) =>
        item.Event.Agreement is { } agreement
        && (hook.Agreements.Count == 0 || hook.Agreements.Contains(agreement))
        && (hook.Types.Count == 0 || hook.Types.Contains(item.Event.Stored.Type))
        && (hook.Filter.IsNone || (item.Event.Violation is { } violation && await HoldsAsync(hook.Filter, violation, item.Event, cancellation)));

    /// <summary>True where the case is one of the filter's before the event or after it: whoever follows a party hears too that a case has left it.</summary>
    private async ValueTask<bool> HoldsAsync(WebhookFilter filter, ViolationId violation, SequencedEvent e, CancellationToken cancellation)
    {
        ViolationState? state = null;
        foreach (var earlier in await node.Get<HistoryReader>().ReadAsync<ViolationEvent>(Streams.Of(violation), null, cancellation))
        {
            if (earlier.Stored.Revision.Value > e.Stored.Revision.Value) break;
            var isIt = earlier.Stored.Revision == e.Stored.Revision;
            if (isIt && state is not null && filter.Holds(state)) return true;
            state = ViolationEvolution.Evolve(state, earlier.Fact);
        }

        return state is not null && filter.Holds(state);
    }

    /// <summary>Waits until an administrator resumes a delivery that the target ended.</summary>
    private async Task PausedAsync(WebhookState hook, CursorStream cursor, Progress progress, CancellationToken cancellation)
    {
        progress.IsPaused = true;
        while (node.View.Webhook(hook.WebhookId) is { Removed: false } now && now.ResumedAt <= cursor.PausedAt) await Task.Delay(LookForWebhooks, cancellation);
        (progress.IsPaused, progress.LastFailure) = (false, null);
    }

    /// <summary>The present secret, and the one before it for a day: receivers need time to take the new one.</summary>
    private async Task<IReadOnlyList<byte[]>> SecretsAsync(WebhookState hook, CancellationToken cancellation)
    {
        var previous = hook.Previous is var (old, replacedAt) && DateTimeOffset.UtcNow - replacedAt < OldSecretSigns ? old : null;
        var opened = await node.Vault.OpenAsync(previous is null ? [hook.Secret] : [hook.Secret, previous], cancellation);
        if (!opened.ContainsKey(hook.Secret))
            throw new StoreUnavailableException($"The secret of the webhook {hook.WebhookId} isn't in the vault; nothing can be signed for it. Replace the secret (POST /webhooks/{hook.WebhookId}/secret).");
        return
        [
            .. new[] { hook.Secret, previous }.OfType<string>().Where(opened.ContainsKey)
                .Select(digest => Convert.FromBase64String(JsonSerializer.Deserialize(opened[digest].ValueJson(), SecretJson.Default.String)!["whsec_".Length..])),
        ];
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The delivery to the webhook {Webhook} was interrupted and goes on.")]
    private static partial void Interrupted(ILogger logger, Exception e, string webhook);

    private sealed class Progress(long upTo)
    {
        public long UpTo { get; set; } = upTo;

        public int Failures { get; set; }

        public string? LastFailure { get; set; }

        public bool IsPaused { get; set; }
    }

    /// <summary>How far a webhook is, as events: nothing of a delivery lies outside the store.</summary>
    private sealed class CursorStream(IEventStore store, StreamName stream, StreamRevision? newest, long upTo, long? pausedAt)
    {
        private StreamRevision? _newest = newest;

        public long UpTo { get; private set; } = upTo;

        public bool IsPaused => PausedAt is not null;

        /// <summary>The revision of the webhook at which the target ended the delivery; null while it goes on.</summary>
        public long? PausedAt { get; private set; } = pausedAt;

        public static async Task<CursorStream> OpenAsync(IEventStore store, WebhookState hook, CancellationToken cancellation)
        {
            var stream = new StreamName($"delivery-{hook.WebhookId}");
            var last = await store.ReadStreamAsync(stream, ReadDirection.Backwards, null, 1, cancellation);
            if (last.Count == 0) return new CursorStream(store, stream, null, -1, null);
            using var json = JsonDocument.Parse(last[0].Data);
            // A pause of before resumptions names no revision: any resumption ends it.
            long? paused = last[0].Type != PausedType ? null : json.RootElement.TryGetProperty("webhookRevision", out var revision) ? revision.GetInt64() : -1;
            return new CursorStream(store, stream, last[0].Revision, json.RootElement.GetProperty("upTo").GetInt64(), paused);
        }

        public Task SaveAsync(long upTo, CancellationToken cancellation) => upTo == UpTo ? Task.CompletedTask : AppendAsync(CursorType, upTo, null, cancellation);

        /// <param name="webhookRevision">Of the webhook as it is now: a resumption behind it ends the pause.</param>
        public Task PauseAsync(long upTo, long webhookRevision, CancellationToken cancellation) => AppendAsync(PausedType, upTo, webhookRevision, cancellation);

        private async Task AppendAsync(string type, long upTo, long? webhookRevision, CancellationToken cancellation)
        {
            var more = webhookRevision is null ? "" : string.Create(CultureInfo.InvariantCulture, $",\"webhookRevision\":{webhookRevision}");
            var data = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"upTo":{{upTo}}{{more}}}"""));
            var expected = _newest is { } revision ? ExpectedRevision.At(revision) : ExpectedRevision.NoStream;
            var id = DeterministicId.Version5(CursorNamespace, Encoding.UTF8.GetBytes($"{stream}/{expected}/{upTo}"));
            var outcome = await store.AppendAsync(stream, expected, [new EventToAppend(id, type, data, "{}"u8.ToArray())], cancellation);
            if (outcome is not AppendOutcome.Appended appended)
                throw new StoreUnavailableException($"Somebody else delivers for {stream} too: Ledger:Worker is true on more than one node.");
            (_newest, UpTo, PausedAt) = (appended.Revision, upTo, webhookRevision);
        }
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(string))]
internal sealed partial class SecretJson : System.Text.Json.Serialization.JsonSerializerContext;
