namespace Ledger.Auditor.Tests;

/// <summary>Test data of other implementations, kept outside the tree: in LEDGER_VECTORS, or in shared/vectors beside or above the checkout.</summary>
internal static class Vectors
{
    private static readonly string? Folder = Find();

    public static bool AreThere => Folder is not null;

    public static string Path(params string[] parts) => System.IO.Path.Combine([Folder ?? throw new InvalidOperationException("No vectors."), .. parts]);

    public static byte[] Bytes(params string[] parts) => File.ReadAllBytes(Path(parts));

    public static string Text(params string[] parts) => File.ReadAllText(Path(parts));

    public static IReadOnlyList<string> Files(string pattern, params string[] parts) =>
        [.. Directory.EnumerateFiles(Path(parts), pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("LEDGER_VECTORS") is { Length: > 0 } named) return named;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var vectors = System.IO.Path.Combine(folder.FullName, "shared", "vectors");
            if (Directory.Exists(vectors)) return vectors;
        }

        return null;
    }
}

/// <summary>A fact about the vectors; skipped, and shown as skipped, where they aren't there.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class VectorsFactAttribute : FactAttribute
{
    public VectorsFactAttribute()
    {
        if (!Vectors.AreThere) Skip = "No vectors: set LEDGER_VECTORS, or put shared/vectors beside or above the checkout.";
    }
}
