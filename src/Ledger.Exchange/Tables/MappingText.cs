using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ledger.Exchange.Imports;

namespace Ledger.Exchange.Tables;

/// <summary>A fault of a mapping in our own words.</summary>
internal sealed class MappingFault(string message) : JsonException(message);

/// <summary>Reads a mapping's JSON. What the JSON reader says is about types of a program: people are told the place, and what belongs there.</summary>
internal static partial class MappingText
{
    private static readonly string[] Lists = ["empty", "times", "codes", "rows", "when", "casualties", "figures"];
    private static readonly JsonDocumentOptions Commented = new() { CommentHandling = JsonCommentHandling.Skip };

    /// <exception cref="ImportFileException">It isn't a mapping file; says where.</exception>
    public static Mapping Read(MemoryStream text)
    {
        try
        {
            text.Position = 0;
            using (var json = JsonDocument.Parse(text, Commented)) RefuseNulls(json.RootElement, "$");
            text.Position = 0;
            return JsonSerializer.Deserialize(text, MappingJson.Default.Mapping) ?? throw ImportFileException.OfMapping("The mapping file is empty.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw ImportFileException.OfMapping($"The mapping file can't be read{Where(e as JsonException)}: {Said(e)}", e);
        }
    }

    /// <summary>A list that is null would take the place of its default, and no reader minds a null inside one.</summary>
    private static void RefuseNulls(JsonElement at, string path)
    {
        if (at.ValueKind == JsonValueKind.Array)
            foreach (var (i, item) in at.EnumerateArray().Index()) Look(item, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), isInList: true);
        if (at.ValueKind != JsonValueKind.Object) return;
        foreach (var property in at.EnumerateObject()) Look(property.Value, $"{path}.{property.Name}", Lists.Contains(property.Name));

        static void Look(JsonElement value, string path, bool isInList)
        {
            if (value.ValueKind == JsonValueKind.Null && isInList) throw new MappingFault($"{Short(path)} is null. Leave it out where there is nothing to say.");
            // What stands in a translation are cells and what they mean, and null there means nothing.
            if (!path.EndsWith(".codes", StringComparison.Ordinal)) RefuseNulls(value, path);
        }
    }

    private static string Where(JsonException? e) => e is { Path: { } path and not "$" } ? $" at {Short(path)}" : e is { LineNumber: { } line } ? string.Create(CultureInfo.InvariantCulture, $" at line {line + 1}") : "";

    private static string Said(Exception e) => e switch
    {
        MappingFault own => own.Message,
        JsonException { InnerException: JsonException } => "it isn't JSON there.",
        JsonException when Missing().Match(e.Message) is { Success: true } names => $"it lacks {names.Groups[1].Value.Replace("'", "", StringComparison.Ordinal)}.",
        JsonException when Unknown().Match(e.Message) is { Success: true } name => $"a mapping has no '{Short(name.Groups[1].Value)}' there.",
        JsonException { Path: { } } => "what stands there is of another kind than it should be, or null.",
        _ => "it isn't JSON in UTF-8.",
    };

    private static string Short(string text) => RowReader.Cut(text, 100);

    [GeneratedRegex("missing required properties including: (.+?)\\.", RegexOptions.CultureInvariant)]
    private static partial Regex Missing();

    [GeneratedRegex("^The JSON property '(.*?)' could not be mapped", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Unknown();
}
