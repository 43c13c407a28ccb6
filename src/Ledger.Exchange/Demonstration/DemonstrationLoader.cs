using System.Buffers.Text;
using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ledger.Application;
using Ledger.Application.Commands;
using Ledger.Domain;
using Ledger.Domain.Access;
using Ledger.Domain.Agreements;
using Ledger.EventStore;
using Ledger.Projections;
using Ledger.Serialization;
using MediatR;

namespace Ledger.Exchange.Demonstration;

/// <summary>A key of the demonstration, with what opens it.</summary>
public sealed record DemonstrationKey(KeyId KeyId, Role Role, PartyId? Party, string Secret);

/// <summary>What loading the demonstration brought.</summary>
/// <param name="Stored">Events that are new; 0 when it was loaded before.</param>
/// <param name="Text">What to print: the picture, the keys, a word on balance, what to try next.</param>
public sealed record LoadedDemonstration(AgreementId Agreement, IReadOnlyList<DemonstrationKey> Keys, long Stored, string Text);

/// <summary>Loads the Karabakh 2020 exercise through the ordinary commands, each as the person who would give it.</summary>
/// <remarks>
/// Command ids derive from the file, so loading twice stores nothing new. <c>recordedAt</c> is the time of loading: the
/// ledger never backdates, and when things happened stands in <c>occurred</c>.
/// </remarks>
public sealed class DemonstrationLoader
{
    private const string Resource = "karabakh-2020.json";

    private static readonly Guid Namespace = new("7d0f8f54-2b35-5a1e-8c0c-0a6a3a6f2020");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly IMediator _mediator;
    private readonly JsonElement _file;
    private readonly AgreementCommand.Register _agreement;
    private readonly Dictionary<string, Principal> _people;
    private readonly Dictionary<StreamName, long> _revisions = [];
    private readonly Dictionary<string, int> _ordinals = new(StringComparer.Ordinal);
    private Position? _newest;
    private long _stored;

    private DemonstrationLoader(IMediator mediator, JsonElement file)
    {
        (_mediator, _file) = (mediator, file);
        _agreement = Bodies.Agreement(file.GetProperty("agreement"));
        _people = People().ToDictionary(person => person.Name, person => new Principal(
            person.Key, person.Subject, new[] { person.Role }.ToFrozenSet(), person.Party, Values<AgreementId>.None));
    }

    /// <param name="hashingKey">What the node hashes keys with. The secrets of the demonstration's keys derive from it too, so that a second start can print them again.</param>
    /// <param name="server">Where the API is served, for the commands to try.</param>
    /// <exception cref="InvalidOperationException">The data directory holds another version's demonstration; the message is for people.</exception>
    public static async Task<LoadedDemonstration> LoadAsync(
        IMediator mediator, LedgerView view, byte[] hashingKey, Uri server, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(view);
        using var file = Open();
        var loader = new DemonstrationLoader(mediator, file.RootElement);
        var keys = await loader.IssueKeysAsync(hashingKey, cancellation);
        await loader.FoundAsync(cancellation);
        await loader.PlayAsync(cancellation);

        if (loader._newest is { } newest) await view.WaitUntilVisibleAsync(newest, Patience, cancellation);
        var id = loader._agreement.AgreementId;
        var picture = await view.ComplianceAsync(new ComplianceQuery(id), view.Count, cancellation) as ComplianceAnswer.Picture;
        return new LoadedDemonstration(id, keys, loader._stored, DemonstrationText.Write(picture, keys, server, loader._stored));
    }

    /// <summary>The id of a case that the file names, such as NK20-017.</summary>
    public static ViolationId CaseId(string name) => new(Derived($"case/{name}"));

    private async Task<IReadOnlyList<DemonstrationKey>> IssueKeysAsync(byte[] hashingKey, CancellationToken cancellation)
    {
        var keys = new List<DemonstrationKey>();
        foreach (var (json, person) in _file.GetProperty("people").EnumerateArray().Zip(People()))
        {
            var secret = $"cfl_{person.Key}_{Hmac(hashingKey, $"demonstration\n{person.Key}")}";
            var seal = new Sealer();
            var command = new AccessCommand.IssueKey(
                person.Key, person.Subject, seal.DisplayName(json.GetProperty("displayName").GetString()!), Values.Of(person.Role), person.Party,
                Values<AgreementId>.None, null, Hmac(hashingKey, secret));
            await SendAsync(Streams.Of(person.Key), (AccessCommand)command, Principal.Machine("demonstration"), $"key/{person.Key}", Hash(json, "displayName"), seal, false, cancellation);
            keys.Add(new DemonstrationKey(person.Key, person.Role, person.Party, secret));
        }

        return keys;
    }

    private async Task FoundAsync(CancellationToken cancellation)
    {
        var stream = Streams.Of(_agreement.AgreementId);
        var administrator = _people["administrator"];
        var body = _file.GetProperty("agreement");
        await SendAsync(stream, (AgreementCommand)_agreement, administrator, "agreement", Hash(body), new Sealer(), false, cancellation);
        foreach (var zone in _file.GetProperty("zones").EnumerateArray())
        {
            var command = Bodies.Zone(zone);
            await SendAsync(stream, (AgreementCommand)command, administrator, $"zone/{command.Zone.ZoneId}", Hash(zone), new Sealer(), false, cancellation);
        }
    }

    private async Task PlayAsync(CancellationToken cancellation)
    {
        foreach (var step in _file.GetProperty("steps").EnumerateArray())
        {
            var by = _people[step.GetProperty("as").GetString()!];
            var seal = new Sealer();
            var bodies = new Bodies(seal, CaseId);
            if (step.TryGetProperty("case", out var name)) await PlayCaseAsync(step, name.GetString()!, by, bodies, seal, cancellation);
            else if (step.TryGetProperty("coverage", out name)) await PlayCoverageAsync(step, name.GetString()!, by, bodies, seal, cancellation);
            else await PlayClaimAsync(step, step.GetProperty("claim").GetString()!, by, bodies, seal, cancellation);
        }
    }

    private Task PlayCaseAsync(JsonElement step, string name, Principal by, Bodies bodies, Sealer seal, CancellationToken cancellation)
    {
        var (kind, body) = Asked(step);
        var id = CaseId(name);
        // A dispute is called by whoever raised it: none raises two in this file.
        var dispute = step.TryGetProperty("dispute", out var raisedBy) ? new DisputeId(Derived($"dispute/{name}/{raisedBy.GetString()}")) : default;
        if (kind == "withdrawal" && dispute != default) kind = "dispute-withdrawal";
        var command = bodies.Violation(kind, id, _agreement.AgreementId, dispute, body);
        return SendAsync(Streams.Of(id), command, by, Ordinal($"case/{name}/{kind}"), Hash(body), seal, command.IsDecision, cancellation);
    }

    private Task PlayCoverageAsync(JsonElement step, string name, Principal by, Bodies bodies, Sealer seal, CancellationToken cancellation)
    {
        var (kind, body) = Asked(step);
        var id = new CoverageId(Derived($"coverage/{name}"));
        return SendAsync(Streams.Of(id), bodies.Coverage(kind, id, _agreement.AgreementId, body), by, $"coverage/{name}", Hash(body), seal, false, cancellation);
    }

    private Task PlayClaimAsync(JsonElement step, string name, Principal by, Bodies bodies, Sealer seal, CancellationToken cancellation)
    {
        var (_, body) = Asked(step);
        var id = new ClaimId(Derived($"claim/{name}"));
        return SendAsync(Streams.Of(id), bodies.Claim(id, _agreement.AgreementId, body), by, $"claim/{name}", Hash(body), seal, false, cancellation);
    }

    private async Task SendAsync<TCommand>(
        StreamName stream, TCommand command, Principal by, string key, string hash, Sealer seal, bool isDecision, CancellationToken cancellation)
        where TCommand : notnull
    {
        var identity = new CommandIdentity(Derived($"command/{by.Subject}/{key}"), HasKey: true, hash, "demonstration");
        long? ifMatch = isDecision ? _revisions[stream] : null;
        var outcome = await _mediator.Send(new Execute<TCommand>(stream, command, by, identity, ifMatch, seal.Done()), cancellation);
        if (outcome is not CommandOutcome.Stored stored) throw new InvalidOperationException(WhyNot(outcome, key));

        var revision = stored.Answer.Revision.Value;
        if (stored.Repeat == Repeat.No) _stored += revision - _revisions.GetValueOrDefault(stream, -1);
        _revisions[stream] = revision;
        if (_newest is null || stored.Answer.Position > _newest) _newest = stored.Answer.Position;
    }

    private static string WhyNot(CommandOutcome outcome, string key) => outcome switch
    {
        CommandOutcome.KeyReused => "This data directory holds the demonstration of another version. Start with an empty one.",
        CommandOutcome.Refused no => $"The demonstration's step {key} was refused ({no.Why.Code}): {no.Why.Message} Start with an empty data directory.",
        _ => $"The demonstration's step {key} wasn't stored ({outcome.GetType().Name}). Start with an empty data directory.",
    };

    private static (string Kind, JsonElement Body) Asked(JsonElement step)
    {
        var asked = step.EnumerateObject().Last();
        return (asked.Name, asked.Value);
    }

    /// <summary>The n-th act of its kind on a case is the same one on every run.</summary>
    private string Ordinal(string key)
    {
        var n = _ordinals[key] = _ordinals.GetValueOrDefault(key) + 1;
        return $"{key}/{n}";
    }

    private IEnumerable<(string Name, KeyId Key, Subject Subject, Role Role, PartyId? Party)> People()
    {
        foreach (var person in _file.GetProperty("people").EnumerateArray())
        {
            var id = person.GetProperty("keyId").GetString()!;
            if (!Kebab<Role>.TryParse(person.GetProperty("roles")[0].GetString(), out var role)) throw new InvalidDataException($"{id} has no role that there is.");
            PartyId? party = person.TryGetProperty("partyId", out var p) ? new PartyId(p.GetString()!) : null;
            yield return (id["demo-".Length..], new KeyId(id), new Subject(person.GetProperty("subject").GetString()!), role, party);
        }
    }

    private static JsonDocument Open()
    {
        using var stream = typeof(DemonstrationLoader).Assembly.GetManifestResourceStream(Resource)!;
        return JsonDocument.Parse(stream, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip });
    }

    private static string Hash(JsonElement body, params ReadOnlySpan<string> without) => CanonicalJson.Hash(body, without);

    private static string Hmac(byte[] key, string text) => Base64Url.EncodeToString(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));

    private static Guid Derived(string name) => DeterministicId.Version5(Namespace, Encoding.UTF8.GetBytes(name));
}
