using System.Buffers.Binary;
using Ledger.Dashboard.Audit;
using Ledger.Node;
using Ledger.Transparency;

namespace Ledger.Api.Dashboard;

/// <summary>The transparency log of this node, for the audit page.</summary>
internal static class LogPictures
{
    private const int Seals = 10;

    public static async ValueTask<LogPicture> OfAsync(LedgerNode node, CancellationToken cancellation)
    {
        var (log, seals) = (node.Log, await node.Log.LastSealsAsync(Seals, cancellation));
        return new LogPicture(
            log.Origin.Value, log.Key.ToString(),
            log.Published is { } head ? new LogHead(head.Checkpoint.Size.Value, head.Checkpoint.Root.ToString(), null) : null,
            log.Published is { } published ? Witnesses(published) : [],
            [.. seals.Select(seal => new LogHead(seal.Size.Value, seal.Root.ToString(), seal.At))],
            log.KeyChanges.Count,
            [.. log.Health.Problems.Select(problem => problem.Code)])
        {
            WitnessKeys = [.. log.NamedWitnesses.Select(key => key.ToString())],
        };
    }

    /// <summary>C2SP tlog-cosignature: 8 bytes of time in front of 64 of signature. Whose key it really is, only a policy can say; merging has checked it.</summary>
    private static List<LogWitness> Witnesses(SignedCheckpoint head) =>
    [
        .. head.Note.Signatures
            .Where(line => line.Value.Length == 72)
            .Select(line => new LogWitness(line.Name.ToString(), DateTimeOffset.FromUnixTimeSeconds((long)BinaryPrimitives.ReadUInt64BigEndian(line.Value.Span)))),
    ];
}
