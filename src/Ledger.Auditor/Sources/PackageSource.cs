namespace Ledger.Auditor;

/// <summary>A ledger that was exported: the files lie as they are served, with the events and the pictures beside them.</summary>
internal abstract class PackageSource : LogSource
{
    protected const string Events = "events.ndjson";
    protected const string Pictures = "compliance/";

    private const int LongestPicture = 16 * 1024 * 1024;

    private readonly Lazy<string> _prefix;

    protected PackageSource() => _prefix = new(() => Holds("checkpoint") || !Holds("log/checkpoint") ? string.Empty : "log/");

    public override bool IsLive => false;

    public override bool HasEvents => Holds(Events);

    /// <summary>Whether there is such a file; the path is one that this program wrote down, or a name that it checked.</summary>
    protected abstract bool Holds(string path);

    protected abstract Task<Answer> ReadFileAsync(string path, int most, CancellationToken cancellation);

    protected abstract Stream OpenFile(string path);

    public override Task<Answer> ReadAsync(string path, int most, CancellationToken cancellation) => ReadFileAsync(_prefix.Value + path, most, cancellation);

    public override Task<EventFeed> OpenEventsAsync(long after, CancellationToken cancellation) => Task.FromResult(new EventFeed(OpenFile(Events), null));

    public override Task<Answer> ComplianceAsync(string agreement, long count, CancellationToken cancellation) =>
        ReadFileAsync($"{Pictures}{agreement}.json", LongestPicture, cancellation);

    public override Task<bool> SeesEverythingAsync(CancellationToken cancellation) => Task.FromResult(false);

    protected static IReadOnlyList<string> AgreementsIn(IEnumerable<string> files) =>
        [.. files.Where(file => file.EndsWith(".json", StringComparison.Ordinal)).Select(file => file[..^".json".Length]).Where(Ids.IsAgreement).Order(StringComparer.Ordinal)];
}

/// <summary>An unpacked package.</summary>
internal sealed class FolderSource(string folder) : PackageSource
{
    public override string Name => $"the folder {folder}";

    public override IReadOnlyList<string>? PackedPictures
    {
        get
        {
            var pictures = Path.Combine(folder, Pictures);
            return Directory.Exists(pictures) ? AgreementsIn(Directory.EnumerateFiles(pictures).Select(file => Path.GetFileName(file))) : [];
        }
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // What has no length (a pipe, a device) isn't opened: reading it could wait for ever.
    protected override bool Holds(string path) => new FileInfo(Path.Combine(folder, path)) is { Exists: true, Length: > 0 };

    protected override async Task<Answer> ReadFileAsync(string path, int most, CancellationToken cancellation)
    {
        try
        {
            var file = new FileInfo(Path.Combine(folder, path));
            if (!file.Exists) return new Answer.Missing();
            if (file.Length > most) return new Answer.TooLong();
            if (file.Length == 0) return new Answer.Found([]);
            await using var stream = Open(file.FullName);
            return await Limited.ReadAsync(stream, most, cancellation) is { } bytes ? new Answer.Found(bytes) : new Answer.TooLong();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CouldNotCheckException($"{path} can't be read: {Shown.Of(exception.Message)}", exception);
        }
    }

    protected override Stream OpenFile(string path) => Open(Path.Combine(folder, path));

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, FileOptions.SequentialScan);
}
