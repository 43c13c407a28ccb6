using System.Net;
using System.Net.Sockets;
using Ledger.Api.Hosting;
using Ledger.Domain;

namespace Ledger.Api.Webhooks;

/// <summary>Where a push may go: not into the operator's own network, whatever a name resolves to today.</summary>
/// <remarks>Looked at when a webhook is registered, and again at every connection: a name may lead elsewhere by then.</remarks>
internal sealed class WebhookTargets(LedgerSettings settings)
{
    private static readonly IPNetwork[] Private =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
            "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "::/128", "::1/128", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fc00::/7", "fe80::/10", "ff00::/8",
        }.Select(IPNetwork.Parse),
    ];

    /// <summary>Why a target isn't taken; null where it is.</summary>
    public async Task<Refusal?> RefusalAsync(Uri url, CancellationToken cancellation)
    {
        if (settings.WebhooksAllowPrivate) return null;
        if (await IsPrivateAsync(url.IdnHost, cancellation)) return new Refusal(Codes.PrivateTarget, "The target lies on a private or loopback address (Ledger:Webhooks:AllowPrivate).");
        return url.Scheme == "https" ? null : new Refusal(Codes.PrivateTarget, "Without https anybody on the way could read and change what is pushed.");
    }

    /// <summary>Connects to an address that may be connected to, and to no other that the name has.</summary>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellation);
        var allowed = addresses.Where(address => settings.WebhooksAllowPrivate || !IsPrivate(address)).ToArray();
        if (allowed.Length == 0) throw new HttpRequestException("The target lies on a private or loopback address.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, context.DnsEndPoint.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    internal static bool IsPrivate(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return Private.Any(network => network.BaseAddress.AddressFamily == address.AddressFamily && network.Contains(address));
    }

    private static async Task<bool> IsPrivateAsync(string host, CancellationToken cancellation)
    {
        try
        {
            return (await Dns.GetHostAddressesAsync(host.Trim('[', ']'), cancellation)).Any(IsPrivate);
        }
        catch (ArgumentException)
        {
            return true; // The unspecified address, which many systems take for themselves.
        }
        catch (SocketException)
        {
            return false; // A name that leads nowhere now may lead somewhere later, and is looked at then.
        }
    }
}
