using Ledger.Node;

namespace Ledger.Api.Hosting;

/// <summary>What a person sees at the start: where it is, where the data are, the key once, and what to try next.</summary>
internal static class Banner
{
    public static string Of(LedgerServer server)
    {
        var address = server.Address.ToString().TrimEnd('/');
        var data = server.Settings.Store == StoreKind.Memory ? "in memory, gone when it stops" : server.Settings.Data;
        var key = server.NewAdministratorKey is { } made
            ? $"""

                administrator key  {made}
                                   Keep it now: it is shown this once, and only a hash of it is stored.
              """
            : "";
        return $"""

              Ceasefire Ledger   {address}
              data               {data}{key}

              try next           curl -H "Authorization: Bearer $KEY" {address}/api/v1/me
                                 {address}/docs


            """;
    }
}
