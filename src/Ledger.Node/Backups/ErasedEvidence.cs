using System.Text.Json;
using Ledger.EventStore;

namespace Ledger.Node.Backups;

/// <summary>Which files of evidence a history says were erased, and whether a file in a folder is one of them.</summary>
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

    /// <summary>True for the mark of an erased file, and for the file itself where no other agreement's mark lies beside it.</summary>
    public bool Holds(string path)
    {
        var name = Path.GetFileName(path);
        if (_marks.Contains(name)) return true;
        return name.Length == HashLength && _hashes.Contains(name)
            && Directory.GetFiles(Path.GetDirectoryName(path)!, name + ".*").Select(Path.GetFileName).All(other => other == name || _marks.Contains(other!));
    }

    /// <summary>Takes erased files out of a folder.</summary>
    /// <returns>How many there were, without their marks.</returns>
    public int TakeOut(string folder)
    {
        if (_hashes.Count == 0 || !Directory.Exists(folder)) return 0;
        string[] held = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(Holds)];
        foreach (var file in held) File.Delete(file);
        return held.Count(file => Path.GetFileName(file).Length == HashLength);
    }
}
