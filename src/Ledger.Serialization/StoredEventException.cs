namespace Ledger.Serialization;

/// <summary>Stored bytes that aren't the event that their type name promises.</summary>
/// <remarks>The world is broken, or the program is: nobody in the middle catches this.</remarks>
/// <param name="type">The stored type name, or <c>metadata</c>.</param>
/// <param name="field">The path of the field at fault, such as <c>observation.means</c>; empty for the document as a whole.</param>
/// <param name="fault">What is wrong with it.</param>
public sealed class StoredEventException(string type, string field, string fault, Exception? inner = null)
    : Exception(field.Length == 0 ? $"Stored {type}: {fault}" : $"Stored {type}, field {field}: {fault}", inner)
{
    public string Type { get; } = type;

    public string Field { get; } = field;
}
