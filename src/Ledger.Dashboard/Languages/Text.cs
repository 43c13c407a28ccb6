namespace Ledger.Dashboard.Languages;

/// <summary>The files of words.</summary>
public static class Text
{
    /// <summary>Layout, overview, cases, acts, account.</summary>
    public static readonly WordFile Core = new("Words");

    /// <summary>Map, record form, working pages, audit, administration.</summary>
    public static readonly WordFile Field = new("FieldWords");

    /// <summary>Keys, and signing in with an account.</summary>
    public static readonly WordFile Access = new("AccessWords");
}
