using System.Diagnostics;

/// <summary>Ends the process that it was loaded into, as by kill -9, at the step that a file names.</summary>
/// <remarks>
/// It listens to the spans that the program has for its operators anyway. The file holds one line, <c>source|span|begin or end|file</c>, the last
/// part only where the span has such a tag. While there is no file nothing happens, so a test can prepare what it likes first.
/// The runtime asks for this name, in no namespace.
/// </remarks>
internal static class StartupHook
{
    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable("LEDGER_TEST_DIE_AT") is not { Length: > 0 } orders) return;
        ActivitySource.AddActivityListener(new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Microsoft.AspNetCore" || source.Name.StartsWith("Ledger.", StringComparison.Ordinal),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStarted = span => Look(orders, span, "begin"),
            ActivityStopped = span => Look(orders, span, "end"),
        });
    }

    private static void Look(string orders, Activity span, string moment)
    {
        if (!File.Exists(orders)) return;
        var wanted = File.ReadAllText(orders).Trim().Split('|');
        if (wanted[0] != span.Source.Name || wanted[1] != span.OperationName || wanted[2] != moment) return;
        if (wanted.Length > 3 && wanted[3] != span.GetTagItem("file") as string) return;
        Process.GetCurrentProcess().Kill();
        Thread.Sleep(Timeout.Infinite); // The signal is on its way; not one more step is done meanwhile.
    }
}
