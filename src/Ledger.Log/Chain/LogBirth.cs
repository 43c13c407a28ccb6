using System.Globalization;
using Ledger.EventStore;
using Ledger.Log.Signing;
using Ledger.Transparency;

namespace Ledger.Log.Chain;

/// <summary>Finds the log of a store, or makes it: two first starts on one store agree on one name and one key.</summary>
internal static class LogBirth
{
    private const string Name = "log-checkpoints";

    public static StreamName StreamOf(int number) =>
        new(number == 0 ? Name : string.Create(CultureInfo.InvariantCulture, $"{Name}-{number}"));

    /// <summary>The newest log of the store and its number; null where there is none yet.</summary>
    public static async Task<(int Number, LogEvent.Created Created)?> FindAsync(IEventStore store, CancellationToken cancellation)
    {
        (int, LogEvent.Created)? newest = null;
        for (var number = 0; ; number++)
        {
            var first = await store.ReadStreamAsync(StreamOf(number), ReadDirection.Forwards, null, 1, cancellation);
            if (first.Count == 0) return newest;
            newest = first[0].Revision == StreamRevision.First && LogEvents.Read(first[0]) is LogEvent.Created created
                ? (number, created)
                : throw new LogRefusedException($"The stream {StreamOf(number)} doesn't begin with the log's name and key: this store isn't a ledger's, or somebody else writes to it.");
        }
    }

    /// <exception cref="LogRefusedException">The store's log has another name than asked for.</exception>
    public static async Task<LogChain> OpenAsync(
        IEventStore store, string? wanted, Func<string> fresh, SignerKeys keys, TimeProvider time, CancellationToken cancellation)
    {
        while (true)
        {
            if (await FindAsync(store, cancellation) is var (number, created))
            {
                if (wanted is not null && wanted != created.Origin.Value)
                    throw new LogRefusedException($"This ledger's origin is '{created.Origin}'; it can't be started as '{wanted}' (Ledger:Origin). Every proof names the origin.");
                return LogChain.Begin(StreamOf(number), created);
            }

            // Lost races come round again and find the winner's.
            await CreateAsync(store, 0, Origin.Of(wanted ?? fresh()), null, keys, time, cancellation);
        }
    }

    /// <returns>False where another log took the place.</returns>
    public static async Task<bool> CreateAsync(
        IEventStore store, int number, Origin origin, SignedNote? lost, SignerKeys keys, TimeProvider time, CancellationToken cancellation)
    {
        var created = new LogEvent.Created(origin, keys.FirstFor(KeyName.Of(origin.Value)).Verifier, lost);
        return await store.AppendAsync(
            StreamOf(number), ExpectedRevision.NoStream, [LogEvents.ToAppend(created, time.GetUtcNow())], cancellation) is AppendOutcome.Appended;
    }
}
