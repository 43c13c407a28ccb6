using Ledger.EventStore.EventStoreDb;
using Ledger.Log;
using Ledger.Node.Evidence;
using Ledger.Projections;

namespace Ledger.Node;

/// <summary>For each code that a problem of a node can have, the sentence that says what to do next.</summary>
/// <remarks>deploy/README.md has the same table for whoever reads it at night; a test holds the two together, and both against the codes.</remarks>
public static class WhatToDo
{
    public static IReadOnlyDictionary<string, string> Table { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [ViewProblems.NewerEvent] = "Upgrade this node to the version of the node that wrote the event; until then its figures end before it.",
        [ViewProblems.MissingEvent] = "Stop the node, keep its files, and restore a backup that has the events; only if there is none, 'ledger recover --accept-loss'.",
        [ViewProblems.UnreadableEvent] = "Keep the files, and compare the event with a backup or another node: either its bytes were damaged, or a newer program wrote it and this one must be upgraded.",
        [ViewProblems.StoreChanged] = "If an older backup was restored, restore the newest one; if you meant to, 'ledger doctor' says what is missing.",
        [ViewProblems.ReadModel] = "Look at free disk and rights of the folder read-models; then restart. The folder may be deleted while the node is stopped: it is made anew.",
        [ViewProblems.StoreUnreadable] = "Look at the disk and at the rights of the data directory, or whether the store's servers can be reached; 'ledger doctor' says whether events.db is whole. If it isn't, restore the newest backup.",
        [ViewProblems.WordIndex] = "Look at free disk, and restart when it suits: only the search for words has stopped.",
        [LogProblems.ChangedEvent] = "Somebody or something changed what was stored. Stop the node, keep its files as evidence, and restore a backup whose events 'ledger doctor' finds whole.",
        [LogProblems.ChangedTile] = "Stop the node, delete tiles.db, start it: the tiles are made anew from the store. If it comes back, check the disk.",
        [LogProblems.Fork] = "Stop every node. Two histories were signed, or the stored one isn't the signed one: compare with the witnesses' heads, and restore the history that they cosigned.",
        [LogProblems.ForeignSeal] = "Stop the node: something wrote to the log's stream that the log's key didn't sign. Find out who can write to the store, and restore a backup from before.",
        [LogProblems.StoreBehindSigner] = "An older backup was restored. Restore the newest one, or bring the missing events back from another copy; only 'ledger recover --accept-loss' goes on without them.",
        [LogProblems.StoreBehindSeals] = "Events that were signed for are gone. Restore the newest backup, or bring them back from another copy; only 'ledger recover --accept-loss' goes on without them.",
        [LogProblems.StoreBehindWitness] = "A witness has seen more than the store holds: an older backup was restored. Restore the newest one; only 'ledger recover --accept-loss' goes on without what is missing.",
        [LogProblems.NoSignerKey] = "Lay the named key file into the secrets directory from where you keep your keys; the node finds it without a restart.",
        [LogProblems.SealingFailed] = "Look at free disk, at whether the data directory and the signer's state can be written (a file system that found an error makes itself read-only), and at whether the store can be reached; it is tried again every second, and nothing that was taken is lost.",
        [LogProblems.WitnessPolicyUnmet] = "Ask the operators of the witnesses that are named as missing; commands are taken meanwhile, but readers see the last head that was cosigned.",
        [LogProblems.WitnessAlarm] = "Call the operator of the witness today and compare heads: either it is broken, or it has seen another history under this log's key.",
        [StoreHealth.Unreachable] = "Look at the store's servers and the network between; the node goes on by itself when the store answers.",
        [StoreHealth.Refuses] = "Look at free disk, at the rights of the data directory, and at whether its file system is mounted read-only, as one is that found an error (dmesg says so). Nothing that was acknowledged is lost; the node takes writes again by itself as soon as it can write.",
        [NodeHealth.ClockJumped] = "Set this machine's clock (NTP); commands are taken again when it is right. If it is right now and was wrong before, restart the node.",
        [StoreHealth.Notice] = "The node is ready. The message says which of the store's settings to change; an administrator of the store does it ('ledger store prepare').",
        [DisclosureWatch.Missing] = "Restore vault.db from the backup that has the text (erasures are applied again by themselves), and find out who could write to the file.",
        [DisclosureWatch.Damaged] = "Restore vault.db from a backup (erasures are applied again by themselves), and check the disk; 'ledger doctor --full' names every text that doesn't open.",
        [EvidencePlace.Unavailable] = "Look at the bucket's store, the network between and the rights of the key of Ledger:Evidence:S3; 'ledger doctor' says what it answers. Nothing that was taken is lost; the node goes on by itself when the store does.",
        [StoreFaults.StreamTruncated] = "Take the stream's $maxAge, $maxCount or $tb away before the next scavenge destroys what they hide, then restart the node.",
        [StoreFaults.StreamDeleted] = "Restore the store from a backup of before the deletion, and take the right to delete from every user ('ledger store prepare').",
        [StoreFaults.EventsMissing] = "Restore the store from a backup that has the events; then restart the node.",
        [StoreFaults.EventsOutOfOrder] = "The server told the order of events anew: look at its state and disk, check each member's log with 'ledger doctor --full', and start the node again.",
        [StoreFaults.CheckpointGone] = "This isn't the database that the node knows: check the connection string. If an older backup was restored, restore the newest one.",
        [StoreFaults.HiddenEvents] = "An append was answered and can't be found. Check the streams' metadata and every node of the store, then restart the node.",
    };

    /// <summary>What to do while nothing is wrong but the node isn't ready either.</summary>
    public const string Wait = "Wait: the node reads what was stored before its start. If count doesn't grow for minutes, look at the disk and the store.";

    /// <summary>A code of a later program has no sentence here; /health is the last place that should fail over it.</summary>
    public static string About(string code) => Table.GetValueOrDefault(code, "Read the message; 'ledger doctor' looks at the whole data directory and says what it finds.");
}
