namespace Ledger.Projections;

/// <summary>The answers given last. An answer is a function of its question alone, so it never gets old; only room is short.</summary>
internal sealed class AnswerMemory<TQuestion, TAnswer>(int room) where TQuestion : notnull
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TQuestion, Task<TAnswer>> _answers = [];
    private readonly Queue<TQuestion> _order = new();

    public async Task<TAnswer> GetAsync(TQuestion question, Func<Task<TAnswer>> answer)
    {
        lock (_gate)
        {
            if (_answers.TryGetValue(question, out var known) && known.IsCompletedSuccessfully) return known.Result;
        }

        // Each asks for itself: whoever waits for another's answer would fall with its cancellation.
        var given = answer();
        await given;
        lock (_gate)
        {
            if (_answers.TryAdd(question, given)) _order.Enqueue(question);
            if (_order.Count > room) _answers.Remove(_order.Dequeue());
        }

        return given.Result;
    }
}
