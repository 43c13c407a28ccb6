using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Ledger.Auditor;

/// <summary>A ledger that answers over HTTP.</summary>
internal sealed class UrlSource : LogSource
{
    private const int Connections = 8;

    private const int LongestPicture = 16 * 1024 * 1024;

    /// <summary>Tries of a request that the network or an overloaded server spoilt.</summary>
    private const int Tries = 2;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http;
    private readonly Uri _log;
    private readonly Uri _api;
    private readonly Uri _health;
    private readonly TimeSpan _patience;
    private readonly AuthenticationHeaderValue? _credential;

    public UrlSource(Uri url, string? apiKey, TimeSpan patience)
    {
        if (url.UserInfo.Length > 0) throw new CouldNotCheckException("A key isn't given within the address; use --key or LEDGER_KEY.");
        var text = url.GetLeftPart(UriPartial.Path).TrimEnd('/');
        var root = text.EndsWith("/log", StringComparison.Ordinal) ? text[..^"/log".Length] : text;
        (_log, _api, _health, _patience) = (new Uri($"{root}/log/"), new Uri($"{root}/api/v1/"), new Uri($"{root}/health"), patience);
        Name = root;
        _credential = apiKey is null ? null : new AuthenticationHeaderValue("Bearer", apiKey);
        if (_credential is not null && url.Scheme == "http" && !url.IsLoopback)
            throw new CouldNotCheckException("A key isn't sent over http, where anybody on the way could read it; use an https address.");

        // Redirects aren't followed: what another address says is another address's word, and the key is this one's.
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            MaxConnectionsPerServer = Connections,
            ConnectTimeout = patience,
            MaxResponseHeadersLength = 32,
        })
        { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("ledger-audit", "1"));
    }

    public override string Name { get; }

    public override bool IsLive => true;

    public override bool HasEvents => _credential is not null;

    public override IReadOnlyList<string>? PackedPictures => null;

    public override Task<Answer> ReadAsync(string path, int most, CancellationToken cancellation) =>
        GetAsync(new Uri(_log, path), most, withKey: false, cancellation);

    public override Task<Answer> ComplianceAsync(string agreement, long count, CancellationToken cancellation) => GetAsync(
        new Uri(_api, string.Create(CultureInfo.InvariantCulture, $"agreements/{agreement}/compliance?asOf={count}")), LongestPicture, withKey: true, cancellation);

    public override Task<Answer> CaseAsync(string violation, CancellationToken cancellation) =>
        GetAsync(new Uri(_api, $"violations/{violation}"), LongestPicture, withKey: true, cancellation);

    /// <remarks>A ledger that isn't well answers with 503, and says why in the same form.</remarks>
    public override async Task<Answer> HealthAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(_patience);
        try
        {
            using var response = await SendAsync(_health, withKey: false, "application/json", limit.Token);
            return response.StatusCode is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable ? await ReadBodyAsync(response, LongestCheckpoint, limit.Token) : new Answer.Missing();
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested && IsOfNetwork(exception))
        {
            throw NotReached(exception);
        }
    }

    public override async Task<EventFeed> OpenEventsAsync(long after, CancellationToken cancellation)
    {
        var url = new Uri(_api, string.Create(CultureInfo.InvariantCulture, $"events?after={after}&raw=true"));
        var response = await SendPatientlyAsync(url, "application/x-ndjson", cancellation);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            using (response) throw Refused(url, response.StatusCode, "the events");
        }

        // The feed says how far it goes, so that a server that is behind isn't taken for one that hides something.
        var counted = response.Headers.TryGetValues("Ledger-Count", out var values)
            && long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : (long?)null;
        return new EventFeed(new ImpatientStream(await response.Content.ReadAsStreamAsync(cancellation), response, _patience, Name), counted);
    }

    public override async Task<bool> SeesEverythingAsync(CancellationToken cancellation)
    {
        if (await GetAsync(new Uri(_api, "me"), LongestCheckpoint, withKey: true, cancellation) is not Answer.Found(var bytes)) return false;
        try
        {
            using var json = JsonDocument.Parse(bytes);
            var me = json.RootElement;
            var isAuditor = me.TryGetProperty("roles", out var roles) && roles.ValueKind == JsonValueKind.Array
                && roles.EnumerateArray().Any(role => role.ValueKind == JsonValueKind.String && role.ValueEquals("auditor"));
            var isLimited = me.TryGetProperty("agreements", out var agreements) && agreements.ValueKind == JsonValueKind.Array && agreements.GetArrayLength() > 0;
            return isAuditor && !isLimited;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    public override ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<Answer> GetAsync(Uri url, int most, bool withKey, CancellationToken cancellation)
    {
        var waited = TimeSpan.Zero;
        for (var attempt = 1; ; attempt++)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(_patience);
            try
            {
                using var response = await SendAsync(url, withKey, "*/*", limit.Token);
                if (response.StatusCode == HttpStatusCode.OK) return await ReadBodyAsync(response, most, limit.Token);
                if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone) return new Answer.Missing();
                if (response.StatusCode == HttpStatusCode.TooManyRequests && waited < _patience)
                {
                    var wait = WaitOf(response);
                    (waited, attempt) = (waited + wait, 0);
                    await Task.Delay(wait, cancellation);
                    continue;
                }

                if (attempt == Tries || !IsPassing(response.StatusCode)) throw Refused(url, response.StatusCode, url.AbsolutePath);
            }
            catch (Exception exception) when (attempt < Tries && !cancellation.IsCancellationRequested && IsOfNetwork(exception))
            {
                // The second try tells what is wrong.
            }
            catch (Exception exception) when (!cancellation.IsCancellationRequested && IsOfNetwork(exception))
            {
                throw NotReached(exception);
            }
        }
    }

    /// <summary>Who asks for a million entries is asked to wait now and then; that is no answer to the question.</summary>
    private static TimeSpan WaitOf(HttpResponseMessage response) =>
        response.Headers.RetryAfter?.Delta is { } said && said > TimeSpan.Zero && said < LongestWait ? said : TimeSpan.FromSeconds(1);

    private static async Task<Answer> ReadBodyAsync(HttpResponseMessage response, int most, CancellationToken cancellation)
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        return await Limited.ReadAsync(body, most, cancellation) is { } bytes ? new Answer.Found(bytes) : new Answer.TooLong();
    }

    private async Task<HttpResponseMessage> SendAsync(Uri url, bool withKey, string accept, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Accept.ParseAdd(accept);
        if (withKey) request.Headers.Authorization = _credential;
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
    }

    private async Task<HttpResponseMessage> SendPatientlyAsync(Uri url, string accept, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(_patience);
        try
        {
            return await SendAsync(url, withKey: true, accept, limit.Token);
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested && IsOfNetwork(exception))
        {
            throw NotReached(exception);
        }
    }

    private static bool IsPassing(HttpStatusCode status) => (int)status is >= 500 or 408 or 429;

    private static bool IsOfNetwork(Exception exception) => exception is HttpRequestException or IOException or OperationCanceledException;

    private CouldNotCheckException NotReached(Exception exception) => exception is OperationCanceledException
        ? new CouldNotCheckException($"{Name} gave no answer within {_patience.TotalSeconds:0} seconds.", exception)
        : new CouldNotCheckException($"{Name} can't be reached: {Shown.Of(exception.Message)}", exception);

    private CouldNotCheckException Refused(Uri url, HttpStatusCode status, string what) => (int)status switch
    {
        >= 300 and < 400 => new($"{Name} sends elsewhere for {Shown.Of(url.AbsolutePath)} (status {(int)status}); redirects aren't followed. Ask at the final address."),
        401 or 403 => new($"{Name} refuses the key for {Shown.Of(what)} (status {(int)status})."),
        _ => new($"{Name} answered with status {(int)status} when asked for {Shown.Of(what)}."),
    };

    /// <summary>A body whose every read has to bring something in time; a broken one is an unreachable server.</summary>
    private sealed class ImpatientStream(Stream body, HttpResponseMessage response, TimeSpan patience, string name) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(patience);
            try
            {
                return await body.ReadAsync(buffer, limit.Token);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested && IsOfNetwork(exception))
            {
                throw new CouldNotCheckException($"{name} broke off in the middle of the events.", exception);
            }
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) response.Dispose();
            base.Dispose(disposing);
        }
    }
}
