using System.Globalization;
using System.Text.Json;

namespace Ledger.Auditor;

/// <summary>The figures of one party's account by method records-v1: each case is one, and stands with the accountable party.</summary>
internal sealed class Account
{
    private static readonly Status[] Uncounted = [Status.Dismissed, Status.Withdrawn, Status.Duplicate];

    /// <summary>Every figure under the path that it has in the served answer; a figure that isn't here is zero.</summary>
    public Dictionary<string, long> Figures { get; } = new(StringComparer.Ordinal);

    public void Add(Case one)
    {
        var status = Case.Word(one.Status);
        Count("counts.recorded");
        Count($"counts.{status}");
        Count($"byCategory.{one.Category}.recorded");
        Count($"byCategory.{one.Category}.{status}");
        if (one.Status == Status.Confirmed) Count($"confirmedBySeverity.{one.Severity}");
        if (one.Status == Status.Confirmed && !one.IsRuledOn) Count("confirmedOnAllegation");
        if (one.Status == Status.Disputed) Count($"disputedByFinding.{one.Finding.ToString().ToLowerInvariant()}");
        foreach (var fate in one.Disputes.Values)
        {
            Count("disputes.raised");
            Count($"disputes.{fate.ToString().ToLowerInvariant()}");
        }

        if (!Uncounted.Contains(one.Status)) AddCasualties(one);
    }

    // Where a total stands it alone is added; others break it down. No figures = no claim, which isn't zero.
    private void AddCasualties(Case one)
    {
        foreach (var kind in one.Casualties.GroupBy(row => row.Kind))
        {
            foreach (var who in kind.Where(row => row.Who != "total").GroupBy(row => row.Who)) AddRows(kind.Key, who.Key, who);
            AddRows(kind.Key, "total", kind.Any(row => row.Who == "total") ? kind.Where(row => row.Who == "total") : kind);
        }

        Count("casualtiesAsPrinted", one.Casualties.Count(row => row.AsPrinted));
    }

    private void AddRows(string kind, string who, IEnumerable<CasualtyRow> rows)
    {
        Figures[$"casualties.{kind}.{who}"] = 1;
        foreach (var row in rows)
        {
            Count($"casualties.{kind}.{who}.low", row.Low);
            Count($"casualties.{kind}.{who}.best", row.Best);
            Count($"casualties.{kind}.{who}.high", row.High);
        }
    }

    private void Count(string figure, long number = 1) => Figures[figure] = Figures.GetValueOrDefault(figure) + number;
}

/// <summary>An agreement's compliance picture, recomputed from its events alone.</summary>
internal sealed class Picture
{
    public const string Undetermined = "undetermined";

    private const string Method = "records-v1";
    private const string Basis = "accountable";

    private static readonly HashSet<string> OfPicture = ["agreementId", "asOf", "method", "basis", "parties", "coverage", "aggregateClaims", "statements"];
    private static readonly HashSet<string> OfParty =
    [
        "party", "standing", "counts", "confirmedBySeverity", "confirmedOnAllegation", "disputedByFinding", "byCategory", "casualties", "casualtiesAsPrinted",
        "disputes", "lastConfirmed", "daysSinceLastConfirmed", "medianHoursToDecision", "oldestOpenAt",
    ];
    private static readonly HashSet<string> OfCategory = ["category", "counts"];
    private static readonly HashSet<string> OfCasualties = ["kind", "who", "low", "best", "high"];

    private readonly Dictionary<string, Account> _accounts = new(StringComparer.Ordinal);

    private readonly SortedSet<string> _unknown = new(StringComparer.Ordinal);

    private Picture(string agreement, long count) => (Agreement, Count) = (agreement, count);

    public string Agreement { get; }

    /// <summary>It covers sequences 0 to Count - 1.</summary>
    public long Count { get; }

    /// <summary>What the answer that was compared says beside what this program knows of a picture: nobody has checked it.</summary>
    public IReadOnlyCollection<string> Unknown => _unknown;

    public static Picture Of(CaseBook book, string agreement, long count)
    {
        var picture = new Picture(agreement, count);
        foreach (var party in book.PartiesOf(agreement)) picture._accounts[party] = new Account();
        picture._accounts[Undetermined] = new Account();
        foreach (var one in book.CasesOf(agreement)) picture.AccountOf(one.AccountableParty ?? Undetermined).Add(one);
        return picture;
    }

    /// <summary>Says how the answer that the ledger gave differs; at most that many differences.</summary>
    public IReadOnlyList<Fault> Compare(ReadOnlyMemory<byte> answer, int most)
    {
        if (!ShownEvent.TryOpen(answer, out var json)) return [Differs("is no JSON")];
        using (json)
        {
            try
            {
                return [.. Differences(json.RootElement).Take(most)];
            }
            catch (Exception exception) when (exception is KeyNotFoundException or InvalidOperationException or FormatException)
            {
                return [Differs("hasn't the form of a compliance picture")];
            }
        }
    }

    private IEnumerable<Fault> Differences(JsonElement answer)
    {
        if (answer.GetProperty("agreementId").GetString() != Agreement) yield return Differs("is about another agreement");
        if (answer.GetProperty("asOf").GetProperty("count").GetInt64() is var count && count != Count)
            yield return Differs(string.Create(CultureInfo.InvariantCulture, $"is at count {count}, and was asked for at {Count}"));

        if (answer.GetProperty("method").GetString() != Method || answer.GetProperty("basis").GetString() != Basis)
            yield return Differs($"doesn't say that it counts by {Method} and the {Basis} party, which is how these figures are recomputed");

        NoteUnknown(answer, OfPicture);
        var parties = answer.GetProperty("parties").EnumerateArray().ToLookup(party => party.GetProperty("party").GetString()!, StringComparer.Ordinal);
        foreach (var (name, account) in _accounts.Where(pair => !parties.Contains(pair.Key)).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (account.Figures.Count > 0) yield return Differs($"leaves out the party {Shown.Of(name)}, which has {Shown.Count(account.Figures["counts.recorded"], "case")}");
        }

        foreach (var party in parties)
        {
            NoteUnknown(party.First(), OfParty);
            if (party.Skip(1).Any()) yield return Differs($"names the party {Shown.Of(party.Key)} twice");
            var own = _accounts.TryGetValue(party.Key, out var account) ? account.Figures : [];
            foreach (var fault in Differences(party.Key, Served(party.First()), own)) yield return fault;
        }
    }

    private IEnumerable<Fault> Differences(string party, Dictionary<string, long> served, Dictionary<string, long> own) =>
        served.Keys.Union(own.Keys, StringComparer.Ordinal)
            .Where(figure => served.GetValueOrDefault(figure) != own.GetValueOrDefault(figure))
            .Order(StringComparer.Ordinal)
            .Select(figure => new Fault("figure-differs", string.Create(CultureInfo.InvariantCulture,
                $"{Agreement}, {Shown.Of(party)}: the ledger says {Shown.Of(figure)} = {served.GetValueOrDefault(figure)}, and its events up to sequence {Count - 1} make {own.GetValueOrDefault(figure)}.")));

    private Dictionary<string, long> Served(JsonElement party)
    {
        Dictionary<string, long> figures = new(StringComparer.Ordinal);
        Take("counts", party.GetProperty("counts"));
        Take("confirmedBySeverity", party.GetProperty("confirmedBySeverity"));
        Take("disputedByFinding", party.GetProperty("disputedByFinding"));
        Take("disputes", party.GetProperty("disputes"));
        figures["confirmedOnAllegation"] = party.GetProperty("confirmedOnAllegation").GetInt64();
        figures["casualtiesAsPrinted"] = party.GetProperty("casualtiesAsPrinted").GetInt64();
        foreach (var category in party.GetProperty("byCategory").EnumerateArray())
        {
            NoteUnknown(category, OfCategory);
            Take($"byCategory.{category.GetProperty("category").GetString()}", category.GetProperty("counts"));
        }

        foreach (var row in party.GetProperty("casualties").EnumerateArray())
        {
            NoteUnknown(row, OfCasualties);
            var name = $"casualties.{row.GetProperty("kind").GetString()}.{row.GetProperty("who").GetString()}";
            figures[name] = 1;
            foreach (var bound in new[] { "low", "best", "high" }) figures[$"{name}.{bound}"] = row.GetProperty(bound).GetInt64();
        }

        return figures;

        void Take(string group, JsonElement numbers)
        {
            foreach (var number in numbers.EnumerateObject()) figures[$"{group}.{number.Name}"] = number.Value.GetInt64();
        }
    }

    private void NoteUnknown(JsonElement json, HashSet<string> known) =>
        _unknown.UnionWith(json.EnumerateObject().Select(property => property.Name).Where(name => !known.Contains(name)));

    private Account AccountOf(string party)
    {
        if (!_accounts.TryGetValue(party, out var account)) _accounts[party] = account = new Account();
        return account;
    }

    private Fault Differs(string what) => new("figure-differs", $"{Agreement}: the compliance picture that the ledger gives {what}.");
}
