using System.Globalization;
using Ledger.Application;
using Ledger.Application.Queries;
using Ledger.Domain;
using Ledger.Exchange.Exports;
using MediatR;

namespace Ledger.Exchange.Imports;

/// <summary>Which of the cases that an import brought may be there already, told by somebody else: a list for verifiers, and nothing is done about it.</summary>
/// <remarks>The first <see cref="MostLookedAt"/> are looked at; each costs a few questions to the register.</remarks>
public sealed class TwinsCsv(IMediator mediator, Principal principal)
{
    public const int MostLookedAt = 1_000;

    private readonly List<(long Line, string? Id, ViolationId Case)> _stored = [];

    /// <summary>Cases that came after those that are looked at.</summary>
    public long NotLookedAt { get; private set; }

    /// <summary>A row that brought a case that is new.</summary>
    public void Stored(ImportRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        if (_stored.Count < MostLookedAt) _stored.Add((row.Line, row.Id, row.Command!.ViolationId));
        else NotLookedAt++;
    }

    /// <returns>How many of the cases have a likely twin.</returns>
    public async Task<int> WriteAsync(Func<TextWriter> open, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(open);
        TextWriter? to = null;
        var found = 0;
        try
        {
            foreach (var (line, id, violation) in _stored)
            {
                var twins = await mediator.Send(new GetPossibleDuplicates(principal, violation), cancellation);
                if (twins is not { Count: > 0 }) continue;
                found++;
                if (to is null) await (to = open()).WriteAsync("line,id,violation_id,possible_duplicate,origin,score,hours_apart,metres_apart,reasons\r\n");
                foreach (var twin in twins) await to.WriteAsync(Row(line, id, violation, twin));
            }
        }
        finally
        {
            if (to is not null) await to.DisposeAsync();
        }

        return found;
    }

    private static string Row(long line, string? id, ViolationId violation, PossibleDuplicate twin)
    {
        string?[] cells =
        [
            line.ToString(CultureInfo.InvariantCulture), id, violation.ToString(), twin.ViolationId.ToString(), twin.Origin, twin.Score.ToString(CultureInfo.InvariantCulture),
            twin.HoursApart.ToString(CultureInfo.InvariantCulture), twin.MetresApart?.ToString(CultureInfo.InvariantCulture), string.Join(' ', twin.Reasons),
        ];
        return string.Join(',', cells.Select(Csv.Cell)) + "\r\n";
    }
}
