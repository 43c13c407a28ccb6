namespace Ledger.Testing;

/// <summary>The checkout that the tests were built in, for what they read of it: the README, the goldens, what is deployed.</summary>
/// <remarks>Found from where the test runs: the compiler's own paths are neutral in a reproducible build.</remarks>
public static class Checkout
{
    private static readonly string Root = Find(new DirectoryInfo(AppContext.BaseDirectory));

    /// <summary>The full path of <paramref name="place"/>, which is written from the top of the checkout with slashes.</summary>
    public static string At(string place) => Path.Combine(Root, place);

    private static string Find(DirectoryInfo folder) =>
        File.Exists(Path.Combine(folder.FullName, "Ledger.sln"))
            ? folder.FullName
            : Find(folder.Parent ?? throw new DirectoryNotFoundException("The tests run outside a checkout: no Ledger.sln above them."));
}
