using Ledger.Exchange.Demonstration;

namespace Ledger.Api.Hosting;

/// <summary>The one place where <c>-- demo</c> fills the ledger, once it is served.</summary>
internal static class Demonstration
{
    public static async Task LoadAsync(LedgerServer server, TextWriter console)
    {
        var node = server.Node;
        var loaded = await DemonstrationLoader.LoadAsync(node.Mediator, node.View, node.HashingKey, server.Address, CancellationToken.None);
        await console.WriteLineAsync();
        await console.WriteLineAsync(loaded.Text);
    }
}
