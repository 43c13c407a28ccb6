using System.Text.Json;
using System.Text.Json.Serialization;
using Ledger.Files.Buckets;

namespace Ledger.Node.Evidence;

/// <summary>Which bucket holds a ledger's files of evidence, as a file in its data directory says to operators' commands; never with a key.</summary>
/// <param name="Endpoint">Null = Amazon's, of the region.</param>
public sealed record EvidencePlace(string Bucket, string Prefix, string Region, Uri? Endpoint, bool IsPathStyle)
{
    /// <summary>The store of files of evidence doesn't do what it is asked.</summary>
    public const string Unavailable = "evidence-unavailable";

    private const string FileName = "evidence-place";

    /// <summary>Says it, or takes it back where files lie in a directory. Without it a backup would leave them out in silence.</summary>
    public static void Note(string data, BucketPlace? bucket)
    {
        var file = Path.Combine(data, FileName);
        if (bucket is null)
        {
            File.Delete(file);
            return;
        }

        var place = new EvidencePlace(bucket.Bucket, bucket.Prefix, bucket.Region, bucket.Endpoint, bucket.IsPathStyle);
        var draft = file + ".draft";
        File.WriteAllBytes(draft, JsonSerializer.SerializeToUtf8Bytes(place, EvidencePlaceJson.Default.EvidencePlace));
        File.Move(draft, file, overwrite: true);
    }

    /// <summary>Null where files lie in a directory.</summary>
    public static EvidencePlace? Noted(string data)
    {
        var file = Path.Combine(data, FileName);
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize(File.ReadAllBytes(file), EvidencePlaceJson.Default.EvidencePlace) : null;
        }
        catch (JsonException)
        {
            return null; // The next start writes it anew.
        }
    }

    public BucketPlace With(string accessKey, string secretKey) => new(Bucket, accessKey, secretKey) { Endpoint = Endpoint, Region = Region, Prefix = Prefix, IsPathStyle = IsPathStyle };

    public override string ToString() => With("", "").ToString();
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(EvidencePlace))]
internal sealed partial class EvidencePlaceJson : JsonSerializerContext;
