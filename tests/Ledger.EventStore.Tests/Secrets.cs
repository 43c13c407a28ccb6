using Ledger.EventStore.Vault;
using Ledger.Testing.EventStores;

namespace Ledger.EventStore.Tests;

public sealed class Secrets : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Place => _directory.File("secrets");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_key_is_made_on_first_use_and_stays()
    {
        var key = SecretsDirectory.Open(Place).Key(SecretsDirectory.VaultKey);

        Assert.Equal(32, key.Length);
        Assert.Equal(key, SecretsDirectory.Open(Place).Key(SecretsDirectory.VaultKey));
        Assert.NotEqual(key, SecretsDirectory.Open(Place).Key(SecretsDirectory.HmacKey));
        Assert.Equal([".lock", "hmac.key", "vault.key"], Directory.GetFiles(Place).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Only_the_owner_may_read_it()
    {
        if (OperatingSystem.IsWindows()) return; // There the parent directory's access list is inherited.
        SecretsDirectory.Open(Place).Key(SecretsDirectory.VaultKey);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Place));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Place, "vault.key")));
    }

    [Fact]
    public async Task All_who_ask_first_at_once_get_the_same_key()
    {
        for (var race = 0; race < 50; race++)
        {
            var place = Path.Combine(Place, $"{race}");
            var keys = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => SecretsDirectory.Open(place).Key(SecretsDirectory.VaultKey))));

            Assert.All(keys, key => Assert.Equal(keys[0], key));
            Assert.Equal(keys[0], File.ReadAllBytes(Path.Combine(place, "vault.key")));
        }
    }

    [Fact]
    public void A_file_that_holds_no_key_is_named_and_left_alone()
    {
        var secrets = SecretsDirectory.Open(Place);
        File.WriteAllText(Path.Combine(Place, "vault.key"), "too short");

        var refusal = Assert.Throws<InvalidDataException>(() => secrets.Key(SecretsDirectory.VaultKey));

        Assert.Contains("vault.key holds 9 bytes", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("too short", File.ReadAllText(Path.Combine(Place, "vault.key")));
    }

    [Fact]
    public void A_next_key_waits_beside_the_present_one_until_it_takes_its_place()
    {
        var secrets = SecretsDirectory.Open(Place);
        var present = secrets.Key(SecretsDirectory.VaultKey);
        Assert.Null(secrets.TryNextKey(SecretsDirectory.VaultKey));

        var next = secrets.NextKey(SecretsDirectory.VaultKey);

        Assert.Equal(next, secrets.TryNextKey(SecretsDirectory.VaultKey));
        Assert.Equal(present, secrets.Key(SecretsDirectory.VaultKey));
        secrets.Promote(SecretsDirectory.VaultKey);
        Assert.Equal(next, secrets.Key(SecretsDirectory.VaultKey));
        Assert.Null(secrets.TryNextKey(SecretsDirectory.VaultKey));
    }
}
