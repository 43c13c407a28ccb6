using Ledger.EventStore.Sqlite.Vault;
using Ledger.EventStore.Vault;
using Ledger.Testing.EventStores;

namespace Ledger.EventStore.Sqlite.Tests;

public sealed class Rotating_the_wrapping_key : IDisposable
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

    [Fact]
    public async Task Leaves_a_vault_that_the_new_key_alone_opens()
    {
        var disclosures = SomeDisclosures(2500);
        byte[] wrappedBefore;
        await using (var vault = Open(Keys.First))
        {
            await vault.PutAsync(disclosures, Deadline);
            wrappedBefore = Stranger.ReadBytes(VaultFile, "SELECT wrapped_key FROM disclosures LIMIT 1");
            await vault.RewrapAsync(Keys.Second, Deadline);
            await OpensAll(vault, disclosures);
        }

        await using var reopened = Open(Keys.Second);

        await OpensAll(reopened, disclosures);
        Assert.Equal(-1, File.ReadAllBytes(VaultFile).AsSpan().IndexOf(wrappedBefore.AsSpan(0, 16)));
    }

    [Fact]
    public async Task Goes_on_with_both_keys_where_it_was_interrupted()
    {
        var disclosures = SomeDisclosures(2500);
        await using (var vault = Open(Keys.First))
        {
            await vault.PutAsync(disclosures, Deadline);
            vault.AfterCommit = () => throw new IOException("The power went.");
            await Assert.ThrowsAsync<StoreUnavailableException>(async () => await vault.RewrapAsync(Keys.Second, Deadline));
        }

        Assert.Throws<StoreUnavailableException>(() => Open(Keys.Second));
        Assert.Throws<StoreUnavailableException>(() => Open(Keys.First));
        await using (var vault = Open(Keys.First, Keys.Second))
        {
            await OpensAll(vault, disclosures);
            await vault.RewrapAsync(Keys.Second, Deadline);
        }

        await using var reopened = Open(Keys.Second);
        await OpensAll(reopened, disclosures);
    }

    [Fact]
    public async Task Takes_along_what_is_put_and_read_meanwhile()
    {
        await using (var vault = Open(Keys.First))
        {
            await vault.PutAsync(SomeDisclosures(3000), Deadline);
            var rewrapping = Task.Run(async () => await vault.RewrapAsync(Keys.Second, Deadline));
            var putting = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                do
                {
                    var disclosures = SomeDisclosures(3);
                    await vault.PutAsync(disclosures, Deadline);
                    await OpensAll(vault, disclosures);
                }
                while (!rewrapping.IsCompleted);
            }));
            await Task.WhenAll([rewrapping, .. putting]);
        }

        await Open(Keys.Second).DisposeAsync();
        Assert.Equal([Keys.Second.Id], Stranger.Read(VaultFile, "SELECT DISTINCT name FROM wrapping_keys JOIN disclosures ON key = id"));
    }

    [Fact]
    public async Task A_vault_is_not_opened_without_its_key()
    {
        await Open(Keys.First).DisposeAsync();

        var refusal = Assert.Throws<StoreUnavailableException>(() => Open(Keys.Second));

        Assert.Contains(Keys.First.Id, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_vault_is_not_opened_by_another_key_of_the_same_name()
    {
        await Open(new WrappingKey("main", new byte[32])).DisposeAsync();

        var refusal = Assert.Throws<StoreUnavailableException>(() => Open(new WrappingKey("main", [.. Enumerable.Repeat((byte)1, 32)])));

        Assert.Contains("another key with the name main", refusal.Message, StringComparison.Ordinal);
    }

    private SqliteVault Open(WrappingKey key, params WrappingKey[] others) =>
        SqliteVault.Open(new SqliteVaultOptions(VaultFile, key) { OtherKeys = others });

    private async Task OpensAll(SqliteVault vault, Disclosure[] disclosures)
    {
        var opened = await vault.OpenAsync([.. disclosures.Select(d => d.Digest)], Deadline);
        Assert.All(disclosures, d => Assert.Equal(d, opened[d.Digest]));
    }

    private static Disclosure[] SomeDisclosures(int count) =>
        [.. Enumerable.Range(0, count).Select(n => Disclosure.SealText(DisclosureClass.Case, "narrative", $"text {n}"))];
}
