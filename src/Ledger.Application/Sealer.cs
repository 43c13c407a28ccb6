using System.Text;
using System.Text.Json;
using Ledger.Application.Commands;
using Ledger.Domain;
using Ledger.EventStore.Vault;
using Ledger.Serialization;

namespace Ledger.Application;

/// <summary>Turns a request's texts into what may stand in an event: short ones stay, long and confidential ones become digests.</summary>
/// <remarks>One a request. What it sealed goes into the vault with the command, before the event that refers to it.</remarks>
public sealed class Sealer
{
    private readonly List<Disclosure> _disclosures = [];
    private readonly Dictionary<string, string> _hidden = [];

    /// <summary>Everything sealed so far.</summary>
    public Sealed Done() => _disclosures.Count == 0 ? Sealed.Nothing : new Sealed([.. _disclosures], new Dictionary<string, string>(_hidden));

    /// <summary>A free text: in the clear up to 200 characters, else sealed for whoever may read the case.</summary>
    /// <param name="name">The field's name in JSON; it becomes the disclosure's.</param>
    public Prose Text(string name, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length <= Prose.Longest ? Prose.InClear(text) : Always(name, text);
    }

    /// <summary>A text that is sealed whatever its length (whom evidence was acquired from).</summary>
    public Prose Always(string name, string text) =>
        Prose.Sealed(Add(Disclosure.SealText(DisclosureClass.Case, name, text)));

    /// <summary>One name of the confidential part.</summary>
    /// <param name="valueJson">The value as JSON text.</param>
    /// <returns>Its digest.</returns>
    public string Confidential(string name, string valueJson) => Hide(DisclosureClass.Confidential, name, valueJson);

    /// <summary>A subject's display name.</summary>
    /// <returns>Its digest.</returns>
    public string DisplayName(string displayName) =>
        Hide(DisclosureClass.DisplayName, "displayName", JsonSerializer.Serialize(displayName));

    /// <summary>A secret that the program itself made: no request holds it, so no repeat is compared by it.</summary>
    /// <returns>Its digest.</returns>
    public string Secret(string name, string secret) => Add(Disclosure.SealText(DisclosureClass.Confidential, name, secret));

    private string Hide(DisclosureClass @class, string name, string valueJson)
    {
        _hidden[name] = Canonical.Form(valueJson);
        return Add(Disclosure.Seal(@class, name, valueJson));
    }

    private string Add(Disclosure disclosure)
    {
        _disclosures.Add(disclosure);
        return disclosure.Digest;
    }
}

/// <summary>JSON texts that mean the same are the same in canonical form (RFC 8785).</summary>
internal static class Canonical
{
    public static string Form(string json)
    {
        using var document = JsonDocument.Parse(json);
        return Encoding.UTF8.GetString(CanonicalJson.Encode(document.RootElement));
    }
}
