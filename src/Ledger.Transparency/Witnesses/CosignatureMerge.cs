namespace Ledger.Transparency;

/// <summary>A checkpoint with the newest cosignature of each witness, and the lines that weren't taken.</summary>
/// <param name="Forged">Lines that carry a witness's name and id but aren't that witness's: a reason to look at who sent them.</param>
/// <param name="Unknown">Lines of keys that nobody asked for.</param>
public sealed record MergedCheckpoint(SignedCheckpoint Checkpoint, IReadOnlyList<NoteSignature> Forged, IReadOnlyList<NoteSignature> Unknown);

/// <summary>Puts cosignatures on a checkpoint. Every line is verified before it is merged.</summary>
public static class CosignatureMerge
{
    /// <summary>One line per witness, the newest, in the order of <paramref name="witnesses"/>, behind the lines that aren't theirs.</summary>
    /// <remarks>The result depends on the lines alone, not on the order in which they arrived: all nodes print the same note.</remarks>
    public static MergedCheckpoint Merge(SignedCheckpoint checkpoint, IReadOnlyList<NoteSignature> answered, IReadOnlyList<VerifierKey> witnesses)
    {
        var offered = answered.ToLookup(line => Judge(checkpoint, line, witnesses));
        var held = checkpoint.Note.Signatures.ToLookup(line => Judge(checkpoint, line, witnesses));
        var valid = held[Line.Valid].Concat(offered[Line.Valid]).ToList();
        var newest = witnesses.Select(witness => Newest(witness, valid)).OfType<NoteSignature>().ToList();
        return new MergedCheckpoint(
            checkpoint.With([.. held[Line.Unknown].Take(SignedNote.MaxSignatures - newest.Count), .. newest]),
            [.. held[Line.Forged], .. offered[Line.Forged]],
            [.. offered[Line.Unknown]]);
    }

    private enum Line { Valid, Forged, Unknown }

    // C2SP tlog-witness, "add-checkpoint": a cosignature's time must not be zero.
    private static Line Judge(SignedCheckpoint checkpoint, NoteSignature line, IReadOnlyList<VerifierKey> witnesses)
    {
        if (witnesses.FirstOrDefault(key => key.IsNamedIn(line)) is not { } witness) return Line.Unknown;
        return witness.Verifies(checkpoint.Note.Text, line) && Cosignature.TimeOf(witness, line) is { Value: > 0 } ? Line.Valid : Line.Forged;
    }

    private static NoteSignature? Newest(VerifierKey witness, IEnumerable<NoteSignature> valid) =>
        valid.Where(witness.IsNamedIn).MaxBy(line => Cosignature.TimeOf(witness, line)!.Value.Value);
}
