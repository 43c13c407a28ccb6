using System.Text.Json;
using System.Text.Json.Serialization;
using Ledger.Domain;

namespace Ledger.Api.Http.Binding;

/// <summary>An enumeration by the domain's own codes, never by number.</summary>
/// <remarks>Derives from the framework's converter so that schemas list the codes.</remarks>
public sealed class KebabConverter<T>() : JsonStringEnumConverter<T>(new Codes(), allowIntegerValues: false)
    where T : struct, Enum
{
    private sealed class Codes : JsonNamingPolicy
    {
        public override string ConvertName(string name) => Kebab<T>.Name(Enum.Parse<T>(name));
    }
}
