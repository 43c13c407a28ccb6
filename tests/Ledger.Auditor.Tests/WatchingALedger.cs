namespace Ledger.Auditor.Tests;

/// <summary>A ledger's head, looked at again and again.</summary>
public sealed class WatchingALedger : IDisposable
{
    private readonly Audit _audit = new();
    private readonly LyingServer _server = new(Published.Of(100));

    public void Dispose()
    {
        _server.Dispose();
        _audit.Dispose();
    }

    [Fact]
    public async Task A_ledger_that_grows_is_fine()
    {
        Assert.Equal(0, (await WatchAsync()).Code);
        Assert.Contains("fine         still 100 events", (await WatchAsync()).Output, StringComparison.Ordinal);
        _server.Log.Grow(700);
        var run = await WatchAsync();
        Assert.Equal(0, run.Code);
        Assert.Contains("fine         at 800 events", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(128)]
    [InlineData(801)]
    public async Task A_fork_is_an_alarm_with_evidence(int size)
    {
        await WatchAsync();
        _server.Log = Published.Of(size, seed: 1);
        var run = await WatchAsync(looks: 5);
        Assert.Equal(1, run.Code);
        Assert.Contains("ALARM        sequence 0 to 99: the ledger shows another history now", run.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await _audit.RunAsync("evidence", "verify", Assert.Single(Directory.GetFiles(_audit.StateFolder, "*.fork-*.json")))).Code);
    }

    [Fact]
    public async Task What_is_strange_once_may_be_a_race_and_what_stays_strange_is_an_alarm()
    {
        await WatchAsync();
        _server.Log = Published.Of(90);
        Assert.Equal(2, (await WatchAsync()).Code);
        var run = await WatchAsync(looks: 3);
        Assert.Equal(1, run.Code);
        Assert.Contains("ALARM        sequence 90: the ledger shows 90 events now, and showed 100 before", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_away_is_asked_again()
    {
        var looks = 0;
        _server.Lie = path => path == "/log/checkpoint" && looks++ < 2 ? new Reply(503, []) : null;
        var run = await WatchAsync(looks: 2);
        Assert.Equal(0, run.Code);
        Assert.Contains("not reached", run.Output, StringComparison.Ordinal);
    }

    private Task<Run> WatchAsync(int looks = 1) =>
        _audit.RunAsync("watch", _server.Url, "--vkey", _server.Log.Key.Verifier.ToString(), "--every", "1", "--looks", $"{looks}");
}
