using System.Numerics;
using Newtonsoft.Json.Linq;

namespace Ledger.Serialization.Forms;

/// <summary>The fields of one object while it is read: typed cells, used again for the next object of the form, so that nothing is boxed.</summary>
internal sealed class Row(Cell[] cells)
{
    private ulong _taken;

    /// <summary>A bit for each field that was there.</summary>
    public ulong Given { get; private set; }

    /// <summary>Fields that were there though the record that was made has no place for them.</summary>
    public ulong NotTaken => Given & ~_taken;

    /// <summary>Where the next field is looked for first: fields mostly come in the order in which they were written.</summary>
    public int Expected { get; set; }

    /// <summary>Why no record can be made of these fields.</summary>
    public string? Refusal { get; private set; }

    /// <summary>What the form doesn't know.</summary>
    public JObject? Extra { get; private set; }

    /// <summary>Digests of hidden fields, and which fields they hide.</summary>
    public List<string>? Digests { get; set; }

    public List<string>? Hidden { get; set; }

    public Cell<T> Cell<T>(int field) => (Cell<T>)cells[field];

    public void Give(int field) => Given |= 1UL << field;

    public bool Has(int field) => (Given & (1UL << field)) != 0;

    /// <summary>The field's value; where it wasn't there, what its absence means.</summary>
    public T Get<TOwner, T>(Field<TOwner, T> field)
    {
        _taken |= 1UL << field.Place;
        return Has(field.Place) ? Cell<T>(field.Place).Value! : field.Absent;
    }

    /// <summary>Makes nothing: the fields are each right, but not together.</summary>
    public T Refuse<T>(string fault)
    {
        Refusal = fault;
        return default!;
    }

    public void Keep(string name, JToken value) => (Extra ??= [])[name] = value;

    /// <summary>Keeps the digest of a hidden field that the form doesn't know.</summary>
    public void KeepHidden(string name, string digest)
    {
        Kept(Sealed.Digest).Add(digest);
        Kept(Sealed.Names).Add(name);
    }

    public void Clear()
    {
        for (var rest = Given; rest != 0; rest &= rest - 1) cells[BitOperations.TrailingZeroCount(rest)].Clear();
        (Given, _taken, Expected, Refusal, Extra, Digests, Hidden) = (0, 0, 0, null, null, null, null);
    }

    private JArray Kept(string name)
    {
        Extra ??= [];
        if (Extra[name] is not JArray kept) Extra[name] = kept = [];
        return kept;
    }
}

/// <summary>A thread's empty rows, one for each form.</summary>
internal sealed class Rows
{
    [ThreadStatic]
    private static Rows? _spare;

    private Row?[] _rows = [];

    public static Rows Take()
    {
        var rows = _spare ?? new Rows();
        _spare = null;
        return rows;
    }

    public static void GiveBack(Rows rows) => _spare = rows;

    /// <summary>An empty row of a form; a form within itself gets another.</summary>
    public Row Borrow(int form, Func<Row> make)
    {
        if (form >= _rows.Length) Array.Resize(ref _rows, form + 16);
        var row = _rows[form] ?? make();
        _rows[form] = null;
        return row;
    }

    public void GiveBack(int form, Row row)
    {
        row.Clear();
        _rows[form] = row;
    }
}

internal abstract class Cell
{
    public abstract void Clear();
}

internal sealed class Cell<T> : Cell
{
    public T? Value { get; set; }

    public override void Clear() => Value = default;
}
