using Ledger.Domain;
using Ledger.Domain.Violations;

namespace Ledger.Projections.Words;

/// <summary>Which of a case's texts a piece is. A new one takes the place of the old, except that statements add up.</summary>
internal enum CaseText { Narrative, Observation, Location, OtherPlaces, ExternalReference, Statement }

/// <param name="Text">Null where nothing stands there any more.</param>
internal sealed record Piece(CaseText Field, Prose? Text);

/// <summary>What of an event can be found by its words: never the confidential part.</summary>
internal static class CaseTexts
{
    public static IEnumerable<Piece> In(object? e) => e switch
    {
        ViolationEvent.Recorded r =>
        [
            new(CaseText.Narrative, r.Report.Narrative),
            new(CaseText.Observation, r.Report.Observation?.Description),
            new(CaseText.Location, Names(r.Report.Location)),
            new(CaseText.OtherPlaces, Names(r.Report.OtherPlaces)),
            new(CaseText.ExternalReference, Reference(r.Report.ExternalReference)),
        ],
        ViolationEvent.Amended a => Amended(a.Changes),
        ViolationEvent.Corroborated c => [new(CaseText.Statement, c.Observation.Description)],
        ViolationEvent.PartyReplied p => [new(CaseText.Statement, p.Statement)],
        ViolationEvent.Disputed d => [new(CaseText.Statement, d.Statement)],
        ViolationEvent.DisputeAnswered d => [new(CaseText.Statement, d.Statement)],
        _ => [],
    };

    private static IEnumerable<Piece> Amended(ReportChanges changes)
    {
        if (changes.Narrative.IsSet) yield return new(CaseText.Narrative, changes.Narrative.Value);
        if (changes.Observation.IsSet) yield return new(CaseText.Observation, changes.Observation.Value?.Description);
        if (changes.Location.IsSet) yield return new(CaseText.Location, Names(changes.Location.Value));
        if (changes.OtherPlaces.IsSet) yield return new(CaseText.OtherPlaces, Names(changes.OtherPlaces.Value ?? Values<string>.None));
        if (changes.ExternalReference.IsSet) yield return new(CaseText.ExternalReference, Reference(changes.ExternalReference.Value));
    }

    private static Prose? Names(Location? location) => Names(location switch
    {
        Location.Point p => [p.Place, p.PlaceId],
        Location.FromObserver o => [o.ObserverName, o.Place],
        Location.Named n => [n.Place, n.PlaceId],
        _ => (string?[])[],
    });

    private static Prose? Names(IEnumerable<string?> names)
    {
        var some = string.Join('\n', names.OfType<string>());
        return some.Length == 0 ? null : Prose.InClear(some);
    }

    private static Prose? Reference(ExternalReference? reference) => reference is null ? null : Prose.InClear(reference.Id);
}
