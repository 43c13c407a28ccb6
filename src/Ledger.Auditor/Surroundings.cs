namespace Ledger.Auditor;

/// <summary>What the program has around it; tests put their own in its place.</summary>
/// <param name="Variable">An environment variable, or null.</param>
/// <param name="IsTerminal">Somebody watches <paramref name="Error"/>, so that a progress bar is worth drawing.</param>
internal sealed record Surroundings(TextWriter Output, TextWriter Error, Func<string, string?> Variable, bool IsTerminal, TimeProvider Time)
{
    public static Surroundings OfProcess() =>
        new(Console.Out, Console.Error, Environment.GetEnvironmentVariable, !Console.IsErrorRedirected, TimeProvider.System);

    /// <summary>The user's state folder: XDG_STATE_HOME, ~/.local/state; the local application data on Windows.</summary>
    public string StateFolder()
    {
        if (Variable("XDG_STATE_HOME") is { Length: > 0 } xdg && Path.IsPathFullyQualified(xdg)) return Path.Combine(xdg, "ledger-audit");
        if (OperatingSystem.IsWindows()) return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "ledger-audit");
        return Variable("HOME") is { Length: > 0 } home
            ? Path.Combine(home, ".local", "state", "ledger-audit")
            : throw new CouldNotCheckException("There is no home folder to remember the ledger's head in; name a file with --state.");
    }
}

/// <summary>A bar on a terminal; silent elsewhere.</summary>
internal sealed class Progress(Surroundings around, bool silent)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private long _lastDrawn;
    private bool _isOpen;

    private bool IsOn => around.IsTerminal && !silent;

    public void Show(string what, long done, long all)
    {
        if (!IsOn || (_isOpen && done < all && around.Time.GetElapsedTime(_lastDrawn) < Interval)) return;
        const int Width = 30;
        var filled = all == 0 ? Width : (int)(Width * Math.Min(done, all) / all);
        around.Error.Write($"\r{what,-9} [{new string('#', filled)}{new string('.', Width - filled)}] {Shown.Number(done)} of {Shown.Number(all)} ");
        (_lastDrawn, _isOpen) = (around.Time.GetTimestamp(), true);
    }

    public void Close()
    {
        if (!_isOpen) return;
        around.Error.Write("\r\u001b[K");
        _isOpen = false;
    }
}
