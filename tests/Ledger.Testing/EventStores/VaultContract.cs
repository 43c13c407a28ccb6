using Ledger.EventStore.Vault;
using Microsoft.Extensions.Time.Testing;

namespace Ledger.Testing.EventStores;

/// <summary>What every vault must do. An adapter's test inherits this and says how to make one.</summary>
/// <param name="open">Opens a vault in a directory that is empty and this test's own; given the same directory again, after closing, it opens the same vault.</param>
public abstract class VaultContract(Func<string, TimeProvider, ValueTask<IVault>> open) : IAsyncLifetime, IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromMinutes(2));

    protected VaultContract(Func<string, TimeProvider, IVault> open)
        : this((directory, time) => ValueTask.FromResult(open(directory, time)))
    {
    }

    protected IVault Vault { get; private set; } = null!;

    protected FakeTimeProvider Time { get; } = new(new DateTimeOffset(2025, 3, 1, 8, 0, 0, TimeSpan.Zero));

    protected CancellationToken Deadline => _deadline.Token;

    public async Task InitializeAsync() => Vault = await open(_directory.Path, Time);

    public async Task DisposeAsync() => await Vault.DisposeAsync();

    public void Dispose()
    {
        _directory.Dispose();
        _deadline.Dispose();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(DisclosureClass.Case)]
    [InlineData(DisclosureClass.Confidential)]
    [InlineData(DisclosureClass.DisplayName)]
    public async Task What_was_put_is_opened_as_it_was(DisclosureClass @class)
    {
        var disclosure = Disclosure.SealText(@class, "narrative", "Тиша порушена: \"Möbius\" 𝄞");
        await Put(disclosure);

        var opened = Assert.Single(await Open(disclosure.Digest));

        Assert.Equal(disclosure, opened.Value);
        Assert.Equal(disclosure.Digest, opened.Key);
    }

    [Fact]
    public async Task What_is_not_there_is_left_out()
    {
        var (there, absent) = (Some("there"), Some("absent"));
        await Put(there);

        Assert.Equal(there.Digest, Assert.Single(await Open(absent.Digest, there.Digest)).Key);
        Assert.Empty(await Open());
    }

    [Fact]
    public async Task What_is_put_or_asked_for_twice_in_one_go_is_there_once()
    {
        var disclosure = Some("once");
        await Put(disclosure, disclosure);

        Assert.Single(await Open(disclosure.Digest, disclosure.Digest));
    }

    [Fact]
    public async Task Putting_again_changes_nothing()
    {
        var disclosure = Some("once");
        await Put(disclosure);

        await Put(disclosure, Some("another"));

        Assert.Equal(disclosure, Assert.Single(await Open(disclosure.Digest)).Value);
    }

    [Fact]
    public async Task Thousands_are_opened_in_one_go()
    {
        var disclosures = Enumerable.Range(0, 5000).Select(n => Some($"text {n}")).ToArray();
        await Put(disclosures);

        var opened = await Open([.. disclosures.Select(d => d.Digest)]);

        Assert.Equal(disclosures.Length, opened.Count);
        Assert.All(disclosures, d => Assert.Equal(d, opened[d.Digest]));
    }

    [Fact]
    public async Task Many_put_at_once()
    {
        var disclosures = Enumerable.Range(0, 200).Select(n => Some($"text {n}")).ToArray();

        await Task.WhenAll(disclosures.Select(d => Task.Run(() => Put(d))));

        Assert.Equal(disclosures.Length, (await Open([.. disclosures.Select(d => d.Digest)])).Count);
    }

    [Fact]
    public async Task What_was_destroyed_is_gone_and_the_rest_stays()
    {
        var (erased, kept) = (Some("erased"), Some("kept"));
        await Put(erased, kept);

        await Destroy(erased.Digest);

        Assert.Equal(kept.Digest, Assert.Single(await Open(erased.Digest, kept.Digest)).Key);
    }

    [Fact]
    public async Task Destroying_twice_is_destroying_once()
    {
        var erased = Some("erased");
        await Put(erased);
        await Destroy(erased.Digest);

        await Destroy(erased.Digest);
        await Destroy(Some("never put").Digest);
        await Destroy();

        Assert.Empty(await Open(erased.Digest));
    }

    [Fact]
    public async Task A_sweep_destroys_what_is_old_and_no_event_refers_to()
    {
        var (orphan, referred) = (Some("orphan"), Some("referred"));
        await Put(orphan, referred);
        Time.Advance(TimeSpan.FromHours(2));
        var young = Some("young");
        await Put(young);

        var destroyed = await Vault.SweepAsync(Time.GetUtcNow() - TimeSpan.FromHours(1), Only(referred), Deadline);

        Assert.Equal(1, destroyed);
        Assert.Equal(
            new[] { referred.Digest, young.Digest }.Order(StringComparer.Ordinal),
            (await Open(orphan.Digest, referred.Digest, young.Digest)).Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_sweep_goes_through_thousands()
    {
        var disclosures = Enumerable.Range(0, 2500).Select(n => Some($"text {n}")).ToArray();
        await Put(disclosures);
        Time.Advance(TimeSpan.FromHours(2));

        var destroyed = await Vault.SweepAsync(Time.GetUtcNow(), Only([.. disclosures.Where((_, n) => n % 5 == 0)]), Deadline);

        Assert.Equal(2000, destroyed);
        Assert.Equal(500, (await Open([.. disclosures.Select(d => d.Digest)])).Count);
        Assert.Equal(0, await Vault.SweepAsync(Time.GetUtcNow(), Only([.. disclosures.Where((_, n) => n % 5 == 0)]), Deadline));
    }

    protected static Disclosure Some(string text) => Disclosure.SealText(DisclosureClass.Case, "narrative", text);

    protected async Task Put(params Disclosure[] disclosures) => await Vault.PutAsync(disclosures, Deadline);

    protected async Task<IReadOnlyDictionary<string, Disclosure>> Open(params string[] digests) => await Vault.OpenAsync(digests, Deadline);

    protected async Task Destroy(params string[] digests) => await Vault.DestroyAsync(digests, Deadline);

    /// <summary>Closes the vault and opens it again.</summary>
    protected async Task Reopen()
    {
        await Vault.DisposeAsync();
        Vault = await open(_directory.Path, Time);
    }

    private static Func<IReadOnlyCollection<string>, CancellationToken, ValueTask<IReadOnlySet<string>>> Only(params Disclosure[] referred)
    {
        var digests = referred.Select(d => d.Digest).ToHashSet();
        return (asked, _) => ValueTask.FromResult<IReadOnlySet<string>>(asked.Where(digests.Contains).ToHashSet());
    }
}

/// <summary>What a vault must do that outlives its process.</summary>
public abstract class DurableVaultContract : VaultContract
{
    protected DurableVaultContract(Func<string, TimeProvider, ValueTask<IVault>> open)
        : base(open)
    {
    }

    protected DurableVaultContract(Func<string, TimeProvider, IVault> open)
        : base(open)
    {
    }

    [Fact]
    public async Task What_was_put_is_there_after_reopening_and_what_was_destroyed_is_not()
    {
        var (erased, kept) = (Some("erased"), Some("kept"));
        await Put(erased, kept);
        await Destroy(erased.Digest);

        await Reopen();

        Assert.Equal(kept, Assert.Single(await Open(erased.Digest, kept.Digest)).Value);
    }
}
