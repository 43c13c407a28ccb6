using System.Collections.Frozen;
using Ledger.Serialization.Forms;
using Newtonsoft.Json.Linq;

namespace Ledger.Serialization;

/// <summary>One stored type: its name for ever, the domain's record, and the form that both writes and reads it.</summary>
internal abstract class StoredType(string name, Type clrType)
{
    public string Name { get; } = name;

    public Type ClrType { get; } = clrType;

    public static StoredType Of<T>(string name, Form<T> form) where T : class => new Typed<T>(name, form);

    public abstract byte[] Write(object @event);

    public abstract DecodedEvent Read(ReadOnlyMemory<byte> data);

    /// <summary>Its form as JSON Schema.</summary>
    public abstract JObject Schema();

    private sealed class Typed<T>(string name, Form<T> form) : StoredType(name, typeof(T)) where T : class
    {
        public override byte[] Write(object @event) => StoredWriter.Bytes(form, (T)@event);

        public override DecodedEvent Read(ReadOnlyMemory<byte> data)
        {
            var @event = StoredReader.Read(Name, data.Span, form, out var extra);
            return new DecodedEvent(Name, @event, extra);
        }

        public override JObject Schema() => form.Schema();
    }
}

/// <summary>Turns an old stored form into the next one.</summary>
/// <param name="From">The old type name, such as <c>violation-recorded-v1</c>.</param>
/// <param name="To">The next, which is current or has an upcaster of its own.</param>
/// <param name="Upcast">May change the object that it is given.</param>
internal sealed record Upcaster(string From, string To, Func<JObject, JObject> Upcast);

/// <summary>Reads and writes by a table of types and a table of upcasters.</summary>
internal sealed class EventRegistry
{
    private readonly FrozenDictionary<string, StoredType> _byName;
    private readonly FrozenDictionary<Type, StoredType> _byClrType;
    private readonly FrozenDictionary<string, Upcaster> _upcasters;

    /// <exception cref="ArgumentException">A name or record stands in the tables twice, or an upcaster leads to no current type.</exception>
    internal EventRegistry(IReadOnlyCollection<StoredType> types, IReadOnlyCollection<Upcaster> upcasters)
    {
        Types = types;
        _byName = types.ToDictionary(type => type.Name, StringComparer.Ordinal).ToFrozenDictionary(StringComparer.Ordinal);
        _byClrType = types.ToDictionary(type => type.ClrType).ToFrozenDictionary();
        _upcasters = upcasters.ToDictionary(upcaster => upcaster.From, StringComparer.Ordinal).ToFrozenDictionary(StringComparer.Ordinal);
        foreach (var upcaster in upcasters) EnsureItArrives(upcaster);
    }

    public IReadOnlyCollection<StoredType> Types { get; }

    public EncodedEvent Encode(object @event)
    {
        var type = TypeOf(@event);
        return new EncodedEvent(type.Name, type.Write(@event));
    }

    public byte[] Encode(DecodedEvent decoded)
    {
        ArgumentNullException.ThrowIfNull(decoded);
        if (decoded.Event is null) return Json.Bytes(decoded.Extra ?? throw new ArgumentException("It holds nothing to write.", nameof(decoded)));

        var data = TypeOf(decoded.Event).Write(decoded.Event);
        return decoded.Extra is null ? data : Leftovers.Add(Json.Document(decoded.Type, data), decoded.Extra);
    }

    public DecodedEvent Decode(string type, ReadOnlyMemory<byte> data)
    {
        if (_byName.TryGetValue(type, out var current)) return current.Read(data);

        var json = Json.Document(type, data.Span);
        return _upcasters.ContainsKey(type) ? Upcast(type, json) : new DecodedEvent(type, null, json);
    }

    private DecodedEvent Upcast(string type, JObject json)
    {
        while (_upcasters.TryGetValue(type, out var upcaster))
        {
            json = Apply(upcaster, json);
            type = upcaster.To;
        }

        return _byName[type].Read(Json.Bytes(json));
    }

    private static JObject Apply(Upcaster upcaster, JObject json)
    {
        try
        {
            return upcaster.Upcast(json);
        }
        catch (Exception e) when (e is not StoredEventException)
        {
            // Whatever it tripped over, it is this event that can't be read.
            throw new StoredEventException(upcaster.From, "", "it couldn't be turned into " + upcaster.To + ".", e);
        }
    }

    private StoredType TypeOf(object @event)
    {
        ArgumentNullException.ThrowIfNull(@event);
        return _byClrType.TryGetValue(@event.GetType(), out var type)
            ? type
            : throw new ArgumentException($"{@event.GetType()} has no stored form.", nameof(@event));
    }

    private void EnsureItArrives(Upcaster upcaster)
    {
        if (_byName.ContainsKey(upcaster.From)) throw new ArgumentException($"{upcaster.From} is current and has an upcaster.");
        var to = upcaster.To;
        for (var steps = 0; !_byName.ContainsKey(to); steps++)
        {
            if (steps == _upcasters.Count || !_upcasters.TryGetValue(to, out var next))
                throw new ArgumentException($"The upcaster from {upcaster.From} leads to no current type.");
            to = next.To;
        }
    }
}
