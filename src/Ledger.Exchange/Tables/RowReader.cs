using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Ledger.Domain;
using Ledger.Exchange.Imports;

namespace Ledger.Exchange.Tables;

/// <summary>The row that is being read, and what is wrong with it so far: one look finds all its faults.</summary>
internal sealed class RowReader(ITable table, Mapping mapping, ImportFrame frame)
{
    public const int MostCasualties = 10_000_000;

    private const int LongestShown = 60;

    private readonly HashSet<string> _empty = new(mapping.Empty, StringComparer.OrdinalIgnoreCase);
    private readonly char _decimal = mapping.DecimalSign is "." or "," ? mapping.DecimalSign[0] : throw ImportFileException.OfMapping("decimal in the mapping file is \".\" or \",\".");

    public TimeReader Times { get; } = new(mapping, frame.Zone);

    public List<RowError> Errors { get; private set; } = [];

    public void Begin() => Errors = Errors.Count == 0 ? Errors : [];

    public void Say(string column, string? value, string fix) => Errors.Add(new RowError(column, Short(value ?? ""), fix));

    /// <summary>The text of a cell, null where it says nothing.</summary>
    public string? Raw(int index)
    {
        if (index < 0 || index >= table.Count) return null;
        var span = table.Cell(index).Trim();
        if (span.IsEmpty) return null;
        var text = Clean(span);
        return text.Length <= 8 && _empty.Contains(text) ? null : text;
    }

    public string? Text(BoundCell? cell, int longest) => cell?.Read(this) is { } text ? Cut(text, longest) : null;

    public T? Code<T>(BoundCell? cell)
        where T : struct, Enum
    {
        if (cell?.Read(this) is not { } text) return null;
        if (Kebab<T>.TryParse(text, out var code)) return code;
        Say(cell.Name, text, $"It is one of {string.Join(", ", Kebab<T>.All)}; translate it in the mapping's codes.");
        return null;
    }

    public PartyId? Party(BoundCell? cell)
    {
        if (cell?.Read(this) is not { } text) return null;
        if (frame.Parties.TryGetValue(text, out var party)) return party;
        Say(cell.Name, text, "The agreement has no party of that id, name or label: add it there, translate it in the mapping's codes, or name the party with the import (party).");
        return null;
    }

    public PartyId? PartyOrNone(string name) => frame.Parties.TryGetValue(name, out var party) ? party : null;

    public string? Slug(BoundCell? cell)
    {
        if (cell?.Read(this) is not { } text) return null;
        if (Domain.Slug.IsValid(text)) return text;
        Say(cell.Name, text, "It is an id of lower-case letters, digits and hyphens; translate it in the mapping's codes.");
        return null;
    }

    /// <summary>A number in the mapping's own spelling.</summary>
    public double? Number(BoundCell? cell)
    {
        if (cell?.Read(this) is not { } text) return null;
        if (NumberOf(text) is { } number) return number;
        var other = _decimal == '.' ? ',' : '.';
        Say(cell.Name, text, text.Contains(other)
            ? $"It is a number with a decimal '{_decimal}', and this has a '{other}': if the whole file is written so, say \"decimal\": \"{other}\" in the mapping."
            : $"It is a number with a decimal '{_decimal}'.");
        return null;
    }

    /// <summary>A whole number, or from the least to the most: <c>12</c>, <c>4-7</c>, <c>1..3</c>, <c>400000+</c>.</summary>
    public (int Min, int? Max)? Figure(BoundCell? cell)
    {
        if (cell?.Read(this) is not { } text) return null;
        var trimmed = text.AsSpan().TrimEnd('+').Trim();
        if (Whole(trimmed) is { } one) return (one, null);
        var (at, length) = trimmed.IndexOf("..") is var dots and > 0 ? (dots, 2) : (trimmed.IndexOfAny('-', '–', '—'), 1);
        if (at > 0 && Whole(trimmed[..at].Trim()) is { } least && Whole(trimmed[(at + length)..].Trim('.').Trim()) is { } most && most >= least) return (least, most);
        Say(cell.Name, text, string.Create(CultureInfo.InvariantCulture, $"It is a whole number from 0 to {MostCasualties:N0}, or a range such as 4-7; leave it empty where it isn't known."));
        return null;
    }

    /// <summary>From the least to the most, in whatever unit.</summary>
    public (double From, double To)? Range(BoundCell? cell)
    {
        if (cell?.Read(this) is not { } text) return null;
        if (NumberOf(text) is { } one) return (one, one);
        var at = text.IndexOfAny(['-', '–', '—'], 1);
        if (at > 0 && NumberOf(text[..at].Trim()) is { } from && NumberOf(text[(at + 1)..].Trim()) is { } to && to >= from) return (from, to);
        Say(cell.Name, text, $"It is a number with a decimal '{_decimal}', or a range such as 4-7.");
        return null;
    }

    public static string Cut(string text, int longest)
    {
        if (text.Length <= longest) return text;
        // No half of a surrogate pair is left behind, which no JSON takes.
        var at = char.IsHighSurrogate(text[longest - 2]) ? longest - 2 : longest - 1;
        return text[..at] + "…";
    }

    public string Start() => Short(table.Count == 0 ? "" : table.Cell(0).ToString());

    private double? NumberOf(string text)
    {
        var spelt = _decimal == ',' ? (text.Contains('.') ? null : text.Replace(',', '.')) : text;
        return double.TryParse(spelt, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : null;
    }

    private int? Whole(ReadOnlySpan<char> text)
    {
        // Thousands may be set apart by what isn't the decimal sign, or by a space.
        var thousands = _decimal == '.' ? ',' : '.';
        if (text.IndexOfAny(thousands, ' ', '\u00A0') >= 0)
        {
            var groups = text.ToString().Split(thousands, ' ', '\u00A0');
            if (groups[0].Length is 0 or > 3 || groups.Skip(1).Any(group => group.Length != 3)) return null;
            text = string.Concat(groups);
        }

        // Tables that passed through a data frame print whole numbers as 5.0.
        if (text.EndsWith(".0")) text = text[..^2];
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var whole) && whole <= MostCasualties ? whole : null;
    }

    /// <summary>Without control characters but line breaks and tabs, which is what the ledger takes.</summary>
    private static string Clean(ReadOnlySpan<char> span)
    {
        var plain = true;
        foreach (var c in span) plain &= !char.IsSurrogate(c) && (!char.IsControl(c) || c is '\n' or '\t');
        if (plain) return span.ToString();

        // Enumerated as runes, a surrogate that stands alone is U+FFFD.
        var clean = new StringBuilder(span.Length);
        foreach (var rune in span.EnumerateRunes())
            if (!Rune.IsControl(rune) || rune.Value is '\n' or '\t') clean.Append(rune.ToString());
        return clean.ToString();
    }

    private static string Short(string text) => text.Length <= LongestShown ? text : text[..(char.IsHighSurrogate(text[LongestShown - 1]) ? LongestShown - 1 : LongestShown)] + "…";
}

/// <summary>A cell of the mapping with its place in this file.</summary>
internal sealed class BoundCell
{
    private readonly int _index;
    private readonly string? _is;
    private readonly Template? _text;
    private readonly IReadOnlyDictionary<string, string?>? _codes;
    private readonly BoundCell? _else;
    private readonly string? _before;

    private BoundCell(string name, int index, Cell cell, Template? text, IReadOnlyDictionary<string, string?>? codes, BoundCell? @else) =>
        (Name, _index, _is, _text, _codes, _else, _before) = (name, index, cell.Is, text, codes, @else, cell.Before);

    /// <summary>The column, for messages.</summary>
    public string Name { get; }

    /// <exception cref="ImportFileException">The file has no such column, or the mapping no such translation.</exception>
    public static BoundCell Of(Cell cell, Mapping mapping, Columns columns)
    {
        var codes = cell.Codes ?? (cell.CodesOf is { } name
            ? mapping.Codes.GetValueOrDefault(name) ?? throw ImportFileException.OfMapping($"The mapping names the translation '{name}' and has none of that name under codes.")
            : null);
        var text = cell.Text is { } template ? Template.Parse(template, columns) : null;
        var @else = cell.Else is { } other ? Of(other, mapping, columns) : null;
        if (cell.Column is not { } names) return new BoundCell("(mapping)", -1, cell, text, codes, @else);
        var (column, index) = columns.Find(names, cell.Required && cell.Else is null);
        return new BoundCell(column, index, cell, text, codes, @else);
    }

    public string? Read(RowReader row)
    {
        var text = _is ?? (_text is not null ? _text.Fill(row) : row.Raw(_index));
        if (text is not null && _before is not null && text.IndexOf(_before, StringComparison.Ordinal) is var at and >= 0) text = text[..at].Trim() is { Length: > 0 } cut ? cut : null;
        if (text is null) return _else?.Read(row);
        if (_codes is null) return text;
        if (_codes.TryGetValue(text, out var meant) || _codes.TryGetValue("*", out meant)) return meant is null ? _else?.Read(row) : meant == "=" ? text : meant;
        row.Say(Name, text, "The mapping has no translation for it: add one to its codes (or \"*\" for everything else), or correct the cell.");
        return null;
    }
}

/// <summary>The columns of a file by name.</summary>
internal sealed class Columns(IReadOnlyList<string> header)
{
    private readonly List<string> _names = [.. header.Select(name => name.Trim().Trim('"', '\uFEFF').Trim())];

    public int Count => _names.Count;

    public List<string> Missing { get; } = [];

    /// <summary>The first of the names that the file has; -1, and noted as missing where it has to be there.</summary>
    public (string Name, int Index) Find(IReadOnlyList<string> names, bool required)
    {
        foreach (var name in names)
            if (_names.FindIndex(column => string.Equals(column, name, StringComparison.OrdinalIgnoreCase)) is var at and >= 0) return (_names[at], at);
        if (required) Missing.Add(string.Join(" or ", names));
        return (names[0], -1);
    }
}

/// <summary>A text with columns in braces; a part in square brackets is left out where one of its columns is empty.</summary>
internal sealed partial class Template
{
    private readonly List<(bool Optional, List<(string? Literal, int Column)> Pieces)> _parts = [];

    public static Template Parse(string text, Columns columns)
    {
        var template = new Template();
        foreach (Match part in Parts().Matches(text))
        {
            var pieces = new List<(string?, int)>();
            var optional = part.Value[0] == '[';
            foreach (Match piece in Pieces().Matches(optional ? part.Value[1..^1] : part.Value))
                pieces.Add(piece.Value[0] == '{' ? (null, columns.Find([piece.Value[1..^1]], required: !optional).Index) : (piece.Value, -1));
            template._parts.Add((optional, pieces));
        }

        return template;
    }

    public string? Fill(RowReader row)
    {
        var text = new StringBuilder();
        foreach (var (optional, pieces) in _parts)
        {
            var length = text.Length;
            foreach (var (literal, column) in pieces)
            {
                var value = literal ?? row.Raw(column);
                if (value is null && optional)
                {
                    text.Length = length;
                    break;
                }

                text.Append(value);
            }
        }

        var filled = text.ToString().Trim();
        return filled.Length == 0 ? null : filled;
    }

    [GeneratedRegex(@"\[[^\]]*\]|[^\[]+")]
    private static partial Regex Parts();

    [GeneratedRegex(@"\{[^}]*\}|[^{]+")]
    private static partial Regex Pieces();
}
