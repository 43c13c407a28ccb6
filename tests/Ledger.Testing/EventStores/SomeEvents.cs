using System.Text;
using Ledger.EventStore;

namespace Ledger.Testing.EventStores;

/// <summary>Events for tests of stores, to whom their meaning is nothing.</summary>
public static class SomeEvents
{
    public static readonly ReadOnlyMemory<byte> NoBytes = ReadOnlyMemory<byte>.Empty;

    public static EventToAppend One(Guid? id = null, string data = """{"what":"an example"}""") =>
        new(id ?? Guid.NewGuid(), "example-recorded-v1", Encoding.UTF8.GetBytes(data), Encoding.UTF8.GetBytes("""{"by":"a test"}"""));

    public static EventToAppend[] Many(int count) => [.. Enumerable.Range(0, count).Select(n => One(data: $$"""{"n":{{n}}}"""))];

    /// <summary>One event that counts for exactly so many bytes against <see cref="AppendLimits.Bytes"/>.</summary>
    public static EventToAppend OfBytes(int bytes)
    {
        const string Type = "large-v1";
        var rest = bytes - (2 * Type.Length);
        return new(Guid.NewGuid(), Type, new byte[rest / 2], new byte[rest - (rest / 2)]);
    }
}
