using Ledger.Application;
using Ledger.Application.Queries;
using Ledger.Dashboard.Hosting;
using Ledger.Dashboard.Languages;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;

namespace Ledger.Dashboard.Layout;

/// <summary>What every page has: who looks, in which language and zone, and the ledger to ask.</summary>
public abstract class LedgerPage : ComponentBase
{
    /// <summary>Reads what the page shows, before anything of it is drawn: no page is ever half there.</summary>
    protected virtual Task LoadAsync() => Task.CompletedTask;

    public sealed override async Task SetParametersAsync(ParameterView parameters)
    {
        parameters.SetParameterProperties(this);
        await LoadAsync();
        await base.SetParametersAsync(ParameterView.Empty);
    }

    /// <summary>The core words; a page of another file has its own.</summary>
    protected static readonly WordFile W = Languages.Text.Core;

    [CascadingParameter] protected HttpContext Http { get; set; } = null!;

    [Inject] protected ILedgerProgram Program { get; set; } = null!;

    [Inject] protected Frame Frame { get; set; } = null!;

    /// <summary>Whoever looks. Only on pages that ask for a sign-in.</summary>
    protected Principal Viewer => Http.Features.Get<Principal>() ?? throw new InvalidOperationException("This page is open to all.");

    protected Reading Reading => Reading.Of(Http);

    /// <summary>True where there is nothing here that the viewer may see: the page shows the component Nothing and answers 404.</summary>
    protected bool IsMissing { get; private set; }

    /// <summary>The moment of the page: <c>asOf</c> of the address, or now. Null where it lies beyond the head (the page says so and shows now).</summary>
    protected async Task<Asked> MomentAsync()
    {
        var text = Http.Request.Query["asOf"].ToString();
        if (text.Length == 0) return new Asked(Program.View.Count, IsLive: true, IsBeyond: false);
        if (AsOfText.Parse(text, Http.Request.Query["asOfZone"]) is not { } asOf) return new Asked(Program.View.Count, IsLive: true, IsBeyond: true);
        return await Program.Points.ResolveAsync(null, asOf, Http.RequestAborted) switch
        {
            ReadPoint.At at => new Asked(at.Count, IsLive: false, IsBeyond: false),
            _ => new Asked(Program.View.Count, IsLive: true, IsBeyond: true),
        };
    }

    /// <summary>The agreement of the page as it stood, and shown in the layout; null (and 404) where the viewer sees none.</summary>
    protected async Task<AgreementState?> AgreementAsync(string id, long count)
    {
        var agreement = Slug.IsValid(id)
            ? await Program.Mediator.Send(new GetAgreement(Viewer, new AgreementId(id), count), Http.RequestAborted)
            : null;
        if (agreement is null) Missing();
        else Frame.Show(agreement);
        return agreement;
    }

    protected void Missing()
    {
        IsMissing = true;
        Http.Response.StatusCode = StatusCodes.Status404NotFound;
    }

    /// <summary>The time zone of moments: the reader's choice, else the agreement's.</summary>
    protected TimeZoneInfo ZoneFor(AgreementState? agreement) =>
        Reading.Zone ?? (agreement is not null && TimeZoneInfo.TryFindSystemTimeZoneById(agreement.TimeZone, out var zone) ? zone : TimeZoneInfo.Utc);

    /// <summary>The address of this page with other values in its query; null removes one.</summary>
    protected string With(params (string Name, string? Value)[] changes) => Address.With(Http.Request, changes);
}

/// <summary>Which count of events a page shows.</summary>
/// <param name="IsLive">True where the address names no moment: the page is about now.</param>
/// <param name="IsBeyond">True where the address named a moment that can't be shown.</param>
public sealed record Asked(long Count, bool IsLive, bool IsBeyond)
{
    /// <summary>For links that stay in the moment; null where the page is about now.</summary>
    public string? Text => IsLive ? null : Count.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
