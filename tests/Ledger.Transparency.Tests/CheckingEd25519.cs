using System.Text;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Ledger.Transparency.Tests;

/// <summary>The one primitive that .NET hasn't: libsodium does it, BouncyCastle gives the second opinion.</summary>
public class CheckingEd25519
{
    [VectorsFact]
    public void All_wycheproof_vectors_are_judged_alike_by_both_libraries()
    {
        var groups = Vectors.Json(Vectors.Path("wycheproof", "ed25519_test.json")).GetProperty("testGroups").EnumerateArray();
        var count = 0;
        foreach (var group in groups)
        {
            var key = Convert.FromHexString(group.GetProperty("publicKey").GetProperty("pk").GetString()!);
            foreach (var test in group.GetProperty("tests").EnumerateArray())
            {
                var message = Convert.FromHexString(test.GetProperty("msg").GetString()!);
                var signature = Convert.FromHexString(test.GetProperty("sig").GetString()!);
                var expected = test.GetProperty("result").GetString() == "valid";
                Assert.True(expected == ByNSec(key, message, signature), $"NSec, test {test.GetProperty("tcId")}");
                Assert.True(expected == ByBouncyCastle(key, message, signature), $"BouncyCastle, test {test.GetProperty("tcId")}");
                count++;
            }
        }

        Assert.Equal(151, count);
    }

    [VectorsFact]
    public void Wycheproof_vectors_that_are_text_are_judged_alike_by_a_notes_key()
    {
        foreach (var group in Vectors.Json(Vectors.Path("wycheproof", "ed25519_test.json")).GetProperty("testGroups").EnumerateArray())
        {
            var pk = Convert.FromHexString(group.GetProperty("publicKey").GetProperty("pk").GetString()!);
            Assert.True(VerifierKey.TryCreate(KeyName.Of("k"), KeyType.Ed25519, pk, out var key));
            foreach (var test in group.GetProperty("tests").EnumerateArray())
            {
                var message = Convert.FromHexString(test.GetProperty("msg").GetString()!);
                if (!System.Text.Unicode.Utf8.IsValid(message)) continue;
                var line = new NoteSignature(key.Name, key.Id, Convert.FromHexString(test.GetProperty("sig").GetString()!));
                Assert.Equal(test.GetProperty("result").GetString() == "valid", key.Verifies(Encoding.UTF8.GetString(message), line));
            }
        }
    }

    // RFC 8032 §7.1, tests 1 to 3.
    [Theory]
    [InlineData("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "", "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")]
    [InlineData("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "72", "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")]
    [InlineData("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "af82", "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a")]
    public void The_signatures_of_RFC_8032_come_out(string seed, string message, string signature)
    {
        using var key = NSec.Cryptography.Key.Import(
            NSec.Cryptography.SignatureAlgorithm.Ed25519, Convert.FromHexString(seed), NSec.Cryptography.KeyBlobFormat.RawPrivateKey);
        Assert.Equal(signature, Convert.ToHexStringLower(NSec.Cryptography.SignatureAlgorithm.Ed25519.Sign(key, Convert.FromHexString(message))));
    }

    [Fact]
    public void BouncyCastle_makes_the_same_signature_over_a_checkpoint()
    {
        using var key = Some.LogKey(1);
        var seed = Enumerable.Repeat((byte)1, SigningKey.SeedLength).ToArray();
        var (text, signature) = (Some.Checkpoint(7).Note.Text, new byte[64]);
        Ed25519.Sign(seed, 0, Some.Bytes(text), 0, Some.Bytes(text).Length, signature, 0);
        Assert.Equal(signature, key.Sign(text).Value.ToArray());
    }

    private static bool ByNSec(byte[] key, byte[] message, byte[] signature)
    {
        var ed25519 = NSec.Cryptography.SignatureAlgorithm.Ed25519;
        return NSec.Cryptography.PublicKey.TryImport(ed25519, key, NSec.Cryptography.KeyBlobFormat.RawPublicKey, out var publicKey)
            && signature.Length == ed25519.SignatureSize
            && ed25519.Verify(publicKey!, message, signature);
    }

    private static bool ByBouncyCastle(byte[] key, byte[] message, byte[] signature) =>
        signature.Length == Ed25519.SignatureSize && Ed25519.Verify(signature, 0, key, 0, message, 0, message.Length);
}
