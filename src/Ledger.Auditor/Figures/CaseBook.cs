using System.Globalization;
using Ledger.Transparency;

namespace Ledger.Auditor;

/// <summary>Where a case stands (domain.md, "Status and what may follow what").</summary>
internal enum Status { Alleged, Disputed, Confirmed, Dismissed, Unresolved, Withdrawn, Duplicate }

internal enum Finding { None, Confirmed, Dismissed, Unresolved }

internal enum DisputeFate { Open, Upheld, Rejected, Withdrawn }

/// <summary>One case, folded from its events by the auditor's own reading of the rules.</summary>
internal sealed class Case(string agreement, Fact.Recorded record)
{
    private const string ResolvingADispute = "dispute-resolved";

    private IReadOnlyList<CasualtyRow> _recorded = record.Casualties;
    private List<CasualtyRow> _claimed = [];
    private HashSet<string>? _kindsClaimed;
    private string? _remedy;
    private string? _ruledParty;

    public string Agreement => agreement;

    public string Category { get; private set; } = record.Category;

    public Finding Finding { get; private set; }

    public string? Severity { get; private set; }

    /// <summary>Somebody has ruled on whose case it is.</summary>
    public bool IsRuledOn { get; private set; }

    public bool IsWithdrawn { get; private set; }

    public bool IsDuplicate { get; private set; }

    public Dictionary<string, DisputeFate> Disputes { get; } = new(StringComparer.Ordinal);

    public long Revision { get; set; }

    /// <summary>By the latest ruling on attribution, or, without one, the alleged party; null = undetermined.</summary>
    public string? AccountableParty => IsRuledOn ? _ruledParty : record.AllegedParty;

    private bool IsDisputed => Disputes.ContainsValue(DisputeFate.Open);

    public Status Status => this switch
    {
        { IsWithdrawn: true } => Status.Withdrawn,
        { IsDuplicate: true } => Status.Duplicate,
        { IsDisputed: true } => Status.Disputed,
        { Finding: Finding.Confirmed } => Status.Confirmed,
        { Finding: Finding.Dismissed } => Status.Dismissed,
        { Finding: Finding.Unresolved } => Status.Unresolved,
        _ => Status.Alleged,
    };

    /// <summary>The latest claim replaces all rows of each kind that it names; kinds not named stand.</summary>
    public IEnumerable<CasualtyRow> Casualties => _kindsClaimed is null ? _recorded : _recorded.Where(row => !_kindsClaimed.Contains(row.Kind)).Concat(_claimed);

    /// <summary>How much of the memory it takes, in rows.</summary>
    public int Weight => 1 + Disputes.Count + _recorded.Count + _claimed.Count;

    /// <summary>Applies an event; a sentence where the rules don't let it follow.</summary>
    public string? Add(Fact fact, string type)
    {
        var forbidden = Forbidden(fact, type);
        _remedy = null;
        Apply(fact);
        return forbidden;
    }

    private string? Forbidden(Fact fact, string type)
    {
        // A remedy is part of the resolution before it, so the table doesn't judge it.
        if (_remedy is not null) return type == _remedy ? null : "the dispute's resolution names a remedy, and another event follows";
        if (fact is Fact.AlwaysAllowed) return null;
        if (Status is Status.Withdrawn or Status.Duplicate) return fact is Fact.Reopened ? null : $"the case is {Word(Status)} and takes nothing but evidence or a reopening";
        return fact switch
        {
            Fact.Recorded => "the case is recorded a second time",
            Fact.Disputed dispute => Disputes.ContainsKey(dispute.Dispute) ? "the dispute exists already" : null,
            Fact.DisputeAnswered dispute => Closed(dispute.Dispute),
            Fact.DisputeWithdrawn dispute => Closed(dispute.Dispute),
            Fact.DisputeResolved dispute => Closed(dispute.Dispute) ?? (dispute.IsUpheld == (dispute.Remedy is not null) ? null : "an upheld dispute has a remedy, and a rejected one has none"),
            Fact.RulingEndorsed { Ruling: ResolvingADispute } => IsDisputed ? null : "no dispute is open",
            Fact.Amended amended => amended.IsOfNarrativeAndSourceOnly || Finding == Finding.None ? null : "a finding stands, so only the narrative and the source may be amended",
            Fact.Confirmed or Fact.Attributed or Fact.Dismissed or Fact.LeftUnresolved or Fact.Reopened or Fact.Withdrawn or Fact.RulingEndorsed when IsDisputed =>
                "a dispute is open, and is resolved before anybody rules",
            Fact.Confirmed or Fact.Dismissed => Finding is Finding.Confirmed or Finding.Dismissed ? "a finding stands already" : null,
            Fact.LeftUnresolved => Finding != Finding.None ? "a finding stands already" : null,
            Fact.Reopened => Finding == Finding.None ? "there is no finding to reopen" : null,
            Fact.Withdrawn => Finding != Finding.None ? "a finding stands, so the record can't be withdrawn" : null,
            _ => null,
        };
    }

    private void Apply(Fact fact)
    {
        switch (fact)
        {
            case Fact.Disputed dispute: Disputes.TryAdd(dispute.Dispute, DisputeFate.Open); break;
            case Fact.DisputeWithdrawn dispute: Disputes[dispute.Dispute] = DisputeFate.Withdrawn; break;
            case Fact.DisputeResolved dispute:
                Disputes[dispute.Dispute] = dispute.IsUpheld ? DisputeFate.Upheld : DisputeFate.Rejected;
                _remedy = dispute.Remedy;
                break;
            case Fact.Confirmed confirmed:
                (Finding, Severity, IsDuplicate) = (Finding.Confirmed, confirmed.Severity, false);
                if (confirmed.RulesOnParty) (IsRuledOn, _ruledParty) = (true, confirmed.Party);
                break;
            case Fact.Attributed attributed: (IsRuledOn, _ruledParty) = (true, attributed.Party); break;
            case Fact.Dismissed dismissed: (Finding, Severity, IsDuplicate) = (Finding.Dismissed, null, dismissed.IsDuplicate); break;
            case Fact.LeftUnresolved: (Finding, Severity, IsDuplicate) = (Finding.Unresolved, null, false); break;
            case Fact.Amended amended:
                Category = amended.Category ?? Category;
                _recorded = amended.Casualties ?? _recorded;
                break;
            case Fact.CasualtiesRevised claim: Claim(claim.Casualties); break;
            case Fact.Reopened: (Finding, Severity, IsDuplicate, IsWithdrawn) = (Finding.None, null, false, false); break;
            case Fact.Withdrawn: IsWithdrawn = true; break;
            default: break;
        }
    }

    private void Claim(IReadOnlyList<CasualtyRow> rows)
    {
        if (rows.Count == 0) return;
        var kinds = rows.Select(row => row.Kind).ToHashSet(StringComparer.Ordinal);
        _claimed = [.. _claimed.Where(row => !kinds.Contains(row.Kind)), .. rows];
        (_kindsClaimed ??= new HashSet<string>(StringComparer.Ordinal)).UnionWith(kinds);
    }

    private string? Closed(string dispute) => Disputes.TryGetValue(dispute, out var fate) && fate == DisputeFate.Open ? null : "the dispute isn't open";

    public static string Word(Status status) => status.ToString().ToLowerInvariant();
}

/// <summary>All agreements and cases, folded event by event.</summary>
/// <remarks>The one part of the program whose memory grows with the ledger: a few hundred bytes a case.</remarks>
internal sealed class CaseBook
{
    /// <summary>Some gigabytes; a ledger that needs more is checked on another machine, not at the cost of this one.</summary>
    private const long LargestWeight = 20_000_000;

    private const int MostFaults = 10;
    private const string CaseStream = "violation-";
    private const string AgreementStream = "agreement-";

    private readonly Dictionary<string, SortedSet<string>> _agreements = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Case> _cases = new(StringComparer.Ordinal);
    private readonly List<Fault> _faults = [];
    private long _weight;

    public IReadOnlyList<Fault> Faults => _faults;

    /// <summary>Why the figures can't be recomputed, where they can't.</summary>
    public string? Obstacle { get; private set; }

    public IReadOnlyCollection<string> Agreements => _agreements.Keys;

    public IEnumerable<Case> CasesOf(string agreement) => _cases.Values.Where(one => one.Agreement == agreement);

    public IReadOnlyCollection<string> PartiesOf(string agreement) => _agreements.TryGetValue(agreement, out var parties) ? parties : [];

    public void Add(EventHeader header, Fact? fact)
    {
        if (Obstacle is not null || _faults.Count >= MostFaults) return;
        if (fact is null) Fault(header, "event-unreadable", "the stored bytes can't be read as what their type says");
        else if (fact is Fact.Unknown unknown) Obstacle = string.Create(CultureInfo.InvariantCulture, $"sequence {header.Sequence}: the event is of a type that this program doesn't know ({Shown.Of(unknown.Type)}); a newer ledger-audit may.");
        else if (header.Stream.StartsWith(CaseStream, StringComparison.Ordinal)) AddToCase(header, fact);
        else if (header.Stream.StartsWith(AgreementStream, StringComparison.Ordinal)) AddToAgreement(header, fact);
        if (_weight > LargestWeight) Obstacle = "The ledger has more cases than this program folds.";
    }

    private void AddToCase(EventHeader header, Fact fact)
    {
        if (_cases.TryGetValue(header.Stream, out var @case))
        {
            if (header.Revision != ++@case.Revision) Fault(header, "event-missing", $"the event before it in its case ({Shown.Of(header.Stream)}) isn't shown or isn't there");
            _weight -= @case.Weight;
            if (@case.Add(fact, header.Type) is { } forbidden) Fault(header, "against-the-rules", $"{header.Type} can't follow here: {forbidden}");
            _weight += @case.Weight;
            return;
        }

        if (fact is not Fact.Recorded record || header.Revision != 0)
        {
            Fault(header, "event-missing", $"its case ({Shown.Of(header.Stream)}) doesn't begin with a record");
            return;
        }

        if (!_agreements.ContainsKey(record.Agreement)) Fault(header, "against-the-rules", $"its agreement ({Shown.Of(record.Agreement)}) isn't registered before it");
        @case = new Case(string.Intern(record.Agreement), record with { Category = string.Intern(record.Category), AllegedParty = record.AllegedParty is { } party ? string.Intern(party) : null });
        _cases.Add(header.Stream, @case);
        _weight += @case.Weight;
    }

    private void AddToAgreement(EventHeader header, Fact fact)
    {
        var agreement = header.Stream[AgreementStream.Length..];
        if (fact is Fact.AgreementRegistered registered)
        {
            if (registered.Agreement != agreement || !_agreements.TryAdd(agreement, new SortedSet<string>(registered.Parties, StringComparer.Ordinal)))
                Fault(header, "against-the-rules", "the agreement is registered a second time, or under another name than its stream has");
        }
        else if (fact is Fact.PartyAdded added && _agreements.TryGetValue(agreement, out var parties))
        {
            parties.Add(added.Party);
        }
    }

    private void Fault(EventHeader header, string code, string what) =>
        _faults.Add(new Fault(code, string.Create(CultureInfo.InvariantCulture, $"sequence {header.Sequence}: {what}."), header.Sequence.Value));
}
