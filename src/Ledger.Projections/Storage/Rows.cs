using Ledger.Domain;

namespace Ledger.Projections.Storage;

/// <summary>Numbers that stand for "there is none": columns are never null.</summary>
internal static class None
{
    public const long Time = long.MinValue;
    public const long Duration = -1;
    public const int Name = -1;
    public const long Sequence = -1;
    public const long Figure = -1;
}

/// <summary>One numbered event.</summary>
/// <param name="First">The sequence of the first event of its stream, which stands for the stream.</param>
/// <param name="Agreement">A code of <c>names</c>.</param>
internal readonly record struct FactRow(long Sequence, Guid EventId, long RecordedAt, int Agreement, long First, int Revision);

/// <summary>A stream that isn't a case's: the few whose states are kept in memory.</summary>
internal readonly record struct StreamRow(long First, string Name);

/// <summary>Where in the store's order every so many events lie.</summary>
/// <param name="Newest">The latest moment at which an event before it was recorded; clocks of several nodes needn't agree.</param>
internal readonly record struct AnchorRow(long Sequence, long Commit, long Prepare, long Newest);

/// <summary>The first 8 bytes of a command's id that made a subject under an Idempotency-Key.</summary>
internal readonly record struct CommandRow(long Sequence, long Prefix);

/// <summary>The first 8 bytes of a digest that an event refers to; enough to tell digests apart.</summary>
internal readonly record struct DigestRow(long Sequence, long Prefix);

/// <summary>A digest whose text an event says was erased, or a file of an agreement, as <c>agreement/sha256</c>; no digest has a slash.</summary>
internal readonly record struct ErasedRow(long Sequence, string Digest)
{
    private const char Slash = '/';

    public static string OfFile(AgreementId agreement, string sha256) => $"{agreement}{Slash}{sha256}";

    public static (AgreementId Agreement, string Sha256) ToFile(string digest)
    {
        var parts = digest.Split(Slash);
        return (new AgreementId(parts[0]), parts[1]);
    }

    public static bool IsFile(string digest) => digest.Contains(Slash, StringComparison.Ordinal);
}

/// <summary>A slug or a site, and the number that stands for it in the other tables.</summary>
internal readonly record struct NameRow(int Code, string Text);

/// <summary>One entry in an account: plus one where a case comes in, minus one where it goes out, with all by which figures are asked for.</summary>
/// <param name="Case">The sequence of the case's record.</param>
/// <param name="Facet">See <see cref="Compliance.Facet"/>.</param>
/// <param name="Occurred">Microseconds since 1970 UTC.</param>
/// <param name="Day">Day number of occurred.from in the agreement's time zone.</param>
/// <param name="Decided">Microseconds from recorded to the first ruling.</param>
/// <param name="RuledAt">Of a standing confirmation.</param>
internal readonly record struct PostingRow(
    long Sequence, long Case, int Delta, int Agreement, int Accountable, int Alleged, byte Status, byte Category, byte Facet,
    byte Lethal, long Occurred, int Day, int Zone, int Count, long Decided, long RuledAt)
{
    /// <summary>How fast a first ruling came, coarsely.</summary>
    public short Pace => Compliance.Pace.Of(Decided);
}

/// <summary>An amount that few cases have: figures of casualties, disputes. Posted like the case itself.</summary>
/// <param name="Code">See <see cref="Compliance.Measure"/>.</param>
/// <param name="Amount">Signed.</param>
internal readonly record struct MeasureRow(
    long Sequence, int Agreement, int Accountable, int Alleged, byte Status, byte Category, long Occurred, int Day, int Zone,
    byte Code, long Amount);

/// <summary>A case as the register shows it from one of its events on.</summary>
/// <param name="Previous">The sequence of the version that this one takes the place of.</param>
/// <param name="Place">The revision of the event that set its location.</param>
internal readonly record struct VersionRow(
    long Sequence, long Previous, long Case, Guid ViolationId, int Revision, int Agreement, byte Status, byte Category, long Occurred,
    long OccurredTo, byte Precision, int Accountable, int Alleged, int Zone, double Latitude, double Longitude, byte Severity,
    long Killed, int OpenDisputes, long RecordedAt, int Place);

/// <summary>A case's location as it was set at one of its revisions.</summary>
internal readonly record struct PlaceRow(long Case, int Revision, string Json);

/// <summary>An entry of the coverage book from one of its events on.</summary>
internal readonly record struct CoverageRow(
    long Sequence, long Entry, Guid CoverageId, int Agreement, int Site, int Zone, long From, long To, int Cause, int Party,
    string Description, byte Corrected, long RecordedAt);
