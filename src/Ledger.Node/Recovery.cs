using Ledger.EventStore;
using Ledger.Log;
using Ledger.Log.Signing;
using Ledger.Transparency;

namespace Ledger.Node;

/// <summary>What gets a node out of read-only after events were lost for good: a new log over what is left, which names the lost head.</summary>
public static class Recovery
{
    /// <summary>Begins the new log. The node must not be running on this data.</summary>
    /// <param name="origin">The new log's name.</param>
    /// <returns>The head that was lost.</returns>
    /// <exception cref="StoreUnavailableException">There is nothing to recover from; the message is for people.</exception>
    public static async Task<SignedCheckpoint> AcceptLossAsync(NodeOptions options, string origin, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        await using var parts = await NodeParts.OpenAsync(options, cancellation);
        try
        {
            var lost = TransparencyLog.ReadSignerState(options.SignerState)
                ?? throw new StoreUnavailableException($"The signer's state {options.SignerState} isn't there: which head was lost, nobody here can say. Nothing was changed.");
            await TransparencyLog.RecoverAsync(parts.Store, SignerKeys.In(options.Secrets), origin, lost, options.Time, cancellation);
            TransparencyLog.SetAside(options.SignerState, NodeParts.TileFileIn(options.Data));
            OriginFile.Keep(options.Data, origin);
            return lost;
        }
        catch (LogRefusedException e)
        {
            throw new StoreUnavailableException(e.Message, e);
        }
    }
}
