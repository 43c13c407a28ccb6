using System.Globalization;

namespace Ledger.Transparency;

/// <summary>How many leaves a tree has.</summary>
public readonly record struct TreeSize(long Value)
{
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A leaf's place in the log, from 0. In this ledger it is the event's sequence.</summary>
public readonly record struct LeafIndex(long Value)
{
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Whole seconds since 1970 UTC: the time of a cosignature.</summary>
public readonly record struct UnixSeconds(long Value)
{
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Microseconds since 1970 UTC: the time at which an event was recorded.</summary>
public readonly record struct UnixMicroseconds(long Value)
{
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
