using Ledger.Api.Hosting;

namespace Ledger.Api.Imports;

/// <summary>Where a job's files lie: beside the evidence, because that is what all nodes share.</summary>
/// <remarks>
/// What was handed in is deleted when the job ends. The rows that weren't taken stay for whoever mends the file, in clear as they
/// came, and no longer than <see cref="Kept"/>; no backup takes them along.
/// </remarks>
internal sealed class ImportFolder(LedgerSettings settings)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>How long the folder of a job stays after the last change in it.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    private string Root => Path.Combine(settings.Evidence, "imports");

    public static string MappingName => "mapping.json";

    public static string GazetteerName => "gazetteer";

    public string Of(Guid import) => Path.Combine(Root, import.ToString("D"));

    public string FileOf(ImportAsked asked) => Path.Combine(Of(asked.ImportId), "file" + asked.Extension);

    public string MappingOf(Guid import) => Path.Combine(Of(import), MappingName);

    /// <summary>The list of places that came with the mapping, whatever that calls it; null where none did.</summary>
    public static string? GazetteerIn(string folder) => Directory.EnumerateFiles(folder, GazetteerName + ".*").FirstOrDefault();

    public string ErrorsOf(Guid import) => Path.Combine(Of(import), "errors.csv");

    public string TwinsOf(Guid import) => Path.Combine(Of(import), "duplicates.csv");

    /// <summary>A place for what comes in, which nobody looks for until it is moved.</summary>
    public string Incoming()
    {
        var path = Path.Combine(Root, $"incoming-{Guid.NewGuid():N}");
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, OwnerOnly);
        return path;
    }

    /// <summary>Puts in place what came in; a try before that died in between is replaced.</summary>
    public void Keep(string incoming, Guid import)
    {
        if (Directory.Exists(Of(import))) Directory.Delete(Of(import), recursive: true);
        Directory.Move(incoming, Of(import));
    }

    /// <summary>Takes away what was handed in, but for the rows that weren't taken.</summary>
    public void Clear(Guid import)
    {
        if (!Directory.Exists(Of(import))) return;
        foreach (var file in Directory.GetFiles(Of(import)).Where(file => file != ErrorsOf(import) && file != TwinsOf(import))) File.Delete(file);
    }

    /// <summary>Takes away what has lain there too long, but for jobs that still wait; what came in and was never handed over as well.</summary>
    public void Forget(IReadOnlySet<Guid> waiting, DateTime now)
    {
        if (!Directory.Exists(Root)) return;
        foreach (var folder in new DirectoryInfo(Root).GetDirectories())
            if (now - folder.LastWriteTimeUtc > Kept && !(Guid.TryParseExact(folder.Name, "D", out var id) && waiting.Contains(id))) folder.Delete(recursive: true);
    }

    public IEnumerable<Guid> All() => Directory.Exists(Root)
        ? Directory.GetDirectories(Root).Select(Path.GetFileName).Select(name => Guid.TryParseExact(name, "D", out var id) ? id : Guid.Empty).Where(id => id != Guid.Empty)
        : [];
}
