using System.Collections.Frozen;
using Ledger.Domain;

namespace Ledger.Application;

/// <summary>Whoever signed in: a subject with its roles, and the agreements that it may see.</summary>
/// <param name="Agreements">The only agreements that it sees; none = all.</param>
public sealed record Principal(KeyId KeyId, Subject Subject, FrozenSet<Role> Roles, PartyId? PartyId, Values<AgreementId> Agreements)
{
    /// <summary>When a token that was brought stops holding; null for keys, which the ledger itself knows to hold or not.</summary>
    public DateTimeOffset? ValidUntil { get; init; }

    /// <summary>When the issuer made the token that was brought; null for keys.</summary>
    public DateTimeOffset? IssuedAt { get; init; }

    /// <summary>How often all that the account held had been ended when its session began; null for keys and for tokens.</summary>
    public int? EndingsBefore { get; init; }

    /// <summary>Which of the key's secrets was brought: once that one has ended, whatever was begun with it ends too.</summary>
    public int Secret { get; init; }

    public bool Sees(AgreementId agreement) => Agreements.Count == 0 || Agreements.Contains(agreement);

    /// <summary>True where events without an agreement (keys, webhooks, readings of evidence) are open to it.</summary>
    public bool SeesAllAgreements => Agreements.Count == 0;

    public bool Is(Role role) => Roles.Contains(role);

    /// <summary>Confidential parts are read by monitors and verifiers of the agreement, and by auditors.</summary>
    public bool ReadsConfidential(AgreementId agreement) => this.May(Act.ReadConfidential, agreement);

    /// <summary>Events of keys and webhooks, and who read which evidence, are read by administrators and auditors.</summary>
    public bool ReadsOperatorsActs => this.May(Act.ReadOperatorsActs);

    /// <summary>The machine itself: first keys, deadlines, imports. Never a person.</summary>
    public static Principal Machine(string name) => new(
        new KeyId("machine"), new Subject($"machine:{name}"), new[] { Role.System }.ToFrozenSet(), null, Values<AgreementId>.None);
}
