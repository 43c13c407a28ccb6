using System.Globalization;
using Ledger.Testing.EventStores;

namespace Ledger.EventStore.Sqlite.Tests;

public sealed class Locking_a_data_directory : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Another_process_is_named_and_its_death_frees_the_directory()
    {
        using var holder = WriterProcess.Start("hold", _directory.Path);
        Assert.Equal("held", await holder.ReadLineAsync());

        var refusal = Assert.Throws<StoreUnavailableException>(() => DataDirectoryLock.Take(_directory.Path));

        Assert.Contains($"pid {holder.Id.ToString(CultureInfo.InvariantCulture)}", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(_directory.Path, refusal.Message, StringComparison.Ordinal);
        holder.Kill();
        await holder.EndAsync();
        DataDirectoryLock.Take(_directory.Path).Dispose();
    }

    [Fact]
    public void The_same_process_may_not_take_it_twice_but_again()
    {
        using (DataDirectoryLock.Take(_directory.Path))
        {
            var refusal = Assert.Throws<StoreUnavailableException>(() => DataDirectoryLock.Take(_directory.Path));
            Assert.Contains("this process", refusal.Message, StringComparison.Ordinal);
        }

        DataDirectoryLock.Take(_directory.Path).Dispose();
    }

    [Fact]
    public void A_directory_that_is_not_there_is_made()
    {
        var path = Path.Combine(_directory.Path, "new", "data");

        DataDirectoryLock.Take(path).Dispose();

        Assert.True(Directory.Exists(path));
    }
}
