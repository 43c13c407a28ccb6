using System.Globalization;

namespace Ledger.Benchmarks.All;

/// <summary>A line of the table: what was measured, against what was aimed for and what somebody would pick instead.</summary>
/// <param name="Value">In the row's unit.</param>
/// <param name="Floor">The least that the machine could do for the same work in the same run; null where there is no floor.</param>
/// <param name="Peer">What the peer reached in the same run; null where none was asked.</param>
/// <param name="Goal">In words.</param>
/// <param name="Reached">Whether the goal was reached in this run; null where none was set.</param>
internal sealed record Row(string What, double Value, string Unit, double? Floor, double? Peer, string Goal, bool? Reached, string Note = "")
{
    public string Markdown => $"| {What} | {Shown(Value)} {Unit} | {Against(Floor)} | {Against(Peer)} | {Goal} | {(Reached is { } reached ? reached ? "yes" : "no" : "–")} | {Note} |";

    private string Against(double? other) => other is { } value ? string.Create(CultureInfo.InvariantCulture, $"{Shown(value)} (× {Value / value:0.00})") : "–";

    private static string Shown(double value) => value.ToString(value >= 100 ? "N0" : value >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);
}

/// <summary>What one size of ledger costs.</summary>
/// <param name="Events">In the ledger before anything was asked.</param>
/// <param name="StartSeconds">From the start of the process, with saved read models, until it says that it is ready.</param>
/// <param name="ResidentMegabytes">Of the process, after all questions were asked.</param>
/// <param name="DiskMegabytes">Of the data directory.</param>
/// <param name="CommandMilliseconds">A recorded violation over HTTP, one at a time: median.</param>
/// <param name="CommandCpuMicroseconds">Of the server's processor time for one such command, with all that follows from it.</param>
/// <param name="AsOfMilliseconds">The picture of all parties as of a random moment: p50 and p99.</param>
/// <param name="DailyMilliseconds">The same by day.</param>
/// <param name="OverviewMilliseconds">The dashboard's overview as of a random moment, the whole page.</param>
/// <param name="ListAsOfMilliseconds">50 cases as of a random moment.</param>
/// <param name="ListMilliseconds">50 cases now.</param>
/// <param name="LogAuditedPerSecond">Leaves, tiles and roots by ledger-audit, from the published log alone.</param>
/// <param name="AuditedPerSecond">The same, with every event read and held against its leaf.</param>
internal sealed record Growth(
    long Events, long Violations, double StartSeconds, double ResidentMegabytes, double DiskMegabytes, double CommandMilliseconds, double CommandCpuMicroseconds,
    Spread AsOfMilliseconds, Spread DailyMilliseconds, Spread OverviewMilliseconds, Spread ListAsOfMilliseconds, Spread ListMilliseconds, double LogAuditedPerSecond, double AuditedPerSecond)
{
    public const string Header = """
        | events | violations | start | resident | disk | command p50 | CPU a command | picture as of, p50 / p99 | by day | overview page | list as of | list now | audit of the log | with the events |
        |---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
        """;

    public string Markdown => string.Create(
        CultureInfo.InvariantCulture,
        $"| {Events:N0} | {Violations:N0} | {StartSeconds:0.0} s | {ResidentMegabytes:N0} MB | {DiskMegabytes:N0} MB | {CommandMilliseconds:0.0} ms | {CommandCpuMicroseconds:N0} µs | {AsOfMilliseconds} | {DailyMilliseconds} | {OverviewMilliseconds} | {ListAsOfMilliseconds} | {ListMilliseconds} | {LogAuditedPerSecond / 1000:N0} k/s | {AuditedPerSecond / 1000:N0} k/s |");
}

/// <summary>Half of the answers were this quick, and 99 of 100 that quick.</summary>
internal readonly record struct Spread(double P50, double P99)
{
    public static Spread Of(List<double> milliseconds)
    {
        milliseconds.Sort();
        return new Spread(At(milliseconds, 0.50), At(milliseconds, 0.99));
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{P50:0.0} / {P99:0.0} ms");

    private static double At(List<double> sorted, double share) => sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * share))];
}
