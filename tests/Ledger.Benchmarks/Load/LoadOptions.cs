using System.Globalization;

namespace Ledger.Benchmarks.Load;

/// <summary>What every load mode is told.</summary>
/// <param name="Seconds">Of each measurement, warm-up not counted.</param>
/// <param name="Directory">Where the measured files lie; a real disk, or fsync means nothing.</param>
/// <param name="Json">A file for the figures, beside the table on the screen.</param>
internal sealed record LoadOptions(int Seconds, string Directory, string? Json)
{
    public static LoadOptions Parse(string[] args)
    {
        var options = new LoadOptions(10, Path.GetTempPath(), null);
        for (var n = 0; n + 1 < args.Length; n += 2)
        {
            options = args[n] switch
            {
                "--seconds" => options with { Seconds = int.Parse(args[n + 1], CultureInfo.InvariantCulture) },
                "--directory" => options with { Directory = args[n + 1] },
                "--json" => options with { Json = args[n + 1] },
                _ => throw new ArgumentException($"Unknown option {args[n]}."),
            };
        }

        return args.Length % 2 == 0 ? options : throw new ArgumentException($"{args[^1]} needs a value.");
    }
}
