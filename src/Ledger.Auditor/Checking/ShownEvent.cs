using System.Globalization;
using System.Text.Json;
using Ledger.Transparency;

namespace Ledger.Auditor;

/// <summary>An event as it was shown, with what it takes to hold it against its leaf.</summary>
/// <param name="Entry">The entry that an event of these fields and bytes has.</param>
/// <param name="Fact">What it says that matters to a figure; null where its stored bytes can't be read as their type.</param>
internal sealed record ShownEvent(EventHeader Header, LeafEntry Entry, ShownTexts Texts, Fact? Fact)
{
    private static readonly HashSet<string> Known =
        ["sequence", "position", "eventId", "stream", "revision", "type", "recordedAt", "agreementId", "violationId", "actor", "data", "raw"];

    private const string Time = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    private const string Agreements = "agreementId";
    private const string AgreementStream = "agreement-";

    // What could be read in two ways isn't read at all.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 128 };

    public long Sequence => Header.Sequence.Value;

    /// <summary>The agreement that it is shown with; null where it is shown with none.</summary>
    public string? Agreement { get; private init; }

    /// <summary>The agreement that its own stored bytes, or the name of its stream, say; null where they don't.</summary>
    public string? StoredAgreement { get; private init; }

    /// <summary>What is shown with it beside what this program knows of an event.</summary>
    public IReadOnlyList<string> Unknown { get; private init; } = [];

    /// <summary>Opens JSON that somebody else wrote; false where it isn't any.</summary>
    public static bool TryOpen(ReadOnlyMemory<byte> bytes, out JsonDocument json)
    {
        try
        {
            json = JsonDocument.Parse(bytes, Strict);
            return true;
        }
        catch (JsonException)
        {
            json = null!;
            return false;
        }
    }

    /// <summary>Reads an event item with its raw bytes (bodies.md, "Event item").</summary>
    /// <param name="why">What is wrong with it, where it can't be read.</param>
    public static ShownEvent? Read(ReadOnlyMemory<byte> item, Origin origin, out string why)
    {
        why = "it isn't a JSON object with the fields of an event";
        if (!TryOpen(item, out var json)) return null;
        using (json)
        {
            try
            {
                return Read(json.RootElement, origin, out why);
            }
            catch (Exception exception) when (exception is KeyNotFoundException or InvalidOperationException or FormatException)
            {
                return null;
            }
        }
    }

    private static ShownEvent? Read(JsonElement item, Origin origin, out string why)
    {
        var (stream, eventId) = (item.GetProperty("stream").GetString()!, item.GetProperty("eventId").GetString()!);
        var header = new EventHeader(
            origin, new LeafIndex(item.GetProperty("sequence").GetInt64()), item.GetProperty("eventId").GetGuid(), stream,
            item.GetProperty("revision").GetInt64(), item.GetProperty("type").GetString()!, Microseconds(item.GetProperty("recordedAt").GetString()!));
        why = "it isn't in a stream of the ledger";
        if (header.Sequence.Value < 0 || !LeafStreams.Contains(stream)) return null;
        why = "its id isn't written in the one form that ids have";
        if (!string.Equals(header.EventId.ToString("D"), eventId, StringComparison.Ordinal)) return null;
        why = "the stored bytes (raw) are missing";
        if (!item.TryGetProperty("raw", out var raw)) return null;

        var (data, metadata) = (raw.GetProperty("data").GetBytesFromBase64(), raw.GetProperty("metadata").GetBytesFromBase64());
        why = "what is shown of it hasn't the form of an event";
        var entry = LeafEntry.Of(header, data, metadata);
        if (!TryOpen(data, out var stored)) return new ShownEvent(header, entry, ShownTexts.Unreadable, null);
        using (stored)
        {
            var (agreement, own) = (TextOf(item, Agreements), AgreementOf(header.Stream, stored.RootElement));
            var texts = ShownTexts.Compare(item, header, stored.RootElement, metadata, DisclosuresIn(raw));
            // An event that was handed over alone says none.
            if (agreement is not null && (own is null ? IsOfTheOperator(header.Stream) : own != agreement)) texts = texts.OrOf(Agreements);
            return new ShownEvent(header, entry, texts, FactOf(header.Type, stored.RootElement))
            {
                Agreement = agreement, StoredAgreement = own,
                Unknown = [.. item.EnumerateObject().Select(property => property.Name).Where(name => !Known.Contains(name))],
            };
        }
    }

    /// <summary>Null where whoever gave the item doesn't know of disclosures.</summary>
    private static List<Disclosure>? DisclosuresIn(JsonElement raw) =>
        raw.TryGetProperty("disclosures", out var given) ? [.. given.EnumerateArray().Select(one => new Disclosure(one.GetString() ?? string.Empty))] : null;

    private static string? AgreementOf(string stream, JsonElement stored)
    {
        if (stream.StartsWith(AgreementStream, StringComparison.Ordinal)) return stream[AgreementStream.Length..];
        return IsOfTheOperator(stream) ? null : TextOf(stored, Agreements);
    }

    private static string? TextOf(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var text) && text.ValueKind != JsonValueKind.Null ? text.GetString() : null;

    /// <summary>Keys and webhooks belong to no agreement, whatever they may read.</summary>
    public static bool IsOfTheOperator(string stream) => stream.StartsWith("access-", StringComparison.Ordinal) || stream.StartsWith("webhook-", StringComparison.Ordinal);

    private static Fact? FactOf(string type, JsonElement data)
    {
        try
        {
            return FactReader.Read(type, data);
        }
        catch (Exception exception) when (exception is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static UnixMicroseconds Microseconds(string text)
    {
        var time = DateTime.ParseExact(text, Time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
        return new UnixMicroseconds((time - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
    }
}

/// <summary>How what people are shown of an event stands to its stored bytes: which texts outside the event were given, and which weren't.</summary>
/// <param name="Difference">What is shown otherwise than it is stored; null where nothing is.</param>
/// <param name="Given">Digests whose text is shown, and is the one that has this digest.</param>
/// <param name="Unproven">Digests whose text is shown without the disclosure that it takes to say whether it is that one.</param>
/// <param name="HasDisclosures">Whoever gave the event gives disclosures.</param>
/// <param name="Missing">Digests whose text isn't.</param>
/// <param name="Confidential">Digests that no feed ever discloses.</param>
/// <param name="Erased">Digests that this event says were erased.</param>
internal sealed record ShownTexts(
    string? Difference, IReadOnlyList<string> Given, IReadOnlyList<string> Unproven, IReadOnlyList<string> Missing, IReadOnlyList<string> Confidential, IReadOnlyList<string> Erased,
    bool HasDisclosures)
{
    private const string Digests = "_sd";
    private const string Names = "_sdOf";
    private const string ErasedType = "personal-data-erased-v1";

    private static readonly IReadOnlyList<string> None = [];

    public static readonly ShownTexts Unreadable = new("its stored bytes aren't JSON", None, None, None, None, None, false);

    public static ShownTexts Compare(JsonElement item, EventHeader header, JsonElement stored, byte[] metadata, IReadOnlyList<Disclosure>? disclosures)
    {
        var comparison = new Comparison(disclosures);
        comparison.Of(stored, item.GetProperty("data"), "data");
        comparison.OfActor(metadata, item);
        comparison.OfCase(header.Stream, item);
        comparison.OfTheRest();
        var erased = header.Type == ErasedType ? Texts(stored.GetProperty("digests")) : None;

        // Display names and secrets of the operator's acts are never disclosed, so their absence says nothing.
        var isDisclosed = !ShownEvent.IsOfTheOperator(header.Stream);
        return new(comparison.Difference, comparison.Given, comparison.Unproven, isDisclosed ? comparison.Missing : None, comparison.Confidential, erased, disclosures is not null);
    }

    /// <summary>The same, and this too is shown otherwise than it is stored.</summary>
    public ShownTexts OrOf(string name) => this with { Difference = Difference ?? Otherwise(name) };

    private static string Otherwise(string path) => $"its {Shown.Of(path)} is shown otherwise than it is stored";

    private static List<string> Texts(JsonElement array) => [.. array.EnumerateArray().Select(item => item.GetString()!)];

    private sealed class Comparison(IReadOnlyList<Disclosure>? disclosures)
    {
        private readonly Dictionary<string, Disclosure> _disclosures = (disclosures ?? []).DistinctBy(one => one.Encoded).ToDictionary(one => one.Digest.ToString(), StringComparer.Ordinal);

        public string? Difference { get; private set; }

        public List<string> Given { get; } = [];

        public List<string> Unproven { get; } = [];

        public List<string> Missing { get; } = [];

        public List<string> Confidential { get; } = [];

        public void Of(JsonElement stored, JsonElement shown, string path)
        {
            if (stored.ValueKind == JsonValueKind.Object && shown.ValueKind == JsonValueKind.Object) OfObjects(stored, shown, path);
            else if (stored.ValueKind == JsonValueKind.Array && shown.ValueKind == JsonValueKind.Array) OfArrays(stored, shown, path);
            else if (!JsonElement.DeepEquals(stored, shown)) Differs(path);
        }

        public void OfActor(byte[] metadata, JsonElement item)
        {
            if (!ShownEvent.TryOpen(metadata, out var stored))
            {
                Differs("metadata");
                return;
            }

            using (stored)
            {
                if (!stored.RootElement.TryGetProperty("actor", out var actor) || !item.TryGetProperty("actor", out var shown) || !JsonElement.DeepEquals(actor, shown)) Differs("actor");
            }
        }

        public void OfCase(string stream, JsonElement item)
        {
            const string Case = "violation-";
            var id = item.TryGetProperty("violationId", out var shown) && shown.ValueKind != JsonValueKind.Null ? shown.GetString() : null;
            if (id != (stream.StartsWith(Case, StringComparison.Ordinal) ? stream[Case.Length..] : null)) Differs("violationId");
        }

        /// <summary>A disclosure of something that isn't shown in its place proves nothing, and may tell what nobody should read.</summary>
        public void OfTheRest()
        {
            if (_disclosures.Count > Given.Distinct().Count()) Difference ??= "a disclosure comes with it that belongs to no text that it shows";
        }

        private void OfObjects(JsonElement stored, JsonElement shown, string path)
        {
            var hidden = Hidden(stored);
            foreach (var (name, digest) in hidden)
            {
                if (shown.TryGetProperty(name, out var text)) OfText(name, digest, text, $"{path}.{name}");
                else Missing.Add(digest);
            }

            OfDigests(stored, shown, [.. hidden.Where(field => !shown.TryGetProperty(field.Name, out _))], path);
            foreach (var property in stored.EnumerateObject())
            {
                if (property.Name is Digests or Names) continue;
                if (shown.TryGetProperty(property.Name, out var value)) Of(property.Value, value, $"{path}.{property.Name}");
                else Differs($"{path}.{property.Name}");
            }

            foreach (var property in shown.EnumerateObject())
            {
                if (property.Name is Digests or Names || stored.TryGetProperty(property.Name, out _)) continue;
                if (!hidden.Any(field => field.Name == property.Name)) Differs($"{path}.{property.Name}");
            }
        }

        /// <summary>The digests of the texts that aren't shown, and no others, stand where they were recorded.</summary>
        private void OfDigests(JsonElement stored, JsonElement shown, List<(string Name, string Digest)> missing, string path)
        {
            var (digests, names) = (missing.Select(field => field.Digest), missing.Select(field => field.Name));
            if (stored.TryGetProperty(Digests, out var recorded) && !stored.TryGetProperty(Names, out _)) (digests, names) = (Texts(recorded), None);
            if (!Lists(shown, Digests, digests)) Differs($"{path}.{Digests}");
            if (!Lists(shown, Names, names)) Differs($"{path}.{Names}");
        }

        private static bool Lists(JsonElement shown, string name, IEnumerable<string> texts) =>
            shown.TryGetProperty(name, out var listed) ? Texts(listed).SequenceEqual(texts, StringComparer.Ordinal) : !texts.Any();

        private void OfText(string name, string digest, JsonElement text, string path)
        {
            if (_disclosures.TryGetValue(digest, out var disclosure))
            {
                Given.Add(digest);
                if (!Says(disclosure, name, text)) Differs(path, "is shown otherwise than the disclosure of its recorded digest says");
            }
            else
            {
                Unproven.Add(digest);
                if (disclosures is not null) Differs(path, "is shown without a disclosure that has the recorded digest");
            }
        }

        private static bool Says(Disclosure disclosure, string name, JsonElement text)
        {
            if (!disclosure.TryRead(out var said, out var value) || said != name || !ShownEvent.TryOpen(System.Text.Encoding.UTF8.GetBytes(value), out var json)) return false;
            using (json) return JsonElement.DeepEquals(json.RootElement, text);
        }

        private void OfArrays(JsonElement stored, JsonElement shown, string path)
        {
            if (stored.GetArrayLength() != shown.GetArrayLength()) Differs(path);
            else foreach (var (one, other) in stored.EnumerateArray().Zip(shown.EnumerateArray())) Of(one, other, path);
        }

        private List<(string Name, string Digest)> Hidden(JsonElement stored)
        {
            if (!stored.TryGetProperty(Digests, out var digests)) return [];
            if (stored.TryGetProperty(Names, out var names)) return [.. Texts(names).Zip(Texts(digests))];

            // Digests without names are the confidential part.
            Confidential.AddRange(Texts(digests));
            return [];
        }

        private void Differs(string path) => Difference ??= Otherwise(path);

        private void Differs(string path, string how) => Difference ??= $"its {Shown.Of(path)} {how}";
    }
}
