using Ledger.Serialization.Forms;
using Newtonsoft.Json.Linq;

namespace Ledger.Serialization;

/// <summary>Puts fields that a form doesn't know back where they stood.</summary>
internal static class Leftovers
{
    /// <summary>A document with its leftovers; they come after the fields that are known.</summary>
    public static byte[] Add(JObject document, JObject leftovers)
    {
        Merge(document, leftovers);
        return Json.Bytes(document);
    }

    private static void Merge(JObject into, JObject leftovers)
    {
        foreach (var (name, leftover) in leftovers)
        {
            switch (into[name], leftover)
            {
                case (null, _):
                    into[name] = leftover;
                    break;
                case (JObject inner, JObject more):
                    Merge(inner, more);
                    break;
                case (JArray known, JArray more) when name is Sealed.Digest or Sealed.Names:
                    foreach (var one in more) known.Add(one);
                    break;
                case (JArray items, JArray more):
                    MergeItems(items, more);
                    break;
                default:
                    break; // what the event says goes before what was left over
            }
        }
    }

    private static void MergeItems(JArray items, JArray leftovers)
    {
        for (var i = 0; i < Math.Min(items.Count, leftovers.Count); i++)
        {
            if (items[i] is JObject item && leftovers[i] is JObject leftover) Merge(item, leftover);
            else if (items[i] is JArray inner && leftovers[i] is JArray more) MergeItems(inner, more);
        }
    }
}
