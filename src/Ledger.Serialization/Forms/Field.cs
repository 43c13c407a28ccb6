using System.Text;
using Ledger.Domain;
using Newtonsoft.Json.Linq;

namespace Ledger.Serialization.Forms;

/// <summary>One field of an object's table.</summary>
internal abstract class Field<TOwner>(string name, int place, bool isRequired)
{
    public string Name { get; } = name;

    public byte[] Utf8Name { get; } = Encoding.UTF8.GetBytes(name);

    public int Place { get; } = place;

    public bool IsRequired { get; } = isRequired;

    /// <summary>Writes the field, hides it, or leaves it out.</summary>
    public abstract void Write(StoredWriter json, TOwner owner);

    public abstract void Read(ref StoredReader json, Row row);

    /// <summary>Puts the digest of a hidden value in the value's place; false where this field is never hidden.</summary>
    public abstract bool Unhide(Row row, string digest);

    public abstract Cell NewCell();

    /// <summary>True where it may stand outside the event, with only its digest inside.</summary>
    public abstract bool CanBeHidden { get; }

    /// <summary>Null where it never stands in the clear.</summary>
    public abstract JObject? Schema();
}

/// <param name="absent">What the absence of the field means: a value equal to it isn't written, unless the field is required.</param>
/// <param name="hiding">How a value can be hidden, where it can.</param>
internal sealed class Field<TOwner, T>(
    string name, int place, Form<T> form, Func<TOwner, T> get, bool isRequired, T absent, Hiding<T>? hiding)
    : Field<TOwner>(name, place, isRequired)
{
    public T Absent => absent;

    public override void Write(StoredWriter json, TOwner owner)
    {
        var value = get(owner);
        if (hiding?.DigestOf(value) is { } digest)
        {
            json.Hide(Name, digest);
        }
        else if (IsRequired || !EqualityComparer<T>.Default.Equals(value, absent))
        {
            json.WriteName(Name);
            form.Write(json, value);
        }
    }

    public override void Read(ref StoredReader json, Row row)
    {
        row.Cell<T>(Place).Value = form.Read(ref json);
        row.Give(Place);
    }

    public override bool Unhide(Row row, string digest)
    {
        if (hiding is null) return false;
        row.Cell<T>(Place).Value = hiding.Sealed(digest);
        row.Give(Place);
        return true;
    }

    public override Cell NewCell() => new Cell<T>();

    public override bool CanBeHidden => hiding is not null;

    public override JObject? Schema() => ReferenceEquals(form, Plain.NeverInTheClear) ? null : form.Schema();
}

/// <summary>How a value can stand outside the event, with only its digest inside.</summary>
/// <param name="DigestOf">Null where it stands in the clear.</param>
internal sealed record Hiding<T>(Func<T, string?> DigestOf, Func<string, T> Sealed);

internal static class Hiding
{
    public static readonly Hiding<Prose> OfProse = new(prose => prose.Digest, Prose.Sealed);
    public static readonly Hiding<Prose?> OfProseIfGiven = new(prose => prose?.Digest, Prose.Sealed);

    public static readonly Hiding<Change<Prose?>> OfChange =
        new(change => change.Value?.Digest, digest => Change<Prose?>.To(Prose.Sealed(digest)));

    /// <summary>The domain holds the digest itself.</summary>
    public static readonly Hiding<string> OfAll = new(digest => digest, digest => digest);
}

/// <summary>Collects an object's table of fields, in the order in which they are written.</summary>
internal sealed class Fields<TOwner>
{
    private readonly List<Field<TOwner>> _all = [];

    public IReadOnlyList<Field<TOwner>> All => _all;

    /// <summary>Always there.</summary>
    public Field<TOwner, T> Field<T>(string name, Form<T> form, Func<TOwner, T> get) => Add(name, form, get, true, default!, null);

    /// <summary>Left out where null.</summary>
    public Field<TOwner, T?> Optional<T>(string name, Form<T> form, Func<TOwner, T?> get) where T : struct =>
        Add(name, form.OrNull(), get, false, null, null);

    /// <inheritdoc cref="Optional{T}(string, Form{T}, Func{TOwner, T?})"/>
    public Field<TOwner, T?> Optional<T>(string name, Form<T> form, Func<TOwner, T?> get) where T : class =>
        Add(name, form.OrNull(), get, false, null, null);

    /// <summary>Left out where empty.</summary>
    public Field<TOwner, Values<T>> List<T>(string name, Form<T> item, Func<TOwner, Values<T>> get) =>
        Add(name, new ListForm<T>(item), get, false, Values<T>.None, null);

    /// <summary>A list that doesn't stand as an array; left out where empty.</summary>
    public Field<TOwner, Values<T>> ListAs<T>(string name, Form<Values<T>> form, Func<TOwner, Values<T>> get) =>
        Add(name, form, get, false, Values<T>.None, null);

    /// <summary>Left out where false.</summary>
    public Field<TOwner, bool> Flag(string name, Func<TOwner, bool> get) => Add(name, Plain.YesNo, get, false, false, null);

    /// <summary>A text in the clear, or its digest.</summary>
    public Field<TOwner, Prose> Prose(string name, Func<TOwner, Prose> get) => Add(name, Plain.ClearText, get, true, null!, Hiding.OfProse);

    /// <summary>A text in the clear, or its digest; left out where null.</summary>
    public Field<TOwner, Prose?> OptionalProse(string name, Func<TOwner, Prose?> get) =>
        Add(name, Plain.ClearText.OrNull(), get, false, null, Hiding.OfProseIfGiven);

    /// <summary>A value that never stands in the clear: the owner holds its digest.</summary>
    public Field<TOwner, string> Digest(string name, Func<TOwner, string> get) => Add(name, Plain.NeverInTheClear, get, true, null!, Hiding.OfAll);

    /// <summary>Left out where it doesn't change.</summary>
    public Field<TOwner, Change<T>> Change<T>(string name, Form<T> form, Func<TOwner, Change<T>> get) =>
        Add(name, new ChangeForm<T>(form), get, false, default, null);

    /// <inheritdoc cref="Change"/>
    public Field<TOwner, Change<Prose?>> ChangedProse(string name, Func<TOwner, Change<Prose?>> get) =>
        Add(name, new ChangeForm<Prose?>(Plain.ClearText.OrNull()), get, false, default, Hiding.OfChange);

    private Field<TOwner, T> Add<T>(string name, Form<T> form, Func<TOwner, T> get, bool isRequired, T absent, Hiding<T>? hiding)
    {
        var field = new Field<TOwner, T>(name, _all.Count, form, get, isRequired, absent, hiding);
        _all.Add(field);
        return field;
    }
}
