using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DuckDB.NET.Data;
using Ledger.EventStore;
using Ledger.Node;
using Ledger.Node.Looking;
using Ledger.Projections;
using Ledger.Testing.EventStores;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ledger.Api.Tests.Endurance;

/// <summary>Files of a data directory that are cut off, zeroed, changed by a bit, gone: the ledger says so, or shows exactly what it showed before.</summary>
/// <remarks>All files, kinds and places: LEDGER_ENDURANCE=whole. Else one of each kind.</remarks>
public sealed class Being_damaged(Being_damaged.Healthy healthy) : IClassFixture<Being_damaged.Healthy>
{
    private const string ReadModels = "data/read-models/generation-000001/read-models.duckdb";

    private static readonly string[] Files =
    [
        "data/events.db", "data/events.db-wal", "data/vault.db", "data/vault.db-wal", "data/tiles.db", "data/tiles.db-wal", ReadModels, "data/read-models/current", "data/origin",
        "data.signer-state", "data.secrets/vault.key", "data.secrets/hmac.key", "data.secrets/signer.key",
    ];

    private static readonly string[] Kinds = ["cut in half", "zeroed", "a page of zeros", "a bit turned", "ten bytes made up", "gone"];

    public static TheoryData<string, string, int> Damages()
    {
        var all = Files.SelectMany(file => Kinds.SelectMany(kind => Enumerable.Range(0, Mortal.IsWhole && kind is "a page of zeros" or "a bit turned" ? 6 : 1).Select(seed => (file, kind, seed)))).ToList();
        var data = new TheoryData<string, string, int>();
        foreach (var (n, (file, kind, seed)) in all.Index())
            if (Mortal.IsWhole || n % 7 == 0) data.Add(file, kind, seed);
        return data;
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task It_says_so_or_shows_what_it_showed(string file, string kind, int seed)
    {
        using var directory = healthy.Copy();
        var path = PathOf(directory, file);
        Damage(path, kind, new Random(seed));
        var doctor = await DoctorAsync(directory.File("data"));
        var found = await OpenAsync(directory.File("data"));
        if (found.Shown == healthy.Shown && found.IsReady) return;
        Assert.True(found.Refused is not null || !found.IsReady, $"It is ready, and shows something else than before. The doctor says: {doctor}");
        Assert.True(found.Refused is { Length: > 20 } || found.Problems.Count > 0, "It doesn't say what is wrong.");
        Assert.Contains("WRONG", doctor, StringComparison.Ordinal);
        Assert.Contains("\n      > ", doctor, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_figure_changed_in_the_saved_read_models_is_never_shown()
    {
        using var directory = healthy.Copy();
        Change(directory, "UPDATE postings SET status = 3 WHERE sequence = (SELECT min(sequence) FROM postings)");
        var said = await DoctorAsync(directory.File("data"));
        Assert.Contains("WRONG read models: Generation 1: What it holds isn't what the node wrote", said, StringComparison.Ordinal);

        var found = await OpenAsync(directory.File("data"));
        Assert.True(found.IsReady);
        Assert.Equal(healthy.Shown, found.Shown);
        Assert.Contains("ok    read models: Generation 2", await DoctorAsync(directory.File("data")), StringComparison.Ordinal);
    }

    /// <summary>Somebody who has the keys as well can sign what they changed; the events make something else.</summary>
    [Fact]
    public async Task The_doctor_holds_the_saved_read_models_against_a_rebuild()
    {
        using var directory = healthy.Copy();
        Assert.Contains("holds what the events make when they are folded anew", await DoctorAsync(directory.File("data"), isFull: true), StringComparison.Ordinal);
        File.Delete(directory.File("data.secrets/hmac.key")); // Then nobody can say whether it was signed.
        Change(directory, "UPDATE day_balances SET cases = cases + 1; UPDATE postings SET count = count + 1 WHERE sequence = (SELECT max(sequence) FROM postings)");
        Assert.Contains("doesn't hold what the events make (postings)", await DoctorAsync(directory.File("data"), isFull: true), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_that_does_not_open_is_named_with_its_case()
    {
        using var directory = healthy.Copy();
        using (var connection = new SqliteConnection($"Data Source={directory.File("data/vault.db")};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            // And the guard put back as it was: who is careful leaves no trace but the bytes.
            command.CommandText = "SELECT sql FROM sqlite_schema WHERE name = 'disclosures_never_change'";
            var guard = (string)command.ExecuteScalar()!;
            command.CommandText = "DROP TRIGGER disclosures_never_change; UPDATE disclosures SET ciphertext = zeroblob(length(ciphertext)) WHERE rowid = (SELECT max(rowid) FROM disclosures WHERE class = 'confidential'); " + guard;
            command.ExecuteNonQuery();
        }

        var said = await DoctorAsync(directory.File("data"), isFull: true);
        Assert.Contains("texts that were tried don't open: their bytes were changed. They belong to violation-", said, StringComparison.Ordinal);

        await using var node = await StartAsync(directory.File("data"));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        ViewProblem? problem;
        while ((problem = node.Health.Problems.FirstOrDefault(problem => problem.Code == "damaged-disclosure")) is null) await Task.Delay(20, limit.Token);
        Assert.NotNull(problem.Sequence);
        Assert.Contains("ledger doctor --full", WhatToDo.About(problem.Code), StringComparison.Ordinal);
    }

    private static string PathOf(TemporaryDirectory directory, string file) =>
        file.EndsWith("signer.key", StringComparison.Ordinal) ? Directory.GetFiles(directory.File("data.secrets"), "signer-*.key").Single() : directory.File(file);

    private static void Damage(string path, string kind, Random random)
    {
        var bytes = File.ReadAllBytes(path);
        switch (kind)
        {
            case "cut in half":
                bytes = bytes[..(bytes.Length / 2)];
                break;
            case "zeroed":
                Array.Clear(bytes);
                break;
            case "a page of zeros":
                var from = random.Next(Math.Max(1, bytes.Length / 4096)) * 4096;
                bytes.AsSpan(from, Math.Min(4096, bytes.Length - from)).Clear();
                break;
            case "a bit turned":
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                break;
            case "ten bytes made up":
                for (var n = 0; n < 10; n++) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                break;
            case "gone":
                File.Delete(path);
                return;
        }

        File.WriteAllBytes(path, bytes);
    }

    private static void Change(TemporaryDirectory directory, string sql)
    {
        using var connection = new DuckDBConnection($"Data Source={directory.File(ReadModels)}");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql + "; CHECKPOINT";
        command.ExecuteNonQuery();
    }

    private static async Task<string> DoctorAsync(string data, bool isFull = false)
    {
        var said = new StringBuilder();
        await foreach (var finding in new DirectoryLook(new NodeOptions(data), new Files.DirectoryFiles(Path.Combine(data, "evidence")), isFull).RunAsync(CancellationToken.None))
        {
            said.Append(CultureInfo.InvariantCulture, $"{(finding.Grade switch { Grade.Good => "ok", Grade.Notice => "note", _ => "WRONG" }),-6}{finding.Subject}: {finding.Sentence}\n");
            if (finding.Next is { } next) said.Append(CultureInfo.InvariantCulture, $"      > {next}\n");
        }

        return said.ToString();
    }

    private static Task<LedgerNode> StartAsync(string data) => LedgerNode.StartAsync(new NodeOptions(data), NullLoggerFactory.Instance, CancellationToken.None);

    private static async Task<Opened> OpenAsync(string data)
    {
        try
        {
            await using var node = await StartAsync(data);
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            while (node.Health is { Status: ViewStatus.CatchingUp, Problems.Count: 0 }) await Task.Delay(10, limit.Token);
            var health = node.Health;
            return new Opened(null, health.Status == ViewStatus.Ready, [.. health.Problems.Select(problem => problem.Message)], health.Status == ViewStatus.Ready ? await ShownAsync(node) : "");
        }
        catch (Exception e) when (e is StoreUnavailableException or InvalidDataException)
        {
            return new Opened(e.Message, false, [], "");
        }
    }

    /// <summary>Every event's bytes, and the picture that they make.</summary>
    private static async Task<string> ShownAsync(LedgerNode node)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await foreach (var e in node.View.ReadEventsAsync(-1, node.View.Count, CancellationToken.None))
        {
            hash.AppendData(e.Stored.Data.Span);
            hash.AppendData(e.Stored.Metadata.Span);
        }

        var picture = await node.View.ComplianceAsync(new ComplianceQuery(node.View.Agreements()[0].AgreementId), node.View.Count, CancellationToken.None) as ComplianceAnswer.Picture;
        return $"{node.View.Count} {Convert.ToHexStringLower(hash.GetHashAndReset())} {JsonSerializer.Serialize(picture)}";
    }

    private sealed record Opened(string? Refused, bool IsReady, IReadOnlyList<string> Problems, string Shown);

    /// <summary>A small ledger as the program left it when it was killed: part of it in the files, the newest in their WALs.</summary>
    public sealed class Healthy : IAsyncLifetime, IDisposable
    {
        private readonly TemporaryDirectory _directory = new();

        internal string Shown { get; private set; } = "";

        public async Task InitializeAsync()
        {
            using var ledger = await Mortal.BornAsync();
            await RecordAsync(ledger, 20);
            await ledger.KillAsync();
            Assert.True((await OpenAsync(ledger.Data)).IsReady); // Reads to the end and ends in order, and so saves everything.
            await ledger.StartAsync();
            await RecordAsync(ledger, 20);
            await ledger.SealedAsync();
            await ledger.KillAsync();
            CopyTo(ledger.Root, _directory);
            using var copy = Copy();
            Shown = (await OpenAsync(copy.File("data"))).Shown;
            foreach (var file in Files.Where(file => file.EndsWith("-wal", StringComparison.Ordinal))) Assert.True(new FileInfo(_directory.File(file)).Length > 0, file);
        }

        public Task DisposeAsync() => Task.CompletedTask;

        public void Dispose() => _directory.Dispose();

        private static async Task RecordAsync(Mortal ledger, int cases)
        {
            using var monitor = ledger.As(ledger.Monitor);
            for (var n = 0; n < cases; n++) (await monitor.PostAsync($"agreements/{Mortal.Agreement}/violations", Ledger.Testing.Api.Bodies.Violation())).Stored(201);
        }

        private static void CopyTo(string from, TemporaryDirectory to)
        {
            foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
            {
                var place = to.File(Path.GetRelativePath(from, file));
                Directory.CreateDirectory(Path.GetDirectoryName(place)!);
                File.Copy(file, place);
            }
        }

        internal TemporaryDirectory Copy()
        {
            var copy = new TemporaryDirectory();
            CopyTo(_directory.Path, copy);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(copy.File("data.secrets"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return copy;
        }
    }
}
