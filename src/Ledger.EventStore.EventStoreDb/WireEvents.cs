using System.Buffers.Binary;
using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Ledger.EventStore.EventStoreDb.Connection;
using Ledger.EventStore.EventStoreDb.Wire;

namespace Ledger.EventStore.EventStoreDb;

/// <summary>Between the port's values and the wire's messages.</summary>
internal static class WireEvents
{
    public static readonly Empty Nothing = new();

    // The server knows JSON and everything else. Ours is said to be JSON so that its own browser shows it; it is never parsed there.
    private const string Json = "application/json";

    public static StreamIdentifier Identifier(string stream) => new() { StreamName = ByteString.CopyFromUtf8(stream) };

    /// <summary>The options and then an event a message; built once, so that every try sends the same bytes.</summary>
    public static AppendReq[] Append(string stream, ExpectedRevision expected, IReadOnlyList<EventToAppend> events)
    {
        var messages = new AppendReq[events.Count + 1];
        messages[0] = new AppendReq { Options = Options(stream, expected) };
        for (var i = 0; i < events.Count; i++) messages[i + 1] = new AppendReq { ProposedMessage = Propose(events[i]) };
        return messages;
    }

    /// <summary>The same as one message of a call that carries many appends.</summary>
    public static BatchAppendReq BatchAppend(Guid correlation, StreamAppend append) => new()
    {
        CorrelationId = new Uuid { String = correlation.ToString() },
        Options = Options(append.Stream.Value, append.Expected),
        ProposedMessages = { append.Events.Select(Propose) },
        IsFinal = true,
    };

    /// <summary>Where the stream stands, as the refusal of an append in a batch says it; null where it says something else.</summary>
    public static (StreamRevision? Revision, bool Said)? ActualIn(BatchAppendResp.Types.Detail detail)
    {
        if (!detail.TypeUrl.EndsWith(".WrongExpectedVersion", StringComparison.Ordinal)) return null;
        try
        {
            var wrong = WrongExpectedDetail.Parser.ParseFrom(detail.Value);
            return wrong.CurrentCase switch
            {
                WrongExpectedDetail.CurrentOneofCase.CurrentNoStream => (null, true),
                WrongExpectedDetail.CurrentOneofCase.CurrentStreamRevision when wrong.CurrentStreamRevision <= long.MaxValue => (new StreamRevision((long)wrong.CurrentStreamRevision), true),
                _ => null,
            };
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    /// <summary>The event in an answer of which every part is there that every version of the server sends.</summary>
    /// <exception cref="RpcException">One isn't.</exception>
    public static ReadResp.Types.Recorded Recorded(ReadResp message) => message.Event.Event switch
    {
        null => throw RpcFaults.Garbled("an event without content"),
        { StreamIdentifier: null } or { StreamIdentifier.StreamName.Length: 0 } => throw RpcFaults.Garbled("an event of no stream"),
        { StreamRevision: > long.MaxValue } => throw RpcFaults.Garbled("an event without a revision"),
        var e => TryId(e.Id) is null ? throw RpcFaults.Garbled("an event without an id") : e,
    };

    public static RecordedEvent Read(ReadResp.Types.Recorded e, string? stream = null)
    {
        if (!e.Metadata.TryGetValue("type", out var type)) type = "";
        return new RecordedEvent(
            PositionOf(e), new StreamName(stream ?? e.StreamIdentifier.StreamName.ToStringUtf8()),
            new StreamRevision((long)e.StreamRevision), Id(e.Id), type, e.Data.Memory, e.CustomMetadata.Memory);
    }

    public static Position PositionOf(ReadResp.Types.Recorded e) => new(e.CommitPosition, e.PreparePosition);

    public static Position? ToPosition(LogPosition? position) => position is null ? null : new Position(position.CommitPosition, position.PreparePosition);

    public static LogPosition FromPosition(Position position) => new() { CommitPosition = position.Commit, PreparePosition = position.Prepare };

    /// <summary>The id, or null where it isn't one.</summary>
    public static Guid? TryId(Uuid? id)
    {
        if (id is null || id.FormCase == Uuid.FormOneofCase.None) return null;
        if (id.FormCase == Uuid.FormOneofCase.String) return Guid.TryParse(id.String, CultureInfo.InvariantCulture, out var parsed) ? parsed : null;
        // The 16 bytes in the order of the text, as two big-endian halves.
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bytes, id.Structured.MostSignificantBits);
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], id.Structured.LeastSignificantBits);
        return new Guid(bytes, bigEndian: true);
    }

    public static Guid Id(Uuid? id) => TryId(id) ?? throw RpcFaults.Garbled("an event without an id");

    /// <summary>When the server took an event: 100 ns ticks since 1970.</summary>
    public static DateTimeOffset? Created(ReadResp.Types.Recorded e) =>
        e.Metadata.TryGetValue("created", out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
        && ticks <= (DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch).Ticks
            ? DateTimeOffset.UnixEpoch.AddTicks(ticks)
            : null;

    private static AppendReq.Types.Options Options(string stream, ExpectedRevision expected)
    {
        var options = new AppendReq.Types.Options { StreamIdentifier = Identifier(stream) };
        if (expected.Newest is { } newest) options.Revision = (ulong)newest.Value;
        else options.NoStream = Nothing;
        return options;
    }

    private static AppendReq.Types.ProposedMessage Propose(EventToAppend e) => new()
    {
        Id = new Uuid { String = e.Id.ToString() },
        Metadata = { { "type", e.Type }, { "content-type", Json } },
        // Wrapped, not copied: the messages are gone before the caller's buffer is its own again.
        CustomMetadata = UnsafeByteOperations.UnsafeWrap(e.Metadata),
        Data = UnsafeByteOperations.UnsafeWrap(e.Data),
    };
}
