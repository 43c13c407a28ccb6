namespace Ledger.Projections.Sequencing;

/// <summary>The history itself, or what holds it, is broken: the projections stop and say where.</summary>
internal sealed class LedgerFaultException(string code, string message, long? sequence, Exception? inner = null) : Exception(message, inner)
{
    public ViewProblem Problem { get; } = new(code, message, sequence);
}
