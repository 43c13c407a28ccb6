using Ledger.Files;
using Ledger.Files.Buckets;
using Ledger.Node.Evidence;

namespace Ledger.Cli.Ledgers;

/// <summary>Where files lie, read from what was typed and, for keys, from the environment: a command line can be read by every user of the machine.</summary>
internal static class FilePlaces
{
    private const string EvidenceSetting = "Ledger__Evidence__S3__";

    /// <summary>Files of evidence of a data directory: what was typed, else what the ledger's last start said, else the directory inside.</summary>
    /// <exception cref="UsageException">A bucket is named, and its key isn't.</exception>
    public static IFileStore Evidence(string? typed, string data)
    {
        if (typed is not null) return BucketPlace.Is(typed) ? Bucket(typed, "--evidence", isEvidence: true) : new DirectoryFiles(typed);
        if (EvidencePlace.Noted(data) is { } noted)
        {
            var (access, secret) = KeysOf($"The files of evidence of this ledger lie in {noted}", isEvidence: true);
            return new BucketFiles(noted.With(access, secret));
        }

        return Variable(EvidenceSetting + "Bucket") is { } bucket
            ? Bucket($"s3://{bucket}/{Variable(EvidenceSetting + "Prefix")}", EvidenceSetting + "Bucket", isEvidence: true)
            : new DirectoryFiles(Path.Combine(data, "evidence"));
    }

    /// <summary>Where a backup lies: a folder, or s3://bucket/prefix.</summary>
    public static IFileStore Backup(string typed, string option) => BucketPlace.Is(typed) ? Bucket(typed, option, isEvidence: false) : new DirectoryFiles(typed);

    private static BucketFiles Bucket(string typed, string option, bool isEvidence)
    {
        try
        {
            var (bucket, prefix) = BucketPlace.Parse(typed);
            var (access, secret) = KeysOf($"{typed} is a bucket", isEvidence);
            var endpoint = Setting("Endpoint", isEvidence) ?? Variable("AWS_ENDPOINT_URL_S3") ?? Variable("AWS_ENDPOINT_URL");
            var region = Setting("Region", isEvidence) ?? Variable("AWS_REGION") ?? Variable("AWS_DEFAULT_REGION");
            if ((endpoint, region) is (null, null)) throw new UsageException($"{typed} is a bucket, and nothing says at which store: set AWS_ENDPOINT_URL_S3, or for Amazon's own AWS_REGION.");
            var place = new BucketPlace(bucket, access, secret) { Prefix = prefix, Endpoint = endpoint is null ? null : EndpointOf(endpoint), IsPathStyle = Setting("PathStyle", isEvidence) is not ("false" or "False") };
            return new BucketFiles(region is null ? place : place with { Region = region });
        }
        catch (FormatException e)
        {
            throw new UsageException($"What {option} names {e.Message}.");
        }
    }

    private static Uri EndpointOf(string text)
    {
        try
        {
            return BucketPlace.EndpointOf(text);
        }
        catch (FormatException e)
        {
            throw new UsageException($"The store's address in the environment {e.Message}.");
        }
    }

    private static (string Access, string Secret) KeysOf(string what, bool isEvidence)
    {
        var (access, secret) = (Key("AccessKey", "AWS_ACCESS_KEY_ID", isEvidence), Key("SecretKey", "AWS_SECRET_ACCESS_KEY", isEvidence));
        return access is not null && secret is not null ? (access, secret) : throw new UsageException(
            $"{what}, and the environment has no key for it: set {(isEvidence ? $"{EvidenceSetting}AccessKey and {EvidenceSetting}SecretKey (or …File), as for the server, or " : "")}AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.");
    }

    private static string? Key(string setting, string standard, bool isEvidence)
    {
        if (Setting(setting, isEvidence) is { } given) return given;
        if (Setting(setting + "File", isEvidence) is not { } file) return Variable(standard);
        return File.Exists(file) ? File.ReadAllText(file).Trim() : throw new UsageException($"{EvidenceSetting}{setting}File names a file that isn't there.");
    }

    private static string? Setting(string name, bool isEvidence) => isEvidence ? Variable(EvidenceSetting + name) : null;

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
