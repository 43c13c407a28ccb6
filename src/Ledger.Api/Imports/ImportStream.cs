using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Ledger.Api.Operations;
using Ledger.EventStore;
using Ledger.Serialization;

namespace Ledger.Api.Imports;

/// <summary>A job as events of its own stream, which is no part of the ledger's history: any node can say how it stands.</summary>
internal sealed class ImportStream(IEventStore store, Guid id)
{
    private const string AskedType = "import-asked-v1";
    private const string ReachedType = "import-reached-v1";
    private const string FinishedType = "import-finished-v1";
    private const string FailedType = "import-failed-v1";

    private static readonly Guid Namespace = new("b1a6c4a2-6a0e-5e7c-9a5d-3f6b7d2e8c41");

    private StreamRevision? _newest;

    public ImportAsked Asked { get; private set; } = null!;

    public ImportReached Reached { get; private set; } = ImportReached.Nothing;

    public bool IsFinished { get; private set; }

    public string? Failure { get; private set; }

    public bool HasEnded => IsFinished || Failure is not null;

    public bool HasBegun => _newest is { Value: > 0 };

    /// <summary>Null where there is no such job.</summary>
    public static async Task<ImportStream?> FindAsync(IEventStore store, Guid id, CancellationToken cancellation)
    {
        var stream = new ImportStream(store, id);
        var first = await store.ReadStreamAsync(stream.Name, ReadDirection.Forwards, null, 1, cancellation);
        if (first.Count == 0) return null;
        stream.Asked = Read(first[0], ImportJson.Default.ImportAsked);
        stream.Take((await store.ReadStreamAsync(stream.Name, ReadDirection.Backwards, null, 2, cancellation)).Reverse());
        return stream;
    }

    /// <returns>Null where it is there already.</returns>
    public static async Task<ImportStream?> BeginAsync(IEventStore store, ImportAsked asked, CancellationToken cancellation)
    {
        var stream = new ImportStream(store, asked.ImportId) { Asked = asked };
        return await stream.TryAppendAsync(AskedType, asked, ImportJson.Default.ImportAsked, cancellation) ? stream : null;
    }

    public Task ReachAsync(ImportReached reached, CancellationToken cancellation)
    {
        Reached = reached;
        return AppendAsync(ReachedType, reached, ImportJson.Default.ImportReached, cancellation);
    }

    public Task FinishAsync(ImportReached reached, CancellationToken cancellation)
    {
        (Reached, IsFinished) = (reached, true);
        return AppendAsync(FinishedType, reached, ImportJson.Default.ImportReached, cancellation);
    }

    public Task FailAsync(string message, CancellationToken cancellation)
    {
        Failure = message;
        return AppendAsync(FailedType, new ImportFailed(message), ImportJson.Default.ImportFailed, cancellation);
    }

    private StreamName Name => new($"job-{id:D}");

    private void Take(IEnumerable<RecordedEvent> newest)
    {
        foreach (var e in newest)
        {
            _newest = e.Revision;
            if (e.Type is ReachedType or FinishedType) Reached = Read(e, ImportJson.Default.ImportReached);
            if (e.Type == FailedType) Failure = Read(e, ImportJson.Default.ImportFailed).Message;
            IsFinished = e.Type == FinishedType;
        }
    }

    private async Task AppendAsync<T>(string type, T content, JsonTypeInfo<T> form, CancellationToken cancellation)
    {
        if (!await TryAppendAsync(type, content, form, cancellation))
            throw new StoreUnavailableException($"Somebody else runs {Name} too: Ledger:Worker is true on more than one node.");
    }

    private async Task<bool> TryAppendAsync<T>(string type, T content, JsonTypeInfo<T> form, CancellationToken cancellation)
    {
        using var step = ApiTelemetry.Step(type);
        var data = JsonSerializer.SerializeToUtf8Bytes(content, form);
        var expected = _newest is { } revision ? ExpectedRevision.At(revision) : ExpectedRevision.NoStream;
        var eventId = DeterministicId.Version5(Namespace, [.. Encoding.UTF8.GetBytes($"{Name}/{expected}/{type}/"), .. data]);
        if (await store.AppendAsync(Name, expected, [new EventToAppend(eventId, type, data, "{}"u8.ToArray())], cancellation) is not AppendOutcome.Appended appended) return false;
        _newest = appended.Revision;
        return true;
    }

    private static T Read<T>(RecordedEvent e, JsonTypeInfo<T> form) => JsonSerializer.Deserialize(e.Data.Span, form)!;
}
