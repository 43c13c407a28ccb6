using System.Text;
using Ledger.Domain.Access;
using Ledger.Domain.Agreements;
using Ledger.Domain.Claims;
using Ledger.Domain.Coverage;
using Ledger.Domain.Violations;

namespace Ledger.Serialization.Tests;

/// <summary>Files of stored events: added and never changed, so that what was ever stored is read for ever.</summary>
public class Goldens
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "golden");

    private static readonly Type[] Families =
        [typeof(AgreementEvent), typeof(CoverageEvent), typeof(ClaimEvent), typeof(ViolationEvent), typeof(AccessEvent), typeof(AccountEvent), typeof(WebhookEvent), typeof(ReadingEvent)];

    public static TheoryData<string> Files => new(Directory.GetFiles(Folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal));

    public static TheoryData<string> Written => new(Examples.All.Keys);

    public static TheoryData<string> NestedTypes =>
        new(Families.SelectMany(family => family.GetNestedTypes()).Select(type => type.FullName!));

    [Theory, MemberData(nameof(Files))]
    public void Every_golden_ever_is_read(string golden)
    {
        var decoded = EventCodec.Decode(Examples.TypeOf(golden), File.ReadAllBytes(FileOf(golden)));

        Assert.NotNull(decoded.Event);
        Assert.Null(decoded.Extra);
        if (Examples.All.TryGetValue(golden, out var example)) Assert.Equal(example, decoded.Event);
    }

    [Theory, MemberData(nameof(Written))]
    public void Todays_writer_writes_exactly_these_bytes(string golden)
    {
        var encoded = EventCodec.Encode(Examples.All[golden]);

        Assert.Equal(Examples.TypeOf(golden), encoded.Type);
        var text = Encoding.UTF8.GetString(encoded.Data);
        Assert.True(File.Exists(FileOf(golden)), $"golden/{golden}.json isn't there. Today's writer would put this into it:\n{text}");
        Assert.Equal(File.ReadAllText(FileOf(golden)), text);
    }

    [Theory, MemberData(nameof(NestedTypes))]
    public void Every_event_of_every_family_has_a_stored_type_and_a_golden(string nested)
    {
        var type = Assert.Single(Families.SelectMany(family => family.GetNestedTypes()), type => type.FullName == nested);

        Assert.Contains(StoredTypes.Registry.Types, stored => stored.ClrType == type);
        Assert.Contains(Examples.All, example => example.Value.GetType() == type);
    }

    [Fact]
    public void Every_stored_type_belongs_to_a_family() =>
        Assert.All(StoredTypes.Registry.Types, stored => Assert.Contains(stored.ClrType.BaseType, Families));

    [Fact]
    public void No_golden_is_lost() =>
        Assert.Empty(Examples.All.Keys.Except(Directory.GetFiles(Folder).Select(file => Path.GetFileNameWithoutExtension(file)!)));

    private static string FileOf(string golden) => Path.Combine(Folder, golden + ".json");
}
