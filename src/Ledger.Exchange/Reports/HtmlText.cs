using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Ledger.Exchange.Reports;

/// <summary>HTML in which every value that is put into a text is encoded; only what is marked as <see cref="Markup"/> goes in as it is.</summary>
internal sealed class HtmlText
{
    // Letters of every script stay letters: entities would make an Arabic page an eighth longer.
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private readonly StringBuilder _text = new();

    /// <summary>Puts a piece at the end, and a line's end behind it, so that the page can be read as a text too.</summary>
    public void Add([InterpolatedStringHandlerArgument("")] ref Piece piece)
    {
        _ = piece; // It has written itself while the compiler made it.
        _text.Append('\n');
    }

    public byte[] ToUtf8() => Encoding.UTF8.GetBytes(_text.ToString());

    public Markup ToMarkup() => new(_text.ToString());

    /// <summary>One piece as the compiler takes it apart: literals are markup, holes are text.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct Piece
    {
        private readonly StringBuilder _to;

        public Piece(int literalLength, int formattedCount, HtmlText to)
        {
            _to = to._text;
            _to.EnsureCapacity(_to.Length + literalLength + (formattedCount * 16));
        }

        public void AppendLiteral(string literal) => _to.Append(literal);

        public void AppendFormatted(string? text)
        {
            if (text is not null) _to.Append(Encoder.Encode(text));
        }

        public void AppendFormatted(long number) => _to.Append(System.Globalization.CultureInfo.InvariantCulture, $"{number}");

        public void AppendFormatted(Markup markup) => _to.Append(markup.Html);
    }
}

/// <summary>HTML that is HTML already.</summary>
internal readonly record struct Markup(string Html);
