using System.Numerics;
using System.Text.Json;
using Newtonsoft.Json.Linq;

namespace Ledger.Serialization.Forms;

internal static class ObjectForm
{
    private static int _made;

    /// <summary>An object by its table of fields.</summary>
    /// <param name="table">Names the fields in the order in which they are written, and says how to make the record from them.</param>
    public static ObjectForm<T> Of<T>(Func<Fields<T>, Func<Row, T>> table)
    {
        var fields = new Fields<T>();
        var make = table(fields);
        return new ObjectForm<T>(Interlocked.Increment(ref _made), [.. fields.All], make);
    }

    /// <summary>An object without fields.</summary>
    public static ObjectForm<T> Empty<T>() where T : new() => Of<T>(_ => _ => new T());
}

/// <summary>A record as a JSON object.</summary>
internal sealed class ObjectForm<T> : Form<T>
{
    private readonly int _number;
    private readonly Field<T>[] _fields;
    private readonly Func<Row, T> _make;
    private readonly ulong _required;
    private readonly Func<Row> _newRow;

    public ObjectForm(int number, Field<T>[] fields, Func<Row, T> make)
    {
        if (fields.Length > 64) throw new ArgumentException("A row has one bit a field, and 64 bits.", nameof(fields));
        (_number, _fields, _make) = (number, fields, make);
        foreach (var field in fields.Where(field => field.IsRequired)) _required |= 1UL << field.Place;
        _newRow = () => new Row([.. _fields.Select(field => field.NewCell())]);
    }

    public override void Write(StoredWriter json, T value)
    {
        json.WriteStartObject();
        WriteFields(json, value);
        json.WriteEndObject();
    }

    public override T Read(ref StoredReader json)
    {
        json.Expect(JsonTokenType.StartObject, "an object");
        return ReadFields(ref json, []);
    }

    /// <remarks>Unknown properties are kept, so they are allowed; a hidden field stands in <c>_sdOf</c> and is missed nowhere else.</remarks>
    public override JObject Schema()
    {
        var properties = new JObject();
        foreach (var field in _fields)
            if (field.Schema() is { } form) properties[field.Name] = form;
        if (_fields.Any(field => field.CanBeHidden))
        {
            properties[Sealed.Digest] = new JObject { ["type"] = "array", ["items"] = Schemas.Matching("^[A-Za-z0-9_-]{43}$") };
            properties[Sealed.Names] = new JObject { ["type"] = "array", ["items"] = new JObject { ["enum"] = new JArray(_fields.Where(field => field.CanBeHidden).Select(field => field.Name)) } };
        }

        var schema = new JObject { ["type"] = "object", ["properties"] = properties };
        if (_fields.Where(field => field.IsRequired && !field.CanBeHidden).Select(field => field.Name).ToList() is { Count: > 0 } required) schema["required"] = new JArray(required);
        return schema;
    }

    /// <summary>Writes the fields into the object that is open.</summary>
    public void WriteFields(StoredWriter json, T value)
    {
        var hidden = json.Hidden;
        foreach (var field in _fields) field.Write(json, value);
        json.WriteHidden(hidden);
    }

    /// <summary>Reads the fields that follow in the object that is open, and its end.</summary>
    /// <param name="except">The name of a field that says which form this is, and so isn't one of the form's own.</param>
    public T ReadFields(ref StoredReader json, ReadOnlySpan<byte> except)
    {
        var row = json.Borrow(_number, _newRow);
        while (json.NextName()) ReadField(ref json, row, except);
        if (row.Digests is not null || row.Hidden is not null) Unhide(ref json, row);
        if ((_required & ~row.Given) is var missing and not 0) throw json.Fault("the field is missing.", NameOf(missing));

        var made = _make(row);
        if (row.Refusal is { } refusal) throw json.Fault(refusal);
        if (row.NotTaken is var homeless and not 0) throw json.Fault("the field doesn't go with the others.", NameOf(homeless));
        json.Leftover = row.Extra;
        json.GiveBack(_number, row);
        return made;
    }

    private void ReadField(ref StoredReader json, Row row, ReadOnlySpan<byte> except)
    {
        if (Find(ref json, row.Expected) is not { } field)
        {
            ReadUnknown(ref json, row, except);
            return;
        }

        json.Advance();
        if (row.Has(field.Place)) throw json.Fault("the field is there twice.");
        row.Expected = field.Place + 1;
        field.Read(ref json, row);
        if (json.TakeLeftover() is { } leftover) row.Keep(field.Name, leftover);
    }

    private static void ReadUnknown(ref StoredReader json, Row row, ReadOnlySpan<byte> except)
    {
        var isExcept = !except.IsEmpty && json.NameIs(except);
        var name = json.Name();
        json.Advance();
        if (isExcept) json.Skip();
        else if (name == Sealed.Digest) row.Digests = Texts(ref json, row.Digests);
        else if (name == Sealed.Names) row.Hidden = Texts(ref json, row.Hidden);
        else row.Keep(name, json.Any());
    }

    private static List<string> Texts(ref StoredReader json, List<string>? before)
    {
        if (before is not null) throw json.Fault("the field is there twice.");
        json.Expect(JsonTokenType.StartArray, "an array");
        var texts = new List<string>();
        while (json.NextItem()) texts.Add(json.Text());
        return texts;
    }

    /// <summary>The field whose name the reader stands on.</summary>
    private Field<T>? Find(ref StoredReader json, int expected)
    {
        for (var place = expected; place < _fields.Length; place++)
        {
            if (json.NameIs(_fields[place].Utf8Name)) return _fields[place];
        }

        for (var place = 0; place < expected; place++)
        {
            if (json.NameIs(_fields[place].Utf8Name)) return _fields[place];
        }

        return null;
    }

    private void Unhide(ref StoredReader json, Row row)
    {
        if (row.Digests?.Count != row.Hidden?.Count) throw json.Fault("there must be a name for each digest.", Sealed.Names);
        for (var i = 0; i < row.Digests!.Count; i++)
        {
            var (name, digest) = (row.Hidden![i], row.Digests[i]);
            var field = Array.Find(_fields, field => field.Name == name);
            if (field is not null && row.Has(field.Place)) throw json.Fault("the field is there twice.", name);
            if (field is null || !field.Unhide(row, digest)) row.KeepHidden(name, digest);
        }
    }

    private string NameOf(ulong fields) => _fields[BitOperations.TrailingZeroCount(fields)].Name;
}
