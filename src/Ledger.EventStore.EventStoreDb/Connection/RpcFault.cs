using System.Globalization;
using System.Security.Authentication;
using Grpc.Core;

namespace Ledger.EventStore.EventStoreDb.Connection;

/// <summary>What a failed call means, and whether what it asked for may have been done.</summary>
internal enum RpcFault
{
    /// <summary>Not done: another node leads, perhaps named in the trailers.</summary>
    NotLeader,

    /// <summary>Not done: the server says that it is starting, or overloaded.</summary>
    NotReady,

    /// <summary>Done or not done: the connection, the time or the quorum was lost.</summary>
    Unsure,

    /// <summary>Not done, and not for this user.</summary>
    Denied,

    /// <summary>Not done: wrong name, password or certificate.</summary>
    Unauthenticated,

    /// <summary>Not done: the stream was deleted for ever.</summary>
    StreamDeleted,

    /// <summary>Not done: more than this server takes in one call.</summary>
    TooLarge,

    /// <summary>Done or not done: what was answered can't be read, or is no answer to what was asked.</summary>
    Garbled,

    /// <summary>Not done: whatever listens there isn't EventStoreDB.</summary>
    OtherProtocol,

    /// <summary>Not done, and it never will be.</summary>
    Refused,
}

/// <summary>The table of errors, and their sentences.</summary>
internal static class RpcFaults
{
    public static RpcFault Of(RpcException e) => (e.StatusCode, Trailer(e, "exception")) switch
    {
        (_, "not-leader") => RpcFault.NotLeader,
        (_, "access-denied") => RpcFault.Denied,
        (_, "stream-deleted") => RpcFault.StreamDeleted,
        (_, "maximum-append-size-exceeded") => RpcFault.TooLarge,
        (StatusCode.Unauthenticated, _) => RpcFault.Unauthenticated,
        (StatusCode.PermissionDenied, _) => RpcFault.Denied,
        (StatusCode.Unimplemented, _) => RpcFault.OtherProtocol,
        (_, _) when e.Status.Detail.StartsWith("Bad gRPC response", StringComparison.Ordinal) => RpcFault.OtherProtocol,
        (StatusCode.DataLoss, _) => RpcFault.Garbled,
        // Of our own limit for answers, and of answers that aren't in the protocol's form.
        (StatusCode.ResourceExhausted, _) when e.Status.Detail.StartsWith("Received message exceeds", StringComparison.Ordinal) => RpcFault.Garbled,
        (StatusCode.Internal, _) when e.Status.Detail.StartsWith("Failed to deserialize", StringComparison.Ordinal) => RpcFault.Garbled,
        (StatusCode.ResourceExhausted, _) => RpcFault.TooLarge,
        (StatusCode.Unavailable, _) when e.Status.Detail.StartsWith("Server Is ", StringComparison.OrdinalIgnoreCase) => RpcFault.NotReady,
        (StatusCode.Unavailable or StatusCode.Internal or StatusCode.Cancelled or StatusCode.DeadlineExceeded, _) => RpcFault.Unsure,
        (StatusCode.Aborted or StatusCode.Unknown, _) => RpcFault.Unsure,
        // No code that there is: it says nothing of what was done.
        ( < StatusCode.OK or > StatusCode.Unauthenticated, _) => RpcFault.Unsure,
        _ => RpcFault.Refused,
    };

    /// <summary>True where another node, or the same one a little later, may do it.</summary>
    public static bool MayPass(RpcFault fault) => fault is RpcFault.NotLeader or RpcFault.NotReady or RpcFault.Unsure or RpcFault.Garbled;

    /// <summary>True where what was asked for may have been done.</summary>
    public static bool IsUnsure(RpcFault fault) => fault is RpcFault.Unsure or RpcFault.Garbled;

    /// <summary>What a server sent that says something else than the protocol allows, as a failed call.</summary>
    public static RpcException Garbled(string what) => new(new Status(StatusCode.DataLoss, what));

    /// <summary>The node that a follower says leads.</summary>
    public static NodeAddress? LeaderIn(RpcException e) =>
        Trailer(e, "leader-endpoint-host") is { Length: > 0 } host
        && int.TryParse(Trailer(e, "leader-endpoint-port"), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
        && new NodeAddress(host, port) is { IsUsable: true } address
            ? address
            : null;

    /// <summary>True where a connection can be made, but not this kind: TLS isn't trusted or not spoken, or it isn't HTTP/2.</summary>
    public static bool IsWrongProtocol(RpcException e) => Causes(e.Status.DebugException).Any(cause =>
        cause is AuthenticationException
        || cause is HttpRequestException
        {
            HttpRequestError: HttpRequestError.SecureConnectionError or HttpRequestError.HttpProtocolError
                or HttpRequestError.VersionNegotiationError or HttpRequestError.InvalidResponse,
        });

    /// <summary>One sentence for the operator, naming the setting to look at.</summary>
    public static string Sentence(RpcException e, NodeAddress address, EventStoreDbOptions options) => Of(e) switch
    {
        RpcFault.Unauthenticated => options.User is { } user
            ? $"{address} refuses the user '{user.Name}' or its password: see user:password@ in {options.Setting}."
            : $"{address} wants a user: see user:password@ or userCertFile in {options.Setting}.",
        RpcFault.Denied => $"{address} denies this to {(options.User is { } user ? $"the user '{user.Name}'" : "whoever comes without a user")}: "
            + $"give it the rights that the adapter's README lists, or see user:password@ in {options.Setting}.",
        RpcFault.OtherProtocol => NotOurs(address, options),
        RpcFault.Garbled => $"{address} sends what no EventStoreDB sends ({Said(e.Status.Detail)}): see the hosts in {options.Setting}.",
        RpcFault.NotLeader => $"{address} doesn't lead the cluster, and no leader can be reached: see the hosts in {options.Setting}.",
        _ => Broken(e, address, options),
    };

    private static string Broken(RpcException e, NodeAddress address, EventStoreDbOptions options)
    {
        var causes = Causes(e.Status.DebugException ?? e).ToList();
        if (causes.OfType<AuthenticationException>().FirstOrDefault() is { } tls)
        {
            return $"A TLS connection to {address} can't be made ({Innermost(tls)}): see tls, tlsCaFile and userCertFile in {options.Setting}.";
        }

        return causes.OfType<HttpRequestException>().FirstOrDefault()?.HttpRequestError switch
        {
            HttpRequestError.SecureConnectionError =>
                $"A TLS connection to {address} can't be made ({Innermost(e.Status.DebugException!)}): see tls, tlsCaFile and userCertFile in {options.Setting}.",
            HttpRequestError.HttpProtocolError or HttpRequestError.VersionNegotiationError or HttpRequestError.InvalidResponse or HttpRequestError.ResponseEnded =>
                NotOurs(address, options),
            HttpRequestError.NameResolutionError => $"The host of {address} can't be found: see the hosts in {options.Setting}.",
            _ => $"{address} can't be reached or doesn't answer ({(e.StatusCode, Innermost(e.Status.DebugException ?? e)) switch
            {
                (StatusCode.DeadlineExceeded, _) => "deadline exceeded",
                (_, var inner) => Said(e.Status.DebugException is null ? e.Status.Detail : inner),
            }}): see the hosts in {options.Setting}.",
        };
    }

    /// <summary>A server's own words, as far as they fit into a sentence and into a line of a log.</summary>
    public static string Said(string words) => new([.. words.Take(200).Select(c => char.IsControl(c) ? ' ' : c)]);

    private static string NotOurs(NodeAddress address, EventStoreDbOptions options) =>
        $"What listens at {address} doesn't speak EventStoreDB's protocol{(options.Tls ? "" : ", or it expects tls=true")}: see host, port and tls in {options.Setting}.";

    private static IEnumerable<Exception> Causes(Exception? e)
    {
        for (; e is not null; e = e.InnerException) yield return e;
    }

    private static string Innermost(Exception e) => Causes(e).Last().Message.TrimEnd('.');

    private static string? Trailer(RpcException e, string key) => e.Trailers.GetValue(key);
}
