using System.Diagnostics;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Ledger.Serialization.Forms;

/// <summary>One of several objects, told apart by the code in one property, which is written first.</summary>
internal sealed class Union<T>(string by, params Case<T>[] cases) : Form<T>
{
    private readonly string _by = PropertyNames.Known.Add(by);

    public override void Write(StoredWriter json, T value)
    {
        var @case = Array.Find(cases, one => one.Is(value)) ?? throw new UnreachableException();
        json.WriteStartObject();
        json.WriteName(_by);
        json.WriteValue(@case.Code);
        @case.WriteFields(json, value);
        json.WriteEndObject();
    }

    public override T Read(StoredReader json)
    {
        json.Expect(JsonToken.StartObject, "an object");
        var first = json.NextName();
        if (first != _by) return ReadInAnyOrder(json, first);

        json.Advance();
        return Named(json).ReadFields(json);
    }

    // JSON's objects have no order: where the code doesn't come first, the object is laid aside until it does.
    private T ReadInAnyOrder(StoredReader json, string? name)
    {
        var aside = new JObject();
        for (; name is not null; name = json.NextName())
        {
            json.Advance();
            aside[name] = json.Any();
        }

        if (aside[_by] is not { } code) throw json.Fault("the field is missing.", _by);
        var @case = json.Within(code, Named);
        aside.Remove(_by);
        return json.Within(aside, @case.Read);
    }

    private Case<T> Named(StoredReader json)
    {
        var code = json.Text();
        return Array.Find(cases, one => one.Code == code) ?? throw json.Fault($"`{code}` isn't one of its codes.");
    }
}

/// <summary>One of the objects of a union.</summary>
internal abstract class Case<T>(string code)
{
    public string Code { get; } = code;

    /// <summary>A nested type.</summary>
    public static Case<T> Of<TCase>(string code, ObjectForm<TCase> form) where TCase : T => Of(code, form, value => value, (TCase value) => value);

    /// <summary>A nested type that stands as the one part that it has.</summary>
    public static Case<T> Of<TCase, TPart>(string code, ObjectForm<TPart> form, Func<TPart, TCase> make, Func<TCase, TPart> partOf) where TCase : T =>
        new Typed<TPart>(code, form, value => value is TCase, part => make(part), value => partOf((TCase)value!));

    /// <summary>A case that isn't a type of its own.</summary>
    public static Case<T> Of(string code, ObjectForm<T> form, Func<T, bool> isIt) => new Typed<T>(code, form, isIt, value => value, value => value);

    public abstract bool Is(T value);

    public abstract void WriteFields(StoredWriter json, T value);

    public abstract T ReadFields(StoredReader json);

    public abstract T Read(StoredReader json);

    private sealed class Typed<TPart>(string code, ObjectForm<TPart> form, Func<T, bool> isIt, Func<TPart, T> make, Func<T, TPart> partOf) : Case<T>(code)
    {
        public override bool Is(T value) => isIt(value);

        public override void WriteFields(StoredWriter json, T value) => form.WriteFields(json, partOf(value));

        public override T ReadFields(StoredReader json) => make(form.ReadFields(json));

        public override T Read(StoredReader json) => make(form.Read(json));
    }
}
