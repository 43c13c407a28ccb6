using Ledger.Domain.Agreements;

namespace Ledger.Dashboard.Layout;

/// <summary>What a page tells the layout around it: which agreement it is about.</summary>
public sealed class Frame
{
    public AgreementState? Agreement { get; private set; }

    public event Action? Changed;

    public void Show(AgreementState? agreement)
    {
        Agreement = agreement;
        Changed?.Invoke();
    }
}
