namespace Ledger.Projections.Tests;

/// <summary>Answers are remembered by what they take: a hundred series by day are a hundred times as large as one.</summary>
public sealed class Remembering_answers
{
    private readonly AnswerMemory<string, int> _memory = new(room: 10, size: answer => answer);

    private int _asked;

    [Fact]
    public async Task One_is_asked_for_once()
    {
        Assert.Equal(4, await AskAsync("a", 4));
        Assert.Equal(4, await AskAsync("a", 5));
        Assert.Equal(1, _asked);
    }

    [Fact]
    public async Task The_oldest_make_room_for_what_is_new()
    {
        foreach (var (question, size) in ((string, int)[])[("a", 3), ("b", 3), ("c", 4), ("d", 4)]) await AskAsync(question, size);
        Assert.Equal(4, _asked);

        await AskAsync("c", 4);
        await AskAsync("d", 4);
        Assert.Equal(4, _asked);

        await AskAsync("a", 2);
        await AskAsync("b", 3);
        Assert.Equal(6, _asked);
    }

    [Fact]
    public async Task What_is_larger_than_the_room_pushes_nothing_out()
    {
        await AskAsync("a", 10);
        await AskAsync("b", 11);
        await AskAsync("a", 10);
        Assert.Equal(2, _asked);
        await AskAsync("b", 11);
        Assert.Equal(3, _asked);
    }

    [Fact]
    public async Task An_answer_that_failed_is_asked_for_again()
    {
        await Assert.ThrowsAsync<IOException>(() => _memory.GetAsync("a", () => Task.FromException<int>(new IOException())));
        Assert.Equal(4, await AskAsync("a", 4));
        Assert.Equal(1, _asked);
    }

    private Task<int> AskAsync(string question, int answer) => _memory.GetAsync(question, () =>
    {
        _asked++;
        return Task.FromResult(answer);
    });
}
