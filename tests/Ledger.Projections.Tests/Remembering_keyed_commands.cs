using Ledger.Projections.Sequencing;

namespace Ledger.Projections.Tests;

/// <summary>An Idempotency-Key that comes again with another id is found among however many there were.</summary>
public sealed class Remembering_keyed_commands
{
    /// <summary>More than twice as many as are kept before they are sorted in.</summary>
    private const int Many = 150_000;

    [Theory]
    [InlineData(0)]
    [InlineData(70_000)]
    public void Each_is_found_where_it_was_first_and_no_other(int saved)
    {
        var ids = Ids(new Random(5), Many).ToArray();
        var keyed = new KeyedCommands();
        var loaded = ids[..saved].Select((id, place) => (Prefix: KeyedCommands.PrefixOf(id), Sequence: (long)place)).OrderBy(pair => pair.Prefix).ToArray();
        keyed.Load([.. loaded.Select(pair => pair.Prefix)], [.. loaded.Select(pair => pair.Sequence)]);

        for (var place = saved; place < Many; place++) keyed.Add(KeyedCommands.PrefixOf(ids[place]), place);
        for (var place = 0; place < Many; place += 7) keyed.Add(KeyedCommands.PrefixOf(ids[place]), Many + place);

        for (var place = 0; place < Many; place++) Assert.Equal(place, keyed.Find(ids[place]));
        foreach (var other in Ids(new Random(6), 10_000)) Assert.Null(keyed.Find(other));
    }

    /// <summary>Beginnings of both signs: they are compared as numbers.</summary>
    private static IEnumerable<Guid> Ids(Random random, int count)
    {
        var bytes = new byte[16];
        for (var n = 0; n < count; n++)
        {
            random.NextBytes(bytes);
            yield return new Guid(bytes, bigEndian: true);
        }
    }
}
