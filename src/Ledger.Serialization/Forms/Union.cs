using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Newtonsoft.Json.Linq;

namespace Ledger.Serialization.Forms;

/// <summary>One of several objects, told apart by the code in one property, which is written first.</summary>
internal sealed class Union<T>(string by, params Case<T>[] cases) : Form<T>
{
    private readonly byte[] _by = Encoding.UTF8.GetBytes(by);

    public override void Write(StoredWriter json, T value)
    {
        var @case = Array.Find(cases, one => one.Is(value)) ?? throw new UnreachableException();
        json.WriteStartObject();
        json.WriteName(by);
        json.WriteValue(@case.Code);
        @case.WriteFields(json, value);
        json.WriteEndObject();
    }

    public override T Read(ref StoredReader json)
    {
        json.Expect(JsonTokenType.StartObject, "an object");
        return Named(json).ReadFields(ref json, _by);
    }

    public override JObject Schema() => new() { ["oneOf"] = new JArray(cases.Select(SchemaOf)) };

    private JObject SchemaOf(Case<T> @case)
    {
        var schema = @case.Schema();
        ((JObject)schema["properties"]!).AddFirst(new JProperty(by, new JObject { ["const"] = @case.Code }));
        schema["required"] = new JArray(new[] { by }.Concat(schema["required"]?.Values<string>() ?? []));
        return schema;
    }

    /// <param name="ahead">A reader of its own that goes ahead: JSON's objects have no order, so the code may come anywhere.</param>
    private Case<T> Named(StoredReader ahead)
    {
        while (ahead.NextName())
        {
            var isCode = ahead.NameIs(_by);
            ahead.Advance();
            if (isCode) return WithCode(ahead.Text()) ?? throw ahead.Fault($"`{ahead.Text()}` isn't one of its codes.");
            ahead.Skip();
        }

        throw ahead.Fault("the field is missing.", by);
    }

    private Case<T>? WithCode(string code) => Array.Find(cases, one => one.Code == code);
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

    public abstract T ReadFields(ref StoredReader json, ReadOnlySpan<byte> except);

    public abstract JObject Schema();

    private sealed class Typed<TPart>(string code, ObjectForm<TPart> form, Func<T, bool> isIt, Func<TPart, T> make, Func<T, TPart> partOf) : Case<T>(code)
    {
        public override bool Is(T value) => isIt(value);

        public override void WriteFields(StoredWriter json, T value) => form.WriteFields(json, partOf(value));

        public override T ReadFields(ref StoredReader json, ReadOnlySpan<byte> except) => make(form.ReadFields(ref json, except));

        public override JObject Schema() => form.Schema();
    }
}
