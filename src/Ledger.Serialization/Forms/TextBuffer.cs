using System.Text;

namespace Ledger.Serialization.Forms;

/// <summary>Text that grows in one array, which is used again for the next event.</summary>
internal sealed class TextBuffer : TextWriter
{
    // Half a pair is refused rather than replaced: what is stored for ever must be what was said.
    public static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private char[] _text = new char[4096];
    private int _length;

    public override Encoding Encoding => Strict;

    public int Capacity => _text.Length;

    public override void Write(char value)
    {
        if (_length == _text.Length) Grow(1);
        _text[_length++] = value;
    }

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(ReadOnlySpan<char> buffer)
    {
        if (buffer.Length > _text.Length - _length) Grow(buffer.Length);
        buffer.CopyTo(_text.AsSpan(_length));
        _length += buffer.Length;
    }

    /// <summary>The text in UTF-8; the buffer is empty afterwards.</summary>
    public byte[] TakeUtf8()
    {
        var bytes = Strict.GetBytes(_text, 0, _length);
        _length = 0;
        return bytes;
    }

    private void Grow(int by) => Array.Resize(ref _text, Math.Max(_text.Length * 2, _length + by));
}
