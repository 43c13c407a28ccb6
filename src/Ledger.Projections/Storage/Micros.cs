namespace Ledger.Projections.Storage;

/// <summary>Times as the tables hold them: microseconds since 1970, UTC.</summary>
internal static class Micros
{
    public const long PerHour = 3_600_000_000;

    public static long Of(DateTimeOffset at) => Floor(at.UtcTicks - DateTimeOffset.UnixEpoch.Ticks, TimeSpan.TicksPerMicrosecond);

    public static long Of(DateTimeOffset? at) => at is { } time ? Of(time) : None.Time;

    public static DateTimeOffset ToTime(long micros) => DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond);

    public static DateTimeOffset? ToTimeOrNull(long micros) => micros == None.Time ? null : ToTime(micros);

    private static long Floor(long value, long unit) => (value - (((value % unit) + unit) % unit)) / unit;
}
