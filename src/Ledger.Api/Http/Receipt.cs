using System.Text.Json.Serialization;

namespace Ledger.Api.Http;

/// <summary>What came of a command: which subject, which event, and how things stand after it.</summary>
/// <remarks>Of several events stored together it names the last.</remarks>
internal record Receipt
{
    public string? AgreementId { get; init; }

    public Guid? ViolationId { get; init; }

    public Guid? DisputeId { get; init; }

    public Guid? CoverageId { get; init; }

    public Guid? ClaimId { get; init; }

    public string? KeyId { get; init; }

    /// <summary>An account's pseudonym.</summary>
    public string? Account { get; init; }

    public string? WebhookId { get; init; }

    public required Guid EventId { get; init; }

    /// <summary>Of the subject's stream; the ETag is the same.</summary>
    public required long Revision { get; init; }

    /// <summary>The store's own place marker, for Ledger-Position.</summary>
    public required string Position { get; init; }

    /// <summary>The event's number in the whole ledger; null only while it isn't numbered yet.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required long? Sequence { get; init; }

    public required string Status { get; init; }

    /// <summary>Below the quorum: how many verifiers, or administrators, have said so, and how many must.</summary>
    public EndorsementCount? Endorsements { get; init; }

    /// <summary>Of a file of evidence that came with the request: its hash, 64 lower-case hexadecimal digits.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Of a file of evidence that came with the request: what it tells beside what it shows, at most 200 entries.</summary>
    public IReadOnlyList<MetadataFact>? Metadata { get; init; }

    /// <summary>Why a file's metadata couldn't be read, or not all of it; null where it was.</summary>
    public string? MetadataUnread { get; init; }

    /// <summary>True where a working copy without its metadata can be made of the file; null where no file came along.</summary>
    public bool? CanStrip { get; init; }

    /// <summary>The working copy without metadata, where one was asked for.</summary>
    public StrippedFile? Stripped { get; init; }

    [JsonIgnore]
    public string? Location { get; init; }
}

/// <summary>Something that a file of evidence tells beside what it shows.</summary>
/// <param name="Kind">place, time, device, person, text or other.</param>
/// <param name="Name">What its format calls it.</param>
internal sealed record MetadataFact(string Kind, string Name, string Value);

/// <summary>The working copy that was made of an original.</summary>
/// <param name="Sha256">The original's own where there was nothing to leave out.</param>
/// <param name="Removed">Which kinds of metadata it lacks.</param>
internal sealed record StrippedFile(string Sha256, long Size, IReadOnlyList<string> Removed);

internal sealed record EndorsementCount(int Given, int Required);

/// <summary>The answer to a key's issue or rotation. The key is shown this once.</summary>
internal sealed record KeyReceipt : Receipt
{
    /// <summary>Null in a repeat: only a hash of it is kept.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required string? Key { get; init; }

    /// <summary>The part of the key's text that says which it is, and may be kept, logged and shown.</summary>
    public string? Prefix { get; init; }

    /// <summary>After a rotation: when the secret before this one ends; left out where it has ended with it.</summary>
    public DateTimeOffset? EarlierUntil { get; init; }
}

/// <summary>The answer to a webhook's registration. The secret is shown this once.</summary>
internal sealed record WebhookReceipt : Receipt
{
    /// <summary>Null in a repeat.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required string? Secret { get; init; }
}

/// <summary>How the answers of commands are written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(Receipt))]
[JsonSerializable(typeof(KeyReceipt))]
[JsonSerializable(typeof(WebhookReceipt))]
internal sealed partial class ReceiptJson : JsonSerializerContext;
