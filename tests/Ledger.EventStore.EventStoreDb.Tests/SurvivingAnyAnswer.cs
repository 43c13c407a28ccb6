using CsCheck;
using Google.Protobuf;
using Grpc.Core;
using Ledger.EventStore.EventStoreDb.Connection;
using Ledger.EventStore.EventStoreDb.Feeds;
using Ledger.EventStore.EventStoreDb.Vault;
using Ledger.EventStore.EventStoreDb.Wire;
using Ledger.EventStore.Vault;
using Ledger.Testing.EventStores;
using Ledger.WireDouble;

namespace Ledger.EventStore.EventStoreDb.Tests;

/// <summary>Whatever a server answers: what it says is taken where it can be the history, told in a sentence where it can't, and never waited for without an end.</summary>
/// <remarks>LEDGER_FUZZ=100000 takes so many tries of each in place of the quick number; over the socket a hundredth of it.</remarks>
public sealed class SurvivingAnyAnswer
{
    private static readonly long? Asked = long.TryParse(Environment.GetEnvironmentVariable("LEDGER_FUZZ"), out var tries) ? tries : null;
    private static readonly long Tries = Asked ?? 3_000;
    private static readonly long TriesOfASocket = Asked / 100 ?? 40;

    private static readonly string[] Names = ["violation-1", "violation-2", "agreement-a", "theirs-1"];

    private static readonly ulong[] OddNumbers = [0, 1, 2, 7, 4096, int.MaxValue, uint.MaxValue, long.MaxValue, (ulong)long.MaxValue + 1, ulong.MaxValue];

    private static readonly string[] OddTexts =
        ["", "$metadata", "$streamDeleted", "$>", "violation-1", "violation-2", "$$violation-1", "vaultkey-x", "a\nb", "\0", new('x', 70_000), "99999999999999999999", "9223372036854775807", "http://evil.example/", "127.0.0.1", "::1", "169.254.169.254", "a b", "-"];

    private static readonly string[] OddData = ["", "{", "null", "[]", "\"\\ud83d\"", "{\"$maxCount\":1}", "{\"$tb\":\"x\"}", "{\"$maxAge\":1e999}", "{\"keys\":null}", "{\"revision\":-1,\"class\":\"\",\"putAt\":9e18,\"keys\":{}}", "{\"proofs\":null}", "{\"proofs\":{\"a\":null}}", new('[', 100_000)];

    /// <summary>A place in what is said, and what is done to it: numbers that the mutations below make the most of.</summary>
    private static readonly Gen<Spoil> OneSpoil = Gen.Select(Gen.Int[0, 40], Gen.Int[0, 24], Gen.Int[0, 1_000_000], Gen.Int[0, 1_000_000], (at, what, a, b) => new Spoil(at, what, a, b));

    [Fact]
    public void The_whole_order_in_any_form() => OneSpoil.List[1, 4].Sample(spoils =>
    {
        var (truth, isWhole) = (Log(), spoils.TrueForAll(s => s.KeepsContent));
        var sieve = new Sieve(new StoreWatch(), null);
        var taken = new List<RecordedEvent>();
        var isTold = false;
        try
        {
            foreach (var message in Spoilt(truth, spoils))
            {
                if (message.ContentCase == ReadResp.ContentOneofCase.CaughtUp) sieve.CaughtUp();
                if (message.ContentCase == ReadResp.ContentOneofCase.Event && sieve.Take(WireEvents.Recorded(message)) is { } e) taken.Add(e);
            }
        }
        catch (Exception e) when (e is RpcException or StoreFaultException)
        {
            isTold = true;
            Told(e);
        }

        IsAHistory(taken);
        if (isWhole) IsTheHistory(taken, truth);
        // Where nothing was left out, all is there in its order, or it is told that it isn't.
        if (isWhole && !isTold && spoils.TrueForAll(s => s.KeepsAll)) Assert.Equal(OfLedger(truth), taken.Where(e => LedgerStreams.MustStayWhole(e.Stream)).Select(e => e.Id));
    }, iter: Tries);

    [Fact]
    public void One_stream_in_any_form() => Gen.Select(OneSpoil.List[1, 3], Gen.Bool, Gen.Int[1, 6]).Sample((spoils, forwards, limit) =>
    {
        var truth = Log().Where(m => m.Event.Event.StreamIdentifier.StreamName.ToStringUtf8() == Names[0]).ToList();
        var asked = ReadRequests.Options(forwards);
        asked.Stream = new ReadReq.Types.Stream { StreamIdentifier = WireEvents.Identifier(Names[0]) };
        if (forwards) asked.Stream.Start = WireEvents.Nothing;
        else asked.Stream.End = WireEvents.Nothing;
        asked.Count = (ulong)limit;
        var said = (forwards ? truth : truth.AsEnumerable().Reverse()).Take(limit).Append(new ReadResp { LastStreamPosition = (ulong)truth.Count - 1 }).ToList();
        var answer = new StreamAnswer(asked);
        try
        {
            foreach (var message in Spoilt(said, spoils)) answer.Take(message);
            answer.CheckEnd();
        }
        catch (RpcException e)
        {
            Told(e);
            return;
        }

        Assert.True(answer.Events.Count <= limit);
        Assert.All(answer.Events, e => Assert.Equal(Names[0], e.Stream.Value));
        // Of a server that says that there is no such stream nobody knows better.
        if (forwards && spoils.TrueForAll(s => s.KeepsContent) && answer.Newest is { } newest && answer.Events.Count < limit) Assert.Equal(truth.Count - 1, newest.Value);
    }, iter: Tries);

    [Fact]
    public void Errors_in_any_form() => Gen.Select(Gen.Int[-3, 40], Gen.Int[0, 100_000], Gen.Int[0, 100_000], Gen.Int[0, 100_000]).Sample((code, a, b, c) =>
    {
        string[] exceptions = ["", "not-leader", "access-denied", "stream-deleted", "maximum-append-size-exceeded", "x", new('y', 5_000)];
        var trailers = new Metadata { { "exception", exceptions[a % exceptions.Length] } };
        if (b % 3 > 0) trailers.Add("leader-endpoint-host", Plain(OddTexts[b % OddTexts.Length]));
        if (c % 3 > 0) trailers.Add("leader-endpoint-port", Plain(OddTexts[c % OddTexts.Length]));
        var e = new RpcException(new Status((StatusCode)code, OddTexts[c % OddTexts.Length]), trailers);

        var sentence = RpcFaults.Sentence(e, new NodeAddress("127.0.0.1", 2113), Bench.Impatient("esdb://127.0.0.1:2113?tls=false"));

        Assert.InRange(sentence.Length, 1, 1_000);
        Assert.DoesNotContain(sentence, char.IsControl);
        Assert.True(RpcFaults.LeaderIn(e) is not { } leader || Uri.TryCreate($"http://{leader}", UriKind.Absolute, out _));
        // No code that there is says that something wasn't done, unless the trailers do.
        if (code is < 0 or > 16 && a % exceptions.Length is 0 or > 4) Assert.Equal(RpcFault.Unsure, RpcFaults.Of(e));
    }, iter: Tries);

    [Fact]
    public async Task A_whole_server_that_says_anything() => await Gen.Select(OneSpoil.List[1, 4], Gen.Int[0, 9], Gen.Int[0, 5]).SampleAsync(async (spoils, what, path) =>
    {
        await using var node = await DoubleNode.StartAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await Conversation.HoldAsync(node, spoils, what, path, limit.Token);
    }, iter: TriesOfASocket, threads: 1);

    /// <summary>What was found.</summary>
    [Fact]
    public void The_time_of_an_event_beyond_all_calendars_is_none()
    {
        var e = new ReadResp.Types.Recorded { Metadata = { ["created"] = "9223372036854775807" } };
        Assert.Null(WireEvents.Created(e));
    }

    [Theory]
    [InlineData(8)] // The place of the last but one, told behind the last.
    [InlineData(3)]
    public void An_event_that_comes_behind_a_later_one_isn_t_dropped(int at)
    {
        var (truth, sieve) = (Log(), new Sieve(new StoreWatch(), null));
        (truth[at], truth[at + 1]) = (truth[at + 1], truth[at]);

        var fault = Assert.Throws<StoreFaultException>(() =>
        {
            foreach (var message in truth) sieve.Take(WireEvents.Recorded(message));
        });

        Assert.Contains(fault.Code, (string[])[StoreFaults.EventsOutOfOrder, StoreFaults.EventsMissing]);
    }

    [Fact]
    public async Task An_append_s_answer_that_says_nothing_leaves_it_unknown_and_the_next_try_finds_it()
    {
        await using var node = await DoubleNode.StartAsync();
        await using var store = await EventStoreDbEventStore.ConnectAsync(Bench.Impatient(node.ConnectionString), CancellationToken.None);
        var spoilt = 0;
        node.Spoils = (path, message) => path.EndsWith("/Append", StringComparison.Ordinal) && spoilt++ == 0 ? new Spoilt([[]]) : WireDouble.Spoilt.Not(message);

        var outcome = await store.AppendAsync(new StreamName(Names[0]), ExpectedRevision.NoStream, [SomeEvents.One()], CancellationToken.None);

        Assert.Equal(StreamRevision.First, Assert.IsType<AppendOutcome.Appended>(outcome).Revision);
    }

    [Theory]
    [InlineData("a b", "2113")]
    [InlineData("", "2113")]
    [InlineData("http://evil.example/", "2113")]
    [InlineData("127.0.0.1", "99999")]
    public async Task A_leader_that_nobody_can_be_is_asked_for_again(string host, string port)
    {
        await using var node = await DoubleNode.StartAsync();
        await using var store = await EventStoreDbEventStore.ConnectAsync(Bench.Impatient(node.ConnectionString), CancellationToken.None);
        var refused = 0;
        node.Spoils = (path, message) => path.EndsWith("/Append", StringComparison.Ordinal) && refused++ == 0
            ? new Spoilt([], new AnswerEnd(5, "x", ("exception", "not-leader"), ("leader-endpoint-host", host), ("leader-endpoint-port", port)))
            : WireDouble.Spoilt.Not(message);

        Assert.IsType<AppendOutcome.Appended>(await store.AppendAsync(new StreamName(Names[0]), ExpectedRevision.NoStream, [SomeEvents.One()], CancellationToken.None));
    }

    [Fact]
    public async Task A_read_that_is_cut_without_an_error_goes_on_to_the_end()
    {
        await using var node = await DoubleNode.StartAsync();
        await using var store = await EventStoreDbEventStore.ConnectAsync(Bench.Impatient(node.ConnectionString), CancellationToken.None);
        foreach (var name in Names) await store.AppendAsync(new StreamName(name), ExpectedRevision.NoStream, SomeEvents.Many(3), CancellationToken.None);
        var messages = 0;
        node.Spoils = (path, message) => path.EndsWith("/Read", StringComparison.Ordinal) && ++messages == 7 ? new Spoilt([], new AnswerEnd(0)) : WireDouble.Spoilt.Not(message);

        var read = 0;
        await foreach (var page in store.ReadAllAsync(null, CancellationToken.None)) read += page.Count;

        Assert.Equal(12, read);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_event_that_can_t_be_read_takes_none_before_it_along(bool follow)
    {
        await using var node = await DoubleNode.StartAsync();
        await using var store = await EventStoreDbEventStore.ConnectAsync(Bench.Impatient(node.ConnectionString), CancellationToken.None);
        foreach (var name in Names) await store.AppendAsync(new StreamName(name), ExpectedRevision.NoStream, SomeEvents.Many(3), CancellationToken.None);
        var messages = 0;
        node.Spoils = (path, message) => path.EndsWith("/Read", StringComparison.Ordinal) && ++messages == 10
            ? new Spoilt([new ReadResp { Event = new ReadResp.Types.ReadEvent() }.ToByteArray(), message])
            : WireDouble.Spoilt.Not(message);

        var all = new List<RecordedEvent>();
        await foreach (var page in follow ? store.SubscribeAsync(null, CancellationToken.None) : store.ReadAllAsync(null, CancellationToken.None))
        {
            all.AddRange(page);
            if (all.Count >= 12) break;
        }

        Assert.Equal(12, all.Count);
        IsAHistory(all);
    }

    /// <summary>The ledger's streams and another's, interleaved, as $all tells them.</summary>
    private static List<ReadResp> Log()
    {
        var (revisions, position, log) = (new Dictionary<string, ulong>(), 4096UL, new List<ReadResp>());
        for (var n = 0; n < 10; n++)
        {
            var name = Names[n * 3 % Names.Length];
            var revision = revisions[name] = revisions.TryGetValue(name, out var last) ? last + 1 : 0;
            log.Add(new ReadResp
            {
                Event = new ReadResp.Types.ReadEvent
                {
                    CommitPosition = position,
                    Event = new ReadResp.Types.Recorded
                    {
                        Id = new Uuid { String = new Guid(n, 0, 0, new byte[8]).ToString() },
                        StreamIdentifier = WireEvents.Identifier(name),
                        StreamRevision = revision,
                        CommitPosition = position,
                        PreparePosition = position,
                        Metadata = { ["type"] = "example-v1", ["content-type"] = "application/json", ["created"] = "17000000000000000" },
                        Data = ByteString.CopyFromUtf8("{}"),
                    },
                },
            });
            position += 200;
        }

        return log;
    }

    private static List<ReadResp> Spoilt(List<ReadResp> truth, List<Spoil> spoils)
    {
        var said = truth.ConvertAll(m => m.Clone());
        foreach (var spoil in spoils) spoil.Do(said);
        return said;
    }

    private static void Told(Exception e)
    {
        if (e is RpcException rpc) Assert.NotEqual(RpcFault.Refused, RpcFaults.Of(rpc));
        Assert.DoesNotContain(e.Message, char.IsControl);
        Assert.InRange(e.Message.Length, 1, 100_000);
    }

    /// <summary>Positions rise, and of a stream of the ledger's nothing is left out.</summary>
    private static void IsAHistory(List<RecordedEvent> taken)
    {
        Assert.Equal(taken.Select(e => e.Position).Distinct().Order(), taken.Select(e => e.Position));
        foreach (var stream in taken.Where(e => LedgerStreams.MustStayWhole(e.Stream)).GroupBy(e => e.Stream))
            Assert.Equal(Enumerable.Range(0, stream.Count()).Select(n => (long)n), stream.Select(e => e.Revision.Value));
    }

    /// <summary>Of each stream of the ledger's the beginning, as it was written; what wasn't told behind it nobody can know.</summary>
    private static void IsTheHistory(List<RecordedEvent> taken, List<ReadResp> truth)
    {
        foreach (var stream in taken.Where(e => LedgerStreams.MustStayWhole(e.Stream)).GroupBy(e => e.Stream))
        {
            var written = truth.Select(m => m.Event.Event).Where(e => e.StreamIdentifier.StreamName.ToStringUtf8() == stream.Key.Value).Select(e => WireEvents.Id(e.Id)).ToList();
            Assert.Equal(written.Take(stream.Count()), stream.Select(e => e.Id));
        }
    }

    private static IEnumerable<Guid> OfLedger(List<ReadResp> truth) =>
        truth.Select(m => m.Event.Event).Where(e => LedgerStreams.MustStayWhole(e.StreamIdentifier.StreamName.Span)).Select(e => WireEvents.Id(e.Id));

    private static string Plain(string text) => new([.. text.Select(c => c is < ' ' or > '~' ? '?' : c)]);

    /// <summary>One thing done to what a server says.</summary>
    internal sealed record Spoil(int At, int What, int A, int B)
    {
        // The first ones only leave out, repeat, put elsewhere or say something between.
        private const int FirstThatChanges = 7;

        /// <summary>True where every event that is told is one that was written.</summary>
        public bool KeepsContent => What < FirstThatChanges;

        /// <summary>True where every event that was written is told.</summary>
        public bool KeepsAll => KeepsContent && What is not (0 or 3);

        public void Do(List<ReadResp> said)
        {
            if (said.Count == 0) return;
            var n = At % said.Count;
            switch (What)
            {
                case 0:
                    said.RemoveAt(n);
                    break;
                case 1:
                    said.Insert(A % (said.Count + 1), said[n].Clone());
                    break;
                case 2:
                    (said[n], said[A % said.Count]) = (said[A % said.Count], said[n]);
                    break;
                case 3:
                    said.RemoveRange(n, said.Count - n);
                    break;
                default:
                    if (KeepsContent) said.Insert(n, Between());
                    else if (Changed(said[n].ToByteArray()) is { } bytes && Parsed(bytes) is { } other) said[n] = other;
                    break;
            }
        }

        /// <summary>A message that is spoilt as bytes.</summary>
        public byte[] Changed(byte[] message)
        {
            if (What > FirstThatChanges + 3 && Parsed(message) is { } read) return Rewritten(read).ToByteArray();
            var bytes = message.ToList();
            if (bytes.Count == 0) return [(byte)A, (byte)B];
            switch (What % 4)
            {
                case 0:
                    bytes[A % bytes.Count] = (byte)B;
                    break;
                case 1:
                    bytes.RemoveRange(A % bytes.Count, Math.Min(1 + (B % 20), bytes.Count - (A % bytes.Count)));
                    break;
                case 2:
                    bytes.InsertRange(A % bytes.Count, BitConverter.GetBytes(B));
                    break;
                default:
                    bytes = [.. Enumerable.Range(0, A % 100).Select(i => (byte)((i * B) + A))];
                    break;
            }

            return [.. bytes];
        }

        public AnswerEnd End() => new(
            (A % 5) switch { 0 => null, 1 => AnswerEnd.Never, 2 => 0, 3 => B % 20, _ => B % 100 },
            OddTexts[A % OddTexts.Length].Replace("\0", "", StringComparison.Ordinal)[..Math.Min(20, OddTexts[A % OddTexts.Length].Replace("\0", "", StringComparison.Ordinal).Length)],
            ("exception", ((string[])["not-leader", "access-denied", "stream-deleted", "wrong-expected-version", "x"])[B % 5]),
            ("leader-endpoint-host", Plain(OddTexts[A % OddTexts.Length].Length > 100 ? "x" : OddTexts[A % OddTexts.Length])),
            ("leader-endpoint-port", ((string[])["0", "1", "2113", "-1", "99999", "x"])[A % 6]));

        public ReadResp Between() => (A % 8) switch
        {
            0 => new ReadResp { CaughtUp = new Empty() },
            1 => new ReadResp { FellBehind = new Empty() },
            2 => new ReadResp { Checkpoint = new LogPosition { CommitPosition = OddNumbers[B % OddNumbers.Length], PreparePosition = OddNumbers[A % OddNumbers.Length] } },
            3 => new ReadResp { Confirmation = new ReadResp.Types.Confirmation { SubscriptionId = OddTexts[B % OddTexts.Length] } },
            4 => new ReadResp { StreamNotFound = new ReadResp.Types.StreamNotFound() },
            5 => new ReadResp { FirstStreamPosition = OddNumbers[B % OddNumbers.Length] },
            6 => new ReadResp { LastAllStreamPosition = new LogPosition() },
            _ => new ReadResp(),
        };

        private ReadResp Rewritten(ReadResp message)
        {
            if (message.Event?.Event is not { } e) return Between();
            var (number, text) = (OddNumbers[A % OddNumbers.Length], OddTexts[A % OddTexts.Length]);
            switch (B % 14)
            {
                case 0: e.CommitPosition = e.PreparePosition = number; break;
                case 1: e.PreparePosition = number; break;
                case 2: e.StreamRevision = number; break;
                case 3: e.Id = null; break;
                case 4: e.Id = new Uuid { String = text }; break;
                case 5: e.Id = new Uuid { Structured = new Uuid.Types.Structured { MostSignificantBits = B } }; break;
                case 6: e.StreamIdentifier = null; break;
                case 7: e.StreamIdentifier = WireEvents.Identifier(text); break;
                case 8: e.Metadata["type"] = text; break;
                case 9: e.Metadata.Clear(); break;
                case 10: e.Metadata["created"] = text; break;
                case 11: e.Data = ByteString.CopyFromUtf8(OddData[A % OddData.Length]); break;
                case 12: message.Event = new ReadResp.Types.ReadEvent { Link = e }; break;
                default:
                    e.StreamIdentifier = WireEvents.Identifier("$$violation-1");
                    e.Metadata["type"] = "$metadata";
                    e.Data = ByteString.CopyFromUtf8(OddData[A % OddData.Length]);
                    break;
            }

            return message;
        }

        private static ReadResp? Parsed(byte[] bytes)
        {
            try
            {
                return ReadResp.Parser.ParseFrom(bytes);
            }
            catch (InvalidProtocolBufferException)
            {
                return null;
            }
        }
    }

    /// <summary>The adapter talking to a server of which some messages are spoilt on their way.</summary>
    private static class Conversation
    {
        private static readonly string[] Paths = ["", "/Read", "/Append", "/BatchAppend", "Gossip", "GetSupportedMethods"];

        public static async Task HoldAsync(DoubleNode node, List<Spoil> spoils, int what, int path, CancellationToken limit)
        {
            List<Guid> written = [];
            await using (var before = await EventStoreDbEventStore.ConnectAsync(Bench.Impatient(node.ConnectionString), limit))
            {
                foreach (var name in Names)
                {
                    var events = SomeEvents.Many(3);
                    await before.AppendAsync(new StreamName(name), ExpectedRevision.NoStream, events, limit);
                    written.AddRange(events.Select(e => e.Id));
                }
            }

            var said = 0;
            node.Spoils = (at, message) =>
            {
                if (!at.Contains(Paths[path], StringComparison.Ordinal)) return WireDouble.Spoilt.Not(message);
                var n = Interlocked.Increment(ref said) - 1;
                return spoils.Find(s => s.At % 20 == n) is { } spoil ? Spoiling(spoil, message) : WireDouble.Spoilt.Not(message);
            };
            try
            {
                var options = Bench.Impatient(node.ConnectionString.Replace("esdb://", what == 9 ? "esdb+discover://" : "esdb://", StringComparison.Ordinal)) with { DefaultDeadline = TimeSpan.FromMilliseconds(400), TryTakes = TimeSpan.FromMilliseconds(100) };
                await TalkAsync(options, what, spoils.TrueForAll(s => s.What is < 6 or > 22) ? written : null, limit);
            }
            catch (Exception e) when (e is StoreFaultException or StoreUnavailableException)
            {
                Told(e);
            }
        }

        private static Spoilt Spoiling(Spoil spoil, byte[] message) => spoil.What switch
        {
            0 => new Spoilt([]),
            1 or 2 => new Spoilt([message, message]),
            3 => new Spoilt([message], spoil.End()),
            4 or 5 => new Spoilt([spoil.Between().ToByteArray(), message]),
            > 22 => new Spoilt([], spoil.End()),
            22 => new Spoilt([new byte[18 * 1024 * 1024]]),
            _ => new Spoilt([spoil.Changed(message)]),
        };

        /// <param name="written">Where nothing was changed: what must be read.</param>
        private static async Task TalkAsync(EventStoreDbOptions options, int what, List<Guid>? written, CancellationToken limit)
        {
            await using var store = await EventStoreDbEventStore.ConnectAsync(options, limit);
            var stream = new StreamName(Names[0]);
            switch (what)
            {
                case 0 or 9:
                    var all = new List<RecordedEvent>();
                    await foreach (var page in store.ReadAllAsync(null, limit)) all.AddRange(page);
                    IsAHistory(all);
                    if (written is not null) Assert.Equal(written.Where(id => all.Exists(e => e.Id == id)), all.Select(e => e.Id));
                    break;
                case 1 or 2:
                    await SubscribeAsync(store, limit);
                    break;
                case 3:
                    var read = await store.ReadStreamAsync(stream, ReadDirection.Forwards, null, 10, limit);
                    if (written is not null) Assert.Equal(written.Take(3), read.Select(e => e.Id));
                    break;
                case 4:
                    await store.ReadStreamAsync(stream, ReadDirection.Backwards, null, 2, limit);
                    await store.ReadHeadAsync(limit);
                    break;
                case 5 or 6:
                    var outcome = await store.AppendAsync(stream, ExpectedRevision.At(new StreamRevision(2)), SomeEvents.Many(2), limit);
                    if (written is not null) Assert.Equal(new StreamRevision(4), Assert.IsType<AppendOutcome.Appended>(outcome).Revision);
                    break;
                case 7:
                    await store.AppendInOrderAsync(OrderedAppending.Streams(10, 1).Select((a, n) => a with { Stream = new StreamName($"violation-9{n}") }).ToAsyncEnumerable(), (_, _) => { }, limit);
                    break;
                default:
                    await KeepTextsAsync(options, limit);
                    break;
            }
        }

        private static async Task SubscribeAsync(EventStoreDbEventStore store, CancellationToken limit)
        {
            var all = new List<RecordedEvent>();
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(limit);
            enough.CancelAfter(TimeSpan.FromMilliseconds(300));
            try
            {
                await foreach (var page in store.SubscribeAsync(null, enough.Token))
                {
                    all.AddRange(page);
                    if (all.Count >= 3 * Names.Length) break;
                }
            }
            catch (OperationCanceledException) when (!limit.IsCancellationRequested)
            {
                // A subscription may be silent for as long as it likes.
            }

            IsAHistory(all);
        }

        private static async Task KeepTextsAsync(EventStoreDbOptions options, CancellationToken limit)
        {
            await using var vault = await EventStoreDbVault.ConnectAsync(new EventStoreDbVaultOptions(options, Keys.First), limit);
            List<Disclosure> texts = [.. Enumerable.Range(0, 40).Select(n => Disclosure.SealText(DisclosureClass.Case, "narrative", $"text {n}"))];
            await vault.PutAsync(texts, limit);
            var opened = await vault.OpenAsync([texts[0].Digest, texts[39].Digest], limit);
            Assert.All(opened.Values, text => Assert.Contains(text, texts));
            await vault.DestroyAsync([texts[0].Digest], limit);
            await vault.SweepAsync(DateTimeOffset.MaxValue, (digests, _) => new ValueTask<IReadOnlySet<string>>(digests.ToHashSet()), limit);
        }
    }
}
