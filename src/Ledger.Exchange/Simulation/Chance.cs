namespace Ledger.Exchange.Simulation;

/// <summary>Numbers that follow from a seed alone: SplitMix64 (Steele, Lea, Flood 2014).</summary>
/// <remarks>System.Random promises the same numbers for a seed only within one version of the runtime; a simulation that is cited must come out the same for ever.</remarks>
internal struct Chance(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A sequence of its own for each thing simulated, so that one more draw here changes nothing there.</summary>
    public static Chance Of(int seed, long thing) => new(Mix(Mix((ulong)(uint)seed) ^ (ulong)thing));

    public ulong Next() => Mix(_state += 0x9E3779B97F4A7C15);

    /// <summary>From 0 to less than 1.</summary>
    public double Fraction() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>From 0 to less than <paramref name="below"/>.</summary>
    public int Below(int below) => (int)(Fraction() * below);

    public bool Happens(double share) => Fraction() < share;

    public T One<T>(IReadOnlyList<T> of) => of[Below(of.Count)];

    /// <summary>One of several by weight.</summary>
    public T Weighted<T>(IReadOnlyList<(T Item, double Weight)> of)
    {
        var left = Fraction() * of.Sum(option => option.Weight);
        foreach (var (item, weight) in of)
            if ((left -= weight) < 0) return item;
        return of[^1].Item;
    }

    public TimeSpan Hours(double from, double to) => TimeSpan.FromSeconds(Math.Round((from + (Fraction() * (to - from))) * 3600));

    public Guid Id()
    {
        Span<byte> bytes = stackalloc byte[16];
        BitConverter.TryWriteBytes(bytes, Next());
        BitConverter.TryWriteBytes(bytes[8..], Next());
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80); // RFC 9562 §5.8: version 8, made by a rule of one's own
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
