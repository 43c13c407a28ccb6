using System.Collections.Immutable;
using Ledger.Transparency;

namespace Ledger.Auditor;

/// <summary>A witness's memory on disk: one file a log, the newest checkpoint that it cosigned. Only one process has it open.</summary>
/// <remarks>A witness that forgets can be made to cosign two histories. So the folder is made together with the key, and is never made again by itself.</remarks>
internal sealed class WitnessFolder : IDisposable
{
    private const string Suffix = ".checkpoint";

    private readonly string _folder;
    private readonly FileStream _lock;

    private WitnessFolder(string folder, FileStream locked) => (_folder, _lock) = (folder, locked);

    /// <exception cref="CouldNotCheckException">It isn't there, another process has it, or it holds what this program didn't write.</exception>
    public static WitnessFolder Open(string folder)
    {
        if (!Directory.Exists(folder))
            throw new CouldNotCheckException($"The witness's memory {folder} isn't there. Without it, it could cosign a second history; bring it back, or make a new key with: ledger-audit witness keygen");
        try
        {
            return new WitnessFolder(folder, new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CouldNotCheckException($"The witness's memory {folder} can't be opened; another process may have it.", exception);
        }
    }

    public WitnessState Read(IEnumerable<VerifierKey> logs)
    {
        var latest = ImmutableDictionary<Origin, SignedCheckpoint>.Empty;
        foreach (var origin in logs.Select(log => Origin.Of(log.Name.Value)).Distinct())
        {
            if (Read(origin) is { } checkpoint) latest = latest.Add(origin, checkpoint);
        }

        return new WitnessState(latest);
    }

    /// <summary>Returns once the checkpoint is durable.</summary>
    public void Save(SignedCheckpoint checkpoint) => Durable.Replace(PathOf(checkpoint.Checkpoint.Origin), checkpoint.ToBytes());

    public void Dispose() => _lock.Dispose();

    private SignedCheckpoint? Read(Origin origin)
    {
        var path = PathOf(origin);
        if (!File.Exists(path)) return null;
        return SignedCheckpoint.TryParse(Trust.ReadFile(path), out var checkpoint, out _) && checkpoint.Checkpoint.Origin == origin
            ? checkpoint
            : throw new CouldNotCheckException($"{path} isn't what this witness wrote. It won't cosign before that file is brought back.");
    }

    private string PathOf(Origin origin) => Path.Combine(_folder, Witness.OriginHash(origin) + Suffix);
}

/// <summary>Answers add-checkpoint requests, one at a time for each log, and remembers before it answers.</summary>
internal sealed class WitnessDesk
{
    private readonly Witness _rules;
    private readonly WitnessFolder _folder;
    private readonly TimeProvider _time;
    private readonly ImmutableDictionary<Origin, Place> _places;

    public WitnessDesk(Witness rules, WitnessFolder folder, TimeProvider time)
    {
        (_rules, _folder, _time) = (rules, folder, time);
        var state = folder.Read(rules.Logs);
        _places = rules.Logs.Select(log => Origin.Of(log.Name.Value)).Distinct().ToImmutableDictionary(origin => origin, origin => new Place(state.Latest.GetValueOrDefault(origin)));
    }

    /// <exception cref="IOException">It couldn't be remembered, so nothing was cosigned.</exception>
    public async Task<WitnessReply> AnswerAsync(ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        var now = new UnixSeconds(_time.GetUtcNow().ToUnixTimeSeconds());
        if (!AddCheckpointRequest.TryParse(body.Span, out var request, out _) || !_places.TryGetValue(request.Checkpoint.Checkpoint.Origin, out var place))
            return _rules.Answer(WitnessState.Empty, body.Span, now);

        await place.Turn.WaitAsync(cancellation);
        try
        {
            var reply = _rules.Answer(place.State, body.Span, now);
            if (reply is WitnessReply.Cosigned cosigned) Remember(place, cosigned.State.Latest[request.Checkpoint.Checkpoint.Origin]);
            return reply;
        }
        finally
        {
            place.Turn.Release();
        }
    }

    /// <summary>The newest checkpoint of a log that was cosigned here, by the log's folder in the monitoring prefix.</summary>
    public SignedCheckpoint? Latest(string originHash) => _places.FirstOrDefault(place => Witness.OriginHash(place.Key) == originHash).Value?.Latest;

    // Where saving fails nobody has seen the cosignature, so whatever is on disk now promises nothing that was given.
    private void Remember(Place place, SignedCheckpoint checkpoint)
    {
        _folder.Save(checkpoint);
        place.Latest = checkpoint;
    }

    private sealed class Place(SignedCheckpoint? latest)
    {
        private SignedCheckpoint? _latest = latest;

        public SemaphoreSlim Turn { get; } = new(1);

        public SignedCheckpoint? Latest
        {
            get => Volatile.Read(ref _latest);
            set => Volatile.Write(ref _latest, value);
        }

        public WitnessState State => Latest is { } checkpoint ? new WitnessState(WitnessState.Empty.Latest.Add(checkpoint.Checkpoint.Origin, checkpoint)) : WitnessState.Empty;
    }
}
