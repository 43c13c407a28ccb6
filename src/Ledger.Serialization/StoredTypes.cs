namespace Ledger.Serialization;

/// <summary>Every type that is stored. A name and its form are for ever: a new form is a new row, and the old row becomes an upcaster.</summary>
internal static class StoredTypes
{
    public static readonly EventRegistry Registry = new(
        [
            StoredType.Of("agreement-registered-v1", AgreementForms.Registered),
            StoredType.Of("party-added-v1", AgreementForms.PartyAdded),
            StoredType.Of("provision-added-v1", AgreementForms.ProvisionAdded),
            StoredType.Of("zone-defined-v1", AgreementForms.ZoneDefined),
            StoredType.Of("policy-changed-v1", AgreementForms.PolicyChanged),
            StoredType.Of("safeguards-changed-v1", AgreementForms.SafeguardsChanged),
            StoredType.Of("policy-change-approved-v1", AgreementForms.PolicyChangeApproved),
            StoredType.Of("agreement-suspended-v1", AgreementForms.Suspended),
            StoredType.Of("agreement-resumed-v1", AgreementForms.Resumed),
            StoredType.Of("agreement-ended-v1", AgreementForms.Ended),

            StoredType.Of("monitoring-logged-v1", CoverageForms.MonitoringLogged),
            StoredType.Of("coverage-gap-recorded-v1", CoverageForms.GapRecorded),
            StoredType.Of("coverage-corrected-v1", CoverageForms.Corrected),

            StoredType.Of("aggregate-claim-recorded-v1", ClaimForms.Recorded),
            StoredType.Of("aggregate-claim-withdrawn-v1", ClaimForms.Withdrawn),

            StoredType.Of("violation-recorded-v1", ViolationForms.Recorded),
            StoredType.Of("evidence-attached-v1", ViolationForms.EvidenceAttached),
            StoredType.Of("evidence-stripped-v1", ViolationForms.EvidenceStripped),
            StoredType.Of("violation-corroborated-v1", ViolationForms.Corroborated),
            StoredType.Of("party-replied-v1", ViolationForms.PartyReplied),
            StoredType.Of("violation-disputed-v1", ViolationForms.Disputed),
            StoredType.Of("dispute-answered-v1", ViolationForms.DisputeAnswered),
            StoredType.Of("dispute-withdrawn-v1", ViolationForms.DisputeWithdrawn),
            StoredType.Of("dispute-resolved-v1", ViolationForms.DisputeResolved),
            StoredType.Of("ruling-endorsed-v1", ViolationForms.RulingEndorsed),
            StoredType.Of("violation-confirmed-v1", ViolationForms.Confirmed),
            StoredType.Of("violation-attributed-v1", ViolationForms.Attributed),
            StoredType.Of("violation-dismissed-v1", ViolationForms.Dismissed),
            StoredType.Of("violation-left-unresolved-v1", ViolationForms.LeftUnresolved),
            StoredType.Of("violation-amended-v1", ViolationForms.Amended),
            StoredType.Of("casualties-revised-v1", ViolationForms.CasualtiesRevised),
            StoredType.Of("violation-reopened-v1", ViolationForms.Reopened),
            StoredType.Of("violation-withdrawn-v1", ViolationForms.Withdrawn),
            StoredType.Of("erasure-approved-v1", ViolationForms.ErasureApproved),
            StoredType.Of("personal-data-erased-v1", ViolationForms.PersonalDataErased),
            StoredType.Of("evidence-erasure-approved-v1", ViolationForms.EvidenceErasureApproved),
            StoredType.Of("evidence-erased-v1", ViolationForms.EvidenceErased),

            StoredType.Of("key-issued-v1", AccessForms.KeyIssued),
            StoredType.Of("key-revoked-v1", AccessForms.KeyRevoked),
            StoredType.Of("key-rotated-v1", AccessForms.KeyRotated),
            StoredType.Of("key-proposed-v1", AccessForms.KeyProposed),
            StoredType.Of("key-rotation-proposed-v1", AccessForms.KeyRotationProposed),
            StoredType.Of("key-approved-v1", AccessForms.KeyApproved),
            StoredType.Of("account-ended-v1", AccessForms.AccountEnded),
            StoredType.Of("account-blocked-v1", AccessForms.AccountBlocked),
            StoredType.Of("account-unblocked-v1", AccessForms.AccountUnblocked),
            StoredType.Of("webhook-registered-v2", AccessForms.WebhookRegistered),
            StoredType.Of("webhook-secret-rotated-v1", AccessForms.WebhookSecretRotated),
            StoredType.Of("webhook-resumed-v1", AccessForms.WebhookResumed),
            StoredType.Of("webhook-removed-v1", AccessForms.WebhookRemoved),
            StoredType.Of("evidence-read-v1", AccessForms.EvidenceRead),
        ],
        upcasters:
        [
            // Version 2 may filter by case; version 1 never did, and so says the same.
            new Upcaster("webhook-registered-v1", "webhook-registered-v2", json => json),
        ]);
}
