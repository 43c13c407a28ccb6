using System.Globalization;
using DuckDB.NET.Data;
using Ledger.Projections.Storage;

namespace Ledger.Projections.Looking;

/// <summary>The read models as they lie in their folder: nothing is made and nothing mended.</summary>
/// <param name="Generation">Which folder is in use; null where there is none, and the next start makes one.</param>
/// <param name="Count">Events that the file covers; null where it couldn't be read.</param>
/// <param name="Problem">Why it can't be used: the next start makes it anew.</param>
public sealed record ReadModelLook(int? Generation, long? Count, string? Problem)
{
    public static ReadModelLook At(string directory)
    {
        if (Generations.Peek(directory) is not var (folder, number)) return new ReadModelLook(null, null, null);
        var file = ReadModel.FileIn(folder)!;
        if (!File.Exists(file)) return new ReadModelLook(number, null, "The file that 'current' names isn't there.");
        try
        {
            using var connection = new DuckDBConnection(string.Create(CultureInfo.InvariantCulture, $"Data Source={file};access_mode=READ_ONLY;threads=1"));
            connection.Open();
            if (Number(connection, "SELECT version FROM model") is var version && version != ReadModelFile.Version)
                return new ReadModelLook(number, null, $"It is of version {version} of the read models, this program makes {ReadModelFile.Version}.");
            return new ReadModelLook(number, Number(connection, "SELECT count FROM checkpoint") ?? 0, null);
        }
        catch (Exception e) when (e is DuckDBException or InvalidOperationException or IOException)
        {
            return new ReadModelLook(number, null, $"It can't be read: {e.Message.Split('\n')[0].TrimEnd('.')}.");
        }
    }

    private static long? Number(DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar() is { } value and not DBNull ? Convert.ToInt64(value, CultureInfo.InvariantCulture) : null;
    }
}
