using Ledger.Application;
using Ledger.Domain;
using Ledger.Domain.Violations;

namespace Ledger.Dashboard.Pages.Cases;

/// <summary>Something that may be done with a case, on a page of its own.</summary>
/// <param name="Slug">In the address: <c>/violations/{v}/{slug}</c>.</param>
/// <param name="Allows">Who may ask for it at all.</param>
/// <param name="Fits">When it makes sense: what the rules would refuse anyway isn't offered.</param>
/// <param name="IsDecision">It names the revision that it was taken on.</param>
public sealed record CaseAct(string Slug, Act Allows, Func<ViolationState, Principal, bool> Fits, bool IsDecision = false)
{
    /// <summary>True where it is about one dispute, which the address names.</summary>
    public bool IsOfDispute => Slug is "answer" or "resolve" or "withdraw-dispute";

    public string TitleKey => "Act_" + Slug;

    public string TextKey => "ActText_" + Slug;
}

/// <summary>Every act, in the order in which they are offered.</summary>
public static class CaseActs
{
    public static readonly IReadOnlyList<CaseAct> All =
    [
        new("reply", Act.Reply, (s, p) => IsOpen(s) && IsOwn(s, p)),
        new("dispute", Act.Dispute, (s, p) => IsOpen(s) && IsOwn(s, p) && !HasDispute(s, p)),
        new("answer", Act.AnswerDispute, (s, _) => s.HasOpenDispute),
        new("withdraw-dispute", Act.WithdrawDispute, (s, p) => s.Disputes.Any(d => d.Status == DisputeStatus.Open && d.By == p.Subject)),
        new("confirm", Act.Rule, (s, p) => MayRule(s, p) && s.Status is ViolationStatus.Alleged or ViolationStatus.Unresolved, true),
        new("dismiss", Act.Rule, (s, p) => MayRule(s, p) && s.Status is ViolationStatus.Alleged or ViolationStatus.Unresolved, true),
        new("unresolved", Act.Rule, (s, p) => MayRule(s, p) && s.Status is ViolationStatus.Alleged, true),
        new("attribute", Act.Rule, (s, p) => MayRule(s, p) && IsOpen(s) && !s.HasOpenDispute, true),
        new("resolve", Act.Rule, (s, p) => MayRule(s, p) && s.HasOpenDispute, true),
        new("reopen", Act.Rule, (s, p) => MayRule(s, p) && !s.HasOpenDispute && (s.Finding is not null || s.IsWithdrawn), true),
        new("corroborate", Act.Corroborate, (s, _) => IsOpen(s)),
        new("evidence", Act.AttachEvidence, (_, _) => true),
        new("casualties", Act.ReviseCasualties, (s, _) => IsOpen(s)),
        new("amend", Act.Amend, (s, p) => IsOpen(s) && s.Recorder == p.Subject, true),
        new("withdraw", Act.Withdraw, (s, p) => s.Status == ViolationStatus.Alleged && s.Recorder == p.Subject, true),
    ];

    /// <summary>What this viewer may do now.</summary>
    public static IEnumerable<CaseAct> For(ViolationState state, Principal viewer)
    {
        ArgumentNullException.ThrowIfNull(state);
        return All.Where(act => viewer.May(act.Allows, state.AgreementId) && act.Fits(state, viewer));
    }

    public static CaseAct? Find(string slug) => All.FirstOrDefault(act => act.Slug == slug);

    /// <summary>Why an act that the role may do doesn't fit this case now: the rules' own code; null where it fits.</summary>
    public static string? WhyNot(CaseAct act, ViolationState state, Principal viewer)
    {
        ArgumentNullException.ThrowIfNull(act);
        ArgumentNullException.ThrowIfNull(state);
        if (act.Fits(state, viewer)) return null;
        return act switch
        {
            { Allows: Act.Rule } when state.HasTakenPart(viewer.Subject) => "separation-of-duties",
            { Slug: "amend" or "withdraw" } when state.Recorder != viewer.Subject => "not-the-recorder",
            { Slug: "reply" or "dispute" } when !IsOwn(state, viewer) => "not-your-party",
            { Slug: "answer" or "resolve" or "withdraw-dispute" } => "dispute-closed",
            { Slug: not "reopen" } when !IsOpen(state) => "case-closed",
            { Slug: "dispute" } => "dispute-already-open",
            _ when state.HasOpenDispute => "dispute-open",
            { Slug: "reopen" } => "nothing-to-reopen",
            { Slug: "withdraw" } => "finding-stands",
            { Slug: "confirm" or "dismiss" or "unresolved" } => "already-ruled",
            _ => "not-open",
        };
    }

    private static bool IsOpen(ViolationState s) => s.Status is not (ViolationStatus.Withdrawn or ViolationStatus.Duplicate);

    // A liaison speaks for its party, in cases that name it or nobody.
    private static bool IsOwn(ViolationState s, Principal p) => !p.Is(Role.Liaison) || (p.PartyId is { } party && (s.Names(party) || s.AccountableParty is null));

    private static bool HasDispute(ViolationState s, Principal p) =>
        s.Disputes.Any(d => d.Status == DisputeStatus.Open && (p.PartyId is { } party && p.Is(Role.Liaison) ? d.Party == party && d.RaisedAs == Role.Liaison : d.By == p.Subject));

    // Separation of duties.
    private static bool MayRule(ViolationState s, Principal p) => p.Is(Role.Verifier) && !s.HasTakenPart(p.Subject);
}
