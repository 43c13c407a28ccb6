namespace Ledger.Projections.Storage;

/// <summary>Every table that events are folded into.</summary>
internal static class Tables
{
    public static readonly Table<FactRow> Facts = new("facts", 0,
        Column<FactRow>.Long("sequence", static (in FactRow r) => r.Sequence),
        Column<FactRow>.Uuid("event_id", static (in FactRow r) => r.EventId),
        Column<FactRow>.Long("recorded_at", static (in FactRow r) => r.RecordedAt),
        Column<FactRow>.Int("agreement", static (in FactRow r) => r.Agreement),
        Column<FactRow>.Long("first", static (in FactRow r) => r.First),
        Column<FactRow>.Int("revision", static (in FactRow r) => r.Revision));

    public static readonly Table<StreamRow> Streams = new("streams", 1,
        Column<StreamRow>.Long("first", static (in StreamRow r) => r.First),
        Column<StreamRow>.Text("name", static (in StreamRow r) => r.Name));

    public static readonly Table<AnchorRow> Anchors = new("anchors", 2,
        Column<AnchorRow>.Long("sequence", static (in AnchorRow r) => r.Sequence),
        Column<AnchorRow>.Long("commit_position", static (in AnchorRow r) => r.Commit),
        Column<AnchorRow>.Long("prepare_position", static (in AnchorRow r) => r.Prepare),
        Column<AnchorRow>.Long("newest", static (in AnchorRow r) => r.Newest));

    public static readonly Table<DigestRow> Digests = new("digests", 3,
        Column<DigestRow>.Long("sequence", static (in DigestRow r) => r.Sequence),
        Column<DigestRow>.Long("prefix", static (in DigestRow r) => r.Prefix));

    public static readonly Table<NameRow> Names = new("names", 4,
        Column<NameRow>.Int("code", static (in NameRow r) => r.Code),
        Column<NameRow>.Text("text", static (in NameRow r) => r.Text));

    public static readonly Table<PostingRow> Postings = new("postings", 5,
        Column<PostingRow>.Long("sequence", static (in PostingRow r) => r.Sequence),
        Column<PostingRow>.Long("case_sequence", static (in PostingRow r) => r.Case),
        Column<PostingRow>.Int("delta", static (in PostingRow r) => r.Delta),
        Column<PostingRow>.Int("agreement", static (in PostingRow r) => r.Agreement),
        Column<PostingRow>.Int("accountable", static (in PostingRow r) => r.Accountable),
        Column<PostingRow>.Int("alleged", static (in PostingRow r) => r.Alleged),
        Column<PostingRow>.Byte("status", static (in PostingRow r) => r.Status),
        Column<PostingRow>.Byte("category", static (in PostingRow r) => r.Category),
        Column<PostingRow>.Byte("facet", static (in PostingRow r) => r.Facet),
        Column<PostingRow>.Byte("lethal", static (in PostingRow r) => r.Lethal),
        Column<PostingRow>.Long("occurred", static (in PostingRow r) => r.Occurred),
        Column<PostingRow>.Int("day", static (in PostingRow r) => r.Day),
        Column<PostingRow>.Int("zone", static (in PostingRow r) => r.Zone),
        Column<PostingRow>.Int("count", static (in PostingRow r) => r.Count),
        Column<PostingRow>.Long("decided", static (in PostingRow r) => r.Decided),
        Column<PostingRow>.Short("pace", static (in PostingRow r) => r.Pace),
        Column<PostingRow>.Long("ruled_at", static (in PostingRow r) => r.RuledAt));

    public static readonly Table<MeasureRow> Measures = new("measures", 6,
        Column<MeasureRow>.Long("sequence", static (in MeasureRow r) => r.Sequence),
        Column<MeasureRow>.Int("agreement", static (in MeasureRow r) => r.Agreement),
        Column<MeasureRow>.Int("accountable", static (in MeasureRow r) => r.Accountable),
        Column<MeasureRow>.Int("alleged", static (in MeasureRow r) => r.Alleged),
        Column<MeasureRow>.Byte("status", static (in MeasureRow r) => r.Status),
        Column<MeasureRow>.Byte("category", static (in MeasureRow r) => r.Category),
        Column<MeasureRow>.Long("occurred", static (in MeasureRow r) => r.Occurred),
        Column<MeasureRow>.Int("day", static (in MeasureRow r) => r.Day),
        Column<MeasureRow>.Int("zone", static (in MeasureRow r) => r.Zone),
        Column<MeasureRow>.Byte("code", static (in MeasureRow r) => r.Code),
        Column<MeasureRow>.Long("amount", static (in MeasureRow r) => r.Amount));

    public static readonly Table<VersionRow> Versions = new("versions", 7,
        Column<VersionRow>.Long("sequence", static (in VersionRow r) => r.Sequence),
        Column<VersionRow>.Long("previous", static (in VersionRow r) => r.Previous),
        Column<VersionRow>.Long("case_sequence", static (in VersionRow r) => r.Case),
        Column<VersionRow>.Uuid("violation_id", static (in VersionRow r) => r.ViolationId),
        Column<VersionRow>.Int("revision", static (in VersionRow r) => r.Revision),
        Column<VersionRow>.Int("agreement", static (in VersionRow r) => r.Agreement),
        Column<VersionRow>.Byte("status", static (in VersionRow r) => r.Status),
        Column<VersionRow>.Byte("category", static (in VersionRow r) => r.Category),
        Column<VersionRow>.Long("occurred", static (in VersionRow r) => r.Occurred),
        Column<VersionRow>.Long("occurred_to", static (in VersionRow r) => r.OccurredTo),
        Column<VersionRow>.Byte("precision", static (in VersionRow r) => r.Precision),
        Column<VersionRow>.Int("accountable", static (in VersionRow r) => r.Accountable),
        Column<VersionRow>.Int("alleged", static (in VersionRow r) => r.Alleged),
        Column<VersionRow>.Int("zone", static (in VersionRow r) => r.Zone),
        Column<VersionRow>.Real("latitude", static (in VersionRow r) => r.Latitude),
        Column<VersionRow>.Real("longitude", static (in VersionRow r) => r.Longitude),
        Column<VersionRow>.Byte("severity", static (in VersionRow r) => r.Severity),
        Column<VersionRow>.Long("killed", static (in VersionRow r) => r.Killed),
        Column<VersionRow>.Int("open_disputes", static (in VersionRow r) => r.OpenDisputes),
        Column<VersionRow>.Long("recorded_at", static (in VersionRow r) => r.RecordedAt),
        Column<VersionRow>.Int("place", static (in VersionRow r) => r.Place));

    public static readonly Table<PlaceRow> Places = new("places", 8,
        Column<PlaceRow>.Long("case_sequence", static (in PlaceRow r) => r.Case),
        Column<PlaceRow>.Int("revision", static (in PlaceRow r) => r.Revision),
        Column<PlaceRow>.Text("json", static (in PlaceRow r) => r.Json));

    public static readonly Table<CoverageRow> Coverage = new("coverage", 9,
        Column<CoverageRow>.Long("sequence", static (in CoverageRow r) => r.Sequence),
        Column<CoverageRow>.Long("entry", static (in CoverageRow r) => r.Entry),
        Column<CoverageRow>.Uuid("coverage_id", static (in CoverageRow r) => r.CoverageId),
        Column<CoverageRow>.Int("agreement", static (in CoverageRow r) => r.Agreement),
        Column<CoverageRow>.Int("site", static (in CoverageRow r) => r.Site),
        Column<CoverageRow>.Int("zone", static (in CoverageRow r) => r.Zone),
        Column<CoverageRow>.Long("watched_from", static (in CoverageRow r) => r.From),
        Column<CoverageRow>.Long("watched_to", static (in CoverageRow r) => r.To),
        Column<CoverageRow>.Int("cause", static (in CoverageRow r) => r.Cause),
        Column<CoverageRow>.Int("party", static (in CoverageRow r) => r.Party),
        Column<CoverageRow>.Text("description", static (in CoverageRow r) => r.Description),
        Column<CoverageRow>.Byte("corrected", static (in CoverageRow r) => r.Corrected),
        Column<CoverageRow>.Long("recorded_at", static (in CoverageRow r) => r.RecordedAt));

    public static readonly Table<CommandRow> Commands = new("commands", 10,
        Column<CommandRow>.Long("sequence", static (in CommandRow r) => r.Sequence),
        Column<CommandRow>.Long("prefix", static (in CommandRow r) => r.Prefix));

    public static readonly Table<ErasedRow> Erased = new("erased", 11,
        Column<ErasedRow>.Long("sequence", static (in ErasedRow r) => r.Sequence),
        Column<ErasedRow>.Text("digest", static (in ErasedRow r) => r.Digest));

    public static readonly IReadOnlyList<Table> All =
        [Facts, Streams, Anchors, Digests, Names, Postings, Measures, Versions, Places, Coverage, Commands, Erased];
}
