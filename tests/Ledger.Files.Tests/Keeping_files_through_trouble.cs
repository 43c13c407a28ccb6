using System.Security.Cryptography;
using Ledger.Files.Buckets;
using Ledger.Testing.EventStores;
using Ledger.Testing.S3;

namespace Ledger.Files.Tests;

/// <summary>Each fault as failed, and as failed but persisted; what a caller hears, and what is there afterwards.</summary>
public sealed class Keeping_files_through_trouble : IAsyncLifetime, IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private S3Double _server = null!;
    private BucketFiles _files = null!;

    public async Task InitializeAsync()
    {
        _server = await S3Double.StartAsync();
        _files = Open();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose()
    {
        _files.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData(S3Fault.Fails)]
    [InlineData(S3Fault.FailsButPersists)]
    [InlineData(S3Fault.Hangs)]
    [InlineData(S3Fault.BreaksOff)]
    [InlineData(S3Fault.BreaksWhileItListens)]
    public async Task What_goes_wrong_once_is_tried_again_and_nobody_notices(S3Fault fault)
    {
        var bytes = RandomNumberGenerator.GetBytes(50_000);
        var path = _directory.File("file");
        await File.WriteAllBytesAsync(path, bytes);
        OnceEach(fault);

        await _files.TakeAsync("ab/abc", path, CancellationToken.None);
        var facts = await _files.LookAsync("ab/abc", CancellationToken.None);
        await using (var stream = await _files.OpenAsync(facts!, CancellationToken.None))
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), Convert.ToHexStringLower(await SHA256.HashDataAsync(stream)));
        await _files.DeleteAsync("ab/abc", CancellationToken.None);

        Assert.Empty(_server.NamesOfAnyForm);
        Assert.Null(_files.Trouble);
    }

    [Theory]
    [InlineData(S3Fault.Fails)]
    [InlineData(S3Fault.Hangs)]
    [InlineData(S3Fault.BreaksWhileItListens)]
    public async Task What_goes_wrong_for_good_is_said_keeps_the_file_and_leaves_no_half(S3Fault fault)
    {
        using var files = Open(TimeSpan.FromMilliseconds(100));
        var path = _directory.File("file");
        await File.WriteAllBytesAsync(path, new byte[50_000]);
        _server.Fault = _ => fault;

        var said = await Assert.ThrowsAsync<FileStoreException>(() => files.TakeAsync("ab/abc", path, CancellationToken.None));

        Assert.Equal(FileTrouble.Unreachable, said.Trouble);
        Assert.Same(said, files.Trouble);
        Assert.True(File.Exists(path));
        Assert.Empty(_server.NamesOfAnyForm);
        _server.Fault = _ => null;
        Assert.Null(await OnceItAnswersAsync(() => files.LookAsync("ab/abc", CancellationToken.None)));
        Assert.Null(files.Trouble);
    }

    [Fact]
    public async Task A_reader_goes_on_where_the_line_broke()
    {
        var bytes = RandomNumberGenerator.GetBytes(400_000);
        _server["film"] = bytes;
        var broke = 0;
        _server.Fault = request => request.Path.Value!.EndsWith("film", StringComparison.Ordinal) && Interlocked.Increment(ref broke) <= 3 ? S3Fault.BreaksOff : null;

        await using var stream = await _files.OpenAsync((await _files.LookAsync("film", CancellationToken.None))!, CancellationToken.None);

        Assert.Equal(SHA256.HashData(bytes), await SHA256.HashDataAsync(stream));
        Assert.True(broke >= 4, "the line never broke");
    }

    [Fact]
    public async Task A_file_that_is_changed_while_it_is_read_is_not_pieced_together_from_two()
    {
        _server["film"] = new byte[400_000];
        var isFirst = true;
        _server.Fault = request =>
        {
            if (!isFirst || !request.Path.Value!.EndsWith("film", StringComparison.Ordinal)) return null;
            isFirst = false;
            return S3Fault.BreaksOff;
        };
        await using var stream = await _files.OpenAsync((await _files.LookAsync("film", CancellationToken.None))!, CancellationToken.None);
        await stream.ReadExactlyAsync(new byte[1_000]);
        _server["film"] = RandomNumberGenerator.GetBytes(400_000);

        Assert.Equal(FileTrouble.Changed, (await Assert.ThrowsAsync<FileStoreException>(() => SHA256.HashDataAsync(stream).AsTask())).Trouble);
    }

    [Fact]
    public async Task A_wrong_key_a_bucket_that_is_not_there_and_a_store_that_is_not_there_are_told_apart_without_secrets()
    {
        const string Wrong = "planted-Wrong-Secret-0123456789";
        using var otherKey = new BucketFiles(Places.PlaceOf(_server.Address) with { SecretKey = Wrong });
        using var otherBucket = new BucketFiles(Places.PlaceOf(_server.Address, "another-bucket"));
        using var nowhere = new BucketFiles(Places.PlaceOf(new Uri("http://127.0.0.1:1")));
        foreach (var (files, trouble) in new[] { (otherKey, FileTrouble.Refused), (otherBucket, FileTrouble.NoBucket), (nowhere, FileTrouble.Unreachable) })
            foreach (var ask in new Func<Task>[]
                     {
                         () => files.LookAsync("x", CancellationToken.None), () => files.WriteAsync("x", "x"u8.ToArray(), CancellationToken.None),
                         () => files.DeleteAsync("x", CancellationToken.None), () => files.CheckAsync(CancellationToken.None),
                     })
            {
                var said = await Assert.ThrowsAsync<FileStoreException>(ask);
                Assert.Equal(trouble, said.Trouble);
                Assert.DoesNotContain(Wrong, said.ToString(), StringComparison.Ordinal);
                Assert.DoesNotContain(S3Double.SecretKey, said.ToString(), StringComparison.Ordinal);
            }
    }

    [Fact]
    public async Task A_store_that_says_yes_and_keeps_a_file_all_the_same_is_not_believed()
    {
        _server["kept"] = "x"u8.ToArray();
        _server.Fault = request => null;
        _server.IgnoresDeletions = true;

        Assert.Equal(FileTrouble.Refused, (await Assert.ThrowsAsync<FileStoreException>(() => _files.DeleteAsync("kept", CancellationToken.None))).Trouble);
    }

    [Fact]
    public async Task What_a_store_keeps_of_earlier_forms_is_destroyed_where_that_is_asked_for()
    {
        _server.KeepsVersions = true;
        await _files.WriteAsync("vault.db", "with an erased text"u8.ToArray(), CancellationToken.None);
        await _files.WriteAsync("vault.db", "without it"u8.ToArray(), CancellationToken.None);

        await _files.ForgetEarlierAsync("vault.db", CancellationToken.None);

        Assert.Equal("without it"u8.ToArray(), await _files.ReadAsync("vault.db", CancellationToken.None));
        Assert.Equal(1, _server.FormsOf("vault.db"));
    }

    [Fact]
    public async Task Object_lock_is_seen()
    {
        _server.Locks = true;
        Assert.True((await _files.CheckAsync(CancellationToken.None)).Locks);
    }

    [Fact]
    public async Task A_name_leads_out_of_no_directory()
    {
        using var files = new DirectoryFiles(_directory.File("files"));
        foreach (var name in (string[])["../x", "a/../../x", "/etc/passwd", "..", "."])
            await Assert.ThrowsAsync<FileStoreException>(async () => await files.WriteAsync(name, "x"u8.ToArray(), CancellationToken.None));
    }

    [Theory]
    [InlineData("s3://bucket", "bucket", "")]
    [InlineData("s3://bucket/", "bucket", "")]
    [InlineData("s3://bucket/a/b/", "bucket", "a/b/")]
    public void A_place_is_a_bucket_and_what_stands_before_names(string place, string bucket, string prefix) => Assert.Equal((bucket, prefix), BucketPlace.Parse(place));

    [Theory]
    [InlineData("s3://")]
    [InlineData("s3://UPPER/x")]
    [InlineData("s3://bucket/../x")]
    [InlineData("s3://bucket/a//b")]
    [InlineData("s3://bucket/with space")]
    public void What_is_none_is_refused(string place) => Assert.Throws<FormatException>(() => BucketPlace.Parse(place));

    /// <summary>A tenth of a second's patience is over before a busy machine answers: asked until it does, and at most fifty times.</summary>
    private static async Task<T> OnceItAnswersAsync<T>(Func<Task<T>> ask)
    {
        for (var tries = 0; tries < 50; tries++)
        {
            try
            {
                return await ask();
            }
            catch (FileStoreException e) when (e.Trouble == FileTrouble.Unreachable)
            {
                // That try has used up its patience; the next has its own.
            }
        }

        return await ask();
    }

    private BucketFiles Open(TimeSpan? patience = null) => new(Places.PlaceOf(_server.Address) with { Patience = patience ?? TimeSpan.FromMilliseconds(400) });

    /// <summary>The first request of each method meets the fault.</summary>
    private void OnceEach(S3Fault fault)
    {
        HashSet<string> met = [];
        _server.Fault = request =>
        {
            lock (met) return met.Add(request.Method) ? fault : null;
        };
    }
}
