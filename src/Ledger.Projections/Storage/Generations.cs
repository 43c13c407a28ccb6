using System.Globalization;
using System.Text;

namespace Ledger.Projections.Storage;

/// <summary>The folders of the read models, one a generation, and the small file <c>current</c> that names the one in use.</summary>
/// <remarks>
/// A rebuild fills the next folder and then moves the pointer. Nothing is ever renamed over an open DuckDB file: other connections of the
/// process would go on reading the old one. A crash leaves the pointer on the old folder or on the new one, and both are whole.
/// </remarks>
internal sealed class Generations(string directory)
{
    private const string Prefix = "generation-";

    private string Pointer => Path.Combine(directory, "current");

    /// <summary>The folder in use; null where there is none.</summary>
    public string? Current()
    {
        System.IO.Directory.CreateDirectory(directory);
        if (!File.Exists(Pointer)) return null;
        var name = File.ReadAllText(Pointer).Trim();
        return name.StartsWith(Prefix, StringComparison.Ordinal) && NumberOf(name) is not null ? Path.Combine(directory, name) : null;
    }

    /// <summary>The folder in use and its number, without making anything; null where there is none.</summary>
    public static (string Folder, int Number)? Peek(string directory)
    {
        var pointer = Path.Combine(directory, "current");
        if (!File.Exists(pointer)) return null;
        var name = File.ReadAllText(pointer).Trim();
        return name.StartsWith(Prefix, StringComparison.Ordinal) && NumberOf(name) is { } number ? (Path.Combine(directory, name), number) : null;
    }

    /// <summary>An unused folder for the next generation.</summary>
    public string Next()
    {
        System.IO.Directory.CreateDirectory(directory);
        var newest = Folders().Select(folder => NumberOf(Path.GetFileName(folder)) ?? 0).DefaultIfEmpty(0).Max();
        return Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{newest + 1:000000}"));
    }

    public void MakeCurrent(string folder)
    {
        var written = Pointer + ".new";
        using (var file = new FileStream(written, FileMode.Create, FileAccess.Write))
        {
            file.Write(Encoding.ASCII.GetBytes(Path.GetFileName(folder)));
            file.Flush(flushToDisk: true);
        }

        using var point = ViewTelemetry.Step("point");
        File.Move(written, Pointer, overwrite: true);
    }

    /// <summary>Deletes what a crash or a damaged file left behind. Only before anything is open.</summary>
    public void Sweep()
    {
        var current = Current();
        foreach (var folder in Folders())
            if (folder != current) System.IO.Directory.Delete(folder, recursive: true);
    }

    private string[] Folders() => System.IO.Directory.GetDirectories(directory, Prefix + "*");

    private static int? NumberOf(string name) =>
        int.TryParse(name.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
