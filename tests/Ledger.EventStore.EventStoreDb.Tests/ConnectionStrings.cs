namespace Ledger.EventStore.EventStoreDb.Tests;

/// <summary>A table of connection strings: what they say, or the one sentence that says what is wrong with them.</summary>
public sealed class ConnectionStrings
{
    [Theory]
    [InlineData("esdb://localhost", false, "localhost:2113")]
    [InlineData("esdb://localhost/", false, "localhost:2113")]
    [InlineData("esdb://localhost:3113?tls=false", false, "localhost:3113")]
    [InlineData("ESDB://localhost:80", false, "localhost:80")]
    [InlineData("esdb://127.0.0.1:443", false, "127.0.0.1:443")]
    [InlineData("esdb://[::1]:2113", false, "[::1]:2113")]
    [InlineData("esdb://[::1]", false, "[::1]:2113")]
    [InlineData("esdb+discover://cluster.example", true, "cluster.example:2113")]
    [InlineData("esdb://a:1,b,c:3", true, "a:1 b:2113 c:3")]
    [InlineData("esdb+discover://a:1,b:2/", true, "a:1 b:2")]
    [InlineData("kurrentdb://a", false, "a:2113")]
    [InlineData("kurrentdb+discover://a", true, "a:2113")]
    [InlineData("kurrent://a", false, "a:2113")]
    [InlineData("kdb+discover://a", true, "a:2113")]
    public void Hosts_are_one_to_talk_to_or_several_to_ask(string text, bool discover, string seeds)
    {
        var options = EventStoreDbOptions.Parse(text);

        Assert.Equal((discover, seeds), (options.Discover, string.Join(' ', options.Seeds)));
    }

    [Fact]
    public void Without_options_it_is_as_the_server_s_documentation_says()
    {
        var options = EventStoreDbOptions.Parse("esdb://a");

        Assert.Equal(
            (true, true, null, null, null, NodePreference.Leader, 10),
            (options.Tls, options.TlsVerifyCert, options.TlsCaFile, options.User, options.UserCertificate, options.NodePreference, options.MaxDiscoverAttempts));
        Assert.Equal(
            [100, 5000, 10000, 10000, 10000],
            new[] { options.DiscoveryInterval, options.GossipTimeout, options.KeepAliveInterval, options.KeepAliveTimeout, options.DefaultDeadline }.Select(t => (int)t.TotalMilliseconds));
    }

    [Fact]
    public void Every_option_is_taken_in_any_case()
    {
        var options = EventStoreDbOptions.Parse(
            "esdb://us%40er:p%3Ass%2Fw@rd@a?TLSVERIFYCERT=false&tlsCaFile=/ca.crt&nodePreference=Follower&maxDiscoverAttempts=3&discoveryInterval=7"
            + "&gossipTimeout=8&keepAliveInterval=-1&KeepAliveTimeout=9&defaultDeadline=1000&throwOnAppendFailure=false&userCertFile=/u.crt&userKeyFile=/u.key&connectionName=node%201");

        Assert.Equal(new ServerUser("us@er", "p:ss/w@rd"), options.User);
        Assert.Equal((false, "/ca.crt", NodePreference.Follower, 3), (options.TlsVerifyCert, options.TlsCaFile, options.NodePreference, options.MaxDiscoverAttempts));
        Assert.Equal((7, 8, 9), (options.DiscoveryInterval.Milliseconds, options.GossipTimeout.Milliseconds, options.KeepAliveTimeout.Milliseconds));
        Assert.Equal((Timeout.InfiniteTimeSpan, TimeSpan.FromSeconds(1)), (options.KeepAliveInterval, options.DefaultDeadline));
        Assert.Equal((("/u.crt", "/u.key"), "node 1"), (options.UserCertificate!.Value, options.ConnectionName));
    }

    [Theory]
    [InlineData("", "must begin with esdb://")]
    [InlineData("localhost:2113", "must begin with esdb://")]
    [InlineData("http://localhost", "unknown scheme 'http'")]
    [InlineData("esdb+discovery://localhost", "unknown scheme")]
    [InlineData("esdb://", "names no host")]
    [InlineData("esdb://a,,b", "empty one between commas")]
    [InlineData("esdb://a:99999", "'a:99999' where a host and port should be")]
    [InlineData("esdb://a:port", "'a:port'")]
    [InlineData("esdb://user@a", "without a password")]
    [InlineData("esdb://:secret@a", "without a user")]
    [InlineData("esdb://a/db", "has a path")]
    [InlineData("esdb://a?tsl=false", "unknown option 'tsl'")]
    [InlineData("esdb://a?tls=false&TLS=true", "option 'TLS' twice")]
    [InlineData("esdb://a?tls", "option 'tls' without a value")]
    [InlineData("esdb://a?tls=no", "needs true or false for 'tls'")]
    [InlineData("esdb://a?nodePreference=any", "unknown nodePreference 'any'")]
    [InlineData("esdb://a?maxDiscoverAttempts=0", "for 'maxDiscoverAttempts'")]
    [InlineData("esdb://a?gossipTimeout=-1", "for 'gossipTimeout'")]
    [InlineData("esdb://a?keepAliveInterval=soon", "for 'keepAliveInterval'")]
    [InlineData("esdb://a?defaultDeadline=0", "for 'defaultDeadline'")]
    [InlineData("esdb://a?userCertFile=/u.crt", "userCertFile and userKeyFile together")]
    [InlineData("esdb://a?tls=false&userCertFile=/u.crt&userKeyFile=/u.key", "needs tls=true")]
    [InlineData("esdb://a?tls=false&tlsCaFile=/ca.crt", "needs tls=true")]
    public void What_is_wrong_is_one_sentence_that_names_the_setting(string text, string saying)
    {
        var wrong = Assert.Throws<FormatException>(() => EventStoreDbOptions.Parse(text, "Ledger:EventStoreDb:VaultConnectionString"));

        Assert.Contains(saying, wrong.Message, StringComparison.Ordinal);
        Assert.StartsWith("The connection string in Ledger:EventStoreDb:VaultConnectionString ", wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_is_never_printed() =>
        Assert.DoesNotContain("secret", $"{EventStoreDbOptions.Parse("esdb://ledger:secret@a")} {EventStoreDbOptions.Parse("esdb://ledger:secret@a").User}", StringComparison.Ordinal);
}
