namespace Ledger.Projections;

/// <summary>The answers given last. An answer is a function of its question alone, so it never gets old; only room is short.</summary>
/// <param name="room">For all answers together.</param>
/// <param name="size">Of one answer, in the same unit; one that is larger than the room isn't kept.</param>
internal sealed class AnswerMemory<TQuestion, TAnswer>(int room, Func<TAnswer, int> size) where TQuestion : notnull
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TQuestion, Task<TAnswer>> _answers = [];
    private readonly Queue<(TQuestion Question, int Size)> _order = new();
    private long _held;

    public async Task<TAnswer> GetAsync(TQuestion question, Func<Task<TAnswer>> answer)
    {
        lock (_gate)
        {
            if (_answers.TryGetValue(question, out var known) && known.IsCompletedSuccessfully) return known.Result;
        }

        // Each asks for itself: whoever waits for another's answer would fall with its cancellation.
        var given = answer();
        Keep(question, given, size(await given));
        return given.Result;
    }

    private void Keep(TQuestion question, Task<TAnswer> given, int takes)
    {
        if (takes > room) return;
        lock (_gate)
        {
            if (!_answers.TryAdd(question, given)) return;
            _order.Enqueue((question, takes));
            for (_held += takes; _held > room; _held -= _order.Peek().Size, _order.Dequeue()) _answers.Remove(_order.Peek().Question);
        }
    }
}
