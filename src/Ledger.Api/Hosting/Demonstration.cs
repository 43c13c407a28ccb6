namespace Ledger.Api.Hosting;

/// <summary>The one place where <c>-- demo</c> fills the ledger, once it is served.</summary>
internal static class Demonstration
{
    public static Task LoadAsync(LedgerServer server, TextWriter console) =>
        console.WriteLineAsync($"  This version brings no demonstration data; {server.Settings.Data} is an empty ledger.");
}
