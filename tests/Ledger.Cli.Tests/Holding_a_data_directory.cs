namespace Ledger.Cli.Tests;

public sealed class Holding_a_data_directory
{
    [Fact]
    public async Task One_process_at_a_time_and_a_sentence_for_the_other()
    {
        using var shell = new Shell();
        await shell.RunAsync("ledger agreement create truce --title Truce --party a --party b --from 2020-01-01T00:00:00Z");
        using var held = new FileStream(Path.Combine(shell.Root, "data", "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        var (exit, output, error) = await shell.RunAsync("ledger compliance truce");

        Assert.Equal((2, ""), (exit, output));
        Assert.Contains("One process at a time may use it", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipe_gets_no_control_sequences()
    {
        using var shell = new Shell();
        var (_, output, error) = await shell.RunAsync("ledger simulate --violations 20 --seed 2");
        Assert.DoesNotContain('\u001b', output + error);
    }
}
