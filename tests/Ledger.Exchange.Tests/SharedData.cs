namespace Ledger.Exchange.Tests;

/// <summary>The real files, which lie beside the repository on some machines and nowhere on others.</summary>
internal static class SharedData
{
    public const string Ged = "ucdp_ged_ukraine_2014_2021.csv";

    public static string? Find(string name) =>
        Candidates().Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);

    private static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable("LEDGER_DATA") is { Length: > 0 } named) yield return named;
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            yield return Path.Combine(at.FullName, "shared", "data");
    }
}

/// <summary>A test that needs a real file, and says so where it isn't there.</summary>
public sealed class SharedDataTheoryAttribute : TheoryAttribute
{
    public SharedDataTheoryAttribute()
    {
        if (SharedData.Find(SharedData.Ged) is null)
            Skip = $"{SharedData.Ged} isn't here: set LEDGER_DATA to the directory that holds it.";
    }
}
