using Ledger.EventStore.Sqlite.Vault;
using Ledger.EventStore.Vault;
using Ledger.Testing.EventStores;
using Microsoft.Data.Sqlite;

namespace Ledger.EventStore.Sqlite.Tests;

public sealed class Erasing_from_the_vault : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromMinutes(2));

    private string VaultFile => _directory.File("vault.db");

    private CancellationToken Deadline => _deadline.Token;

    public void Dispose()
    {
        _directory.Dispose();
        _deadline.Dispose();
    }

    [Theory]
    [InlineData(20)]
    [InlineData(20_000)]
    public async Task Leaves_neither_ciphertext_nor_wrapped_key_in_the_file_or_its_wal(int length)
    {
        await using var vault = Open();
        var disclosures = Enumerable.Range(0, 60).Select(n => Some(n, length)).ToArray();
        await vault.PutAsync(disclosures, Deadline);
        var erased = disclosures.Where((_, n) => n % 3 == 0).ToArray();
        var traces = erased.SelectMany(TracesOf).ToList();
        Assert.All(traces, trace => Assert.True(LiesIn(trace)));

        await vault.DestroyAsync([.. erased.Select(d => d.Digest)], Deadline);

        Assert.All(traces, trace => Assert.False(LiesIn(trace)));
        Assert.Equal(40, (await vault.OpenAsync([.. disclosures.Select(d => d.Digest)], Deadline)).Count);
    }

    [Fact]
    public async Task Is_finished_at_the_next_opening_where_it_was_interrupted()
    {
        var disclosure = Some(0, 200);
        List<byte[]> traces;
        await using (var vault = Open())
        {
            await vault.PutAsync([disclosure, Some(1, 200)], Deadline);
            traces = [.. TracesOf(disclosure)];
            vault.AfterCommit = () => throw new IOException("The power went.");
            await Assert.ThrowsAsync<StoreUnavailableException>(async () => await vault.DestroyAsync([disclosure.Digest], Deadline));
            Assert.Equal([disclosure.Digest], Stranger.Read(VaultFile, "SELECT digest FROM erasures"));
        }

        await using var reopened = Open();

        Assert.Empty(await reopened.OpenAsync([disclosure.Digest], Deadline));
        Assert.Empty(Stranger.Read(VaultFile, "SELECT digest FROM erasures"));
        Assert.All(traces, trace => Assert.False(LiesIn(trace)));
    }

    [Fact]
    public async Task Is_not_said_to_be_done_while_a_reader_keeps_old_pages()
    {
        await using var vault = Open(busyTimeout: TimeSpan.Zero);
        var disclosure = Some(0, 200);
        await vault.PutAsync([disclosure], Deadline);
        var traces = TracesOf(disclosure).ToList();
        using (var stranger = Stranger.Open(VaultFile))
        {
            stranger.Execute("BEGIN; SELECT count(*) FROM disclosures");
            await Assert.ThrowsAsync<StoreUnavailableException>(async () => await vault.DestroyAsync([disclosure.Digest], Deadline));
        }

        await vault.DestroyAsync([disclosure.Digest], Deadline);

        Assert.All(traces, trace => Assert.False(LiesIn(trace)));
    }

    [Theory]
    [InlineData("UPDATE disclosures SET ciphertext = x'00'")]
    [InlineData("UPDATE disclosures SET class = 'case'")]
    [InlineData("UPDATE disclosures SET put_at = 0")]
    [InlineData("UPDATE disclosures SET wrapped_key = zeroblob(60)")]
    [InlineData("UPDATE disclosures SET rowid = rowid + 100")]
    [InlineData("DELETE FROM disclosures")]
    public async Task Is_the_only_way_for_a_row_to_change_or_go(string sql)
    {
        await using var vault = Open();
        await vault.PutAsync([Some(0, 100)], Deadline);

        Assert.Throws<SqliteException>(() => Stranger.Execute(VaultFile, sql));
    }

    [Theory]
    [InlineData("REPLACE INTO disclosures (digest, class, ciphertext, wrapped_key, key, put_at) SELECT digest, class, x'00', wrapped_key, key, put_at FROM disclosures")]
    [InlineData("REPLACE INTO disclosures (rowid, digest, class, ciphertext, wrapped_key, key, put_at) SELECT rowid, replace(digest, '_', '-') || '', class, x'00', wrapped_key, key, put_at FROM disclosures")]
    public async Task Is_not_done_by_replacing(string sql)
    {
        await using var vault = Open();
        var disclosure = Some(0, 100);
        await vault.PutAsync([disclosure], Deadline);

        Stranger.Execute(VaultFile, sql);

        Assert.Equal(disclosure, (await vault.OpenAsync([disclosure.Digest], Deadline))[disclosure.Digest]);
    }

    private SqliteVault Open(TimeSpan? busyTimeout = null) =>
        SqliteVault.Open(new SqliteVaultOptions(VaultFile, Keys.First) { BusyTimeout = busyTimeout ?? TimeSpan.FromSeconds(5) });

    private static Disclosure Some(int n, int length) =>
        Disclosure.SealText(DisclosureClass.Confidential, "narrative", $"{n} " + new string('x', length));

    // Pieces of the row, short enough not to be broken by a page's end everywhere, long enough not to be there by chance.
    private IEnumerable<byte[]> TracesOf(Disclosure disclosure)
    {
        var ciphertext = Stranger.ReadBytes(VaultFile, $"SELECT ciphertext FROM disclosures WHERE digest = '{disclosure.Digest}'");
        var wrapped = Stranger.ReadBytes(VaultFile, $"SELECT wrapped_key FROM disclosures WHERE digest = '{disclosure.Digest}'");
        yield return ciphertext[..16];
        yield return ciphertext[^16..];
        yield return wrapped[..16];
        yield return wrapped[16..32];
        yield return wrapped[^16..];
    }

    private bool LiesIn(byte[] trace) => new[] { VaultFile, VaultFile + "-wal" }
        .Where(File.Exists)
        .Any(file => ReadWhileOpen(file).AsSpan().IndexOf(trace) >= 0);

    private static byte[] ReadWhileOpen(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
