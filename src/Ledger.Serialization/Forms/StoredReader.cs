using System.Numerics;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Ledger.Serialization.Forms;

/// <summary>Reads one stored document by its form, token by token.</summary>
/// <remarks>A form finds the reader on the first token of its value and leaves it on the last.</remarks>
internal sealed class StoredReader
{
    private const int DeepestNesting = 64;

    [ThreadStatic]
    private static StoredReader? _spare;

    private Row?[] _rows = [];
    private JsonReader _json = null!;
    private string _type = "";
    private string _within = ""; // the path of the object that _json is a part of, where it isn't the document

    /// <summary>What the value just read holds that its form doesn't know; the form around it takes it.</summary>
    public JToken? Leftover { get; set; }

    public JsonToken Token => _json.TokenType;

    public bool IsNull => _json.TokenType == JsonToken.Null;

    /// <param name="extra">What the document holds that the form doesn't know.</param>
    public static T Read<T>(string type, ReadOnlyMemory<byte> data, Form<T> form, out JObject? extra)
    {
        using var json = Open(data);
        return Read(type, json, form, out extra);
    }

    /// <inheritdoc cref="Read{T}(string, ReadOnlyMemory{byte}, Form{T}, out JObject?)"/>
    public static T Read<T>(string type, JsonReader json, Form<T> form, out JObject? extra)
    {
        var reader = _spare ?? new StoredReader();
        _spare = null; // a reader that fails in the middle of a document isn't used again
        (reader._type, reader._json, reader._within, reader.Leftover) = (type, json, "", null);
        var value = reader.ReadDocument(form);
        extra = (JObject?)reader.Leftover;
        (reader._json, reader.Leftover) = (null!, null);
        _spare = reader;
        return value;
    }

    /// <summary>A whole document as an object.</summary>
    public static JObject ReadObject(string type, ReadOnlyMemory<byte> data)
    {
        using var json = Open(data);
        try
        {
            var document = JObject.Load(json);
            return json.Read() ? throw new StoredEventException(type, json.Path, "something follows the document.") : document;
        }
        catch (JsonException e)
        {
            throw new StoredEventException(type, json.Path, e.Message, e);
        }
    }

    /// <summary>A reader that takes nothing for a date and makes no string for a known name.</summary>
    public static JsonTextReader Open(ReadOnlyMemory<byte> data) => new(new Utf8Text(data))
    {
        ArrayPool = CharPool.Shared,
        PropertyNameTable = PropertyNames.Known,
        DateParseHandling = DateParseHandling.None,
        FloatParseHandling = FloatParseHandling.Double,
        MaxDepth = DeepestNesting,
    };

    public void Advance()
    {
        if (!_json.Read()) throw Fault("the document ends too early.");
    }

    public void Expect(JsonToken token, string name)
    {
        if (_json.TokenType != token) throw Fault($"{name} is expected.");
    }

    /// <summary>Goes on to the next property of an object; null at its end.</summary>
    public string? NextName()
    {
        Advance();
        return _json.TokenType == JsonToken.EndObject ? null : (string)_json.Value!;
    }

    /// <summary>Goes on to the next item of an array; false at its end.</summary>
    public bool NextItem()
    {
        Advance();
        return _json.TokenType != JsonToken.EndArray;
    }

    public string Text()
    {
        Expect(JsonToken.String, "a string");
        return (string)_json.Value!;
    }

    public bool Flag()
    {
        Expect(JsonToken.Boolean, "true or false");
        return (bool)_json.Value!;
    }

    public long Whole(long least, long most)
    {
        Expect(JsonToken.Integer, "a whole number");
        return _json.Value is long value && value >= least && value <= most
            ? value
            : throw Fault("the whole number is out of range.");
    }

    public double Number() => _json.Value switch
    {
        double value when _json.TokenType == JsonToken.Float && double.IsFinite(value) => value,
        long value => value,
        BigInteger value => (double)value,
        _ => throw Fault("a number is expected."),
    };

    /// <summary>The value as it stands, for later.</summary>
    public JToken Any() => JToken.ReadFrom(_json);

    /// <summary>Reads a value that lies in memory as if it stood here.</summary>
    public T Within<T>(JToken value, Func<StoredReader, T> read)
    {
        var (json, within) = (_json, _within);
        (_within, _json) = (Path(""), value.CreateReader());
        Advance();
        var result = read(this);
        (_json, _within) = (json, within);
        return result;
    }

    public JToken? TakeLeftover()
    {
        var leftover = Leftover;
        if (leftover is not null) Leftover = null;
        return leftover;
    }

    /// <summary>An empty row of a form; it is given back when the record is made. A form within itself gets another.</summary>
    public Row Borrow(int form, Func<Row> make)
    {
        if (form >= _rows.Length) Array.Resize(ref _rows, form + 16);
        var row = _rows[form] ?? make();
        _rows[form] = null;
        row.Reader = this;
        return row;
    }

    public void GiveBack(int form, Row row)
    {
        row.Clear();
        _rows[form] = row;
    }

    /// <param name="field">The field of the object that is open, where the reader doesn't stand on it.</param>
    public StoredEventException Fault(string fault, string field = "") => new(_type, Path(field), fault);

    private T ReadDocument<T>(Form<T> form)
    {
        try
        {
            Advance();
            var value = form.Read(this);
            return _json.Read() ? throw Fault("something follows the document.") : value;
        }
        catch (JsonException e)
        {
            throw new StoredEventException(_type, Path(""), e.Message, e);
        }
    }

    private string Path(string field) =>
        string.Join('.', new[] { _within, _json.Path, field }.Where(part => part.Length > 0));
}
