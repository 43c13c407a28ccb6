using System.Text.Json.Nodes;

namespace Ledger.Testing.Api;

/// <summary>Waits for the log of a running server.</summary>
public static class Seals
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Completes once the server is ready and all that it counts is under a signed head; where that doesn't come, fails with what it said last.</summary>
    public static async Task UntilSealedAsync(Uri address)
    {
        using var client = new HttpClient { BaseAddress = address };
        using var limit = new CancellationTokenSource(Patience);
        var said = "nothing";
        try
        {
            while (true)
            {
                using var answer = await client.GetAsync(new Uri("/health", UriKind.Relative), limit.Token);
                said = await answer.Content.ReadAsStringAsync(limit.Token);
                // While it catches up after a start it answers with 503, in the same form.
                if (answer.IsSuccessStatusCode && IsSealed(JsonNode.Parse(said)!)) return;
                await Task.Delay(20, limit.Token);
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"Its log never came to everything that it counts: {said}");
        }
    }

    private static bool IsSealed(JsonNode health) => health["sealed"]?["count"]?.GetValue<long>() == health["count"]!.GetValue<long>();
}
