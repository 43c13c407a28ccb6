namespace Ledger.Projections.Storage;

/// <summary>The read-model file can't be read or written.</summary>
internal sealed class ReadModelException(string message, Exception? inner = null) : Exception(message, inner);
