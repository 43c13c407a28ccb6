using System.Numerics;

namespace Ledger.Projections.Compliance;

/// <summary>A duration in one small number that keeps the order: to the microsecond below 128, and within 3.1 % above.</summary>
/// <remarks>So a mission whose rulings follow within seconds has as many steps as one whose rulings take weeks. Stored in the read models.</remarks>
internal static class Pace
{
    /// <summary>Of what has no duration: no ruling yet.</summary>
    public const short None = -1;

    /// <summary>Above is the power of four by which is divided, in the low seven bits what is left of the duration: 32 to 127.</summary>
    public static short Of(long micros)
    {
        if (micros < 0) return None;
        var power = micros < 128 ? 0 : (BitOperations.Log2((ulong)micros) - 5) / 2;
        return (short)((power << 7) | (int)(micros >> (2 * power)));
    }

    /// <summary>True where a pace stands for one duration alone, which is itself.</summary>
    public static bool IsExact(short pace) => pace < 128;
}
