using Grpc.Core;
using Ledger.EventStore.EventStoreDb.Wire;

namespace Ledger.WireDouble;

/// <summary>Makes users, for whoever is <c>admin</c>.</summary>
internal sealed class UsersService(DoubleNode node) : Users.UsersBase
{
    public override Task<CreateResp> Create(CreateReq request, ServerCallContext context)
    {
        if (node.Users.Count > 0 && Refusals.Caller(node, context) != "admin") throw Refusals.Denied();
        return node.AddUser(request.Options.LoginName, request.Options.Password)
            ? Task.FromResult(new CreateResp())
            : throw Refusals.With(StatusCode.FailedPrecondition, "Conflict.", ("exception", "user-conflict"), ("login-name", request.Options.LoginName));
    }
}
