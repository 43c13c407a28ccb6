using System.Diagnostics;

namespace Ledger.Domain.Access;

/// <summary>A fact recorded about who read a file of evidence. Who and when stand in its metadata; it belongs to the operator's acts.</summary>
/// <remarks>These names and shapes are stored for ever. Add a version; never edit one.</remarks>
public abstract record ReadingEvent
{
    private ReadingEvent() { }

    /// <param name="AgreementId">The agreement whose cases opened the file to the reader.</param>
    /// <param name="Sha256">Of the file, 64 lower-case hexadecimal digits.</param>
    /// <param name="Violations">The cases of that agreement in which it was handed in, as far as that was kept; none = before it was.</param>
    /// <param name="Original">False for a working copy.</param>
    public sealed record EvidenceRead(AgreementId AgreementId, string Sha256, Values<ViolationId> Violations, bool Original) : ReadingEvent;
}

/// <summary>What one subject has read of one file, as its stream says.</summary>
public sealed record ReadingState(AgreementId AgreementId, string Sha256, long Revision);

/// <summary>What is asked before a file is handed over.</summary>
public abstract record ReadingCommand
{
    private ReadingCommand() { }

    public sealed record Note(AgreementId AgreementId, string Sha256, Values<ViolationId> Violations, bool Original) : ReadingCommand;
}

/// <summary>Whoever may read a file has read it as soon as it is noted: nothing here says no.</summary>
public static class ReadingDecider
{
    public static Decision<ReadingEvent> Decide(ReadingCommand command) => command switch
    {
        ReadingCommand.Note c => new ReadingEvent.EvidenceRead(c.AgreementId, c.Sha256, c.Violations, c.Original),
        _ => throw new UnreachableException(),
    };

    public static ReadingState Evolve(ReadingState? state, Fact<ReadingEvent> fact)
    {
        ArgumentNullException.ThrowIfNull(fact);
        return fact.Event switch
        {
            ReadingEvent.EvidenceRead e => new(e.AgreementId, e.Sha256, fact.Revision),
            _ => throw new UnreachableException(),
        };
    }
}
