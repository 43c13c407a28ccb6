using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Grpc.Core;
using Grpc.Net.Client;

namespace Ledger.EventStore.EventStoreDb.Connection;

/// <summary>Makes the channels to nodes, all alike: certificates, keepalive, credentials.</summary>
internal sealed class ChannelFactory : IDisposable
{
    /// <summary>More than the 16 MiB that the server sends at most, with room for the envelope.</summary>
    private const int ReceiveLimit = 17 * 1024 * 1024;

    private readonly EventStoreDbOptions _options;
    private readonly X509Certificate2? _authority;
    private readonly X509Certificate2? _user;
    private readonly Metadata _headers;

    /// <exception cref="StoreUnavailableException">A file named by the connection string can't be used.</exception>
    public ChannelFactory(EventStoreDbOptions options)
    {
        _options = options;
        _authority = options.TlsCaFile is { } file ? Load("tlsCaFile", file, () => X509Certificate2.CreateFromPem(File.ReadAllText(file))) : null;
        _user = options.UserCertificate is { } pair ? Load("userCertFile", pair.Certificate, () => UserCertificate(pair)) : null;
        _headers = Headers(options);
    }

    public NodeChannel Open(NodeAddress address)
    {
        var channel = GrpcChannel.ForAddress($"{(_options.Tls ? "https" : "http")}://{address}", new GrpcChannelOptions
        {
            HttpHandler = Handler(),
            DisposeHttpClient = true,
            MaxReceiveMessageSize = ReceiveLimit,
            DisableResolverServiceConfig = true,
            // A node that was away is tried again soon: the default waits up to two minutes.
            InitialReconnectBackoff = TimeSpan.FromMilliseconds(50),
            MaxReconnectBackoff = TimeSpan.FromSeconds(1),
        });
        return new NodeChannel(address, channel, _headers);
    }

    public void Dispose()
    {
        _authority?.Dispose();
        _user?.Dispose();
    }

    private SocketsHttpHandler Handler() => new()
    {
        // A server takes 100 calls on a connection; the 101st would wait for one of them to end.
        EnableMultipleHttp2Connections = true,
        KeepAlivePingDelay = _options.KeepAliveInterval,
        KeepAlivePingTimeout = _options.KeepAliveInterval == Timeout.InfiniteTimeSpan ? TimeSpan.FromSeconds(20) : _options.KeepAliveTimeout,
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
        ConnectTimeout = _options.DefaultDeadline,
        InitialHttp2StreamWindowSize = 1024 * 1024,
        SslOptions = Ssl(),
    };

    private SslClientAuthenticationOptions Ssl()
    {
        var ssl = new SslClientAuthenticationOptions();
        if (_user is not null) ssl.ClientCertificates = [_user];
        if (!_options.TlsVerifyCert)
        {
            // Asked for by tlsVerifyCert=false: any certificate, but one there must be.
            ssl.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        }
        else if (_authority is not null)
        {
            ssl.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { _authority },
                // An authority of one's own has no revocation service.
                RevocationMode = X509RevocationMode.NoCheck,
            };
        }

        return ssl;
    }

    private static Metadata Headers(EventStoreDbOptions options)
    {
        var headers = new Metadata { { "requires-leader", "true" } };
        if (options.ConnectionName is { } name) headers.Add("connection-name", name);
        if (options.User is { } user)
            headers.Add("authorization", $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user.Name}:{user.Password}"))}");
        return headers;
    }

    private static X509Certificate2 UserCertificate((string Certificate, string Key) files)
    {
        using var pem = X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);
        // Through PKCS #12, because Windows can't use a key that lives in memory only.
        return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
    }

    private T Load<T>(string option, string file, Func<T> load)
    {
        try
        {
            return load();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new StoreUnavailableException($"The file {file} ({option} in {_options.Setting}) can't be used: {e.Message}", e);
        }
    }
}
