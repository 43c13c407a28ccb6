using System.Globalization;
using DuckDB.NET.Data;
using Ledger.EventStore;
using Ledger.Projections.Sequencing;
using Ledger.Projections.Storage;

namespace Ledger.Projections.Looking;

/// <summary>The read models as they lie in their folder: nothing is made and nothing mended.</summary>
/// <param name="Generation">Which folder is in use; null where there is none, and the next start makes one.</param>
/// <param name="Count">Events that the file covers; null where it couldn't be read.</param>
/// <param name="Problem">Why it can't be used: the next start makes it anew.</param>
public sealed record ReadModelLook(int? Generation, long? Count, string? Problem)
{
    private const int FlushEvery = 1 << 16;

    /// <summary>True where it can be read, and isn't what the node wrote: somebody or something changed it.</summary>
    public bool IsChanged { get; private init; }

    /// <param name="key">With which the node signs what it saves; null where it isn't at hand, and then that isn't looked at.</param>
    public static ReadModelLook At(string directory, byte[]? key)
    {
        if (Generations.Peek(directory) is not var (folder, number)) return new ReadModelLook(null, null, null);
        var file = ReadModel.FileIn(folder)!;
        if (!File.Exists(file)) return new ReadModelLook(number, null, "The file that 'current' names isn't there.");
        try
        {
            using var connection = Open(file);
            if (Number(connection, "SELECT version FROM model") is var version && version != ReadModelFile.Version)
                return new ReadModelLook(number, null, $"It is of version {version} of the read models, this program makes {ReadModelFile.Version}.");
            var count = Number(connection, "SELECT count FROM checkpoint") ?? 0;
            if (key is null || count == 0 || IsSigned(connection, key)) return new ReadModelLook(number, count, null);
            return new ReadModelLook(number, count, "What it holds isn't what the node wrote: somebody or something changed it, or other secrets were laid here.") { IsChanged = true };
        }
        catch (Exception e) when (e is DuckDBException or InvalidOperationException or IOException)
        {
            return new ReadModelLook(number, null, $"It can't be read: {e.Message.Split('\n')[0].TrimEnd('.')}.");
        }
    }

    /// <summary>Folds the events anew, in memory, and says which tables of the saved read models hold something else.</summary>
    /// <exception cref="StoreUnavailableException">The store can't be read.</exception>
    public static async Task<IReadOnlyList<string>> DifferencesAsync(string directory, IEventStore store, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(store);
        if (Generations.Peek(directory) is not var (folder, _)) return [];
        using var saved = Open(ReadModel.FileIn(folder)!);
        var count = Number(saved, "SELECT count FROM checkpoint") ?? 0;
        try
        {
            await using var folded = await FoldAsync(store, count, cancellation);
            return ReadModelSums.Of(folded.Duck.Writer).Differences(ReadModelSums.Of(saved));
        }
        catch (LedgerFaultException e)
        {
            throw new StoreUnavailableException(e.Message, e);
        }
    }

    private static async Task<ReadModel> FoldAsync(IEventStore store, long count, CancellationToken cancellation)
    {
        var model = ReadModel.Create(null, new LedgerViewOptions(null), store);
        try
        {
            await foreach (var page in new LedgerReader(store).ReadAsync(null, follow: false, cancellation))
            {
                foreach (var record in page.Records.Take((int)Math.Min(int.MaxValue, count - model.Applied))) model.Apply(record);
                if (model.Waiting >= FlushEvery) await model.BeginFlushAsync();
                if (model.Applied >= count) break;
            }

            await model.FlushAsync();
            return model;
        }
        catch
        {
            await model.DisposeAsync();
            throw;
        }
    }

    private static DuckDBConnection Open(string file)
    {
        var connection = new DuckDBConnection(string.Create(CultureInfo.InvariantCulture, $"Data Source={file};access_mode=READ_ONLY;threads=1"));
        connection.Open();
        return connection;
    }

    private static bool IsSigned(DuckDBConnection connection, byte[] key)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT c.count, c.event_id, p.code FROM checkpoint c, proof p";
        using var row = command.ExecuteReader();
        return row.Read() && ReadModelSums.Of(connection).Code(key, row.GetInt64(0), row.GetGuid(1)) == row.GetString(2);
    }

    private static long? Number(DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar() is { } value and not DBNull ? Convert.ToInt64(value, CultureInfo.InvariantCulture) : null;
    }
}
