using System.Globalization;

namespace Ledger.Benchmarks.Soak;

/// <summary>What a soak is told.</summary>
/// <param name="Length">How long people work on it; the checks afterwards aren't counted.</param>
/// <param name="Rate">Commands a second of all writers together: an hour's history must stay one that a small machine can check.</param>
/// <param name="Seed">Of what is killed when, and of what is asked; the machine's own timing stays what it is.</param>
internal sealed record SoakOptions(TimeSpan Length, string Directory, int Rate, int Seed, string? Json, string? Markdown)
{
    /// <summary>Between two ends of the program; short soaks have short lives, so that there are some.</summary>
    public TimeSpan ShortestLife => Length / 60 < TimeSpan.FromSeconds(1.5) ? TimeSpan.FromSeconds(1.5) : Length / 60 > TimeSpan.FromSeconds(20) ? TimeSpan.FromSeconds(20) : Length / 60;

    public TimeSpan LongestLife => ShortestLife * 9 < Length / 4 ? ShortestLife * 9 : ShortestLife > Length / 4 ? ShortestLife : Length / 4;

    public TimeSpan SampleEvery => Length / 60 < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : Length / 120;

    public static SoakOptions Parse(string[] args)
    {
        var options = new SoakOptions(TimeSpan.FromMinutes(60), Path.GetTempPath(), 30, 1, null, null);
        for (var n = 0; n + 1 < args.Length; n += 2)
        {
            options = args[n] switch
            {
                "--minutes" => options with { Length = TimeSpan.FromMinutes(Number(args[n + 1])) },
                "--seconds" => options with { Length = TimeSpan.FromSeconds(Number(args[n + 1])) },
                "--directory" => options with { Directory = args[n + 1] },
                "--rate" => options with { Rate = (int)Number(args[n + 1]) },
                "--seed" => options with { Seed = (int)Number(args[n + 1]) },
                "--json" => options with { Json = args[n + 1] },
                "--markdown" => options with { Markdown = args[n + 1] },
                _ => throw new ArgumentException($"Unknown option {args[n]}."),
            };
        }

        return args.Length % 2 == 0 ? options : throw new ArgumentException($"{args[^1]} needs a value.");
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
