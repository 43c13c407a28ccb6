using System.Text;
using Ledger.Api.Tests.Writes;
using Ledger.Testing.Api;
using Ledger.Testing.EventStores;
using Microsoft.Data.Sqlite;

namespace Ledger.Api.Tests.Operations;

/// <summary>The operator's real program beside a running server, and on what it left, with texts in the vault and a file of evidence.</summary>
public sealed class Asking_the_doctor
{
    [Fact]
    public async Task It_looks_beside_a_server_that_writes_and_then_finds_a_changed_text()
    {
        using var directory = new TemporaryDirectory();
        var (data, evidence) = (directory.File("ledger"), directory.File("files"));
        await using (var ledger = await TestLedger.StartAsync($"--Ledger:Data={data}", $"--Ledger:Evidence={evidence}"))
        {
            var agreement = await ledger.AgreementAsync();
            var path = await ledger.CaseAsync(agreement: agreement);
            using (var form = new MultipartFormDataContent { { new StringContent("Crater"), "title" }, { new StringContent("true"), "original" } })
            {
                form.Add(new ByteArrayContent(Encoding.UTF8.GetBytes("A photograph.")), "file", "crater.png");
                (await (await ledger.MonitorAsync()).SendAsync(HttpMethod.Post, $"{path}/evidence", form)).Stored();
            }

            var (live, said) = await DoctorWhileItWritesAsync(ledger, agreement, data, evidence);
            Assert.True(live == 0, said);
            Assert.Contains("note  use: The directory is used by another process", said, StringComparison.Ordinal);
            Assert.Contains("ok    history:", said, StringComparison.Ordinal);
            Assert.Contains("The one file has the hash of its name", said, StringComparison.Ordinal);
            Assert.DoesNotContain("A. B.", said, StringComparison.Ordinal);

            var (asked, answer) = await RealPrograms.LedgerAsync(null, "doctor", "--server", ledger.Server.Address.ToString());
            Assert.True(asked == 0, answer);
            Assert.Contains("ok    status: The server is ready", answer, StringComparison.Ordinal);
        }

        var (whole, text) = await RealPrograms.LedgerAsync(null, "doctor", "--data", data, "--evidence", evidence, "--full");
        Assert.True(whole == 0, text);
        Assert.Contains("its key opens all of", text, StringComparison.Ordinal);

        var (vault, kept) = (Path.Combine(data, "vault.db"), directory.File("kept.db"));
        File.Copy(vault, kept);
        Change(vault, "disclosures_go_by_erasure", "DELETE FROM disclosures WHERE class = 'confidential' AND rowid = (SELECT min(rowid) FROM disclosures WHERE class = 'confidential')");
        var (gone, missed) = await RealPrograms.LedgerAsync(null, "doctor", "--data", data, "--evidence", evidence, "--full");
        Assert.True(gone == 1, missed);
        Assert.Matches("WRONG vault: 1 text that events commit to and that nobody erased isn't in the vault: violation-[0-9a-f-]{36}, revision 0\\.", missed);
        Assert.Contains("> Restore vault.db from a backup that still has them", missed, StringComparison.Ordinal);
        File.Copy(kept, vault, overwrite: true);

        Change(vault, "disclosures_never_change", "UPDATE disclosures SET ciphertext = CAST(zeroblob(length(ciphertext)) AS BLOB) WHERE rowid = (SELECT min(rowid) FROM disclosures)");
        var (changed, found) = await RealPrograms.LedgerAsync(null, "doctor", "--data", data, "--evidence", evidence, "--full");
        Assert.True(changed == 1, found);
        Assert.Contains("WRONG vault: 1 of", found, StringComparison.Ordinal);
        Assert.Contains("> Restore vault.db from a backup", found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_server_with_a_problem_it_hands_on_what_to_do()
    {
        await using var ledger = await TestLedger.StartAsync();
        File.Delete(Directory.GetFiles(ledger.Server.Settings.Secrets, "signer-*.key").Single());
        await ledger.CaseAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while ((await ledger.Administrator.GetAsync("/health")).Json["problems"]!.AsArray().Count == 0) await Task.Delay(100, patience.Token);

        var (exit, said) = await RealPrograms.LedgerAsync(null, "doctor", "--server", ledger.Server.Address.ToString());

        Assert.True(exit == 1, said);
        Assert.Contains("WRONG no-signer-key:", said, StringComparison.Ordinal);
        Assert.Contains("> Lay the named key file into the secrets directory", said, StringComparison.Ordinal);
    }

    private static async Task<(int, string)> DoctorWhileItWritesAsync(TestLedger ledger, string agreement, string data, string evidence)
    {
        using var enough = new CancellationTokenSource();
        var monitor = await ledger.MonitorAsync();
        var writing = Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested) (await monitor.PostAsync($"agreements/{agreement}/violations", Bodies.Violation(body => body.Remove("externalReference")))).Stored(201);
        });
        var said = await RealPrograms.LedgerAsync(null, "doctor", "--data", data, "--evidence", evidence, "--full");
        await enough.CancelAsync();
        await writing;
        return said;
    }

    /// <summary>As somebody with rights to the file: a guard is taken away for a moment.</summary>
    private static void Change(string vault, string guard, string sql)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = vault, Pooling = false }.ToString());
        connection.Open();
        using var read = connection.CreateCommand();
        read.CommandText = "SELECT sql FROM sqlite_schema WHERE name = $guard";
        read.Parameters.AddWithValue("$guard", guard);
        var stands = (string)read.ExecuteScalar()!;
        using var change = connection.CreateCommand();
        change.CommandText = $"DROP TRIGGER {guard}; {sql}; {stands};";
        change.ExecuteNonQuery();
    }
}
