using Ledger.Api.Hosting;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Ledger.Api.Access.Tokens;

/// <summary>The keys that an issuer signs with, as its discovery document says today.</summary>
/// <remarks>They are fetched when the first token comes, anew every hour, and sooner when a token names a key that isn't among them, though not for every such token: anybody can make one up.</remarks>
internal sealed partial class IssuerKeys(OidcSettings settings, TimeProvider time, ILogger<IssuerKeys> logger) : IDisposable
{
    private const int LongestDocument = 1 << 20;
    private static readonly TimeSpan Fresh = TimeSpan.FromHours(1);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(10);

    /// <summary>An issuer that is down must not lock a mission out at once; a key that it took back must not open for ever.</summary>
    private static readonly TimeSpan StillGood = TimeSpan.FromHours(12);

    private readonly SemaphoreSlim _gate = new(1);
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(5) })
    {
        Timeout = TimeSpan.FromSeconds(10),
        MaxResponseContentBufferSize = LongestDocument,
    };

    private IReadOnlyList<SecurityKey> _keys = [];
    private DateTimeOffset _fetchedAt = DateTimeOffset.MinValue;
    private DateTimeOffset _triedAt = DateTimeOffset.MinValue;

    /// <summary>The keys; none where the issuer can't be heard.</summary>
    /// <param name="unknown">True where a token names a key that isn't among those given before.</param>
    public async ValueTask<IReadOnlyList<SecurityKey>> GetAsync(bool unknown, CancellationToken cancellation)
    {
        if (!IsDue(unknown)) return Usable();
        await _gate.WaitAsync(cancellation);
        try
        {
            if (IsDue(unknown)) await FetchAsync();
            return Usable();
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _gate.Dispose();
    }

    private bool IsDue(bool unknown)
    {
        var now = time.GetUtcNow();
        return (unknown || now - _fetchedAt > Fresh) && now - _triedAt > BetweenTries;
    }

    private IReadOnlyList<SecurityKey> Usable() => time.GetUtcNow() - _fetchedAt < StillGood ? _keys : [];

    private async Task FetchAsync()
    {
        _triedAt = time.GetUtcNow();
        try
        {
            var documents = new HttpDocumentRetriever(_http) { RequireHttps = settings.Discovery.Scheme == "https" };
            var found = await OpenIdConnectConfigurationRetriever.GetAsync(settings.Discovery.ToString(), documents, CancellationToken.None);
            if (found.Issuer != settings.Issuer)
            {
                Another(logger, settings.Issuer);
                return;
            }

            // A shared secret among the keys would let whoever may verify sign as well.
            (_keys, _fetchedAt) = ([.. found.SigningKeys.Where(key => key is not SymmetricSecurityKey)], _triedAt);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or ArgumentException or HttpRequestException or OperationCanceledException)
        {
            Silent(logger, settings.Issuer, e.GetType().Name);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The keys of the issuer {Issuer} can't be fetched ({Fault}).")]
    private static partial void Silent(ILogger logger, string issuer, string fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "The discovery document of {Issuer} is another issuer's; its keys aren't taken.")]
    private static partial void Another(ILogger logger, string issuer);
}
