namespace Ledger.Transparency.Tests;

public class ProvingConsistency
{
    private const int Largest = 130;

    private static readonly Hash[] Leaves = Some.Leaves(Largest);

    private static readonly Hash[] Roots = [.. Enumerable.Range(0, Largest + 1).Select(size => Some.Tree(size).Root)];

    [Fact]
    public void Every_pair_of_trees_of_1_to_130_leaves_is_proven_as_the_RFC_defines()
    {
        ForEach((older, newer, path) =>
        {
            Assert.Equal(Rfc6962.Proof(older, Leaves.AsSpan(0, newer)), path);
            Assert.Equal(ProofOutcome.Proven, Verify(older, newer, path, Roots[older], Roots[newer]));
        });
    }

    [Fact]
    public void A_proof_of_any_other_length_than_the_exact_one_is_refused()
    {
        ForEach((older, newer, path) =>
        {
            foreach (var other in Mutations.OfLength(path, Roots[newer]))
            {
                Assert.Equal(ProofOutcome.WrongProofLength, Verify(older, newer, other, Roots[older], Roots[newer]));
            }
        });
    }

    [Fact]
    public void A_proof_with_a_changed_hash_or_a_changed_root_is_refused()
    {
        ForEach((older, newer, path) =>
        {
            foreach (var other in Mutations.OfContent(path))
            {
                Assert.Equal(ProofOutcome.WrongRoot, Verify(older, newer, other, Roots[older], Roots[newer]));
            }

            Assert.Equal(ProofOutcome.WrongRoot, Verify(older, newer, path, Mutations.Flip(Roots[older]), Roots[newer]));
            Assert.Equal(ProofOutcome.WrongRoot, Verify(older, newer, path, Roots[older], Mutations.Flip(Roots[newer])));
        });
    }

    [Fact]
    public void A_proof_from_another_size_is_refused()
    {
        ForEach((older, newer, path) =>
        {
            for (var other = 1; other <= newer; other++)
            {
                if (other != older) Assert.NotEqual(ProofOutcome.Proven, Verify(other, newer, path, Roots[older], Roots[newer]));
            }
        }, largest: 66);
    }

    [Fact]
    public void Two_histories_with_one_changed_leaf_cannot_be_reconciled()
    {
        for (var older = 1; older < 20; older++)
        {
            for (var changed = 0; changed < older; changed++)
            {
                Hash[] other = [.. Leaves[..20]];
                other[changed] = Mutations.Flip(other[changed]);
                var path = Prover.Consistency(new TreeSize(older), new TreeSize(20), Some.Hashes(other));
                Assert.Equal(ProofOutcome.WrongRoot, Verify(older, 20, path, Roots[older], Rfc6962.Root(other)));
            }
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 8)]
    [InlineData(-1, 8)]
    public void A_proof_from_the_empty_tree_is_refused(long older, long newer)
    {
        Assert.Equal(
            ProofOutcome.EmptyTreeProvesNothing,
            ProofVerifier.Consistency(new TreeSize(older), new TreeSize(newer), [], MerkleHash.EmptyRoot, Roots[8]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Prover.Consistency(new TreeSize(older), new TreeSize(newer), Some.Hashes(Leaves)));
    }

    [Fact]
    public void A_tree_that_shrank_is_refused()
    {
        Assert.Equal(ProofOutcome.SizesReversed, Verify(8, 7, [], Roots[8], Roots[7]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Prover.Consistency(new TreeSize(8), new TreeSize(7), Some.Hashes(Leaves)));
    }

    [Fact]
    public void A_tree_is_consistent_with_itself_by_an_empty_proof_only()
    {
        Assert.Equal(ProofOutcome.Proven, Verify(7, 7, [], Roots[7], Roots[7]));
        Assert.Equal(ProofOutcome.WrongRoot, Verify(7, 7, [], Roots[7], Roots[8]));
        Assert.Equal(ProofOutcome.WrongProofLength, Verify(7, 7, [Roots[7]], Roots[7], Roots[7]));
    }

    [Fact]
    public void Wrong_hash_lengths_are_refusals_and_not_exceptions()
    {
        ReadOnlyMemory<byte> good = Leaves[0].Bytes.ToArray(), bad = new byte[33];
        var (older, newer) = (new TreeSize(1), new TreeSize(2));
        Assert.Equal(ProofOutcome.WrongHashLength, ProofVerifier.Consistency(older, newer, [good], bad.Span, good.Span));
        Assert.Equal(ProofOutcome.WrongHashLength, ProofVerifier.Consistency(older, newer, [bad], good.Span, good.Span));
        Assert.Equal(ProofOutcome.WrongHashLength, ProofVerifier.Consistency(older, newer, [good], good.Span, bad.Span));
        Assert.Equal(ProofOutcome.WrongRoot, ProofVerifier.Consistency(older, newer, [good], good.Span, good.Span));
    }

    private static ProofOutcome Verify(int older, int newer, IReadOnlyList<Hash> path, Hash olderRoot, Hash newerRoot) =>
        ProofVerifier.Consistency(new TreeSize(older), new TreeSize(newer), path, olderRoot, newerRoot);

    private static void ForEach(Action<int, int, IReadOnlyList<Hash>> check, int largest = Largest)
    {
        for (var newer = 1; newer <= largest; newer++)
        {
            var read = new Stored(newer);
            for (var older = 1; older <= newer; older++)
            {
                check(older, newer, Prover.Consistency(new TreeSize(older), new TreeSize(newer), read.Read));
            }
        }
    }
}
