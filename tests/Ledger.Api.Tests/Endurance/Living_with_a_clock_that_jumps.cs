using Ledger.Api.Hosting;
using Ledger.Testing.Api;
using Ledger.Testing.EventStores;

namespace Ledger.Api.Tests.Endurance;

/// <summary>This machine's clock jumps, forwards or back: nothing is recorded under a time that nobody can trust, and /health says why.</summary>
public sealed class Living_with_a_clock_that_jumps
{
    private const string Key = "the-administrators-own-key-for-tests";

    [Theory]
    [InlineData(3600)]
    [InlineData(-3600)]
    public async Task Commands_wait_until_it_is_right_again_and_what_is_stored_is_read_on(int seconds)
    {
        using var directory = new TemporaryDirectory();
        var time = new JumpingTime();
        await using var server = await LedgerServer.StartAsync(["--urls=http://127.0.0.1:0", "--Ledger:Data=" + directory.File("data"), "--Ledger:AdministratorKey=" + Key], time, CancellationToken.None);
        using var client = new ApiClient(server.Address, Key);
        (await client.PostAsync("agreements", Bodies.Agreement("one"))).Stored(201);

        time.Off = TimeSpan.FromSeconds(seconds);
        (await client.PostAsync("agreements", Bodies.Agreement("two"))).Refused(503, "unavailable");
        using var http = new HttpClient { BaseAddress = server.Address };
        var health = await http.GetStringAsync(new Uri("/health", UriKind.Relative));
        Assert.Contains("\"clock-jumped\"", health, StringComparison.Ordinal);
        Assert.Contains("NTP", health, StringComparison.Ordinal);
        Assert.Equal(200, (await client.GetAsync("agreements/one")).Status);

        time.Off = TimeSpan.Zero;
        (await client.PostAsync("agreements", Bodies.Agreement("two"))).Stored(201);
        Assert.DoesNotContain("clock-jumped", await http.GetStringAsync(new Uri("/health", UriKind.Relative)), StringComparison.Ordinal);
    }

    /// <summary>The wall's clock can be set; the one that counts from the machine's start can't.</summary>
    private sealed class JumpingTime : TimeProvider
    {
        private long _off;

        public TimeSpan Off
        {
            set => Interlocked.Exchange(ref _off, value.Ticks);
        }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _off));
    }
}
