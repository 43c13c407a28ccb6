using Ledger.Log;
using Ledger.Projections;

namespace Ledger.Node;

/// <summary>How the node is: its read models and its log together. The worse of the two speaks.</summary>
/// <param name="Count">Events that answers cover.</param>
/// <param name="Sealed">The newest signed head; null before the first.</param>
public sealed record NodeHealth(
    ViewStatus Status, long Count, SealedHead? Sealed, TimeSpan Lag, long Backlog, IReadOnlyList<ViewProblem> Problems)
{
    /// <summary>This machine's clock jumped, or is behind the ledger's newest event. Commands get 503; what is stored is read on.</summary>
    public const string ClockJumped = "clock-jumped";

    /// <summary>The store, where nodes share it.</summary>
    public StoreHealth? Store { get; private init; }

    internal static NodeHealth Of(ViewHealth view, LogHealth log, bool areErasuresApplied, StoreHealth? store, TimeSpan unheard, params ViewProblem?[] others) => new(
        Worse(view.Status, areErasuresApplied && unheard == TimeSpan.Zero ? log.Status : Worse(log.Status)), view.Count, log.Sealed,
        unheard > view.Lag ? unheard : view.Lag, view.Backlog,
        [.. view.Problems, .. log.Problems.Select(problem => new ViewProblem(problem.Code, problem.Message, problem.Sequence)), .. store?.Problems ?? [], .. others.OfType<ViewProblem>()])
    {
        Store = store,
    };

    private static LogStatus Worse(LogStatus log) => log == LogStatus.Ready ? LogStatus.CatchingUp : log;

    // In the order of the enumeration each is worse than the one before, but for catching up.
    private static ViewStatus Worse(ViewStatus view, LogStatus log) => (view, log) switch
    {
        (ViewStatus.Faulted, _) or (_, LogStatus.Faulted) => ViewStatus.Faulted,
        (ViewStatus.ReadOnly, _) or (_, LogStatus.ReadOnly) => ViewStatus.ReadOnly,
        (ViewStatus.CatchingUp, _) or (_, LogStatus.CatchingUp) => ViewStatus.CatchingUp,
        _ => ViewStatus.Ready,
    };
}
