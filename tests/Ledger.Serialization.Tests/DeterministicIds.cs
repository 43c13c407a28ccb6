namespace Ledger.Serialization.Tests;

public class DeterministicIds
{
    private static readonly Guid Dns = new("6ba7b810-9dad-11d1-80b4-00c04fd430c8");

    /// <summary>RFC 9562, appendix A.4.</summary>
    [Fact]
    public void They_are_those_of_rfc_9562() =>
        Assert.Equal(new Guid("2ed6657d-e927-568b-95e1-2665a8aea6a2"), DeterministicId.Version5(Dns, "www.example.com"u8));

    [Fact]
    public void They_say_that_they_are_of_version_5()
    {
        for (var name = 0; name < 256; name++)
        {
            var id = DeterministicId.Version5(Dns, [(byte)name]);
            Assert.Equal((5, 8), (id.Version, id.Variant & 0xC));
        }
    }
}
