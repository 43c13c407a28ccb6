using Ledger.Transparency;

namespace Ledger.Auditor;

/// <summary>What the person in front of the program believes: it comes from a file of theirs, never from the publisher.</summary>
internal static class Trust
{
    private const int Longest = 1_000_000;

    public static TrustPolicy Read(string? policyFile, string? vkeyFile) => (policyFile, vkeyFile) switch
    {
        ({ } file, null) => ReadPolicy(file),
        (null, { } file) => TrustPolicy.Of(ReadKey(file)),
        _ => throw new CouldNotCheckException("Say which key you trust: one of --policy FILE and --vkey FILE. It must come from somebody you trust, not from the ledger that you check."),
    };

    /// <summary>A verifier key in a file of one line, or itself.</summary>
    public static VerifierKey ReadKey(string fileOrKey)
    {
        if (!File.Exists(fileOrKey) && VerifierKey.TryParse(fileOrKey, out var itself, out _)) return itself;
        var text = System.Text.Encoding.UTF8.GetString(ReadFile(fileOrKey)).Trim();
        return VerifierKey.TryParse(text, out var key, out var refusal) ? key : throw new CouldNotCheckException($"{Shown.Of(fileOrKey)}: {refusal.Message}");
    }

    /// <summary>A file of the user's own, of a length that makes sense.</summary>
    public static byte[] ReadFile(string path, int most = Longest)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists) throw new CouldNotCheckException($"There is no file {Shown.Of(path)}.");
            if (file.Length > most) throw new CouldNotCheckException($"{Shown.Of(path)} is longer than such a file can be.");
            return File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CouldNotCheckException($"{Shown.Of(path)} can't be read: {Shown.Of(exception.Message)}", exception);
        }
    }

    private static TrustPolicy ReadPolicy(string file) =>
        TrustPolicy.TryParse(ReadFile(file), out var policy, out var refusal) ? policy : throw new CouldNotCheckException($"{Shown.Of(file)}: {refusal.Message}");
}
