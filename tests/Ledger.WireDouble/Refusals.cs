using System.Globalization;
using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Connections.Features;

namespace Ledger.WireDouble;

/// <summary>The server's errors, with the trailers that tell them apart.</summary>
internal static class Refusals
{
    public static RpcException NotLeader((string Host, int Port)? leader) => leader is { } l
        ? With(StatusCode.NotFound, $"Leader info available at {l.Host}:{l.Port}", ("exception", "not-leader"), ("leader-endpoint-host", l.Host), ("leader-endpoint-port", l.Port.ToString(CultureInfo.InvariantCulture)))
        : With(StatusCode.Unknown, "No leader info available in response");

    public static RpcException Denied() => With(StatusCode.PermissionDenied, "Access Denied", ("exception", "access-denied"));

    public static RpcException Unauthenticated() => With(StatusCode.Unauthenticated, "");

    public static RpcException StreamDeleted(string stream) =>
        With(StatusCode.FailedPrecondition, $"Event stream '{stream}' is deleted.", ("exception", "stream-deleted"), ("stream-name", stream));

    public static RpcException TooLarge() => With(
        StatusCode.InvalidArgument, "Maximum Append Size of 1048576 Exceeded.", ("exception", "maximum-append-size-exceeded"), ("maximum-append-size", "1048576"));

    public static RpcException MissingMetadata() => With(
        StatusCode.InvalidArgument, "Required Metadata Property Missing", ("exception", "missing-required-metadata-property"), ("required-metadata-properties", "type,content-type"));

    public static RpcException NotReady() => With(StatusCode.Unavailable, "Server Is Not Ready");

    public static RpcException TooBusy() => With(StatusCode.Unavailable, "Server Is Too Busy");

    public static RpcException CommitTimeout() => With(StatusCode.Aborted, "Operation timed out: Commit phase timeout.");

    public static RpcException ConsumerTooSlow() => With(StatusCode.Aborted, "Operation timed out: Consumer too slow to handle event while live. Client resubscription required.");

    public static RpcException Unknown(string detail) => With(StatusCode.Unknown, detail);

    public static RpcException Invalid(string detail) => With(StatusCode.InvalidArgument, detail);

    public static RpcException With(StatusCode code, string detail, params (string Key, string Value)[] trailers)
    {
        var metadata = new Metadata();
        foreach (var (key, value) in trailers) metadata.Add(key, value);
        return new RpcException(new Status(code, detail), metadata);
    }

    /// <summary>The user who calls, null for nobody.</summary>
    public static string? Caller(DoubleNode node, ServerCallContext context)
    {
        if (node.TakesCertificates && context.GetHttpContext().Connection.ClientCertificate is { } certificate)
            return certificate.GetNameInfo(System.Security.Cryptography.X509Certificates.X509NameType.SimpleName, forIssuer: false);
        if (context.RequestHeaders.GetValue("authorization") is not { } header) return null;
        var pair = Encoding.UTF8.GetString(Convert.FromBase64String(header["Basic ".Length..])).Split(':', 2);
        if (node.Users.Count == 0) return pair[0];
        return node.Users.GetValueOrDefault(pair[0]) == pair[1] ? pair[0] : throw Unauthenticated();
    }

    public static void Require(DoubleNode node, ServerCallContext context, string stream, char right)
    {
        var user = Caller(node, context);
        if ((node.Users.Count > 0 && user is null) || node.Denies(user, stream, right)) throw Denied();
    }

    public static void CutConnection(ServerCallContext context) =>
        context.GetHttpContext().Features.Get<IConnectionLifetimeFeature>()!.Abort();

    public static void Reset(ServerCallContext context) => context.GetHttpContext().Abort();
}
