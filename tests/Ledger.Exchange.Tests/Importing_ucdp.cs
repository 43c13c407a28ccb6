using System.Globalization;
using Ledger.Domain;
using Ledger.Domain.Violations;
using Ledger.Exchange.Imports;
using Ledger.Exchange.Ucdp;
using Ledger.Projections;

namespace Ledger.Exchange.Tests;

public sealed class Importing_ucdp
{
    [Fact]
    public async Task Good_rows_are_stored_whatever_the_others_are()
    {
        await using var node = await Some.NodeWithAsync(Some.Truce(At("2020-01-01"), null));
        var result = await Some.ImportAsync(node, MadeUp());

        Assert.Equal((11, 5, 0, 5), (result.Rows, result.Stored, result.Repeated, result.Malformed));
        Assert.Equal(new Dictionary<string, long> { ["outside-term"] = 1 }, result.Refused);
        var refused = Assert.Single(result.Problems, problem => problem.Code == "outside-term");
        Assert.Equal((13, "900010"), (refused.Line, refused.Id));
        Assert.Equal(result.Problems.OrderBy(problem => problem.Line), result.Problems);
    }

    [Fact]
    public async Task A_second_import_stores_nothing()
    {
        await using var node = await Some.NodeWithAsync(Some.Truce(At("2020-01-01"), null));
        await Some.ImportAsync(node, MadeUp());
        var before = await Some.EventsAsync(node);
        var again = await Some.ImportAsync(node, MadeUp());

        Assert.Equal((0, 5), (again.Stored, again.Repeated));
        Assert.Equal(before.Count, (await Some.EventsAsync(node)).Count);
    }

    [Fact]
    public async Task A_release_that_says_the_same_stores_nothing()
    {
        await using var node = await Some.NodeWithAsync(Some.Truce(At("2020-01-01"), null));
        await Some.ImportAsync(node, MadeUp());
        var before = await Some.EventsAsync(node);
        var other = await Some.ImportAsync(node, MadeUp("25.1"));
        Assert.Equal((0, 0, 5), (other.Stored, other.Revised, other.Repeated));
        Assert.Equal(before.Count, (await Some.EventsAsync(node)).Count);
    }

    [Fact]
    public async Task The_actor_is_a_machine()
    {
        await using var node = await Some.NodeWithAsync(Some.Truce(At("2020-01-01"), null));
        await Some.ImportAsync(node, MadeUp());
        foreach (var e in (await Some.EventsAsync(node)).Where(e => e.Type.StartsWith("violation", StringComparison.Ordinal)))
            Assert.Equal("machine:import", Serialization.EventCodec.DecodeMetadata(e.Metadata).Actor.Subject.Value);
    }

    [Fact]
    public async Task Progress_ends_at_the_last_row()
    {
        await using var node = await Some.NodeWithAsync(Some.Truce(At("2020-01-01"), null));
        var heard = new Heard();
        await Some.ImportAsync(node, MadeUp(), heard);
        Assert.Equal((11, 1.0), (heard.Last!.Rows, heard.Last.Fraction));
    }

    [Fact]
    public void Problems_are_a_csv_that_no_spreadsheet_runs()
    {
        var text = new StringWriter();
        ProblemsCsv.Write(text, [new RowProblem(2, "=1+1", "malformed", "best", "a,\"b\"", "It is a whole number.")]);
        Assert.Equal("line,id,code,column,value,what_to_change\r\n2,'=1+1,malformed,best,\"a,\"\"b\"\"\",It is a whole number.\r\n", text.ToString());
    }

    /// <summary>The real file, in three terms: what the ledger counts is what a plain look at the columns counts.</summary>
    [SharedDataTheory]
    [InlineData("2014-09-05", "2015-02-12", 707)]
    [InlineData("2015-02-15", "2016-01-01", 383)]
    [InlineData("2014-01-01", "2022-01-01", 2989)]
    public async Task Totals_of_the_real_file_are_those_of_its_columns(string from, string until, int expected)
    {
        var path = SharedData.Find(SharedData.Ged)!;
        var inside = PlainCsv.Rows(path).Where(row => string.CompareOrdinal(row["date_end"], from) >= 0 && string.CompareOrdinal(row["date_start"], until) < 0).ToArray();
        var claimed = inside.Where(row => row["best"].Length > 0).ToArray();
        long Sum(string column) => claimed.Sum(row => long.Parse(row[column], CultureInfo.InvariantCulture));
        Assert.Equal(expected, inside.Length);

        await using var node = await Some.NodeWithAsync(Some.Truce(At(from), At(until)));
        using var file = new StreamReader(path);
        var result = await Some.ImportAsync(node, UcdpReader.Read(file, new UcdpOptions(Some.Agreement, Some.Kyiv)));
        Assert.Equal((2989, inside.Length, 0), (result.Rows, result.Stored, result.Malformed));
        Assert.Equal(2989 - inside.Length, result.Refused.GetValueOrDefault("outside-term"));

        var undetermined = (await Some.PictureAsync(node, Some.Agreement)).Parties.Single(party => party.Counts.Recorded > 0);
        var lethal = (await Some.PictureAsync(node, Some.Agreement, CountingMethod.LethalV1)).Parties.Sum(party => party.Counts.Recorded);
        var killed = undetermined.Casualties.Single(row => row is { Kind: CasualtyKind.Killed, Who: CasualtyWho.Total });
        Assert.Equal(PartyId.Undetermined, undetermined.Party.Value);
        Assert.Equal(inside.Length, undetermined.Counts.Recorded);
        Assert.Equal(claimed.Count(row => row["best"] != "0"), lethal);
        Assert.Equal((Sum("low"), Sum("best"), Sum("high")), (killed.Low, killed.Best, killed.High));
    }

    private static List<ImportRow> MadeUp(string? version = null)
    {
        using var file = new StreamReader(Path.Combine(AppContext.BaseDirectory, "ged-made-up.csv"));
        return [.. UcdpReader.Read(file, new UcdpOptions(Some.Agreement, Some.Kyiv, version))];
    }

    private static DateTimeOffset At(string day) => LocalCalendar.StartOf(DateOnly.ParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture), Some.Kyiv);

    private sealed class Heard : IProgress<ImportProgress>
    {
        public ImportProgress? Last { get; private set; }

        public void Report(ImportProgress value) => Last = value;
    }
}
