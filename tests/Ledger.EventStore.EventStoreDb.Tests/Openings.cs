using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Ledger.EventStore.EventStoreDb.Vault;
using Ledger.Testing.EventStores;
using Ledger.WireDouble;

namespace Ledger.EventStore.EventStoreDb.Tests;

/// <summary>The first words with a server: who isn't let in, or isn't where he thinks, is told in one sentence which setting to look at.</summary>
public sealed class Openings : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromMinutes(1));
    private readonly X509Certificate2 _authority = Certificates.Authority("An authority of our own");

    private CancellationToken Deadline => _deadline.Token;

    public void Dispose()
    {
        _directory.Dispose();
        _deadline.Dispose();
        _authority.Dispose();
    }

    [Fact]
    public async Task A_user_with_his_password_comes_in_over_a_certificate_of_our_own_authority()
    {
        await using var node = await SecureAsync();

        await using var store = await OpenAsync($"esdb://ledger:right@{node.Address}?tlsCaFile={CaFile()}");

        Assert.IsType<AppendOutcome.Appended>(await store.AppendAsync(new StreamName("violation-1"), ExpectedRevision.NoStream, [SomeEvents.One()], Deadline));
    }

    [Fact]
    public async Task A_user_with_his_certificate_comes_in()
    {
        await using var node = await SecureAsync();
        using var user = Certificates.Signed(_authority, "ledger");
        await File.WriteAllTextAsync(_directory.File("user.crt"), user.ExportCertificatePem(), Deadline);
        await File.WriteAllTextAsync(_directory.File("user.key"), user.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem(), Deadline);

        await using var store = await OpenAsync(
            $"esdb://{node.Address}?tlsCaFile={CaFile()}&userCertFile={_directory.File("user.crt")}&userKeyFile={_directory.File("user.key")}");

        Assert.IsType<AppendOutcome.Appended>(await store.AppendAsync(new StreamName("violation-1"), ExpectedRevision.NoStream, [SomeEvents.One()], Deadline));
    }

    [Fact]
    public async Task A_certificate_that_nobody_checks_is_taken_when_asked_for_and_said()
    {
        await using var node = await SecureAsync();

        await using var store = await OpenAsync($"esdb://ledger:right@{node.Address}?tlsVerifyCert=false");

        Assert.Contains(store.Notices, notice => notice.Contains("tlsVerifyCert", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wrong_password() =>
        await IsRefused(node => $"esdb://ledger:wrong@{node.Address}?tlsCaFile={CaFile()}", "refuses the user 'ledger' or its password");

    [Fact]
    public async Task No_user_where_one_is_wanted() =>
        await IsRefused(node => $"esdb://{node.Address}?tlsCaFile={CaFile()}", "user:password@");

    [Fact]
    public async Task A_certificate_of_an_authority_that_isn_t_known() =>
        await IsRefused(node => $"esdb://ledger:right@{node.Address}", "tlsCaFile");

    [Fact]
    public async Task A_certificate_of_another_authority() =>
        await IsRefused(node => $"esdb://ledger:right@{node.Address}?tlsCaFile={CaFile(Certificates.Authority("Another"))}", "tlsCaFile");

    [Fact]
    public async Task A_file_of_the_authority_that_isn_t_there() =>
        await IsRefused(node => $"esdb://ledger:right@{node.Address}?tlsCaFile={_directory.File("none.crt")}", "none.crt (tlsCaFile in Ledger:EventStoreDb:ConnectionString)");

    [Fact]
    public async Task A_file_of_the_authority_that_holds_something_else()
    {
        await File.WriteAllTextAsync(_directory.File("odd.crt"), "no certificate", Deadline);

        await IsRefused(node => $"esdb://ledger:right@{node.Address}?tlsCaFile={_directory.File("odd.crt")}", "odd.crt (tlsCaFile in");
    }

    [Fact]
    public async Task Cleartext_to_a_server_that_speaks_TLS() =>
        await IsRefused(node => $"esdb://{node.Address}?tls=false", "tls");

    [Fact]
    public async Task TLS_to_a_server_that_speaks_cleartext()
    {
        await using var node = await DoubleNode.StartAsync();

        await IsRefused($"esdb://{node.Address}", "tls");
    }

    [Fact]
    public async Task A_web_server_of_another_protocol()
    {
        using var server = new OddServer("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");

        await IsRefused($"esdb://{server.Address}?tls=false", "doesn't speak EventStoreDB's protocol");
    }

    [Fact]
    public async Task A_server_that_says_nothing()
    {
        using var server = new OddServer(null);

        await IsRefused($"esdb://{server.Address}?tls=false", "see the hosts");
    }

    [Fact]
    public async Task Nobody_there()
    {
        var address = (await DoubleNode.StartAsync()) is var node ? node.Address : "";
        await node.DisposeAsync();

        await IsRefused($"esdb://{address}?tls=false", "see the hosts");
        await IsRefused($"esdb+discover://{address}?tls=false", "see the hosts");
    }

    [Fact]
    public async Task A_host_that_doesn_t_exist() => await IsRefused("esdb://no-such-host.invalid?tls=false", "see the hosts");

    [Fact]
    public async Task The_default_rights_are_set_on_the_first_start_so_that_nobody_deletes_and_only_the_vault_limits()
    {
        await using var node = await SecureAsync();

        await using var store = await EventStoreDbEventStore.ConnectAsync(
            Bench.Impatient($"esdb://ledger:right@{node.Address}?tlsCaFile={CaFile()}") with { VaultUser = "vault" }, Deadline);

        using var rights = JsonDocument.Parse(Assert.Single(node.Log.Records, r => r.Stream == "$settings").Data);
        var acl = rights.RootElement.GetProperty("$userStreamAcl");
        Assert.Equal("""["ledger","vault"]""", acl.GetProperty("$w").GetRawText());
        Assert.Equal("[]", acl.GetProperty("$d").GetRawText());
        Assert.Equal("""["vault"]""", acl.GetProperty("$mw").GetRawText());
        Assert.Contains("administrator", Assert.Single(store.Notices), StringComparison.Ordinal);
        await using var second = await OpenAsync($"esdb://ledger:right@{node.Address}?tlsCaFile={CaFile()}");
        Assert.Empty(second.Notices);
    }

    [Fact]
    public async Task An_administrator_prepares_a_server_once_and_no_start_has_anything_to_say()
    {
        await using var node = await DoubleNode.StartAsync(options: new DoubleOptions
        {
            Certificate = Certificates.Signed(_authority, "eventstoredb-node"),
            Users = new Dictionary<string, string> { ["admin"] = "changed" },
        });
        var (ledger, vault) = ($"esdb://ledger:l-secret@{node.Address}?tlsCaFile={CaFile()}", $"esdb://vault:v-secret@{node.Address}?tlsCaFile={CaFile()}");

        for (var again = 0; again < 2; again++)
            await ServerPreparation.RunAsync(Bench.Impatient($"esdb://admin:changed@{node.Address}?tlsCaFile={CaFile()}"), Bench.Impatient(ledger), Bench.Impatient(vault), Deadline);

        using var rights = JsonDocument.Parse(Assert.Single(node.Log.Records, r => r.Stream == "$settings").Data);
        Assert.Equal("""["ledger","vault"]""", rights.RootElement.GetProperty("$userStreamAcl").GetProperty("$w").GetRawText());
        Assert.Equal("""["vault"]""", rights.RootElement.GetProperty("$userStreamAcl").GetProperty("$mw").GetRawText());
        Assert.Equal("""{"$acl":{"$r":["ledger","vault"]}}""", System.Text.Encoding.UTF8.GetString(Assert.Single(node.Log.Records, r => r.Stream == "$$$all").Data));
        await using var store = await OpenAsync(ledger);
        Assert.Empty(store.Notices);
        Assert.IsType<AppendOutcome.Appended>(await store.AppendAsync(new StreamName("violation-1"), ExpectedRevision.NoStream, [SomeEvents.One()], Deadline));
    }

    [Fact]
    public async Task One_user_for_ledger_and_vault_is_refused_because_it_could_hide_events()
    {
        await using var node = await SecureAsync();
        var options = Bench.Impatient($"esdb://ledger:right@{node.Address}?tlsCaFile={CaFile()}");

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => ServerPreparation.RunAsync(options, options, options, Deadline));

        Assert.Contains("user of its own", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(node.Log.Records, r => r.Stream == "$settings");
    }

    [Fact]
    public async Task What_the_user_may_not_set_up_is_said()
    {
        await using var node = await SecureAsync();
        node.Denies = (_, stream, _) => stream == "$settings";

        await using var store = await OpenAsync($"esdb://ledger:right@{node.Address}?tlsCaFile={CaFile()}");

        Assert.Contains("can't be seen or set by 'ledger'", Assert.Single(store.Notices), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rights_that_let_others_delete_are_said()
    {
        await using var node = await SecureAsync();
        node.Log.Write("$settings", "$settings", """{"$userStreamAcl":{"$w":"$all","$d":"$all"}}""");

        await using var store = await OpenAsync($"esdb://ledger:right@{node.Address}?tlsCaFile={CaFile()}");

        Assert.Contains("deleted or truncated", Assert.Single(store.Notices), StringComparison.Ordinal);
    }

    [Fact]
    public async Task That_a_server_without_TLS_protects_nothing_is_said()
    {
        await using var node = await DoubleNode.StartAsync();

        await using var store = await OpenAsync(node.ConnectionString + "&nodePreference=follower");

        Assert.Equal(2, store.Notices.Count);
        Assert.Contains("Without TLS", store.Notices[1], StringComparison.Ordinal);
        Assert.Equal("23.10.0-double", store.ServerVersion);
    }

    [Fact]
    public async Task A_vault_whose_user_may_not_limit_streams_says_so_when_it_would_erase()
    {
        await using var node = await DoubleNode.StartAsync();
        node.Denies = (_, _, right) => right == 'm';
        await using var vault = await EventStoreDbVault.ConnectAsync(new EventStoreDbVaultOptions(Bench.Impatient(node.ConnectionString), Keys.First), Deadline);
        var disclosure = EventStore.Vault.Disclosure.SealText(EventStore.Vault.DisclosureClass.Case, "narrative", "text");
        await vault.PutAsync([disclosure], Deadline);

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(async () => await vault.DestroyAsync([disclosure.Digest], Deadline));

        Assert.Contains("VaultConnectionString", refused.Message, StringComparison.Ordinal);
    }

    private async Task<DoubleNode> SecureAsync() => await DoubleNode.StartAsync(options: new DoubleOptions
    {
        Certificate = Certificates.Signed(_authority, "eventstoredb-node"),
        Users = new Dictionary<string, string> { ["ledger"] = "right" },
        TakesCertificates = true,
    });

    private string CaFile(X509Certificate2? authority = null)
    {
        var file = _directory.File($"{Guid.NewGuid():N}.crt");
        File.WriteAllText(file, (authority ?? _authority).ExportCertificatePem());
        return file;
    }

    private async Task<EventStoreDbEventStore> OpenAsync(string connectionString) =>
        await EventStoreDbEventStore.ConnectAsync(Bench.Impatient(connectionString), Deadline);

    private async Task IsRefused(Func<DoubleNode, string> connectionString, string saying)
    {
        await using var node = await SecureAsync();
        await IsRefused(connectionString(node), saying);
    }

    private async Task IsRefused(string connectionString, string saying)
    {
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => OpenAsync(connectionString));

        Assert.True(refused.Message.Contains(saying, StringComparison.Ordinal), refused.ToString());
        Assert.Contains("Ledger:EventStoreDb:ConnectionString", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("right@", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Answers whatever comes with the same bytes, or with none.</summary>
    private sealed class OddServer : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly List<Socket> _clients = [];

        public OddServer(string? answer)
        {
            _listener.Start();
            _ = Task.Run(() => ServeAsync(answer));
        }

        public string Address => _listener.LocalEndpoint.ToString()!;

        public void Dispose() => _listener.Dispose();

        private async Task ServeAsync(string? answer)
        {
            try
            {
                while (true)
                {
                    var client = await _listener.AcceptSocketAsync();
                    _clients.Add(client); // Kept open: a reset would say something else.
                    if (answer is null) continue;
                    await client.ReceiveAsync(new byte[1024]); // A server answers what it was asked, not whoever comes.
                    await client.SendAsync(Encoding.ASCII.GetBytes(answer));
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}

/// <summary>Certificates for a test's lifetime.</summary>
internal static class Certificates
{
    public static X509Certificate2 Authority(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    public static X509Certificate2 Signed(X509Certificate2 authority, string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), Guid.NewGuid().ToByteArray());
        using var whole = certificate.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }
}
