using System.Buffers.Binary;
using System.Globalization;

namespace Ledger.EventStore;

/// <summary>One subject's events, such as <c>violation-0199…</c>: at most 200 characters of lower-case letters, digits and hyphens, or a store's own name.</summary>
public readonly record struct StreamName(string Value)
{
    public override string ToString() => Value;
}

/// <summary>An event's place in its stream, dense from 0.</summary>
public readonly record struct StreamRevision(long Value) : IComparable<StreamRevision>
{
    public static readonly StreamRevision First = new(0);

    public StreamRevision Next => new(Value + 1);

    public int CompareTo(StreamRevision other) => Value.CompareTo(other.Value);

    public static bool operator <(StreamRevision left, StreamRevision right) => left.Value < right.Value;

    public static bool operator >(StreamRevision left, StreamRevision right) => left.Value > right.Value;

    public static bool operator <=(StreamRevision left, StreamRevision right) => left.Value <= right.Value;

    public static bool operator >=(StreamRevision left, StreamRevision right) => left.Value >= right.Value;

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Where a stream must stand for an append to be taken: at a revision, or not there at all.</summary>
/// <remarks>There is no "any": a retry of such an append can be stored twice.</remarks>
public readonly record struct ExpectedRevision
{
    private readonly long _next; // 0 = no stream, else the newest revision + 1

    private ExpectedRevision(long next) => _next = next;

    public static readonly ExpectedRevision NoStream;

    public static ExpectedRevision At(StreamRevision revision) => new(revision.Value + 1);

    /// <summary>The revision that the first event of the append will have.</summary>
    public StreamRevision First => new(_next);

    /// <summary>The newest revision, or null where the stream must not exist.</summary>
    public StreamRevision? Newest => _next == 0 ? null : new StreamRevision(_next - 1);

    public override string ToString() => _next == 0 ? "no stream" : (_next - 1).ToString(CultureInfo.InvariantCulture);
}

/// <summary>The store's own place marker. Opaque to people, ordered to programs, valid for one database only.</summary>
/// <remarks>Text form: 32 lower-case hexadecimal digits, commit first, both big-endian.</remarks>
public readonly record struct Position(ulong Commit, ulong Prepare) : IComparable<Position>
{
    public int CompareTo(Position other) =>
        Commit != other.Commit ? Commit.CompareTo(other.Commit) : Prepare.CompareTo(other.Prepare);

    public static bool operator <(Position left, Position right) => left.CompareTo(right) < 0;

    public static bool operator >(Position left, Position right) => left.CompareTo(right) > 0;

    public static bool operator <=(Position left, Position right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Position left, Position right) => left.CompareTo(right) >= 0;

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Commit);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Prepare);
        return Convert.ToHexStringLower(bytes);
    }

    public static bool TryParse(string? text, out Position position)
    {
        position = default;
        if (text is not { Length: 32 }) return false;
        if (!ulong.TryParse(text.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var commit)) return false;
        if (!ulong.TryParse(text.AsSpan(16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var prepare)) return false;
        position = new Position(commit, prepare);
        return true;
    }
}

/// <summary>An event on its way into the store. The bytes are stored, hashed and served exactly as they are here.</summary>
/// <param name="Id">Chosen by the caller; makes a repeated append the same append.</param>
/// <param name="Type">The stored type name with its version, such as <c>violation-recorded-v1</c>.</param>
/// <param name="Data">UTF-8 JSON.</param>
/// <param name="Metadata">UTF-8 JSON.</param>
public sealed record EventToAppend(Guid Id, string Type, ReadOnlyMemory<byte> Data, ReadOnlyMemory<byte> Metadata);

/// <summary>An event as the store holds it.</summary>
public sealed record RecordedEvent(
    Position Position,
    StreamName Stream,
    StreamRevision Revision,
    Guid Id,
    string Type,
    ReadOnlyMemory<byte> Data,
    ReadOnlyMemory<byte> Metadata);
