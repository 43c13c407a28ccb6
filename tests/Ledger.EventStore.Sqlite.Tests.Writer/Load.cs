using System.Globalization;

namespace Ledger.EventStore.Sqlite.Tests.Writer;

/// <summary>Appends from many sides until killed. A line before each append says what will be tried, one after it what was acknowledged.</summary>
internal static class Load
{
    private const int Writers = 8;

    private static readonly Lock Gate = new();

    public static async Task<int> RunAsync(string file)
    {
        await using var store = SqliteEventStore.Open(new SqliteEventStoreOptions(file));
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(() => WriteAsync(store))));
        return 0;
    }

    private static async Task WriteAsync(SqliteEventStore store)
    {
        var stream = new StreamName($"load-{Guid.NewGuid():N}");
        for (var next = 0L; ;)
        {
            EventToAppend[] events = [NewEvent(), NewEvent()];
            Say($"try {stream} {next} {events[0].Id} {events[1].Id}");
            var expected = next == 0 ? ExpectedRevision.NoStream : ExpectedRevision.At(new StreamRevision(next - 1));
            var outcome = await store.AppendAsync(stream, expected, events, CancellationToken.None);
            if (outcome is not AppendOutcome.Appended appended) throw new InvalidOperationException($"{stream}: {outcome}");
            Say(string.Create(CultureInfo.InvariantCulture, $"stored {stream} {next} {appended.Position}"));
            next = appended.Revision.Value + 1;
        }
    }

    private static EventToAppend NewEvent() => new(Guid.NewGuid(), "load-v1", new byte[Random.Shared.Next(10, 3000)], new byte[20]);

    private static void Say(string line)
    {
        lock (Gate)
        {
            Console.Out.WriteLine(line);
            Console.Out.Flush();
        }
    }
}
