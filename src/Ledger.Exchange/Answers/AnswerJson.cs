using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ledger.Exchange.Answers;

/// <summary>How the answers that also leave as files are written: the same answer has the same bytes, whoever writes it.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    GenerationMode = JsonSourceGenerationMode.Metadata,
    Converters = [typeof(UtcTime)])]
[JsonSerializable(typeof(ComplianceAnswerBody))]
[JsonSerializable(typeof(EventItem))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, IReadOnlyList<CodeAnswer>>))]
public sealed partial class AnswerJson : JsonSerializerContext
{
    /// <summary>Texts go out in their own letters: files and answers are UTF-8.</summary>
    public static AnswerJson Plain => Holder.Plain;

    // A class of its own, because nothing says in which order the parts of a partial class are initialised.
    private static class Holder
    {
        public static readonly AnswerJson Plain = new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }
}
