using System.Collections;

namespace Ledger.Domain;

/// <summary>A list that equals another with the same items in the same order, so that records that hold it compare by value.</summary>
public sealed class Values<T> : IReadOnlyList<T>, IEquatable<Values<T>>
{
    private readonly T[] _items;

    public static readonly Values<T> None = new([]);

    public Values(IEnumerable<T> items) => _items = [.. items];

    public int Count => _items.Length;

    public T this[int index] => _items[index];

    public bool Equals(Values<T>? other) => other is not null && _items.AsSpan().SequenceEqual(other._items);

    public override bool Equals(object? obj) => Equals(obj as Values<T>);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var item in _items) hash.Add(item);
        return hash.ToHashCode();
    }

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)_items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _items.GetEnumerator();

    public override string ToString() => "[" + string.Join(", ", _items) + "]";
}

public static class Values
{
    public static Values<T> Of<T>(params T[] items) => new(items);

    public static Values<T> ToValues<T>(this IEnumerable<T> items) => new(items);
}

/// <summary>A free text: a short one stands in the event, a long one lies in the vault and the event holds its digest.</summary>
/// <remarks>Over <see cref="Longest"/> characters a text is sealed before a decider sees it, so that it can be erased and the proof stays valid.</remarks>
public sealed record Prose
{
    /// <summary>The longest text, in UTF-16 characters, that stands in an event in the clear.</summary>
    public const int Longest = 200;

    private Prose(string? text, string? digest) => (Text, Digest) = (text, digest);

    /// <summary>The text, where it stands in the event.</summary>
    public string? Text { get; }

    /// <summary>The digest of its disclosure, where it lies in the vault.</summary>
    public string? Digest { get; }

    public static Prose InClear(string text) => new(text, null);

    public static Prose Sealed(string digest) => new(null, digest);
}

/// <summary>A field of a correction: left as it is, or set to a value (null clears an optional field).</summary>
public readonly record struct Change<T>
{
    private Change(T value) => (IsSet, Value) = (true, value);

    public bool IsSet { get; }

    public T? Value { get; }

    public static Change<T> To(T value) => new(value);

    /// <summary>The new value where this field changes, else the old one.</summary>
    public T Or(T old) => IsSet ? Value! : old;
}

/// <summary>The roles that a key can carry. Roles add up; a liaison has no other but reader.</summary>
public enum Role { Administrator, Monitor, Liaison, Verifier, Auditor, Reader, System }

/// <summary>Who acts, in which role, for which party.</summary>
/// <param name="Role">The one role that this act was done in.</param>
/// <param name="Party">A liaison's party, or a verifier's delegation.</param>
public sealed record Actor(Subject Subject, Role Role, PartyId? Party = null);

/// <summary>An event with what its metadata says of it: all that folding a stream needs.</summary>
/// <param name="RecordedAt">The server's clock when it was recorded, UTC.</param>
/// <param name="Revision">Its place in its stream, from 0.</param>
public sealed record Fact<TEvent>(TEvent Event, Guid EventId, Actor Actor, DateTimeOffset RecordedAt, long Revision);
