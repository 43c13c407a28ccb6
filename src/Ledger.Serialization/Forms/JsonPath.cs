using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Ledger.Serialization.Forms;

/// <summary>Where in a document a byte stands, such as <c>casualties[1].best</c>.</summary>
/// <remarks>Found only when something is wrong, so that reading what is right costs nothing.</remarks>
internal static class JsonPath
{
    /// <param name="at">Where the token begins; beyond the end for the last token that can be read.</param>
    public static string To(ReadOnlySpan<byte> data, long at)
    {
        var open = new List<Step>();
        var json = new Utf8JsonReader(data);
        try
        {
            while (json.Read())
            {
                Follow(open, ref json, at);
                if (json.TokenStartIndex >= at) break;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // This far it can be read, and so far the path goes.
        }

        return Render(open);
    }

    private static void Follow(List<Step> open, ref Utf8JsonReader json, long at)
    {
        switch (json.TokenType)
        {
            case JsonTokenType.EndObject or JsonTokenType.EndArray:
                open.RemoveAt(open.Count - 1);
                return;
            case JsonTokenType.PropertyName:
                open[^1] = open[^1] with { Name = json.GetString() };
                return;
        }

        if (open.Count > 0) open[^1] = open[^1] with { Index = open[^1].Index + 1 };
        if (json.TokenStartIndex < at && json.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) open.Add(new Step(null, -1));
    }

    private static string Render(List<Step> open)
    {
        var path = new StringBuilder();
        foreach (var step in open)
        {
            if (step.Name is null && step.Index >= 0) path.Append(CultureInfo.InvariantCulture, $"[{step.Index}]");
            else if (step.Name is not null) path.Append(path.Length == 0 ? "" : ".").Append(step.Name);
        }

        return path.ToString();
    }

    /// <summary>How far an open object (by name) or array (by index) has been read.</summary>
    private readonly record struct Step(string? Name, int Index);
}
