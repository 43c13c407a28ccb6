using System.Globalization;
using System.Text;
using Ledger.Projections;

namespace Ledger.Dashboard.Pages.Overview;

/// <summary>Where bars, means and bands of a series lie in its picture. Pure: the same figures give the same paths.</summary>
/// <param name="most">The top of the scale, the same for every party.</param>
/// <param name="mostHours">The most hours watched in one period.</param>
/// <param name="isDaily">Only days have a mean.</param>
internal sealed class SeriesShape(IReadOnlyList<PeriodFigures> series, long most, double mostHours, bool isDaily)
{
    public const double Width = 880;
    public const double Height = 178;
    public const double Left = 34;
    public const double Top = 10;
    public const double Base = 138;

    private const int MeanOver = 7;
    private const double BandTop = Base + 5;
    private const double BandHeight = 5;

    private double Step => (Width - Left - 4) / Math.Max(1, series.Count);

    private double BarWidth => Math.Min(Step * 0.78, 30);

    public double XOf(int i) => Left + (Step * i);

    public double CentreOf(int i) => XOf(i) + (Step / 2);

    public double YOf(double figure) => Base - (figure / Math.Max(1, most) * (Base - Top));

    /// <summary>Every bar of one layer as one path, so that a picture of a year is seven elements.</summary>
    public string Layer(string layer)
    {
        var path = new StringBuilder();
        for (var i = 0; i < series.Count; i++)
        {
            var figure = series[i].Counts.Of(layer);
            if (figure == 0) continue;
            var below = Statuses.Layers.TakeWhile(other => other != layer).Sum(other => series[i].Counts.Of(other));
            Rectangle(path, CentreOf(i) - (BarWidth / 2), YOf(below + figure), BarWidth, YOf(below) - YOf(below + figure));
        }

        return path.ToString();
    }

    /// <summary>Periods in which nobody looked: neighbours together.</summary>
    public string Unwatched()
    {
        var path = new StringBuilder();
        for (var i = 0; i < series.Count; i++)
        {
            if (series[i].MonitoredHours > 0) continue;
            var first = i;
            while (i + 1 < series.Count && series[i + 1].MonitoredHours <= 0) i++;
            Rectangle(path, XOf(first), Top, Step * (i - first + 1), Base - Top);
        }

        return path.ToString();
    }

    /// <summary>A tick where somebody looked and nothing was recorded: a zero that means something.</summary>
    public string WatchedZeros()
    {
        var path = new StringBuilder();
        for (var i = 0; i < series.Count; i++)
            if (series[i] is { MonitoredHours: > 0, Counts.Recorded: 0 }) path.Append(CultureInfo.InvariantCulture, $"M{CentreOf(i) - 3:0.#} {Base - 1}h6");
        return path.ToString();
    }

    /// <summary>The mean of what was recorded over the watched days among the last seven; broken where nobody looked.</summary>
    public string Mean()
    {
        if (!isDaily) return "";
        var path = new StringBuilder();
        var isBroken = true;
        for (var i = 0; i < series.Count; i++)
        {
            if (series[i].MonitoredHours <= 0)
            {
                isBroken = true;
                continue;
            }

            var watched = series.Skip(Math.Max(0, i - MeanOver + 1)).Take(Math.Min(MeanOver, i + 1)).Where(day => day.MonitoredHours > 0).ToArray();
            path.Append(CultureInfo.InvariantCulture, $"{(isBroken ? 'M' : 'L')}{CentreOf(i):0.#} {YOf(watched.Average(day => day.Counts.Recorded)):0.#}");
            // A single day has no line; a short stroke shows it.
            if (isBroken) path.Append("h.1");
            isBroken = false;
        }

        return path.ToString();
    }

    public static string Band() => $"M{Left} {BandTop}H{(Width - 4).ToString(CultureInfo.InvariantCulture)}v{BandHeight}H{Left}z";

    /// <summary>The band's filled part: hours watched, against the most in one period.</summary>
    public string Watched()
    {
        var path = new StringBuilder();
        for (var i = 0; i < series.Count; i++)
            if (series[i].MonitoredHours > 0) Rectangle(path, XOf(i), BandTop, Step * Math.Min(1, series[i].MonitoredHours / Math.Max(1, mostHours)), BandHeight);
        return path.ToString();
    }

    /// <summary>Which periods have their name under the axis: about eight, the first always.</summary>
    public IEnumerable<int> Named()
    {
        var every = Math.Max(1, (int)Math.Ceiling(series.Count / 8.0));
        for (var i = 0; i < series.Count; i += every) yield return i;
    }

    /// <summary>A small line of what was recorded, without axes.</summary>
    public static string Spark(IReadOnlyList<PeriodFigures> series, double width, double height)
    {
        var most = Math.Max(1, series.Max(period => period.Counts.Recorded));
        var step = width / Math.Max(1, series.Count - 1);
        return string.Concat(series.Select((period, i) => string.Create(
            CultureInfo.InvariantCulture, $"{(i == 0 ? 'M' : 'L')}{step * i:0.#} {height - 2 - ((height - 4) * period.Counts.Recorded / most):0.#}")));
    }

    private static void Rectangle(StringBuilder path, double x, double y, double width, double height) =>
        path.Append(CultureInfo.InvariantCulture, $"M{x:0.#} {y:0.#}h{width:0.#}v{height:0.#}h{-width:0.#}z");
}
