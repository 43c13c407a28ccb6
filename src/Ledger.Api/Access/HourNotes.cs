using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Ledger.Api.Hosting;

namespace Ledger.Api.Access;

/// <summary>What a node remembers to the hour, and lays down once a minute, where something changed, in a file of its own beside the evidence, which is what all nodes share.</summary>
/// <remarks>
/// It is no event: what somebody reads is nobody's business for ever, and a request must not cost a write. What a node that dies had not laid
/// down yet is lost.
/// </remarks>
internal abstract partial class HourNotes(LedgerSettings settings, TimeProvider time, ILogger logger, string extension) : BackgroundService
{
    private const string Form = "yyyy-MM-dd'T'HH'Z'";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static readonly TimeSpan Between = TimeSpan.FromMinutes(1);

    /// <summary>A file that no node has written for so long is a node's that is gone.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromDays(400);

    private int _isChanged;

    private string Folder => Path.Combine(settings.Evidence, "key-use");

    /// <summary>This node's: of a machine and a data directory there is one.</summary>
    private string Own => Path.Combine(Folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Environment.MachineName}\n{settings.Data}")))[..16] + extension);

    protected DateTimeOffset Hour
    {
        get
        {
            var now = time.GetUtcNow();
            return new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero);
        }
    }

    protected void Changed() => Volatile.Write(ref _isChanged, 1);

    /// <summary>What this node knows, to be laid down.</summary>
    protected abstract byte[] Draft();

    /// <summary>What this node laid down before its last stop.</summary>
    protected abstract void Remember(byte[] own);

    /// <summary>What every node has laid down; none where a file can't be read: whoever reads loses an hour's note and no more.</summary>
    protected IEnumerable<byte[]> All() => Directory.Exists(Folder) ? Directory.EnumerateFiles(Folder, "*" + extension).Select(BytesOf).OfType<byte[]>() : [];

    protected static string Text(DateTimeOffset hour) => hour.ToString(Form, CultureInfo.InvariantCulture);

    protected static DateTimeOffset? HourIn(string? text) =>
        DateTimeOffset.TryParseExact(text, Form, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var hour) ? hour : null;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (BytesOf(Own) is { } own) Remember(own);
        using var minutes = new PeriodicTimer(Between, time);
        try
        {
            while (await minutes.WaitForNextTickAsync(stoppingToken)) Keep();
        }
        catch (OperationCanceledException)
        {
            Keep();
        }
    }

    private void Keep()
    {
        if (Interlocked.Exchange(ref _isChanged, 0) == 0) return;
        try
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(Folder);
            else Directory.CreateDirectory(Folder, OwnerOnly);
            File.WriteAllBytes(Own + ".draft", Draft());
            File.Move(Own + ".draft", Own, overwrite: true);
            foreach (var file in Directory.EnumerateFiles(Folder))
                if (time.GetUtcNow() - File.GetLastWriteTimeUtc(file) > Kept) File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Changed();
            Failed(logger, e.GetType().Name);
        }
    }

    private static byte[]? BytesOf(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "When keys were last used and accounts last seen can't be laid down beside the evidence ({Fault}); it is tried again in a minute.")]
    private static partial void Failed(ILogger logger, string fault);
}
