using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Ledger.Serialization;

/// <summary>The stored form of every current type as JSON Schema 2020-12, made from the tables that write and read them, so that it can't drift from the bytes.</summary>
public static class EventSchemas
{
    /// <summary>Names of the types that are written today, in the order of the table.</summary>
    public static IReadOnlyList<string> Types { get; } = [.. StoredTypes.Registry.Types.Select(type => type.Name)];

    /// <summary>The schema of a type's data as UTF-8 JSON; null where no such type is written today.</summary>
    /// <param name="id">The address under which it is served.</param>
    public static byte[]? Of(string type, string id)
    {
        if (StoredTypes.Registry.Types.FirstOrDefault(stored => stored.Name == type) is not { } found) return null;
        var schema = found.Schema();
        schema.AddFirst(new JProperty("description", "The data of the event as it is stored. A property may be there that isn't named here; `_sd` holds digests of texts that lie in the vault, `_sdOf` their names (RFC 9901)."));
        schema.AddFirst(new JProperty("title", type));
        schema.AddFirst(new JProperty("$id", id));
        schema.AddFirst(new JProperty("$schema", "https://json-schema.org/draft/2020-12/schema"));
        return Encoding.UTF8.GetBytes(schema.ToString(Formatting.Indented));
    }
}
