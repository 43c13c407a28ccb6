namespace Ledger.EventStore.Sqlite.Tests.Writer;

/// <summary>Appends until there is no room, makes room, and appends again; then reads everything back. Fails loudly where the store doesn't keep its word.</summary>
internal static class Fill
{
    public static async Task<int> RunAsync(string directory, IScarcity scarcity)
    {
        var file = Path.Combine(directory, "events.db");
        var stored = new List<Guid>();
        var refused = new List<EventToAppend[]>();

        await using (var store = SqliteEventStore.Open(new SqliteEventStoreOptions(file)))
        {
            scarcity.Begin();
            while (refused.Count < 5) await AppendOneAsync(store, stored, refused);

            scarcity.End();
            var before = refused.Count;
            for (var n = 0; n < 50; n++) await AppendOneAsync(store, stored, refused);
            Require(refused.Count == before, "With room again, appends must succeed without a restart.");
            // A refused append may be repeated, and is then stored.
            await AppendOneAsync(store, stored, refused, again: refused[0]);
        }

        await using var reopened = SqliteEventStore.Open(new SqliteEventStoreOptions(file));
        var found = new List<Guid>();
        await foreach (var page in reopened.ReadAllAsync(null, CancellationToken.None)) found.AddRange(page.Select(e => e.Id));
        Require(found.SequenceEqual(stored), $"All that was acknowledged and nothing else must be there: {stored.Count} events, found {found.Count}.");
        Console.Out.WriteLine($"kept {stored.Count / 3} appends");
        return 0;
    }

    private static async Task AppendOneAsync(SqliteEventStore store, List<Guid> stored, List<EventToAppend[]> refused, EventToAppend[]? again = null)
    {
        // Three events an append: half of one must never be found.
        var events = again ?? [NewEvent(), NewEvent(), NewEvent()];
        try
        {
            var outcome = await store.AppendAsync(new StreamName($"fill-{events[0].Id:N}"), ExpectedRevision.NoStream, events, CancellationToken.None);
            Require(outcome is AppendOutcome.Appended, $"The append came out as {outcome}.");
            stored.AddRange(events.Select(e => e.Id));
        }
        catch (StoreUnavailableException e)
        {
            Console.Out.WriteLine($"refused: {e.Message}");
            refused.Add(events);
        }
    }

    private static EventToAppend NewEvent() => new(Guid.NewGuid(), "fill-v1", new byte[5000], new byte[20]);

    private static void Require(bool holds, string otherwise)
    {
        if (!holds) throw new InvalidOperationException(otherwise);
    }
}

/// <summary>A way for room to be lacking, and to come back.</summary>
internal interface IScarcity
{
    void Begin();

    void End();
}
