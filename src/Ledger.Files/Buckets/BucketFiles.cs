using System.Net;
using System.Runtime.CompilerServices;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Polly;
using Polly.Retry;

namespace Ledger.Files.Buckets;

/// <summary>Files as objects of a bucket (Amazon S3 API, 2006-03-01), one request an object.</summary>
/// <remarks>
/// An object is there when its request has been answered, or not at all: no request, no half. Each request is signed over the hash of what it
/// carries (Signature Version 4), so a store that got other bytes refuses them. It uses what every compatible store has: no multipart, no
/// trailing checksums, no conditional writes.
/// </remarks>
public sealed class BucketFiles : IFileStore
{
    /// <summary>What one request may carry to S3.</summary>
    public const long MostBytes = 5L << 30;

    /// <summary>A slower line than so many bytes a second is given up on.</summary>
    private const int SlowestLine = 128 << 10;

    private const int MostRetries = 2;

    private readonly BucketPlace _place;
    private readonly AmazonS3Client _client;
    private readonly ResiliencePipeline _again;
    private FileStoreException? _trouble;

    public BucketFiles(BucketPlace place)
    {
        ArgumentNullException.ThrowIfNull(place);
        _place = place;
        _client = new AmazonS3Client(new BasicAWSCredentials(place.AccessKey, place.SecretKey), ConfigOf(place));
        _again = new ResiliencePipelineBuilder().AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = MostRetries,
            BackoffType = DelayBackoffType.Exponential,
            Delay = TimeSpan.FromMilliseconds(250),
            UseJitter = true,
            ShouldHandle = new PredicateBuilder().Handle<FileStoreException>(e => e.Trouble == FileTrouble.Unreachable),
        }).Build();
    }

    public string Place => _place.ToString();

    public FileStoreException? Trouble => Volatile.Read(ref _trouble);

    public string? LocalPathOf(string name) => null;

    public async Task<StoredFile?> LookAsync(string name, CancellationToken cancellation)
    {
        // A HEAD would do, but says of a bucket that has gone only what it says of a file that isn't there.
        var page = await PageAsync(name, null, 1, cancellation);
        return page.S3Objects is [{ } first, ..] && first.Key == KeyOf(name) ? FactsOf(first) : null;
    }

    public async IAsyncEnumerable<StoredFile> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellation)
    {
        string? next = null;
        do
        {
            var page = await PageAsync(prefix, next, 1000, cancellation);
            foreach (var item in page.S3Objects ?? []) yield return FactsOf(item);
            next = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (next is not null);
    }

    /// <summary>Nothing is asked before the first byte is wanted: a range would else cost two requests.</summary>
    public Task<Stream> OpenAsync(StoredFile file, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(file);
        return Task.FromResult<Stream>(new BucketStream(file.Size, (from, token) => GetAsync(file, from, token), _place.Patience));
    }

    public async Task TakeAsync(string name, string path, CancellationToken cancellation)
    {
        await using (var file = new FileStream(path, new FileStreamOptions { Options = FileOptions.Asynchronous }))
        {
            if (file.Length > MostBytes) throw new FileStoreException(FileTrouble.Unknown, $"{name} has {file.Length} bytes, more than the 5 GiB that a store takes in one piece.");
            await PutAsync(name, file, cancellation);
        }

        File.Delete(path);
    }

    public async Task WriteAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        using var content = new MemoryStream(bytes.ToArray());
        await PutAsync(name, content, cancellation);
    }

    public async Task DeleteAsync(string name, CancellationToken cancellation)
    {
        foreach (var version in await VersionsAsync(name, cancellation) ?? []) await DropAsync(name, version.VersionId, cancellation);
        if (await LookAsync(name, cancellation) is not null) await DropAsync(name, null, cancellation);
        // A store may answer yes and keep it all the same: what must be destroyed is looked for.
        if (await LookAsync(name, cancellation) is not null || await VersionsAsync(name, cancellation) is { Count: > 0 })
            throw Remember(new FileStoreException(FileTrouble.Refused, $"{Place} said that {name} was deleted, and still has it."));
    }

    public async Task ForgetEarlierAsync(string name, CancellationToken cancellation)
    {
        foreach (var version in await VersionsAsync(name, cancellation) ?? [])
            if (version.IsLatest != true) await DropAsync(name, version.VersionId, cancellation);
    }

    public async Task<StoreHabits> CheckAsync(CancellationToken cancellation)
    {
        await PageAsync("", null, 1, cancellation);
        var versions = await AskedAsync(token => _client.GetBucketVersioningAsync(new GetBucketVersioningRequest { BucketName = _place.Bucket }, token), cancellation);
        var locks = await AskedAsync(token => _client.GetObjectLockConfigurationAsync(new GetObjectLockConfigurationRequest { BucketName = _place.Bucket }, token), cancellation);
        return new StoreHabits(
            versions?.VersioningConfig?.Status is { } status && (status == VersionStatus.Enabled || status == VersionStatus.Suspended),
            locks?.ObjectLockConfiguration is { Rule.DefaultRetention: not null });
    }

    public void Dispose() => _client.Dispose();

    private static AmazonS3Config ConfigOf(BucketPlace place)
    {
        var config = new AmazonS3Config
        {
            ForcePathStyle = place.IsPathStyle,
            // One place tries again, and it says how often: the pipeline here.
            MaxErrorRetry = 0,
            Timeout = Timeout.InfiniteTimeSpan,
            // Trailing checksums are Amazon's alone; the signature covers the content's hash anyway.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (place.Endpoint is null) config.RegionEndpoint = RegionEndpoint.GetBySystemName(place.Region);
        else (config.ServiceURL, config.AuthenticationRegion) = (place.Endpoint.ToString(), place.Region);
        return config;
    }

    private string KeyOf(string name) => _place.Prefix + name;

    private StoredFile FactsOf(S3Object item) => new(item.Key[_place.Prefix.Length..], item.Size ?? 0, item.ETag);

    private Task<ListObjectsV2Response> PageAsync(string prefix, string? next, int most, CancellationToken cancellation) => DoAsync(
        prefix, _place.Patience,
        token => _client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = _place.Bucket, Prefix = KeyOf(prefix), ContinuationToken = next, MaxKeys = most }, token), cancellation);

    private async Task PutAsync(string name, Stream content, CancellationToken cancellation)
    {
        using var upload = FilesTelemetry.Step("upload");
        var patience = _place.Patience + TimeSpan.FromSeconds(content.Length / (double)SlowestLine);
        await DoAsync(
            name, patience,
            token =>
            {
                content.Position = 0;
                return _client.PutObjectAsync(
                    new PutObjectRequest { BucketName = _place.Bucket, Key = KeyOf(name), InputStream = content, AutoCloseStream = false, AutoResetStreamPosition = false, UseChunkEncoding = false, ContentType = "application/octet-stream" }, token);
            },
            cancellation);
        if (await LookAsync(name, cancellation) is not { } there || there.Size != content.Length)
            throw Remember(new FileStoreException(FileTrouble.Unknown, $"{Place} said that it took {name}, and doesn't have it."));
    }

    private async Task<(Stream Stream, IDisposable Answer)> GetAsync(StoredFile file, long from, CancellationToken cancellation)
    {
        // Always a range: over a whole object the library holds the tag for an MD5, which no store promises. Who reads evidence hashes it.
        var answer = await DoAsync(
            file.Name, _place.Patience,
            token => _client.GetObjectAsync(
                new GetObjectRequest { BucketName = _place.Bucket, Key = KeyOf(file.Name), EtagToMatch = file.Tag, ByteRange = new ByteRange(from, file.Size - 1) }, token),
            cancellation);
        return (answer.ResponseStream, answer);
    }

    /// <summary>Each form of a file that the store keeps, marks of deletion included; null where it keeps none and doesn't know the question.</summary>
    private async Task<List<S3ObjectVersion>?> VersionsAsync(string name, CancellationToken cancellation)
    {
        List<S3ObjectVersion> found = [];
        var (key, version) = ((string?)null, (string?)null);
        do
        {
            var (afterKey, afterVersion) = (key, version);
            var page = await AskedAsync(
                token => _client.ListVersionsAsync(new ListVersionsRequest { BucketName = _place.Bucket, Prefix = KeyOf(name), KeyMarker = afterKey, VersionIdMarker = afterVersion }, token), cancellation);
            if (page is null) return null;
            var forms = page.Versions ?? [];
            found.AddRange(forms.Where(form => form.Key == KeyOf(name)));
            // Names come in order, and the file's own before those that only begin with it.
            (key, version) = page.IsTruncated == true && forms.All(form => form.Key == KeyOf(name)) ? (page.NextKeyMarker, page.NextVersionIdMarker) : (null, null);
        }
        while (key is not null);
        return found;
    }

    private Task<DeleteObjectResponse> DropAsync(string name, string? version, CancellationToken cancellation) => DoAsync(
        name, _place.Patience, token => _client.DeleteObjectAsync(new DeleteObjectRequest { BucketName = _place.Bucket, Key = KeyOf(name), VersionId = version }, token), cancellation);

    /// <summary>A question that not every store knows; null where this one doesn't.</summary>
    private async Task<T?> AskedAsync<T>(Func<CancellationToken, Task<T>> run, CancellationToken cancellation)
        where T : class
    {
        return await DoAsync("", _place.Patience, Ask, cancellation);

        async Task<T?> Ask(CancellationToken token)
        {
            try
            {
                return await run(token);
            }
            catch (AmazonS3Exception e) when (e.StatusCode is HttpStatusCode.NotImplemented or HttpStatusCode.MethodNotAllowed || e.ErrorCode is "NotImplemented" or "MethodNotAllowed" or "ObjectLockConfigurationNotFoundError" or "InvalidRequest")
            {
                return null;
            }
        }
    }

    private async Task<T> DoAsync<T>(string name, TimeSpan patience, Func<CancellationToken, Task<T>> run, CancellationToken cancellation)
    {
        try
        {
            var result = await _again.ExecuteAsync(async token => await OnceAsync(name, patience, run, token), cancellation);
            Volatile.Write(ref _trouble, null);
            return result;
        }
        catch (FileStoreException e) when (e.Trouble != FileTrouble.Changed)
        {
            throw Remember(e);
        }
    }

    private FileStoreException Remember(FileStoreException e)
    {
        Volatile.Write(ref _trouble, e);
        return e;
    }

    private async Task<T> OnceAsync<T>(string name, TimeSpan patience, Func<CancellationToken, Task<T>> run, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(patience);
        try
        {
            return await run(limit.Token);
        }
        catch (AmazonServiceException e) when (e.InnerException is not (HttpRequestException or IOException))
        {
            throw Meaning(name, e);
        }
        catch (Exception e) when (e is AmazonClientException or HttpRequestException or IOException or WebException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new FileStoreException(FileTrouble.Unreachable, $"{Place} doesn't answer.", e);
        }
    }

    private FileStoreException Meaning(string name, AmazonServiceException e) => (e.StatusCode, e.ErrorCode) switch
    {
        (_, "NoSuchBucket") => new(FileTrouble.NoBucket, $"There is no bucket {Place}.", e),
        (HttpStatusCode.NotFound or HttpStatusCode.PreconditionFailed or HttpStatusCode.RequestedRangeNotSatisfiable, _) => new(FileTrouble.Changed, $"{name} isn't there any more as it was, in {Place}.", e),
        (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden, _) => new(FileTrouble.Refused, $"{Place} refuses the key, or what was asked with it ({e.ErrorCode}).", e),
        (HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect, _) => new(FileTrouble.Refused, $"{Place} is in another region, or at another address.", e),
        ( >= HttpStatusCode.InternalServerError or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or 0, _) => new(FileTrouble.Unreachable, $"{Place} can't now ({(int)e.StatusCode} {e.ErrorCode}).", e),
        (HttpStatusCode.BadRequest, "RequestTimeout" or "IncompleteBody" or "XAmzContentSHA256Mismatch" or "BadDigest") => new(FileTrouble.Unreachable, $"{Place} got something else than what was sent ({e.ErrorCode}).", e),
        _ => new(FileTrouble.Unknown, $"{Place} says no ({(int)e.StatusCode} {e.ErrorCode}).", e),
    };
}
