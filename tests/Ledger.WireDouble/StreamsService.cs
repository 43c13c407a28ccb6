using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Ledger.EventStore.EventStoreDb.Wire;

namespace Ledger.WireDouble;

/// <summary>Reads, subscriptions, appends and deletions, as a 23.10 server answers them.</summary>
internal sealed class StreamsService(DoubleNode node) : Streams.StreamsBase
{
    private const int PageLength = 32;
    private const int MaxAppendSize = 1_048_576;

    public override async Task Read(ReadReq request, IServerStreamWriter<ReadResp> responseStream, ServerCallContext context)
    {
        var cancellation = context.CancellationToken;
        await node.WhileFrozenAsync(cancellation);
        var options = request.Options;
        if (options.WhichCase == ReadReq.Types.Options.WhichOneofCase.None) throw Refusals.Invalid("'filter' option is missing");
        if (options.HowLongCase == ReadReq.Types.Options.HowLongOneofCase.None) throw Refusals.Invalid("'count' option is missing");
        if (options.HowLongCase == ReadReq.Types.Options.HowLongOneofCase.Count && options.Count == 0) throw Refusals.Unknown("Exception was thrown by handler.");
        var fromEnd = options.All?.FromCase == ReadReq.Types.All.FromOneofCase.End && options.HowLongCase == ReadReq.Types.Options.HowLongOneofCase.Subscription;
        if (!fromEnd) RequireLeader(context);
        var stream = options.Stream?.StreamIdentifier.StreamName.ToStringUtf8();
        Refusals.Require(node, context, stream ?? "$all", 'r');
        var reading = new Reading(node, responseStream, context, options.UuidOption);
        if (options.HowLongCase == ReadReq.Types.Options.HowLongOneofCase.Subscription) await SubscribeAsync(options, reading, context);
        else await ReadAsync(options, stream, reading, context);
    }

    public override async Task<AppendResp> Append(IAsyncStreamReader<AppendReq> requestStream, ServerCallContext context)
    {
        var cancellation = context.CancellationToken;
        await node.WhileFrozenAsync(cancellation);
        RequireLeader(context);
        if (!await requestStream.MoveNext(cancellation)) throw Refusals.Unknown("Exception was thrown by handler.");
        var options = requestStream.Current.Options;
        var stream = options.StreamIdentifier.StreamName.ToStringUtf8();
        Refusals.Require(node, context, stream, stream.StartsWith("$$", StringComparison.Ordinal) ? 'm' : 'w');
        var events = await ReadEventsAsync(requestStream, cancellation);
        // Nothing was written before the request was complete; frozen in between, nothing is.
        await node.WhileFrozenAsync(cancellation);
        var trouble = node.NextAppendTrouble();
        if (trouble is not null && AppendTrouble.IsRefusal(trouble.What)) throw Refusal(trouble.What, stream);
        if (trouble is { Persisted: false }) await BefallAsync(trouble.What, context);
        var written = node.Log.Write(stream, ExpectedOf(options), events);
        if (!node.Log.HasQuorum && written is Written.Stored) throw Refusals.CommitTimeout();
        if (trouble is { Persisted: true } and not { What: Trouble.NoPosition }) await BefallAsync(trouble.What, context);
        return Answer(written, options, stream, hidesPosition: trouble?.What == Trouble.NoPosition);
    }

    public override async Task BatchAppend(IAsyncStreamReader<BatchAppendReq> requestStream, IServerStreamWriter<BatchAppendResp> responseStream, ServerCallContext context)
    {
        node.CountBatch(1);
        try
        {
            await BatchAppendAsync(requestStream, responseStream, context);
        }
        finally
        {
            node.CountBatch(-1);
        }
    }

    private async Task BatchAppendAsync(IAsyncStreamReader<BatchAppendReq> requests, IServerStreamWriter<BatchAppendResp> responses, ServerCallContext context)
    {
        var cancellation = context.CancellationToken;
        BatchAppendResp? late = null;
        while (await requests.MoveNext(cancellation))
        {
            await node.WhileFrozenAsync(cancellation);
            RequireLeader(context);
            var request = requests.Current;
            var answer = await BatchAnswerAsync(request, context);
            answer.CorrelationId = request.CorrelationId;
            if (node.SendsUnknownFields) answer.MergeFrom(UnknownField);
            if (node.RefusesLate && late is null && answer.ResultCase == BatchAppendResp.ResultOneofCase.Error)
            {
                late = answer;
                continue;
            }

            await responses.WriteAsync(answer, cancellation);
            if (late is not null) await responses.WriteAsync(late, cancellation);
            late = null;
        }
    }

    public override async Task<DeleteResp> Delete(DeleteReq request, ServerCallContext context)
    {
        await node.WhileFrozenAsync(context.CancellationToken);
        RequireLeader(context);
        var stream = request.Options.StreamIdentifier.StreamName.ToStringUtf8();
        Refusals.Require(node, context, stream, 'd');
        node.Log.SoftDelete(stream);
        return new DeleteResp { Position = new LogPosition { CommitPosition = node.Log.End ?? 0, PreparePosition = node.Log.End ?? 0 } };
    }

    public override async Task<TombstoneResp> Tombstone(TombstoneReq request, ServerCallContext context)
    {
        await node.WhileFrozenAsync(context.CancellationToken);
        RequireLeader(context);
        var stream = request.Options.StreamIdentifier.StreamName.ToStringUtf8();
        Refusals.Require(node, context, stream, 'd');
        node.Log.Tombstone(stream);
        return new TombstoneResp { Position = new LogPosition { CommitPosition = node.Log.End ?? 0, PreparePosition = node.Log.End ?? 0 } };
    }

    private async Task<BatchAppendResp> BatchAnswerAsync(BatchAppendReq request, ServerCallContext context)
    {
        var stream = request.Options.StreamIdentifier.StreamName.ToStringUtf8();
        if (node.Denies(Refusals.Caller(node, context), stream, stream.StartsWith("$$", StringComparison.Ordinal) ? 'm' : 'w')) return InBand(7, "AccessDenied");
        var trouble = node.NextAppendTrouble();
        if (trouble is not null && AppendTrouble.IsRefusal(trouble.What)) return RefusedInBand(trouble.What, stream);
        if (trouble is { Persisted: false }) return await BefallInBandAsync(trouble.What, context);
        var events = request.ProposedMessages.Select(ProposedOf).ToList();
        var written = node.Log.Write(stream, ExpectedOf(request.Options), events);
        if (!node.Log.HasQuorum && written is Written.Stored) return InBand(4, "Timeout");
        if (trouble is { Persisted: true } and not { What: Trouble.NoPosition }) return await BefallInBandAsync(trouble.What, context);
        return written switch
        {
            Written.Stored stored => new BatchAppendResp { Success = Answer(stored, request.Options, stream, hidesPosition: trouble?.What == Trouble.NoPosition).Success },
            Written.Wrong wrong => InBand(6, "WrongExpectedVersion", "type.googleapis.com/event_store.client.WrongExpectedVersion", Detail(wrong).ToByteString()),
            _ => RefusedInBand(Trouble.StreamDeleted, stream),
        };
    }

    private static WrongExpectedDetail Detail(Written.Wrong wrong) =>
        wrong.Actual is { } actual ? new WrongExpectedDetail { CurrentStreamRevision = actual } : new WrongExpectedDetail { CurrentNoStream = new Empty() };

    private BatchAppendResp RefusedInBand(Trouble what, string stream) => what switch
    {
        Trouble.NotReady => InBand(0, "Server Is Not Ready"),
        Trouble.TooBusy => InBand(0, "Server Is Busy"),
        Trouble.Denied => InBand(7, "AccessDenied"),
        Trouble.TooLarge => InBand(3, "MaximumAppendSizeExceeded"),
        Trouble.StreamDeleted => InBand(5, "StreamDeleted"),
        _ => throw Refusal(what, stream),
    };

    private static async Task<BatchAppendResp> BefallInBandAsync(Trouble what, ServerCallContext context)
    {
        if (what == Trouble.Aborted) return InBand(4, "Timeout");
        if (what == Trouble.Unknown) return InBand(2, "Unknown");
        await BefallAsync(what, context);
        return InBand(2, "Unknown");
    }

    private static BatchAppendResp InBand(int code, string message, string type = "type.googleapis.com/google.protobuf.Empty", ByteString? value = null) => new()
    {
        Error = new BatchAppendResp.Types.Error { Code = code, Message = message, Details = new BatchAppendResp.Types.Detail { TypeUrl = type, Value = value ?? ByteString.Empty } },
    };

    private static Proposed ProposedOf(AppendReq.Types.ProposedMessage message) => new(
        Guid.Parse(message.Id.String, CultureInfo.InvariantCulture), message.Metadata["type"], message.Metadata["content-type"], message.Data.ToByteArray(), message.CustomMetadata.ToByteArray());

    private static async Task<List<Proposed>> ReadEventsAsync(IAsyncStreamReader<AppendReq> requests, CancellationToken cancellation)
    {
        var events = new List<Proposed>();
        var size = 0;
        while (await requests.MoveNext(cancellation))
        {
            var message = requests.Current.ProposedMessage;
            if (!message.Metadata.TryGetValue("type", out var type) || !message.Metadata.TryGetValue("content-type", out var content)) throw Refusals.MissingMetadata();
            if (type.Length == 0) throw Refusals.Unknown("Exception was thrown by handler.");
            size += message.Data.Length;
            if (size > MaxAppendSize) throw Refusals.TooLarge();
            events.Add(new Proposed(Guid.Parse(message.Id.String, CultureInfo.InvariantCulture), type, content, message.Data.ToByteArray(), message.CustomMetadata.ToByteArray()));
        }

        return events.Count > 0 ? events : throw Refusals.Unknown("Exception was thrown by handler.");
    }

    private static Expected ExpectedOf(AppendReq.Types.Options options) => options.ExpectedCase switch
    {
        AppendReq.Types.Options.ExpectedOneofCase.NoStream => new Expected(ExpectedKind.NoStream, 0),
        AppendReq.Types.Options.ExpectedOneofCase.Revision => new Expected(ExpectedKind.Revision, options.Revision),
        AppendReq.Types.Options.ExpectedOneofCase.StreamExists => new Expected(ExpectedKind.Exists, 0),
        AppendReq.Types.Options.ExpectedOneofCase.Any => Expected.Any,
        _ => throw Refusals.Unknown("Exception was thrown by handler."),
    };

    private AppendResp Answer(Written written, AppendReq.Types.Options options, string stream, bool hidesPosition) => written switch
    {
        Written.Stored { Position: { } p } stored when !hidesPosition => Adorned(new AppendResp
        {
            Success = new AppendResp.Types.Success { CurrentRevision = stored.Revision, Position = new LogPosition { CommitPosition = p, PreparePosition = p } },
        }),
        Written.Stored stored => new AppendResp { Success = new AppendResp.Types.Success { CurrentRevision = stored.Revision, NoPosition = new Empty() } },
        Written.Wrong wrong => Adorned(new AppendResp { WrongExpectedVersion = Wrong(wrong, options) }),
        _ => throw Refusals.StreamDeleted(stream),
    };

    private AppendResp Adorned(AppendResp answer)
    {
        if (node.SendsUnknownFields) answer.MergeFrom(UnknownField);
        return answer;
    }

    // Field 1000, a string.
    internal static readonly byte[] UnknownField = [0xC2, 0x3E, 0x05, .. "later"u8];

    private static AppendResp.Types.WrongExpectedVersion Wrong(Written.Wrong wrong, AppendReq.Types.Options options)
    {
        var answer = new AppendResp.Types.WrongExpectedVersion();
        if (wrong.Actual is { } actual) answer.CurrentRevision = actual;
        else answer.CurrentNoStream = new Empty();
        if (options.ExpectedCase == AppendReq.Types.Options.ExpectedOneofCase.Revision) answer.ExpectedRevision = options.Revision;
        else answer.ExpectedNoStream = new Empty();
        return answer;
    }

    private RpcException Refusal(Trouble what, string stream) => what switch
    {
        Trouble.NotLeader => Refusals.NotLeader(node.Leader ?? ("127.0.0.1", node.Port)),
        Trouble.NotReady => Refusals.NotReady(),
        Trouble.TooBusy => Refusals.TooBusy(),
        Trouble.Denied => Refusals.Denied(),
        Trouble.Unauthenticated => Refusals.Unauthenticated(),
        Trouble.TooLarge => Refusals.TooLarge(),
        Trouble.StreamDeleted => Refusals.StreamDeleted(stream),
        _ => throw new ArgumentOutOfRangeException(nameof(what), what, "Not a refusal."),
    };

    private static async Task BefallAsync(Trouble what, ServerCallContext context)
    {
        switch (what)
        {
            case Trouble.ConnectionLost:
                Refusals.CutConnection(context);
                break;
            case Trouble.CallReset:
                Refusals.Reset(context);
                break;
            case Trouble.Silence:
                await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);
                break;
            case Trouble.NoPosition:
                return;
        }

        throw what switch
        {
            Trouble.Aborted => Refusals.CommitTimeout(),
            Trouble.Unavailable => Refusals.With(StatusCode.Unavailable, ""),
            Trouble.Internal => Refusals.With(StatusCode.Internal, "Error starting gRPC call."),
            Trouble.Cancelled => Refusals.With(StatusCode.Cancelled, ""),
            _ => Refusals.Unknown("Exception was thrown by handler."),
        };
    }

    private void RequireLeader(ServerCallContext context)
    {
        if (!node.Leads && context.RequestHeaders.GetValue("requires-leader") == "true") throw Refusals.NotLeader(node.Leader);
    }

    private async Task ReadAsync(ReadReq.Types.Options options, string? stream, Reading reading, ServerCallContext context)
    {
        if (node.NextReadTrouble() is { } trouble)
        {
            if (AppendTrouble.IsRefusal(trouble)) throw Refusal(trouble, stream ?? "$all");
            await BefallAsync(trouble, context);
        }

        var forwards = options.ReadDirection == ReadReq.Types.Direction.Forwards;
        if (stream is null) await ReadAllAsync(options, forwards, reading);
        else await ReadStreamAsync(options, stream, forwards, reading);
    }

    private async Task ReadAllAsync(ReadReq.Types.Options options, bool forwards, Reading reading)
    {
        ulong? from = options.All.FromCase switch
        {
            ReadReq.Types.All.FromOneofCase.Position => options.All.Position.CommitPosition,
            ReadReq.Types.All.FromOneofCase.Start when forwards => null,
            ReadReq.Types.All.FromOneofCase.End when !forwards => null,
            _ => throw Refusals.Unknown("Exception was thrown by handler."),
        };
        for (var left = options.Count; left > 0;)
        {
            var page = node.Log.ReadAll(from, forwards, (int)Math.Min(left, PageLength)).Items ?? throw Refusals.Unknown("Unexpected ReadAllResult: Error");
            foreach (var record in page) await reading.SendAsync(record);
            if (page.Count == 0) return;
            left -= (ulong)page.Count;
            from = forwards ? page[^1].Position + 1 : page[^1].Position;
            // Between two pages there is no question of records' borders.
            if (forwards && node.Log.ReadBehind(page[^1].Position, 1, first: false) is [var next]) from = next.Position;
            else if (forwards) return;
        }
    }

    private async Task ReadStreamAsync(ReadReq.Types.Options options, string stream, bool forwards, Reading reading)
    {
        ulong? from = options.Stream.FromCase switch
        {
            ReadReq.Types.Stream.FromOneofCase.Revision => options.Stream.Revision,
            ReadReq.Types.Stream.FromOneofCase.None => throw Refusals.Unknown("Exception was thrown by handler."),
            _ => null,
        };
        ulong? newest = null;
        for (var left = options.Count; left > 0;)
        {
            var page = node.Log.ReadStream(stream, from, forwards, (int)Math.Min(left, PageLength));
            if (ReferenceEquals(page, StreamPage.Deleted)) throw Refusals.StreamDeleted(stream);
            if (ReferenceEquals(page, StreamPage.NotFound))
            {
                await reading.SendAsync(new ReadResp { StreamNotFound = new ReadResp.Types.StreamNotFound { StreamIdentifier = options.Stream.StreamIdentifier } });
                return;
            }

            newest = page.Newest;
            foreach (var record in page.Records) await reading.SendAsync(record);
            if (page.Records.Count == 0 || (!forwards && page.Records[^1].Revision == 0)) break;
            left -= (ulong)page.Records.Count;
            from = forwards ? page.Records[^1].Revision + 1 : page.Records[^1].Revision - 1;
        }

        if (options.ControlOption?.Compatibility >= 1 && newest is { } n) await reading.SendAsync(new ReadResp { LastStreamPosition = n });
    }

    private async Task SubscribeAsync(ReadReq.Types.Options options, Reading reading, ServerCallContext context)
    {
        if (options.ReadDirection != ReadReq.Types.Direction.Forwards) throw Refusals.Invalid("Subscriptions go forwards.");
        ulong? behind = options.All.FromCase switch
        {
            ReadReq.Types.All.FromOneofCase.Position => options.All.Position.CommitPosition,
            ReadReq.Types.All.FromOneofCase.Start => null,
            ReadReq.Types.All.FromOneofCase.End => node.Log.End,
            _ => throw Refusals.Unknown("Exception was thrown by handler."),
        };
        if (behind is { } p && !node.Log.IsAPlaceOrBeyond(p)) throw Refusals.Unknown("Unexpected ReadAllResult: Error");
        var trouble = node.NextSubscriptionTrouble();
        await reading.SendAsync(new ReadResp { Confirmation = new ReadResp.Types.Confirmation { SubscriptionId = Guid.NewGuid().ToString() } });
        await new Subscription(node, reading, trouble, context).RunAsync(behind);
    }

    /// <summary>Where messages go out.</summary>
    internal sealed class Reading(DoubleNode node, IServerStreamWriter<ReadResp> responses, ServerCallContext context, ReadReq.Types.UuidOption? uuids)
    {
        public async Task SendAsync(DoubleRecord record)
        {
            // 23.10 answers nothing more where it isn't told how to write ids.
            if (uuids is null) await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);
            var recorded = new ReadResp.Types.Recorded
            {
                Id = uuids!.FormCase == ReadReq.Types.UuidOption.FormOneofCase.String ? new Uuid { String = record.Id.ToString() } : Structured(record.Id),
                StreamIdentifier = new StreamIdentifier { StreamName = ByteString.CopyFromUtf8(record.Stream) },
                StreamRevision = record.Revision,
                PreparePosition = record.Position,
                CommitPosition = record.Position,
                CustomMetadata = UnsafeByteOperations.UnsafeWrap(record.Metadata),
                Data = UnsafeByteOperations.UnsafeWrap(record.Data),
            };
            recorded.Metadata.Add("type", record.Type);
            recorded.Metadata.Add("content-type", record.ContentType);
            recorded.Metadata.Add("created", ((record.Created - DateTimeOffset.UnixEpoch).Ticks).ToString(CultureInfo.InvariantCulture));
            await SendAsync(new ReadResp { Event = new ReadResp.Types.ReadEvent { Event = recorded, CommitPosition = record.Position } });
        }

        public async Task SendAsync(ReadResp message)
        {
            if (node.SendsUnknownFields) message.MergeFrom(UnknownField);
            await node.WhileFrozenAsync(context.CancellationToken);
            await responses.WriteAsync(message, context.CancellationToken);
        }

        private static Uuid Structured(Guid id)
        {
            var bytes = id.ToByteArray(bigEndian: true);
            return new Uuid
            {
                Structured = new Uuid.Types.Structured
                {
                    MostSignificantBits = System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(bytes),
                    LeastSignificantBits = System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(8)),
                },
            };
        }
    }

    private sealed class Subscription(DoubleNode node, Reading reading, SubscriptionTrouble trouble, ServerCallContext context)
    {
        private int _sent;
        private bool _caughtUp;

        public async Task RunAsync(ulong? behind)
        {
            var first = true;
            while (true)
            {
                var grown = node.Log.Grown;
                var page = node.Log.ReadBehind(behind, PageLength, first);
                first = first && page.Count == 0;
                foreach (var record in page)
                {
                    if (!await SendAsync(record)) return;
                    behind = record.Position;
                }

                if (page.Count > 0) continue;
                await CaughtUpAsync();
                await grown.WaitAsync(context.CancellationToken);
            }
        }

        private async Task<bool> SendAsync(DoubleRecord record)
        {
            if (_sent++ == trouble.AfterEvents) return await EndAsync();
            await reading.SendAsync(record);
            if (trouble.Repeats) await reading.SendAsync(record);
            return true;
        }

        private async Task CaughtUpAsync()
        {
            if (_caughtUp) return;
            _caughtUp = true;
            await reading.SendAsync(new ReadResp { CaughtUp = new Empty() });
            if (!trouble.CatchesUpTwice) return;
            await reading.SendAsync(new ReadResp { FellBehind = new Empty() });
            await reading.SendAsync(new ReadResp { CaughtUp = new Empty() });
        }

        private async Task<bool> EndAsync()
        {
            switch (trouble.Ending)
            {
                case SubscriptionEnding.ConsumerTooSlow:
                    throw Refusals.ConsumerTooSlow();
                case SubscriptionEnding.NotLeader:
                    throw Refusals.NotLeader(node.Leader ?? ("127.0.0.1", node.Port));
                case SubscriptionEnding.Silence:
                    await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);
                    return false;
                case SubscriptionEnding.ConnectionLost:
                    Refusals.CutConnection(context);
                    throw Refusals.With(StatusCode.Unavailable, "");
                default:
                    return false;
            }
        }
    }
}
