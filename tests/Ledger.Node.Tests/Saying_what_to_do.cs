using System.Reflection;
using System.Text.RegularExpressions;
using Ledger.EventStore.EventStoreDb;
using Ledger.Log;
using Ledger.Node.Evidence;
using Ledger.Projections;
using Ledger.Testing;

namespace Ledger.Node.Tests;

/// <summary>Every problem that a node can have tells an operator what to do next: in /health, and in the table of deploy/README.md.</summary>
public sealed partial class Saying_what_to_do
{
    private static IEnumerable<string> Codes =>
        new[] { typeof(ViewProblems), typeof(LogProblems), typeof(StoreFaults), typeof(StoreHealth), typeof(NodeHealth), typeof(EvidencePlace), typeof(NodeHealth).Assembly.GetType("Ledger.Node.DisclosureWatch", throwOnError: true)! }
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(constant => constant is { IsLiteral: true, IsPublic: true } && constant.FieldType == typeof(string))
            .Select(constant => (string)constant.GetRawConstantValue()!).Distinct();

    [Fact]
    public void Every_code_has_a_sentence_and_every_sentence_a_code() =>
        Assert.Equal(Codes.Order(StringComparer.Ordinal), WhatToDo.Table.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void The_table_for_operators_says_the_same()
    {
        var rows = Row().Matches(File.ReadAllText(Readme)).ToDictionary(row => row.Groups[1].Value, row => row.Groups[2].Value);
        foreach (var (code, sentence) in WhatToDo.Table) Assert.Equal(sentence, rows.GetValueOrDefault(code));
        Assert.Equal(WhatToDo.Table.Count, rows.Count);
    }

    private static string Readme => Checkout.At("deploy/README.md");

    [GeneratedRegex(@"^\| `([a-z-]+)` \| (.+) \|\r?$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
