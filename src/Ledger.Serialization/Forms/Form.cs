using System.Text.Json;
using Ledger.Domain;
using Newtonsoft.Json.Linq;

namespace Ledger.Serialization.Forms;

/// <summary>How a value stands in JSON: both directions side by side, so that neither is changed without the other.</summary>
internal abstract class Form<T>
{
    public abstract void Write(StoredWriter json, T value);

    /// <summary>Reads a value whose first token the reader stands on; afterwards it stands on the last.</summary>
    /// <exception cref="StoredEventException">The JSON isn't of this form.</exception>
    public abstract T Read(ref StoredReader json);

    /// <summary>The form as JSON Schema (2020-12), made anew at each call.</summary>
    public abstract JObject Schema();

    /// <summary>The same JSON for another type.</summary>
    public Form<TOther> As<TOther>(Func<T, TOther> read, Func<TOther, T> write) => new Mapped<TOther>(this, read, write);

    private sealed class Mapped<TOther>(Form<T> form, Func<T, TOther> read, Func<TOther, T> write) : Form<TOther>
    {
        public override void Write(StoredWriter json, TOther value) => form.Write(json, write(value));

        public override TOther Read(ref StoredReader json) => read(form.Read(ref json));

        public override JObject Schema() => form.Schema();
    }
}

/// <inheritdoc cref="Form{T}.Read"/>
internal delegate T Reading<out T>(ref StoredReader json);

/// <summary>A form that two functions make.</summary>
internal sealed class Simple<T>(Action<StoredWriter, T> write, Reading<T> read, Func<JObject> schema) : Form<T>
{
    public override void Write(StoredWriter json, T value) => write(json, value);

    public override T Read(ref StoredReader json) => read(ref json);

    public override JObject Schema() => schema();
}

internal sealed class ListForm<T>(Form<T> item) : Form<Values<T>>
{
    public override void Write(StoredWriter json, Values<T> value)
    {
        json.WriteStartArray();
        for (var i = 0; i < value.Count; i++) item.Write(json, value[i]);
        json.WriteEndArray();
    }

    public override Values<T> Read(ref StoredReader json)
    {
        json.Expect(JsonTokenType.StartArray, "an array");
        var items = new List<T>();
        JArray? leftovers = null;
        while (json.NextItem())
        {
            items.Add(item.Read(ref json));
            if (json.TakeLeftover() is { } leftover) Put(leftovers ??= [], items.Count - 1, leftover);
        }

        json.Leftover = leftovers;
        return items.Count == 0 ? Values<T>.None : new Values<T>(items);
    }

    public override JObject Schema() => new() { ["type"] = "array", ["items"] = item.Schema() };

    // Items without leftovers are null, so that the others keep their places.
    private static void Put(JArray leftovers, int index, JToken leftover)
    {
        while (leftovers.Count < index) leftovers.Add(JValue.CreateNull());
        leftovers.Add(leftover);
    }
}

/// <summary>A field of a correction: where the field stands at all, it is set.</summary>
internal sealed class ChangeForm<T>(Form<T> form) : Form<Change<T>>
{
    public override void Write(StoredWriter json, Change<T> value) => form.Write(json, value.Value!);

    public override Change<T> Read(ref StoredReader json) => Change<T>.To(form.Read(ref json));

    public override JObject Schema() => form.Schema();
}

internal static class NullableValues
{
    /// <summary>The same, or null.</summary>
    public static Form<T?> OrNull<T>(this Form<T> form) where T : struct => new Nullable<T>(form);

    private sealed class Nullable<T>(Form<T> form) : Form<T?> where T : struct
    {
        public override void Write(StoredWriter json, T? value)
        {
            if (value is { } given) form.Write(json, given);
            else json.WriteNull();
        }

        public override T? Read(ref StoredReader json) => json.IsNull ? null : form.Read(ref json);

        public override JObject Schema() => Schemas.OrNull(form.Schema());
    }
}

internal static class NullableReferences
{
    /// <summary>The same, or null.</summary>
    public static Form<T?> OrNull<T>(this Form<T> form) where T : class => new Nullable<T>(form);

    private sealed class Nullable<T>(Form<T> form) : Form<T?> where T : class
    {
        public override void Write(StoredWriter json, T? value)
        {
            if (value is not null) form.Write(json, value);
            else json.WriteNull();
        }

        public override T? Read(ref StoredReader json) => json.IsNull ? null : form.Read(ref json);

        public override JObject Schema() => Schemas.OrNull(form.Schema());
    }
}

/// <summary>Small pieces of JSON Schema.</summary>
internal static class Schemas
{
    public static JObject Of(string type) => new() { ["type"] = type };

    public static JObject Text(string format) => new() { ["type"] = "string", ["format"] = format };

    public static JObject Matching(string pattern) => new() { ["type"] = "string", ["pattern"] = pattern };

    public static JObject OrNull(JObject schema) => new() { ["anyOf"] = new JArray(schema, Of("null")) };
}
