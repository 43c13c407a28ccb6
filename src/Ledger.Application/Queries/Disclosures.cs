using Ledger.Domain;
using Ledger.EventStore.Vault;

namespace Ledger.Application.Queries;

/// <summary>Opens what lies in the vault for one answer, and forgets it with the answer: nothing here keeps a disclosed text.</summary>
/// <remarks>One call to the vault an answer, however many texts are in it.</remarks>
public sealed class Disclosures(IVault vault)
{
    /// <summary>The free texts behind these digests, for whoever may read the case.</summary>
    public async ValueTask<Disclosed> TextsAsync(IEnumerable<Prose?> texts, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return await OpenAsync(texts.Select(text => text?.Digest), DisclosureClass.Case, cancellation);
    }

    /// <summary>The free texts of a case and its confidential part, for whoever may read both.</summary>
    public async ValueTask<(Disclosed Texts, Disclosed Confidential)> TextsAndConfidentialAsync(
        IEnumerable<Prose?> texts, IReadOnlyCollection<string> confidential, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(confidential);
        var sealedTexts = Asked(texts.Select(text => text?.Digest));
        var opened = await ReadAsync([.. sealedTexts, .. confidential], cancellation);
        return (new Disclosed(sealedTexts, opened, DisclosureClass.Case), new Disclosed(confidential, opened, DisclosureClass.Confidential));
    }

    /// <summary>Stored events with their free texts back where they were; what is confidential, or was erased, stays a digest.</summary>
    /// <returns>One for each of <paramref name="events"/>, in the same order; those without a hidden text are the same bytes.</returns>
    public async ValueTask<IReadOnlyList<JoinedEvent>> JoinAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> events, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(events);
        var hidden = new HiddenTexts?[events.Count];
        try
        {
            var digests = new HashSet<string>();
            for (var i = 0; i < events.Count; i++)
            {
                hidden[i] = HiddenTexts.In(events[i]);
                hidden[i]?.AddDigestsTo(digests);
            }

            if (digests.Count == 0) return [.. events.Select(JoinedEvent.AsStored)];
            var texts = await OpenAsync(digests, DisclosureClass.Case, cancellation);
            return [.. events.Select((data, i) => hidden[i]?.Restore(texts) ?? JoinedEvent.AsStored(data))];
        }
        finally
        {
            foreach (var document in hidden) document?.Dispose();
        }
    }

    private async ValueTask<Disclosed> OpenAsync(IEnumerable<string?> digests, DisclosureClass @class, CancellationToken cancellation)
    {
        var asked = Asked(digests);
        return new Disclosed(asked, await ReadAsync(asked, cancellation), @class);
    }

    private async ValueTask<IReadOnlyDictionary<string, Disclosure>> ReadAsync(HashSet<string> digests, CancellationToken cancellation) =>
        digests.Count == 0 ? Disclosed.Nothing : await vault.OpenAsync(digests, cancellation);

    private static HashSet<string> Asked(IEnumerable<string?> digests) => [.. digests.OfType<string>()];
}

/// <summary>A stored event with its free texts back where they were.</summary>
/// <param name="Disclosures">Encoded: with its salt each text that was put back can be held against the digest that was recorded, by whoever got it.</param>
public sealed record JoinedEvent(ReadOnlyMemory<byte> Data, IReadOnlyList<string> Disclosures)
{
    /// <summary>Nothing was hidden, or nothing is to be shown.</summary>
    public static JoinedEvent AsStored(ReadOnlyMemory<byte> data) => new(data, []);
}

/// <summary>What an answer asked the vault for, and what was still there.</summary>
public sealed class Disclosed
{
    internal static readonly IReadOnlyDictionary<string, Disclosure> Nothing = new Dictionary<string, Disclosure>();

    private readonly IReadOnlyCollection<string> _asked;
    private readonly Dictionary<string, Disclosure> _opened;

    internal Disclosed(IReadOnlyCollection<string> asked, IReadOnlyDictionary<string, Disclosure> opened, DisclosureClass @class)
    {
        _asked = asked;
        // A digest of another class proves nothing about who may read what lies behind it.
        _opened = asked
            .Select(digest => opened.GetValueOrDefault(digest))
            .OfType<Disclosure>()
            .Where(disclosure => disclosure.Class == @class)
            .ToDictionary(disclosure => disclosure.Digest);
    }

    /// <summary>The text as it was said; null where none was, or where it has been erased.</summary>
    public string? TextOf(Prose? prose) => prose switch
    {
        null => null,
        { Text: { } text } => text,
        { Digest: { } digest } => Find(digest) is { } disclosure ? System.Text.Json.JsonSerializer.Deserialize<string>(disclosure.ValueJson()) : null,
        _ => null,
    };

    /// <summary>Digests that no disclosure is there for any more, in alphabetical order.</summary>
    public IReadOnlyList<string> Erased => [.. _asked.Where(digest => !_opened.ContainsKey(digest)).Order(StringComparer.Ordinal)];

    /// <summary>Every name with its value as JSON text, in alphabetical order.</summary>
    public IReadOnlyList<(string Name, string ValueJson)> NamesAndValues =>
        [.. _opened.Values.OrderBy(disclosure => disclosure.Name, StringComparer.Ordinal).Select(disclosure => (disclosure.Name, disclosure.ValueJson()))];

    internal Disclosure? Find(string digest) => _opened.GetValueOrDefault(digest);
}
