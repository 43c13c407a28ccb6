using Ledger.Files.Buckets;
using Ledger.Testing.EventStores;
using Ledger.Testing.S3;

namespace Ledger.Files.Tests;

/// <summary>Every place where files may lie, made once.</summary>
public sealed class Places : IAsyncLifetime, IDisposable
{
    private const string Versioned = "bucket-with-versions";

    private readonly TemporaryDirectory _directory = new();
    private readonly List<IFileStore> _opened = [];
    private S3Double _double = null!;
    private S3Double _versioned = null!;
    private S3Double _simple = null!;
    private MotoServer? _moto;

    /// <summary>moto's only where it is installed: <see cref="Keeping_files.Motos_server_is_one_of_them"/> says whether it was.</summary>
    public static IReadOnlyList<string> All { get; } =
        ["a directory", "a bucket", "a bucket with versions", "a simple store's bucket", .. MotoServer.Program is null ? (string[])[] : ["moto's bucket", "moto's bucket with versions"]];

    public static TheoryData<string> Names => [.. All];

    public static BucketPlace PlaceOf(Uri address, string bucket = S3Double.Bucket) => new(bucket, S3Double.AccessKey, S3Double.SecretKey) { Endpoint = address };

    public async Task InitializeAsync()
    {
        _double = await S3Double.StartAsync();
        _versioned = await S3Double.StartAsync();
        _versioned.KeepsVersions = true;
        _simple = await S3Double.StartAsync();
        _simple.IsSimple = true;
        if (MotoServer.Program is null) return;
        _moto = await MotoServer.StartAsync();
        await _moto.MakeBucketAsync(S3Double.Bucket);
        await _moto.MakeBucketAsync(Versioned, keepsVersions: true);
    }

    public async Task DisposeAsync()
    {
        foreach (var server in (S3Double[])[_double, _versioned, _simple]) await server.DisposeAsync();
        if (_moto is not null) await _moto.DisposeAsync();
    }

    public void Dispose()
    {
        foreach (var files in _opened) files.Dispose();
        _directory.Dispose();
    }

    /// <summary>An empty part of the place, of the test's own.</summary>
    public IFileStore Open(string place)
    {
        var own = Guid.NewGuid().ToString("N")[..8];
        IFileStore files = place switch
        {
            "a directory" => new DirectoryFiles(_directory.File(own)),
            "a bucket" => Bucket(_double.Address),
            "a bucket with versions" => Bucket(_versioned.Address),
            "a simple store's bucket" => Bucket(_simple.Address),
            "moto's bucket" => Bucket(_moto!.Address),
            _ => Bucket(_moto!.Address, Versioned),
        };
        _opened.Add(files);
        return files;

        BucketFiles Bucket(Uri address, string bucket = S3Double.Bucket) => new(PlaceOf(address, bucket) with { Prefix = own + "/" });
    }

    public async Task<string> FileAsync(byte[] bytes)
    {
        var path = _directory.File(Guid.NewGuid().ToString("N"));
        await File.WriteAllBytesAsync(path, bytes);
        return path;
    }
}
