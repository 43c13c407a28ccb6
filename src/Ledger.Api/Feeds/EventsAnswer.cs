using Ledger.Exchange.Answers;

namespace Ledger.Api.Feeds;

/// <param name="UpTo">The last sequence that was looked at; ask on with <c>after</c> = this.</param>
public sealed record EventsAnswer(IReadOnlyList<EventItem> Items, long UpTo);
