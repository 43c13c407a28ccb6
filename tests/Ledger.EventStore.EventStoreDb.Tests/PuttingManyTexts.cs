using Ledger.EventStore.EventStoreDb.Vault;
using Ledger.EventStore.Vault;
using Ledger.WireDouble;

namespace Ledger.EventStore.EventStoreDb.Tests;

/// <summary>Many texts put in one go are each there with their own key, whatever was there before and whatever happens.</summary>
public sealed class PuttingManyTexts : Bench
{
    private readonly List<Disclosure> _texts = [.. Enumerable.Range(0, 150).Select(n => Disclosure.SealText(DisclosureClass.Case, "narrative", $"text {n}"))];

    [Fact]
    public async Task Those_that_are_there_or_half_there_are_left_or_completed()
    {
        await using var vault = await OpenVaultAsync();
        await vault.PutAsync([.. _texts.Take(20)], Deadline);
        // Somebody died between the text and its key: another ciphertext lies there that no key opens.
        foreach (var text in _texts.Skip(20).Take(10)) Node.Log.Write($"vault-{text.Digest}", "disclosure-sealed-v1", "{}");

        await vault.PutAsync(_texts, Deadline);
        await vault.PutAsync(_texts, Deadline);

        await AllOpen(vault);
    }

    [Theory]
    [InlineData(Trouble.ConnectionLost, false)]
    [InlineData(Trouble.ConnectionLost, true)]
    [InlineData(Trouble.Aborted, false)]
    [InlineData(Trouble.Aborted, true)]
    [InlineData(Trouble.NotLeader, false)]
    [InlineData(Trouble.TooBusy, false)]
    public async Task After_a_break_each_has_the_key_of_its_own_text(Trouble what, bool persisted)
    {
        await using var vault = await OpenVaultAsync();
        for (var n = 0; n < 6; n++) Node.TroubleAppends([.. Enumerable.Repeat(AppendTrouble.None, 40), new AppendTrouble(what, persisted)]);

        await vault.PutAsync(_texts, Deadline);

        await AllOpen(vault);
    }

    [Fact]
    public async Task Two_who_put_the_same_at_once_agree_on_one_key_a_text()
    {
        await using var one = await OpenVaultAsync();
        await using var other = await OpenVaultAsync();

        await Task.WhenAll(one.PutAsync(_texts, Deadline).AsTask(), other.PutAsync(_texts, Deadline).AsTask());

        await AllOpen(one);
        await AllOpen(other);
    }

    private async Task<EventStoreDbVault> OpenVaultAsync() =>
        await EventStoreDbVault.ConnectAsync(new EventStoreDbVaultOptions(Impatient(Node.ConnectionString), Keys.First), Deadline);

    private async Task AllOpen(EventStoreDbVault vault)
    {
        var opened = await vault.OpenAsync([.. _texts.Select(text => text.Digest)], Deadline);
        Assert.Equal(_texts.Count, opened.Count);
        Assert.All(_texts, text => Assert.Equal(text, opened[text.Digest]));
    }
}
