using System.Text.Json;
using Ledger.EventStore;
using Ledger.Files;

namespace Ledger.Node.Backups;

/// <summary>Which files of evidence a history says were erased, and whether a file is one of them.</summary>
internal sealed class ErasedEvidence
{
    private const string Erased = "evidence-erased-";
    private const int HashLength = 64;

    private readonly HashSet<string> _marks = new(StringComparer.Ordinal);
    private readonly HashSet<string> _hashes = new(StringComparer.Ordinal);

    /// <summary>Takes note of what an event says.</summary>
    public void See(RecordedEvent stored)
    {
        ArgumentNullException.ThrowIfNull(stored);
        if (!stored.Type.StartsWith(Erased, StringComparison.Ordinal)) return;
        try
        {
            using var json = JsonDocument.Parse(stored.Data);
            var agreement = json.RootElement.GetProperty("agreementId").GetString();
            foreach (var file in json.RootElement.GetProperty("files").EnumerateArray())
            {
                _hashes.Add(file.GetString()!);
                _marks.Add($"{file.GetString()}.{agreement}");
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            // Somebody changed it: the history's own proof says so.
        }
    }

    /// <summary>The hash in the name of a file or of its mark; null where the name has none.</summary>
    public static string? HashIn(string name)
    {
        var file = Path.GetFileName(name);
        return file.Length >= HashLength && file[..HashLength].All(char.IsAsciiHexDigitLower) && (file.Length == HashLength || file[HashLength] == '.') ? file[..HashLength] : null;
    }

    /// <summary>True for the mark of an erased file, and for the file itself where no other agreement's mark lies beside it.</summary>
    /// <param name="all">Every name there is in that place.</param>
    public bool Holds(string name, IReadOnlyDictionary<string, StoredFile> all)
    {
        var file = Path.GetFileName(name);
        if (_marks.Contains(file)) return true;
        if (HashIn(name) != file || !_hashes.Contains(file)) return false;
        // Few files are erased, so looking through all names for each of them is cheaper than an order of them that is made at each run.
        return all.Keys.Where(other => other.Length > name.Length && other.StartsWith(name + ".", StringComparison.Ordinal)).All(mark => _marks.Contains(Path.GetFileName(mark)));
    }
}
