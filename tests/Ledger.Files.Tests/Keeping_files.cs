using System.Security.Cryptography;
using Ledger.Testing.S3;

namespace Ledger.Files.Tests;

/// <summary>The contract: what a directory does, a bucket does.</summary>
public sealed class Keeping_files(Places places) : IClassFixture<Places>
{
    [MotoFact]
    public void Motos_server_is_one_of_them() => Assert.Contains("moto's bucket", Places.All);

    [Theory, MemberData(nameof(Places.Names), MemberType = typeof(Places))]
    public async Task What_was_taken_over_comes_back_and_is_gone_from_where_it_was(string place)
    {
        var (files, bytes) = (places.Open(place), RandomNumberGenerator.GetBytes(300_000));
        var path = await places.FileAsync(bytes);

        await files.TakeAsync("ab/abc", path, CancellationToken.None);

        Assert.False(File.Exists(path));
        var facts = await files.LookAsync("ab/abc", CancellationToken.None);
        Assert.Equal(("ab/abc", 300_000L), (facts!.Name, facts.Size));
        Assert.Equal(bytes, await files.ReadAsync("ab/abc", CancellationToken.None));
        Assert.Null(files.Trouble);
    }

    [Theory, MemberData(nameof(Places.Names), MemberType = typeof(Places))]
    public async Task A_part_is_read_without_the_rest(string place)
    {
        var (files, bytes) = (places.Open(place), RandomNumberGenerator.GetBytes(10_000));
        await files.WriteAsync("x", bytes, CancellationToken.None);
        await using var stream = await files.OpenAsync((await files.LookAsync("x", CancellationToken.None))!, CancellationToken.None);

        stream.Seek(9_000, SeekOrigin.Begin);
        var part = new byte[100];
        await stream.ReadExactlyAsync(part);
        Assert.Equal(bytes[9_000..9_100], part);
        stream.Position = 5;
        await stream.ReadExactlyAsync(part);
        Assert.Equal(bytes[5..105], part);
        stream.Seek(-1, SeekOrigin.End);
        Assert.Equal(1, await stream.ReadAsync(part));
        Assert.Equal(0, await stream.ReadAsync(part));
    }

    [Theory, MemberData(nameof(Places.Names), MemberType = typeof(Places))]
    public async Task Names_are_listed_by_how_they_begin(string place)
    {
        var files = places.Open(place);
        foreach (var name in (string[])["ab/abc", "ab/abc.one", "ab/abd", "evidence/ab/abc", "z"]) await files.WriteAsync(name, "x"u8.ToArray(), CancellationToken.None);

        Assert.Equal(["ab/abc", "ab/abc.one"], await NamesAsync(files, "ab/abc"));
        Assert.Equal(["ab/abc", "ab/abc.one", "ab/abd"], await NamesAsync(files, "ab/"));
        Assert.Equal(["evidence/ab/abc"], await NamesAsync(files, "evid"));
        Assert.Equal(5, (await NamesAsync(files, "")).Count);
        Assert.Empty(await NamesAsync(files, "nothing/here"));
    }

    [Theory, MemberData(nameof(Places.Names), MemberType = typeof(Places))]
    public async Task More_names_than_one_answer_holds_are_all_listed(string place)
    {
        var files = places.Open(place);
        // moto takes its time; a thousand and a few is one more than a page.
        var count = place.Contains("moto", StringComparison.Ordinal) ? 3 : 1_003;
        for (var i = 0; i < count; i += 100)
            await Task.WhenAll(Enumerable.Range(i, Math.Min(100, count - i)).Select(n => files.WriteAsync($"many/{n:0000}", "x"u8.ToArray(), CancellationToken.None)));

        Assert.Equal(Enumerable.Range(0, count).Select(n => $"many/{n:0000}"), await NamesAsync(files, "many/"));
    }

    [Theory, MemberData(nameof(Places.Names), MemberType = typeof(Places))]
    public async Task What_is_written_again_is_the_newest_only(string place)
    {
        var files = places.Open(place);
        await files.WriteAsync("mark", "first"u8.ToArray(), CancellationToken.None);
        var before = await files.LookAsync("mark", CancellationToken.None);
        await files.WriteAsync("mark", "second"u8.ToArray(), CancellationToken.None);

        Assert.Equal("second"u8.ToArray(), await files.ReadAsync("mark", CancellationToken.None));
        if (before!.Tag is not null)
            Assert.Equal(FileTrouble.Changed, (await Assert.ThrowsAsync<FileStoreException>(() => files.ReadAsync(before, CancellationToken.None))).Trouble);
    }

    [Theory, MemberData(nameof(Places.Names), MemberType = typeof(Places))]
    public async Task What_is_deleted_is_gone_and_so_is_every_earlier_form_of_it(string place)
    {
        var files = places.Open(place);
        foreach (var text in (string[])["one", "two", "three"]) await files.WriteAsync("gone", System.Text.Encoding.UTF8.GetBytes(text), CancellationToken.None);
        await files.WriteAsync("gone.mark", "stays"u8.ToArray(), CancellationToken.None);
        var facts = await files.LookAsync("gone", CancellationToken.None);

        await files.DeleteAsync("gone", CancellationToken.None);
        await files.DeleteAsync("never/there", CancellationToken.None);

        Assert.Null(await files.LookAsync("gone", CancellationToken.None));
        Assert.Equal(["gone.mark"], await NamesAsync(files, "gone"));
        Assert.Equal(FileTrouble.Changed, (await Assert.ThrowsAsync<FileStoreException>(() => files.ReadAsync(facts!, CancellationToken.None))).Trouble);
    }

    [Theory, MemberData(nameof(Places.Names), MemberType = typeof(Places))]
    public async Task An_empty_file_and_one_that_is_not_there_are_told_apart(string place)
    {
        var files = places.Open(place);
        await files.WriteAsync("empty", ReadOnlyMemory<byte>.Empty, CancellationToken.None);

        Assert.Empty((await files.ReadAsync("empty", CancellationToken.None))!);
        Assert.Null(await files.ReadAsync("other", CancellationToken.None));
        Assert.Null(await files.LookAsync("empt", CancellationToken.None));
    }

    [Theory, MemberData(nameof(Places.Names), MemberType = typeof(Places))]
    public async Task A_store_says_whether_it_keeps_versions(string place)
    {
        var habits = await places.Open(place).CheckAsync(CancellationToken.None);
        Assert.Equal((place.EndsWith("with versions", StringComparison.Ordinal), false), (habits.KeepsVersions, habits.Locks));
    }

    private static async Task<List<string>> NamesAsync(IFileStore files, string prefix)
    {
        List<string> names = [];
        await foreach (var file in files.ListAsync(prefix, CancellationToken.None)) names.Add(file.Name);
        return [.. names.Order(StringComparer.Ordinal)];
    }
}

/// <summary>Skipped, and said to be, where moto isn't installed; the double is tried everywhere.</summary>
internal sealed class MotoFactAttribute : FactAttribute
{
    public MotoFactAttribute()
    {
        if (MotoServer.Program is null) Skip = "moto_server isn't here: the bucket's tests ran against the double alone.";
    }
}
