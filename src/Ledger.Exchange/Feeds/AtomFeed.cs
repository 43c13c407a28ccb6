using System.Text;
using System.Xml;
using Ledger.Domain.Agreements;
using Ledger.Exchange.Answers;
using Ledger.Exchange.Reports;
using Ledger.Projections;

namespace Ledger.Exchange.Feeds;

/// <summary>One entry of a feed: an event that people follow a truce by.</summary>
/// <param name="Title">In neutral words, without any text that can be erased.</param>
/// <param name="Path">Where its case is in the API; null where it is of no case.</param>
public sealed record AtomEntry(Guid EventId, long Sequence, DateTimeOffset RecordedAt, string Type, string Title, string? Path);

/// <summary>What happens in an agreement as an Atom feed (RFC 4287), for feed readers and newsrooms.</summary>
public static class AtomFeed
{
    private const string Atom = "http://www.w3.org/2005/Atom";

    /// <param name="self">The address of the feed, as the reader asked for it.</param>
    /// <param name="entries">Newest first.</param>
    public static byte[] Write(AgreementState agreement, string origin, Uri self, IReadOnlyList<AtomEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(agreement);
        ArgumentNullException.ThrowIfNull(self);
        ArgumentNullException.ThrowIfNull(entries);
        using var bytes = new MemoryStream();
        using (var xml = XmlWriter.Create(bytes, new XmlWriterSettings { Encoding = new UTF8Encoding(false), Indent = true }))
        {
            xml.WriteStartElement("feed", Atom);
            // RFC 4151: ids that stay, whatever the server is called.
            xml.WriteElementString("id", Atom, $"tag:{Authority(origin)},2026:agreement:{agreement.AgreementId}");
            xml.WriteElementString("title", Atom, agreement.Title);
            xml.WriteElementString("updated", Atom, Recorded.Text(entries.Count > 0 ? entries[0].RecordedAt : agreement.RecordedAt));
            if (agreement.Exercise) xml.WriteElementString("subtitle", Atom, "An exercise: nothing here is a finding about real events.");
            xml.WriteStartElement("author", Atom);
            xml.WriteElementString("name", Atom, $"Ceasefire Ledger, log {origin}");
            xml.WriteEndElement();
            Link(xml, "self", self.ToString());
            foreach (var entry in entries) WriteEntry(xml, entry, origin, self);
            xml.WriteEndElement();
        }

        return bytes.ToArray();
    }

    /// <summary>What an event is called in a feed; null where it isn't one that people follow a truce by (coverage, keys).</summary>
    public static string? TitleOf(SequencedEvent e, AgreementState agreement, string? category, ReportWords words)
    {
        ArgumentNullException.ThrowIfNull(e);
        ArgumentNullException.ThrowIfNull(words);
        if (e.Event is not Domain.Violations.ViolationEvent fact) return null;
        var act = ReportActs.Of(fact);
        if (act.Group == ReportGroup.Other) return null;
        var what = category is null ? "" : $"{words.Label("categories", category)}: ";
        if (act.What == "recorded") return what + words.Recorded(agreement, act.Party);
        var more = act.Code is var (list, code) ? $": {words.Label(list, code)}" : "";
        var party = act.Party is { } id ? $" ({words.Party(agreement, id)})" : "";
        return $"{what}{words[act.What]}{more}{party}";
    }

    private static void WriteEntry(XmlWriter xml, AtomEntry entry, string origin, Uri self)
    {
        xml.WriteStartElement("entry", Atom);
        xml.WriteElementString("id", Atom, $"urn:uuid:{entry.EventId:D}");
        xml.WriteElementString("title", Atom, entry.Title);
        xml.WriteElementString("updated", Atom, Recorded.Text(entry.RecordedAt));
        xml.WriteStartElement("category", Atom);
        xml.WriteAttributeString("term", entry.Type);
        xml.WriteEndElement();
        if (entry.Path is { } path) Link(xml, "alternate", new Uri(self, path).ToString());
        xml.WriteElementString("summary", Atom, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Event {entry.Sequence} of the ledger {origin}. An alleged violation is no finding until it is confirmed."));
        xml.WriteEndElement();
    }

    private static void Link(XmlWriter xml, string relation, string address)
    {
        xml.WriteStartElement("link", Atom);
        xml.WriteAttributeString("rel", relation);
        xml.WriteAttributeString("href", address);
        xml.WriteEndElement();
    }

    // An origin is a name with a path; a tag's authority is the name alone.
    private static string Authority(string origin) => origin.Split('/')[0];
}
