using System.Globalization;
using System.Text.RegularExpressions;
using Bunit;
using Ledger.Dashboard.Pages.Overview;
using Ledger.Projections;

namespace Ledger.Dashboard.Tests.Pages;

/// <summary>What a chart says of days with cases, days without, and days on which nobody looked.</summary>
public sealed class Drawing_a_series
{
    [Fact]
    public void A_day_nobody_looked_is_hatched_a_watched_day_without_cases_has_a_tick_and_the_mean_breaks()
    {
        var shape = new SeriesShape([Day(1, 2, 8), Day(2, 0, 8), Day(3, 0, 0), Day(4, 3, 0), Day(5, 1, 8)], 4, 8, isDaily: true);

        Assert.Single(Regex.Matches(shape.Unwatched(), "M")); // neighbours are hatched together
        Assert.Single(Regex.Matches(shape.WatchedZeros(), "M"));
        Assert.Equal(2, Regex.Count(shape.Mean(), "M"));
        Assert.Equal(3, Regex.Count(shape.Watched(), "M"));
    }

    [Fact]
    public void The_mean_is_taken_over_watched_days_only()
    {
        var shape = new SeriesShape([Day(1, 2, 8), Day(2, 9, 0), Day(3, 4, 8)], 10, 8, isDaily: true);
        var last = double.Parse(shape.Mean().Split(' ')[^1].Split('h')[0], CultureInfo.InvariantCulture);

        Assert.Equal(shape.YOf(3), last, 0.1);
    }

    [Fact]
    public void Layers_stand_on_each_other_and_reach_as_high_as_was_recorded()
    {
        var counts = new StatusCounts(6, 1, 2, 3, 0, 0, 0, 0);
        var shape = new SeriesShape([new PeriodFigures("2020-10-18", counts, 8)], 6, 8, isDaily: true);
        double Top(string layer) => double.Parse(shape.Layer(layer).Split(' ')[1].Split('h')[0], CultureInfo.InvariantCulture);

        Assert.Equal(shape.YOf(3), Top("confirmed"), 0.1);
        Assert.Equal(shape.YOf(5), Top("disputed"), 0.1);
        Assert.Equal(shape.YOf(6), Top("alleged"), 0.1);
        Assert.Equal("", shape.Layer("closed"));
    }

    [Fact]
    public void A_chart_has_its_table_with_the_quiet_days_together()
    {
        using var context = new BunitContext();
        var chart = context.Render<PartyChart>(parameters => parameters
            .Add(c => c.Id, "c").Add(c => c.Name, "A party").Add(c => c.Most, 4).Add(c => c.MostHours, 8).Add(c => c.IsDaily, true)
            .Add(c => c.HrefOf, period => "/" + period)
            .Add(c => c.Series, [Day(1, 2, 8), Day(2, 0, 8), Day(3, 0, 8), Day(4, 0, 0), Day(5, 1, 0)]));

        Assert.Equal(4, chart.FindAll("tbody tr").Count);
        Assert.Equal(2, chart.FindAll("svg a").Count);
        Assert.Equal(2, chart.FindAll("tbody a").Count);
        Assert.Contains("No coverage", chart.Find("tbody").TextContent, StringComparison.Ordinal);
    }

    private static PeriodFigures Day(int day, long alleged, double hours) =>
        new($"2020-10-{day:00}", new StatusCounts(alleged, alleged, 0, 0, 0, 0, 0, 0), hours);
}
