using System.Globalization;
using System.Text;
using Ledger.Domain;
using Ledger.Exchange.Imports;

namespace Ledger.Exchange.Tables;

/// <summary>Places by name and by id. A name that several places bear finds none of them.</summary>
internal sealed class Gazetteer
{
    private readonly Dictionary<string, Found?> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Found> _byId = new(StringComparer.OrdinalIgnoreCase);

    public sealed record Found(string Id, string Name, GeoPoint? At, double? UncertaintyMetres);

    /// <param name="open">Opens the file that the mapping names.</param>
    /// <exception cref="ImportFileException">It can't be read.</exception>
    public static Gazetteer Read(GazetteerFile wanted, Func<string, ITable> open)
    {
        using var table = open(wanted.File);
        var columns = new Columns(table.Header);
        var (name, id) = (columns.Find([wanted.Name], true).Index, columns.Find([wanted.Id], true).Index);
        var latitude = wanted.Latitude is { } lat ? columns.Find([lat], true).Index : -1;
        var longitude = wanted.Longitude is { } lon ? columns.Find([lon], true).Index : -1;
        if (columns.Missing.Count > 0) throw new ImportFileException($"The gazetteer has no column {string.Join(", ", columns.Missing)}.");

        var gazetteer = new Gazetteer();
        while (table.Next())
            if (table.Count == columns.Count) gazetteer.Add(new Found(Text(table, id), Text(table, name), At(table, latitude, longitude), wanted.UncertaintyMetres));
        return gazetteer;
    }

    public Found? Find(string place) => _byName.GetValueOrDefault(Key(place)) ?? _byId.GetValueOrDefault(place);

    private void Add(Found place)
    {
        if (place.Id.Length == 0 || place.Name.Length == 0) return;
        _byId[place.Id] = place;
        if (!_byName.TryAdd(Key(place.Name), place)) _byName[Key(place.Name)] = null;
    }

    private static string Text(ITable table, int index) => table.Cell(index).Trim().ToString();

    private static GeoPoint? At(ITable table, int latitude, int longitude) =>
        latitude >= 0 && longitude >= 0
        && double.TryParse(table.Cell(latitude), NumberStyles.Float, CultureInfo.InvariantCulture, out var lat) && Math.Abs(lat) <= 90
        && double.TryParse(table.Cell(longitude), NumberStyles.Float, CultureInfo.InvariantCulture, out var lon) && Math.Abs(lon) <= 180
            ? new GeoPoint(lat, lon)
            : null;

    /// <summary>Without marks, signs and the case of letters: Şuşa is Susa, Ağdam is Agdam.</summary>
    private static string Key(string name)
    {
        var key = new StringBuilder(name.Length);
        foreach (var c in name.Normalize(NormalizationForm.FormD))
            if (char.IsLetterOrDigit(c)) key.Append(c switch { 'ı' => 'i', 'ə' or 'Ə' => 'e', _ => char.ToLowerInvariant(c) });
        return key.ToString();
    }
}
