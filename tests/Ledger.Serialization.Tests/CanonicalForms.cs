using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Ledger.Serialization.Tests;

public class CanonicalForms
{
    /// <summary>RFC 8785 §3.2.2 and §3.2.4.</summary>
    [Fact]
    public void The_sample_of_the_rfc() => Becomes(
        """
        {
          "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
          "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
          "literals": [null, true, false]
        }
        """,
        """{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}""");

    /// <summary>RFC 8785 §3.2.3: by UTF-16 code units, so an emoji comes before a Hebrew presentation form.</summary>
    [Fact]
    public void Names_are_sorted_by_their_utf_16_code_units() => Becomes(
        """
        {
          "\u20ac": "Euro Sign",
          "\r": "Carriage Return",
          "\ufb33": "Hebrew Letter Dalet With Dagesh",
          "1": "One",
          "\ud83d\ude00": "Emoji: Grinning Face",
          "\u0080": "Control",
          "\u00f6": "Latin Small Letter O With Diaeresis"
        }
        """,
        "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}");

    /// <summary>RFC 8785, appendix B.</summary>
    [Theory]
    [InlineData("0000000000000000", "0")]
    [InlineData("8000000000000000", "0")]
    [InlineData("0000000000000001", "5e-324")]
    [InlineData("8000000000000001", "-5e-324")]
    [InlineData("7fefffffffffffff", "1.7976931348623157e+308")]
    [InlineData("ffefffffffffffff", "-1.7976931348623157e+308")]
    [InlineData("4340000000000000", "9007199254740992")]
    [InlineData("c340000000000000", "-9007199254740992")]
    [InlineData("4430000000000000", "295147905179352830000")]
    [InlineData("44b52d02c7e14af5", "9.999999999999997e+22")]
    [InlineData("44b52d02c7e14af6", "1e+23")]
    [InlineData("44b52d02c7e14af7", "1.0000000000000001e+23")]
    [InlineData("444b1ae4d6e2ef4e", "999999999999999700000")]
    [InlineData("444b1ae4d6e2ef4f", "999999999999999900000")]
    [InlineData("444b1ae4d6e2ef50", "1e+21")]
    [InlineData("3eb0c6f7a0b5ed8c", "9.999999999999997e-7")]
    [InlineData("3eb0c6f7a0b5ed8d", "0.000001")]
    [InlineData("41b3de4355555553", "333333333.3333332")]
    [InlineData("41b3de4355555554", "333333333.33333325")]
    [InlineData("41b3de4355555555", "333333333.3333333")]
    [InlineData("41b3de4355555556", "333333333.3333334")]
    [InlineData("41b3de4355555557", "333333333.33333343")]
    [InlineData("becbf647612f3696", "-0.0000033333333333333333")]
    [InlineData("43143ff3c1cb0959", "1424953923781206.2")]
    public void Numbers_are_laid_out_as_in_ecmascript(string ieee754, string expected)
    {
        var value = BitConverter.UInt64BitsToDouble(ulong.Parse(ieee754, NumberStyles.HexNumber, CultureInfo.InvariantCulture));

        Becomes("[" + value.ToString("E17", CultureInfo.InvariantCulture) + "]", "[" + expected + "]");
    }

    [Theory]
    [InlineData("""{"b":[ ],"a":{ }}""", """{"a":{},"b":[]}""")]
    [InlineData("\"\\u0000\\u001f\\u007f\\b\\f\\t\\u2028<>&\"", "\"\\u0000\\u001f\u007f\\b\\f\\t\u2028<>&\"")]
    [InlineData("100", "100")]
    [InlineData("-1.0e2", "-100")]
    [InlineData("123.456", "123.456")]
    [InlineData("null", "null")]
    public void Spelling_says_nothing(string json, string expected) => Becomes(json, expected);

    [Theory]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"a":1,"\u0061":2}""")]
    [InlineData("""["\ud800"]""")]
    [InlineData("""{"\udc00":1}""")]
    [InlineData("[1e400]")]
    public void What_is_no_i_json_is_refused(string json) => Assert.Throws<FormatException>(() => CanonicalJson.Encode(Parsed(json)));

    [Fact]
    public void The_hash_is_sha_256_as_base64url() =>
        Assert.Equal("RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o", CanonicalJson.Hash(Parsed("{}"))); // 44136fa3…, of the two bytes {}

    [Fact]
    public void What_may_be_erased_is_left_out_at_the_top_and_only_there()
    {
        var json = Parsed("""{"confidential":{"witness":"Anna"},"displayName":"Anna","inner":{"confidential":1}}""");

        Assert.Equal("""{"inner":{"confidential":1}}""", Encoding.UTF8.GetString(CanonicalJson.Encode(json, "confidential", "displayName")));
        Assert.Equal(CanonicalJson.Hash(Parsed("""{"inner":{"confidential":1}}""")), CanonicalJson.Hash(json, "confidential", "displayName"));
        Assert.NotEqual(CanonicalJson.Hash(json), CanonicalJson.Hash(json, "confidential", "displayName"));
    }

    private static void Becomes(string json, string expected) => Assert.Equal(expected, Encoding.UTF8.GetString(CanonicalJson.Encode(Parsed(json))));

    private static JsonElement Parsed(string json) => JsonDocument.Parse(json).RootElement;
}
