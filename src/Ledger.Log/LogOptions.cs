using Ledger.Log.Signing;
using Ledger.Transparency;

namespace Ledger.Log;

/// <summary>Where a node keeps what its log needs, and whom it asks for cosignatures.</summary>
/// <param name="Keys">The signing keys that this node holds.</param>
public sealed record LogOptions(SignerKeys Keys)
{
    /// <summary>The file of the tiles. It may be deleted: it is made anew from the store, byte for byte. Null = a file for as long as the log is open.</summary>
    public string? TileFile { get; init; }

    /// <summary>The file of the last head that this node signed or adopted. Outside the data and outside its backups. Null = remembered by the process only.</summary>
    public string? SignerState { get; init; }

    /// <summary>The log's name where this is its first start; where the log has a name, the same or nothing.</summary>
    public string? Origin { get; init; }

    /// <summary>Witnesses and quorum; null = none.</summary>
    public TrustPolicy? Policy { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How long a witness may take.</summary>
    public TimeSpan WitnessPatience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>False for a node that follows, serves and checks, and leaves sealing to others.</summary>
    public bool Seals { get; init; } = true;
}
