using System.Buffers.Text;
using System.Security.Cryptography;
using Ledger.EventStore.Vault;

namespace Ledger.EventStore.Tests;

public sealed class Disclosures
{
    // RFC 9901 (SD-JWT) §4.2.3.
    private const string Known = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0";
    private const string KnownDigest = "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0";

    private static readonly WrappingKey Key = WrappingKey.FromBytes([.. Enumerable.Range(0, 32).Select(n => (byte)n)]);
    private static readonly WrappingKey OtherKey = WrappingKey.FromBytes([.. Enumerable.Range(1, 32).Select(n => (byte)n)]);

    [Fact]
    public void The_standards_example_has_the_standards_digest()
    {
        var disclosure = Disclosure.Parse(DisclosureClass.Case, Known);

        Assert.Equal(KnownDigest, disclosure.Digest);
        Assert.Equal("family_name", disclosure.Name);
        Assert.Equal("\"Möbius\"", disclosure.ValueJson());
    }

    [Fact]
    public void A_sealed_value_is_read_back_as_it_was()
    {
        var disclosure = Disclosure.Seal(DisclosureClass.Confidential, "source", """{"name":"Тиша","n":1.50}""");

        Assert.Equal(disclosure, Disclosure.Parse(DisclosureClass.Confidential, disclosure.Encoded));
        Assert.Equal("""{"name":"Тиша","n":1.50}""", disclosure.ValueJson());
    }

    [Fact]
    public void The_same_value_has_another_digest_each_time() =>
        Assert.NotEqual(
            Disclosure.SealText(DisclosureClass.Case, "narrative", "the same").Digest,
            Disclosure.SealText(DisclosureClass.Case, "narrative", "the same").Digest);

    [Theory]
    [InlineData("not base64url!")]
    [InlineData("")]
    [InlineData("e30")] // {}
    [InlineData("W10")] // []
    [InlineData("WyJzYWx0IiwibmFtZSJd")] // ["salt","name"]
    [InlineData("WyJzYWx0IixudWxsLDFd")] // ["salt",null,1]
    [InlineData("WzEsIm5hbWUiLDFd")] // [1,"name",1]
    public void What_is_no_disclosure_is_refused(string encoded) =>
        Assert.Throws<FormatException>(() => Disclosure.Parse(DisclosureClass.Case, encoded));

    [Theory]
    [InlineData(DisclosureClass.Case)]
    [InlineData(DisclosureClass.Confidential)]
    [InlineData(DisclosureClass.DisplayName)]
    public void What_was_encrypted_is_decrypted(DisclosureClass @class)
    {
        var disclosure = Disclosure.SealText(@class, "narrative", "Möbius");

        Assert.Equal(disclosure, DisclosureCipher.Open(DisclosureCipher.Seal(disclosure, Key), Key));
    }

    [Fact]
    public void Each_row_has_a_data_key_of_its_own()
    {
        var disclosure = Disclosure.Parse(DisclosureClass.Case, Known);
        var (one, other) = (DisclosureCipher.Seal(disclosure, Key), DisclosureCipher.Seal(disclosure, Key));

        Assert.NotEqual(
            KeyWrap.Unwrap(one.Key, Key, KnownDigest, DisclosureClass.Case),
            KeyWrap.Unwrap(other.Key, Key, KnownDigest, DisclosureClass.Case));
        Assert.ThrowsAny<CryptographicException>(() => DisclosureCipher.Open(one with { Key = other.Key }, Key));
    }

    [Fact]
    public void No_row_opens_under_another_key_digest_or_class()
    {
        var row = DisclosureCipher.Seal(Disclosure.Parse(DisclosureClass.Case, Known), Key);

        Assert.ThrowsAny<CryptographicException>(() => DisclosureCipher.Open(row, OtherKey));
        Assert.ThrowsAny<CryptographicException>(() => DisclosureCipher.Open(row with { Key = row.Key with { KeyId = OtherKey.Id } }, OtherKey));
        Assert.ThrowsAny<CryptographicException>(() => DisclosureCipher.Open(row with { Class = DisclosureClass.Confidential }, Key));
        Assert.ThrowsAny<CryptographicException>(() => DisclosureCipher.Open(row with { Digest = Disclosure.DigestOf("another") }, Key));
    }

    [Fact]
    public void No_row_opens_with_any_bit_changed()
    {
        var row = DisclosureCipher.Seal(Disclosure.Parse(DisclosureClass.Case, Known), Key);

        for (var bit = 0; bit < row.Ciphertext.Length * 8; bit++)
            Assert.ThrowsAny<CryptographicException>(() => DisclosureCipher.Open(row with { Ciphertext = Flip(row.Ciphertext, bit) }, Key));
        for (var bit = 0; bit < row.Key.Bytes.Length * 8; bit++)
            Assert.ThrowsAny<CryptographicException>(() => DisclosureCipher.Open(row with { Key = row.Key with { Bytes = Flip(row.Key.Bytes, bit) } }, Key));
        Assert.ThrowsAny<CryptographicException>(() => DisclosureCipher.Open(row with { Ciphertext = row.Ciphertext[..20] }, Key));
    }

    [Fact]
    public void A_rewrapped_key_is_the_same_key()
    {
        var row = DisclosureCipher.Seal(Disclosure.Parse(DisclosureClass.Case, Known), Key);

        var rewrapped = row with { Key = KeyWrap.Rewrap(row.Key, Key, OtherKey, row.Digest, row.Class) };

        Assert.Equal(Known, DisclosureCipher.Open(rewrapped, OtherKey).Encoded);
        Assert.ThrowsAny<CryptographicException>(() => DisclosureCipher.Open(rewrapped, Key));
    }

    // Written once and never changed: vaults hold rows of this form for ever.
    [Fact]
    public void A_row_of_the_first_version_opens()
    {
        var row = new SealedDisclosure(
            KnownDigest,
            DisclosureClass.Confidential,
            Base64Url.DecodeFromChars("cl4E2iO9T0Hishj-FIqm06odgmhg03azZV3jACHS649oL6wa4QB7edUIHjVN9aW-QxlDNfLkO0H7SfCEimH22_cSnevvoRjEQAmsOYg2jzHe_cdDTc99yPjKE1NVcxfxDkmi"),
            new WrappedKey("8ef834a3e4a6130448d5c2bb932020ae", Base64Url.DecodeFromChars("o8cYlLJ9CF9WoCF90EIJcRoXlsTRQq4mA6eFXpqCkq099yfUQ3gKAb6wii54uhpmDTmkO_Kdjnnq65MO")));

        Assert.Equal(row.Key.KeyId, Key.Id);
        Assert.Equal(Known, DisclosureCipher.Open(row, Key).Encoded);
    }

    private static byte[] Flip(ReadOnlyMemory<byte> bytes, int bit)
    {
        var flipped = bytes.ToArray();
        flipped[bit / 8] ^= (byte)(1 << (bit % 8));
        return flipped;
    }
}
