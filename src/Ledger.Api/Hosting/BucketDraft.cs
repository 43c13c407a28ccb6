using Ledger.Files.Buckets;

namespace Ledger.Api.Hosting;

/// <summary>The settings under <c>Ledger:Evidence:S3</c>, as far as they were read.</summary>
internal sealed record BucketDraft
{
    private const string Name = "Ledger:Evidence:S3";

    public string? Bucket { get; init; }

    public string? AccessKey { get; init; }

    public string? SecretKey { get; init; }

    public Uri? Endpoint { get; init; }

    public string? Region { get; init; }

    public string Prefix { get; init; } = "";

    public bool IsPathStyle { get; init; } = true;

    /// <exception cref="SettingsException">Something is missing that belongs to it.</exception>
    public BucketPlace Finish()
    {
        if (Bucket is null) throw new SettingsException($"{Name}:Bucket is missing: {Name} settings name the bucket where files of evidence lie.");
        if (AccessKey is null || SecretKey is null) throw new SettingsException($"{Name} needs {Name}:AccessKey and {Name}:SecretKey, or {Name}:AccessKeyFile and {Name}:SecretKeyFile.");
        if ((Endpoint, Region) is (null, null)) throw new SettingsException($"{Name} needs {Name}:Endpoint, or for Amazon's own {Name}:Region.");
        return new BucketPlace(Bucket, AccessKey, SecretKey) { Endpoint = Endpoint, Region = Region ?? "us-east-1", Prefix = Prefix, IsPathStyle = IsPathStyle };
    }

    /// <exception cref="FormatException">The message is the rest of a sentence that begins with the setting's name, and never holds the key.</exception>
    public static string KeyOf(string text) =>
        text.Trim() is { Length: > 0 and <= 500 } key && !key.Any(c => char.IsControl(c) || c == ' ') ? key : throw new FormatException("isn't a key: one line without spaces");

    /// <exception cref="FormatException">There is no such file, or what it holds is no key.</exception>
    public static string KeyIn(string path) => File.Exists(path) ? KeyOf(File.ReadAllText(path)) : throw new FormatException("names a file that isn't there");

    public static string RegionOf(string text) =>
        text.Length is > 0 and <= 50 && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') ? text : throw new FormatException("isn't a region, such as eu-central-1");
}
