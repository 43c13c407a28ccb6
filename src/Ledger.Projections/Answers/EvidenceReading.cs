using Ledger.Domain;

namespace Ledger.Projections;

/// <summary>A file of evidence was handed over: to whom, when, and through which agreement and cases.</summary>
public sealed record EvidenceReading(
    long Sequence, DateTimeOffset At, Actor By, AgreementId Agreement, string Sha256, Values<ViolationId> Violations, bool IsOriginal);
