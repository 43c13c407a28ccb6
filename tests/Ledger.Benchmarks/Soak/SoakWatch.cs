using System.Globalization;

namespace Ledger.Benchmarks.Soak;

/// <summary>Looks at the process and its files now and then.</summary>
internal static class SoakWatch
{
    public static async Task RunAsync(SoakServer server, SoakRecord record, SoakOptions options)
    {
        while (!record.IsOver)
        {
            if (Look(server, record) is { } sample) record.Samples.Enqueue(sample);
            await Task.Delay(options.SampleEvery);
        }
    }

    private static SoakSample? Look(SoakServer server, SoakRecord record)
    {
        try
        {
            if (server.ProcessId is not { } id || server.StartedAt == default) return null;
            var status = File.ReadAllLines($"/proc/{id}/status");
            if (!status.Any(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))) return null; // It was killed, and nobody has asked how it ended.
            return new SoakSample(
                record.Elapsed.TotalSeconds, (DateTime.UtcNow - server.StartedAt).TotalSeconds, Of(status, "VmRSS:") * 1024, Directory.GetFileSystemEntries($"/proc/{id}/fd").Length,
                (int)Of(status, "Threads:"), record.Stored.Count, Size(server, "events.db"), Size(server, "events.db-wal"), Size(server, "vault.db"), Size(server, "tiles.db"),
                new DirectoryInfo(Path.Combine(server.Data, "read-models")).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // It was killed while it was looked at.
        }
    }

    private static long Of(string[] status, string name) =>
        long.Parse(status.First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);

    private static long Size(SoakServer server, string name) => new FileInfo(Path.Combine(server.Data, name)) is { Exists: true } file ? file.Length : 0;
}
