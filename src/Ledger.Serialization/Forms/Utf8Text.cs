using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Newtonsoft.Json;

namespace Ledger.Serialization.Forms;

/// <summary>UTF-8 bytes as text, decoded straight into the JSON reader's own buffer.</summary>
internal sealed class Utf8Text(ReadOnlyMemory<byte> bytes) : TextReader
{
    private ReadOnlyMemory<byte> _rest = bytes;
    private char _pending; // the second half of a pair whose first half was the last character that fitted

    public override int Read(char[] buffer, int index, int count) => Read(buffer.AsSpan(index, count));

    public override int Read(Span<char> buffer)
    {
        if (buffer.IsEmpty) return 0;
        if (_pending != 0) return Pending(buffer);

        var status = Utf8.ToUtf16(_rest.Span, buffer, out var read, out var written, replaceInvalidSequences: false);
        if (status is OperationStatus.InvalidData or OperationStatus.NeedMoreData) throw new JsonReaderException("The bytes are no UTF-8.");
        if (written == 0 && status == OperationStatus.DestinationTooSmall) return FirstHalf(buffer);
        _rest = _rest[read..];
        return written;
    }

    private int Pending(Span<char> buffer)
    {
        (buffer[0], _pending) = (_pending, '\0');
        return 1;
    }

    private int FirstHalf(Span<char> buffer)
    {
        Rune.DecodeFromUtf8(_rest.Span, out var rune, out var read);
        Span<char> pair = stackalloc char[2];
        rune.EncodeToUtf16(pair);
        (buffer[0], _pending) = (pair[0], pair[1]);
        _rest = _rest[read..];
        return 1;
    }
}
