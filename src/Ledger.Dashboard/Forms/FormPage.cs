using System.Text.Json.Nodes;
using Ledger.Dashboard.Hosting;
using Ledger.Dashboard.Layout;
using Microsoft.AspNetCore.Http;

namespace Ledger.Dashboard.Forms;

/// <summary>A page with forms that are the API's requests: what was typed stays, each error stands beside its field, and a click more stores nothing more.</summary>
public abstract class FormPage : LedgerPage
{
    private string? _key;

    /// <summary>What was sent; null where the page is only looked at, and once it is stored.</summary>
    protected IFormCollection? Sent { get; private set; }

    /// <summary>What came of it.</summary>
    protected Submission? Outcome { get; private set; }

    protected Submission? Refused => Outcome is { IsStored: false } ? Outcome : null;

    protected Submission? Stored => Outcome is { IsStored: true } ? Outcome : null;

    /// <summary>The form's own key, hidden in it.</summary>
    protected string FormKey => _key ??= Value("formKey") ?? Guid.NewGuid().ToString("D");

    protected async Task ReadFormAsync()
    {
        if (Http.Request.HasFormContentType) Sent = await Http.Request.ReadFormAsync(Http.RequestAborted);
    }

    /// <summary>True where the form came back through a sign-in: it is shown once more and not sent.</summary>
    protected bool IsRestored => Sent?.ContainsKey("_restore") == true;

    /// <param name="keepsFields">Where the form stands beside a list that it belongs to, its fields may stay.</param>
    protected async Task SendAsync(Command command, bool keepsFields = false)
    {
        if (IsRestored) return;
        Outcome = await Program.SubmitAsync(Http, command);
        if (Outcome.IsStored && !keepsFields) (Sent, _key) = (null, Guid.NewGuid().ToString("D"));
    }

    protected Task SendAsync(string path, JsonObject body) => SendAsync(new Command(path, body, null, FormKey));

    protected string? Value(string name) => Sent?[name].ToString() is { Length: > 0 } text ? text : null;

    protected string? Error(string place) => Refused?.Errors.FirstOrDefault(error => error.Key.StartsWith(place, StringComparison.Ordinal)).Value;

    /// <summary>A field of the body, left out where nothing was typed.</summary>
    protected void Put(JsonObject body, string name, string? field = null)
    {
        if (Value(field ?? name)?.Trim() is { Length: > 0 } text) body[name] = text.ReplaceLineEndings("\n");
    }

    /// <summary>A clock field, in the zone that the form names, with its offset.</summary>
    protected string? Moment(string name, TimeZoneInfo zone)
    {
        if (!DateTime.TryParse(Value(name), System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.None, out var time)) return Value(name);
        if (zone.IsInvalidTime(time)) time = time.AddHours(1);
        return new DateTimeOffset(time, zone.GetUtcOffset(time)).ToString("yyyy-MM-dd'T'HH:mm:sszzz", System.Globalization.CultureInfo.InvariantCulture);
    }
}
