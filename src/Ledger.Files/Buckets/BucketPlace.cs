namespace Ledger.Files.Buckets;

/// <summary>A bucket of S3, or of a store that speaks its protocol, and the key that opens it.</summary>
/// <param name="Bucket">Its name; it is never made here.</param>
/// <param name="AccessKey">The key's public half.</param>
public sealed record BucketPlace(string Bucket, string AccessKey, string SecretKey)
{
    private const string Scheme = "s3://";

    /// <summary>The store's address; null = Amazon's of the region.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>Part of every signature; most stores beside Amazon's take any.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>Before every name: empty, or with a slash at its end.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>https://host/bucket/name in place of https://bucket.host/name.</summary>
    public bool IsPathStyle { get; init; } = true;

    /// <summary>How long a small request may take, and a large one that gets nowhere; a try, not the whole.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    public static bool Is(string place) => place is not null && place.StartsWith(Scheme, StringComparison.Ordinal);

    /// <summary>Takes <c>s3://bucket/prefix</c> apart.</summary>
    /// <exception cref="FormatException">It isn't one; the message is the rest of a sentence.</exception>
    public static (string Bucket, string Prefix) Parse(string place)
    {
        ArgumentNullException.ThrowIfNull(place);
        var parts = place[Scheme.Length..].Split('/', 2);
        return (BucketOf(parts[0]), PrefixOf(parts.Length > 1 ? parts[1] : ""));
    }

    /// <exception cref="FormatException">No bucket has such a name.</exception>
    public static string BucketOf(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length is >= 3 and <= 63 && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.') && char.IsAsciiLetterOrDigit(text[0]) && char.IsAsciiLetterOrDigit(text[^1])
            ? text
            : throw new FormatException("isn't a bucket's name: 3 to 63 lower case letters, digits, hyphens and dots");
    }

    /// <exception cref="FormatException">It can't stand before names.</exception>
    public static string PrefixOf(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var prefix = text.Trim('/');
        if (prefix.Length == 0) return "";
        return prefix.Length <= 200 && prefix.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/') && !prefix.Split('/').Any(part => part is "" or "." or "..")
            ? prefix + "/"
            : throw new FormatException("isn't a prefix: letters, digits, hyphens, underscores, dots and slashes");
    }

    /// <exception cref="FormatException">It isn't an address.</exception>
    public static Uri EndpointOf(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri is { AbsolutePath: "/", Query: "", Fragment: "", UserInfo: "" }
            ? uri
            : throw new FormatException("isn't a store's address, such as https://minio.example.org:9000");

    public override string ToString() => $"{Scheme}{Bucket}/{Prefix}".TrimEnd('/') + (Endpoint is null ? $" ({Region})" : $" at {Endpoint.Authority}");
}
