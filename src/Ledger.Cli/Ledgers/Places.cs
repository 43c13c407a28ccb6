using Ledger.EventStore.EventStoreDb;

namespace Ledger.Cli.Ledgers;

/// <summary>A place where a ledger lies, read from what was typed.</summary>
internal static class Places
{
    public static bool IsServer(string place) => place.Contains("://", StringComparison.Ordinal);

    /// <summary>What was typed, or what the environment holds under the name behind <c>env:</c>: a password on a command line can be read by every user of the machine.</summary>
    /// <exception cref="UsageException">The environment has no such name.</exception>
    public static string Resolve(string typed) => !typed.StartsWith("env:", StringComparison.Ordinal) ? typed
        : Environment.GetEnvironmentVariable(typed[4..]) is { Length: > 0 } value ? value
        : throw new UsageException($"The environment has no {typed[4..]}.");

    /// <summary>A connection string.</summary>
    /// <param name="option">Where it was typed, for messages.</param>
    /// <exception cref="UsageException">It isn't one.</exception>
    public static EventStoreDbOptions Server(string typed, string option)
    {
        try
        {
            return EventStoreDbOptions.Parse(Resolve(typed), option);
        }
        catch (FormatException e)
        {
            throw new UsageException(e.Message);
        }
    }
}
