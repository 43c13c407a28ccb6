using System.Text.Json;
using System.Text.Json.Serialization;
using Ledger.Exchange.Imports;

namespace Ledger.Exchange.Tables;

/// <summary>A mapping file: which column of a table becomes which field, and how its codes, times and places are read.</summary>
/// <remarks>The room's README describes it for those who write one. What has a default is settable, because the reader made for this type would write null over it otherwise. A property that isn't here is refused, so that a misspelt one isn't silently without effect.</remarks>
public sealed record Mapping
{
    /// <summary>What the file is, for people.</summary>
    public string? About { get; init; }

    /// <summary>The system that the rows' ids belong to: ids of cases and claims derive from both, so it stays the same for ever.</summary>
    public required string System { get; init; }

    /// <summary>Of text files; UTF-8 or UTF-16 where left out.</summary>
    public string? Encoding { get; init; }

    /// <summary>One character; found in the first line where left out.</summary>
    public string? Delimiter { get; init; }

    /// <summary>Of a workbook; the first where left out.</summary>
    public string? Sheet { get; init; }

    /// <summary><c>,</c> where numbers have a decimal comma.</summary>
    [JsonPropertyName("decimal")]
    public string DecimalSign { get; set; } = ".";

    /// <summary>Cells that say nothing.</summary>
    public IReadOnlyList<string> Empty { get; set; } = ["NULL", "NA", "N/A"];

    /// <summary>IANA name of the zone of times without an offset; the agreement's where left out.</summary>
    public string? TimeZone { get; init; }

    /// <summary>How times are written, tried in this order (.NET's custom formats); ISO 8601 is always understood.</summary>
    public IReadOnlyList<string> Times { get; set; } = [];

    /// <summary>Points outside it are faults: most likely latitude and longitude are swapped.</summary>
    public Box? Within { get; init; }

    public GazetteerFile? Gazetteer { get; init; }

    /// <summary>Translations that several fields use, by name.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string?>> Codes { get; set; } = new Dictionary<string, IReadOnlyDictionary<string, string?>>();

    /// <summary>The first that fits a row says what it becomes.</summary>
    public required IReadOnlyList<RowRule> Rows { get; init; }

    /// <exception cref="ImportFileException">It isn't a mapping file; says where.</exception>
    public static Mapping Read(Stream json)
    {
        ArgumentNullException.ThrowIfNull(json);
        using var text = new MemoryStream();
        json.CopyTo(text);
        return MappingText.Read(text);
    }
}

/// <summary>Degrees.</summary>
public sealed record Box(double South, double West, double North, double East)
{
    internal bool Holds(double latitude, double longitude) => latitude >= South && latitude <= North && longitude >= West && longitude <= East;
}

/// <summary>A list of places by name or code (P-codes, GeoNames): a row's place gets its id, and a point where the list has one.</summary>
/// <param name="File">Beside the mapping file.</param>
/// <param name="Name">The column with the place's name.</param>
/// <param name="Id">The column with its id.</param>
/// <param name="Latitude">The column with the latitude; null for lists without points (P-codes).</param>
/// <param name="UncertaintyMetres">Of a point that comes from the list: a town isn't where its name is printed.</param>
public sealed record GazetteerFile(string File, string Name, string Id, string? Latitude = null, string? Longitude = null, double? UncertaintyMetres = null);

/// <summary>What rows of one kind become: exactly one of the five.</summary>
public sealed record RowRule
{
    /// <summary>All must hold; none = every row.</summary>
    public IReadOnlyList<Condition> When { get; set; } = [];

    /// <summary>Rows that bring nothing, and why, as a sentence for people.</summary>
    public string? Skip { get; init; }

    public CaseRule? Case { get; init; }

    public FiguresRule? Figures { get; init; }

    public ClaimRule? Claim { get; init; }

    public CoverageRule? Coverage { get; init; }
}

/// <summary>Holds where the cell is one of the values, or matches the expression, or is (or isn't) empty.</summary>
public sealed record Condition
{
    public required Cell Cell { get; init; }

    public IReadOnlyList<string>? Is { get; init; }

    public string? Matches { get; init; }

    public bool? Empty { get; init; }
}

/// <summary>Where a value comes from. Written as a plain string it is the name of a column.</summary>
public sealed record Cell
{
    /// <summary>Names of the column: the first that the file has.</summary>
    public IReadOnlyList<string>? Column { get; init; }

    /// <summary>The same in every row.</summary>
    public string? Is { get; init; }

    /// <summary>A text with columns in braces; what stands in square brackets is left out where one of its columns is empty.</summary>
    public string? Text { get; init; }

    /// <summary>What stands in the cell → what is meant; null = nothing; <c>=</c> = what stands there; <c>*</c> = everything else. Without it the cell is taken as it is.</summary>
    public IReadOnlyDictionary<string, string?>? Codes { get; init; }

    /// <summary>The name of a translation of the mapping.</summary>
    public string? CodesOf { get; init; }

    /// <summary>Where the cell is empty, or means nothing. Written as a plain string it is the same in every row.</summary>
    public Cell? Else { get; init; }

    /// <summary>Only what stands before this is read.</summary>
    public string? Before { get; init; }

    /// <summary>False = a column that the file may lack.</summary>
    public bool Required { get; init; } = true;
}

/// <summary>An alleged violation, as bodies.md has it.</summary>
public sealed record CaseRule
{
    public required Cell Id { get; init; }

    public Cell? Version { get; init; }

    public required Cell Category { get; init; }

    public Cell? Provision { get; init; }

    public Cell? Weapon { get; init; }

    public required WhenRule Occurred { get; init; }

    public PlaceRule? Location { get; init; }

    /// <summary>Who is said to have done it: a party, by its id, name or label in the agreement. Where left out nobody is.</summary>
    public Cell? AllegedParty { get; init; }

    /// <summary>The party that says so, where it isn't the monitors themselves.</summary>
    public Cell? AllegedBy { get; init; }

    public Cell? AffectedParty { get; init; }

    public CountRule? Count { get; init; }

    public ObservationRule? Observation { get; init; }

    public required Cell Origin { get; init; }

    public IReadOnlyList<CasualtyRule> Casualties { get; set; } = [];

    public required SourceRule Source { get; init; }

    public Cell? Narrative { get; init; }
}

public sealed record WhenRule(Cell From, Cell? To = null, Cell? Precision = null);

public sealed record PlaceRule
{
    public Cell? Latitude { get; init; }

    public Cell? Longitude { get; init; }

    /// <summary>Latitude and longitude in one cell, with a space or comma between, as forms write them.</summary>
    public Cell? Point { get; init; }

    public Cell? UncertaintyMetres { get; init; }

    /// <summary>Whether the point stands for the place (true) or is the middle of something larger, and only the name is taken.</summary>
    public Cell? PointIsMeant { get; init; }

    public Cell? Place { get; init; }

    public Cell? PlaceId { get; init; }

    public Cell? Zone { get; init; }

    /// <summary>True = the point, or the place's in the gazetteer, is the observer's, and what was seen lay at a bearing and a distance.</summary>
    public bool IsObserver { get; init; }

    public Cell? Bearing { get; init; }

    public Cell? DistanceKilometres { get; init; }
}

public sealed record CountRule(Cell Figure, Cell Unit);

public sealed record ObservationRule(Cell Means, Cell? Description = null, Cell? DirectionOfFire = null);

/// <param name="Figure">A number, or a range (4-7, 1..3): then its beginning is taken for the best figure, because no better one is given.</param>
public sealed record CasualtyRule(Cell Kind, Cell Figure, Cell? Who = null, Cell? Of = null, Cell? Low = null, Cell? High = null);

public sealed record SourceRule(Cell Name, Cell? Reference = null, Cell? Reliability = null, Cell? Credibility = null);

/// <summary>Figures claimed of a case that another row, or another file, brings.</summary>
/// <param name="System">The system of the case's id; the mapping's own where left out.</param>
/// <param name="Case">The case's id in that system.</param>
public sealed record FiguresRule(
    Cell Case, IReadOnlyList<CasualtyRule> Casualties, Cell ClaimedBy, string? System = null, Cell? ClaimedAt = null, Cell? Source = null);

/// <summary>A published total.</summary>
/// <param name="ClaimedBy">A party of the agreement by id, name or label, else a body by its name.</param>
public sealed record ClaimRule(
    Cell Id, Cell ClaimedBy, Cell From, Cell To, IReadOnlyList<FigureRule> Figures, SourceRule Source, Cell? Against = null, Cell? Text = null);

/// <param name="Of">A category's code, or violations, incidents, shots, strikes, killed, injured.</param>
/// <param name="Sum">Columns whose figures are added up, where they are there.</param>
/// <param name="Unless">The rule holds only where this cell is empty.</param>
public sealed record FigureRule(Cell Of, Cell? Figure = null, IReadOnlyList<Cell>? Sum = null, Cell? Unless = null);

/// <param name="Cause">Where there is one, the hours were lost.</param>
public sealed record CoverageRule(
    Cell Id, Cell Site, Cell From, Cell To, Cell? Zone = null, Cell? Cause = null, Cell? ResponsibleParty = null, Cell? Description = null);

/// <summary>A plain string is the name of a column, a list of strings its possible names.</summary>
internal sealed class CellConverter : JsonConverter<Cell>
{
    public override Cell Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.String => new Cell { Column = [reader.GetString()!] },
        JsonTokenType.StartArray => new Cell { Column = Names(ref reader) },
        JsonTokenType.StartObject => ReadObject(ref reader),
        _ => throw new MappingFault("It is the name of a column, a list of names, or an object with column, is or text."),
    };

    public override void Write(Utf8JsonWriter writer, Cell value, JsonSerializerOptions options) => throw new NotSupportedException();

    private static Cell ReadObject(ref Utf8JsonReader reader)
    {
        var cell = new Cell();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            cell = name switch
            {
                "column" => cell with { Column = reader.TokenType == JsonTokenType.StartArray ? Names(ref reader) : [Text(ref reader)!] },
                "is" => cell with { Is = Text(ref reader) },
                "text" => cell with { Text = Text(ref reader) },
                "codes" => cell with { Codes = Codes(ref reader) },
                "codesOf" => cell with { CodesOf = Text(ref reader) },
                "else" => cell with { Else = reader.TokenType == JsonTokenType.StartObject ? ReadObject(ref reader) : new Cell { Is = Text(ref reader) } },
                "before" => cell with { Before = Text(ref reader) },
                "required" => cell with { Required = reader.TokenType is JsonTokenType.True or JsonTokenType.False ? reader.GetBoolean() : throw new MappingFault("required is true or false.") },
                _ => throw new MappingFault($"A cell has no '{name}'; it has column, is, text, codes, codesOf, else, before, required."),
            };
        }

        return cell.Column is null && cell.Is is null && cell.Text is null ? throw new MappingFault("A cell says where its value comes from: column, is or text.") : cell;
    }

    private static string? Text(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString(),
        JsonTokenType.Null => null,
        JsonTokenType.Number => System.Text.Encoding.UTF8.GetString(reader.ValueSpan),
        _ => throw new MappingFault("It should be a text."),
    };

    private static List<string> Names(ref Utf8JsonReader reader)
    {
        var names = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) names.Add(Text(ref reader) ?? throw new MappingFault("A column has a name."));
        return names.Count > 0 ? names : throw new MappingFault("A list of columns isn't empty.");
    }

    private static Dictionary<string, string?> Codes(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw new MappingFault("codes is an object: what stands in the cell, and what is meant.");
        var codes = new Dictionary<string, string?>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var cell = reader.GetString()!;
            reader.Read();
            codes[cell] = Text(ref reader);
        }

        return codes;
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, ReadCommentHandling = JsonCommentHandling.Skip,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, Converters = [typeof(CellConverter)])]
[JsonSerializable(typeof(Mapping))]
internal sealed partial class MappingJson : JsonSerializerContext;
