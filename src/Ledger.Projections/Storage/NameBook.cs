using System.Collections.Concurrent;

namespace Ledger.Projections.Storage;

/// <summary>Numbers for slugs and sites, given out in the order in which events bring them: the same in every rebuild.</summary>
internal sealed class NameBook
{
    private readonly ConcurrentDictionary<string, int> _codes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<int, string> _names = new();

    /// <summary>The code of a name that some event has brought; null where none has.</summary>
    public int? Find(string name) => _codes.TryGetValue(name, out var code) ? code : null;

    public string Name(int code) => _names[code];

    public string? NameOrNull(int code) => code == None.Name ? null : _names[code];

    /// <summary>The sequencer's thread only.</summary>
    public int CodeOf(string? name, Segment segment)
    {
        if (name is null) return None.Name;
        if (_codes.TryGetValue(name, out var code)) return code;
        code = _codes.Count;
        Load(code, name);
        segment.Rows(Tables.Names).Add(new NameRow(code, name));
        return code;
    }

    public void Load(int code, string name)
    {
        _names[code] = name;
        _codes[name] = code;
    }
}
