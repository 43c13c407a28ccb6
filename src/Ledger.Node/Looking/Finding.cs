namespace Ledger.Node.Looking;

/// <summary>How a finding is to be taken.</summary>
public enum Grade
{
    Good,

    /// <summary>Nothing is wrong, but an operator should know it.</summary>
    Notice,

    Wrong,
}

/// <summary>One thing that was looked at, in plain words.</summary>
/// <param name="Subject">What was looked at, two or three words.</param>
/// <param name="Next">What to do about it; null where there is nothing to do.</param>
public sealed record Finding(Grade Grade, string Subject, string Sentence, string? Next = null);
