using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Ledger.Api.Hosting;

/// <summary>How log entries are printed: one line each, an exception's lines indented below it, nothing secret in any of them.</summary>
internal sealed class RedactedConsole(Redactor redactor, TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "redacted";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        ArgumentNullException.ThrowIfNull(textWriter);
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        textWriter.Write(time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z' ", System.Globalization.CultureInfo.InvariantCulture));
        textWriter.Write(logEntry.LogLevel.ToString().ToLowerInvariant());
        textWriter.Write(' ');
        textWriter.Write(logEntry.Category);
        textWriter.Write(": ");
        textWriter.WriteLine(redactor.Line(message));
        if (logEntry.Exception is not { } exception) return;
        foreach (var line in exception.ToString().Split('\n')) textWriter.WriteLine("    " + redactor.Line(line.TrimEnd('\r')));
    }
}
