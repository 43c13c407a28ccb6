using System.Text.Encodings.Web;
using System.Text.Unicode;
using Ledger.Dashboard.Layout;
using Ledger.Dashboard.Pages.Account;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Ledger.Dashboard.Hosting;

/// <summary>Puts the dashboard into the program that serves it.</summary>
public static class DashboardHosting
{
    /// <summary>The header in which scripts send the antiforgery token.</summary>
    public const string AntiforgeryHeader = "X-Antiforgery";

    /// <param name="secret">32 bytes that are the same on every node and after every start: sessions and forms are sealed under keys made from them.</param>
    public static IServiceCollection AddDashboard(this IServiceCollection services, Func<IServiceProvider, byte[]> secret)
    {
        services.AddRazorComponents();
        services.AddScoped<Frame>();
        services.AddAntiforgery(options =>
        {
            options.HeaderName = AntiforgeryHeader;
            options.FormFieldName = "_token";
            options.Cookie.Name = "ledger-antiforgery";
            options.Cookie.SameSite = SameSiteMode.Strict;
            options.Cookie.HttpOnly = true;
            options.SuppressXFrameOptionsHeader = true; // frame-ancestors says it
        });
        services.AddSessions();
        services.Configure<Microsoft.AspNetCore.Http.Features.FormOptions>(options => options.MultipartBodyLengthLimit = 300L * 1024 * 1024);
        services.AddSingleton<IDataProtectionProvider>(provider => new SealedUnder(secret(provider)));
        // Keys that nobody uses aren't made and left lying about either.
        foreach (var keys in services.Where(service => service.ImplementationType?.Name == "DataProtectionHostedService").ToList()) services.Remove(keys);
        services.AddResponseCompression(options => options.EnableForHttps = true); // tokens differ in every answer, so their length tells nothing
        // Texts go out in their own letters: as entities, Arabic would be a tenth larger.
        services.AddSingleton(HtmlEncoder.Create(UnicodeRanges.All));
        return services;
    }

    /// <summary>Behind routing and in front of the endpoints.</summary>
    public static void UseDashboard(this WebApplication app)
    {
        app.UseMiddleware<PageGuard>();
        app.UseWhen(IsPage, branch => branch.UseResponseCompression());
        app.UseAntiforgery();
    }

    public static void MapDashboard(this WebApplication app)
    {
        app.MapAssets();
        app.MapAccount();
        app.MapRazorComponents<App>().WithMetadata(DashboardPlace.Instance).ExcludeFromDescription();
    }

    /// <summary>True for a page that a person looks at.</summary>
    internal static bool IsPage(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>() is not null;
}

/// <summary>Marks the dashboard's own places: they get its security headers.</summary>
internal sealed class DashboardPlace
{
    public static readonly DashboardPlace Instance = new();
}
