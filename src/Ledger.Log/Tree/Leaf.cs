using System.Text.Json;
using Ledger.EventStore;
using Ledger.Transparency;

namespace Ledger.Log.Tree;

/// <summary>An event on its way into the tree.</summary>
internal readonly record struct Leaf(long Sequence, Hash Commitment, Hash LeafHash, Position Position)
{
    /// <summary>The leaf of a stored event, from its exact bytes.</summary>
    /// <exception cref="LogFaultException">Not even its time can be read.</exception>
    public static Leaf Of(Origin origin, long sequence, RecordedEvent stored)
    {
        var header = new EventHeader(
            origin, new LeafIndex(sequence), stored.Id, stored.Stream.Value, stored.Revision.Value, stored.Type, RecordedAt(sequence, stored));
        var entry = LeafEntry.Of(header, stored.Data.Span, stored.Metadata.Span);
        return new Leaf(sequence, entry.Commitment, entry.LeafHash, stored.Position);
    }

    private static UnixMicroseconds RecordedAt(long sequence, RecordedEvent stored)
    {
        try
        {
            // Of the metadata the leaf takes the time alone: whatever else a later program writes there is no matter of the log's.
            var json = new Utf8JsonReader(stored.Metadata.Span);
            while (json.Read())
            {
                if (json.TokenType != JsonTokenType.PropertyName || json.CurrentDepth != 1 || !json.ValueTextEquals("recordedAt"u8)) continue;
                json.Read();
                if (json.TokenType == JsonTokenType.String && json.TryGetDateTimeOffset(out var at)) return new UnixMicroseconds((at - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
                break;
            }
        }
        catch (JsonException)
        {
            // Told below: not even its time can be read.
        }

        throw new LogFaultException(LogProblems.UnreadableEvent, $"The event at sequence {sequence} can't be logged: its metadata don't say when it was recorded.", sequence);
    }
}
