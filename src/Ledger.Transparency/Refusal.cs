namespace Ledger.Transparency;

/// <summary>Why bytes that came from elsewhere were not taken.</summary>
/// <param name="Code">Stable, for programs: <c>note-no-final-newline</c>.</param>
/// <param name="Message">A sentence, for people.</param>
public sealed record Refusal(string Code, string Message);
