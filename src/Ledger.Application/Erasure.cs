using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.EventStore.Vault;
using Ledger.Projections;
using Ledger.Serialization;

namespace Ledger.Application;

/// <summary>Takes personal data out of a case beyond recovery, while the history and its proofs stay as they are.</summary>
/// <remarks>
/// The event comes first and then the destruction: where the program dies between them, the next start finds the event and destroys again.
/// The other way round, a text could be gone and nobody would know why.
/// </remarks>
public sealed class Erasure(HistoryReader reader, IVault vault, LedgerView view)
{
    /// <summary>Finds what the names of a request stand for: parts of the confidential part, and long free texts by the name of their field.</summary>
    public async ValueTask<ViolationCommand.Erase> ResolveAsync(ViolationCommand.Erase command, ViolationState state, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(state);
        var held = await HeldAsync(state, cancellation);
        var wanted = command.Names.Count == 0
            ? held.Where(disclosure => disclosure.Class == DisclosureClass.Confidential)
            : held.Where(disclosure => command.Names.Contains(disclosure.Name));
        return command with { Digests = wanted.Select(disclosure => disclosure.Digest).Order(StringComparer.Ordinal).ToValues() };
    }

    /// <summary>Destroys the keys and the rows, and has every index forget.</summary>
    public async ValueTask ApplyAsync(IEnumerable<string> digests, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(digests);
        string[] erased = [.. digests];
        if (erased.Length == 0) return;
        await vault.DestroyAsync(erased, cancellation);
        await view.ForgetAsync(erased, cancellation);
    }

    private async ValueTask<IEnumerable<Disclosure>> HeldAsync(ViolationState state, CancellationToken cancellation)
    {
        var history = await reader.ReadAsync<ViolationEvent>(Streams.Of(state.ViolationId), null, cancellation);
        var digests = history.SelectMany(e => EventCodec.SealedDigests(e.Stored.Data)).Where(digest => !state.Erased.Contains(digest)).ToHashSet(StringComparer.Ordinal);
        return (await vault.OpenAsync(digests, cancellation)).Values;
    }
}
