using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Ledger.EventStore;
using Ledger.Serialization;

namespace Ledger.Projections.Sequencing;

/// <summary>A page of the store's order: the ledger's events in it, decoded.</summary>
/// <param name="ReadTo">The position of the page's last event, be it the ledger's or not.</param>
internal sealed record DecodedPage(IReadOnlyList<DecodedRecord> Records, Position ReadTo);

/// <summary>Reads the store's order, leaves out what isn't the ledger's, and decodes the rest, several pages at once and in order.</summary>
internal sealed class LedgerReader(IEventStore store)
{
    private const int PagesAhead = 8;

    // A few events are decoded sooner than another thread is woken.
    private const int FewEvents = 8;

    private long _ahead;

    /// <summary>Events of the ledger that were read and not yet taken.</summary>
    public long Ahead => Volatile.Read(ref _ahead);

    /// <param name="follow">Goes on with whatever is appended later.</param>
    public async IAsyncEnumerable<DecodedPage> ReadAsync(Position? after, bool follow, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        // Synchronous: where one page at a time comes, whoever read it goes on with it, and no other thread is woken for it.
        var pages = Channel.CreateBounded<Task<DecodedPage>>(new BoundedChannelOptions(PagesAhead) { SingleReader = true, AllowSynchronousContinuations = true });
        // A store may read on the caller's thread, so it gets one of its own.
        var reading = Task.Run(() => FillAsync(pages.Writer, after, follow, stop.Token), CancellationToken.None);
        try
        {
            await foreach (var page in pages.Reader.ReadAllAsync(cancellation))
            {
                var decoded = await page;
                yield return decoded;
                Interlocked.Add(ref _ahead, -decoded.Records.Count);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Interlocked.Exchange(ref _ahead, 0);
        }
    }

    /// <summary>Decodes one stored event; what can't be read is said, not thrown, because it may be numbered all the same.</summary>
    public static DecodedRecord Decode(RecordedEvent stored)
    {
        try
        {
            return new DecodedRecord(
                stored, EventCodec.DecodeMetadata(stored.Metadata), EventCodec.Decode(stored.Type, stored.Data).Event, null, Digests.In(stored.Data.Span));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return new DecodedRecord(stored, null, null, e, []);
        }
    }

    private async Task FillAsync(ChannelWriter<Task<DecodedPage>> pages, Position? after, bool follow, CancellationToken cancellation)
    {
        try
        {
            await foreach (var page in follow ? store.SubscribeAsync(after, cancellation) : store.ReadAllAsync(after, cancellation))
            {
                var leaves = page.Where(stored => LeafStreams.Holds(stored.Stream)).ToArray();
                Interlocked.Add(ref _ahead, leaves.Length);
                var decoding = leaves.Length <= FewEvents
                    ? Task.FromResult(DecodePage(leaves, page[^1].Position))
                    : Task.Run(() => DecodePage(leaves, page[^1].Position), CancellationToken.None);
                await pages.WriteAsync(decoding, cancellation);
            }

            pages.Complete();
        }
        catch (Exception e)
        {
            pages.TryComplete(e);
        }
    }

    private static DecodedPage DecodePage(RecordedEvent[] leaves, Position readTo) => new(Array.ConvertAll(leaves, Decode), readTo);
}
