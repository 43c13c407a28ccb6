using System.Text;
using Ledger.Api.Http;
using Ledger.Application;
using Ledger.Application.Commands;
using Ledger.Domain;
using Ledger.Domain.Access;
using Ledger.EventStore;
using Ledger.Node;
using Ledger.Serialization;

namespace Ledger.Api.Hosting;

/// <summary>The key that the first start makes, so that there is an administrator at all.</summary>
internal static class FirstKey
{
    // Fixed, so that two nodes that start first at the same moment race for one stream and agree on who won.
    public static readonly KeyId Id = new("administrator");

    private static readonly Guid Namespace = new("6f6f2f0b-6a0f-4f4e-9d5a-0d3a1b6b7c11");

    /// <returns>The key, where this start made it; null where there is one already, or the operator brought it.</returns>
    public static async Task<string?> EnsureAsync(LedgerNode node, LedgerSettings settings, CancellationToken cancellation)
    {
        var stream = Streams.Of(Id);
        var newest = await node.Store.ReadStreamAsync(stream, ReadDirection.Backwards, null, 1, cancellation);
        if (newest.Count > 0) return null;

        var key = settings.AdministratorKey ?? ApiKey.Make(Id);
        var seal = new Sealer();
        var command = new AccessCommand.IssueKey(
            Id, new Subject("administrator"), seal.DisplayName("First administrator"), Values.Of(Role.Administrator), null,
            Values<AgreementId>.None, null, ApiKey.Hash(node.HashingKey, key));
        var hash = System.Buffers.Text.Base64Url.EncodeToString(System.Security.Cryptography.SHA256.HashData(Encoding.ASCII.GetBytes(command.SecretHash)));
        var identity = new CommandIdentity(DeterministicId.Version5(Namespace, "first administrator"u8), HasKey: false, hash);
        var outcome = await node.Mediator.Send(
            new Execute<AccessCommand>(stream, command, Principal.Machine("first-start"), identity, null, seal.Done()), cancellation);

        // Another node was first: its key stands, and its operator has it.
        if (outcome is not CommandOutcome.Stored { Repeat: Repeat.No } stored) return null;
        await node.View.WaitUntilVisibleAsync(stored.Answer.Position, TimeSpan.FromSeconds(5), cancellation);
        return settings.AdministratorKey is null ? key : null;
    }
}
