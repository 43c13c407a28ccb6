using Ledger.Benchmarks.All;
using Ledger.Benchmarks.Load;
using Ledger.Benchmarks.Soak;

// A mode a line; each is a file of its own in Load/.
return args switch
{
    ["all", .. var rest] => await WholeTable.RunAsync(rest),
    ["load", "store", .. var rest] => await StoreLoad.RunAsync(LoadOptions.Parse(rest)),
    ["load", "seal", .. var rest] => await SealLoad.RunAsync(LoadOptions.Parse(rest)),
    ["load", "server", .. var rest] => await ServerLoad.RunAsync(rest),
    ["load", "nodes", .. var rest] => await NodesLoad.RunAsync(rest),
    ["load", "books", .. var rest] => await ProjectionLoad.RunAsync(rest),
    ["load", "replay", .. var rest] => await ReplayLoad.RunAsync(rest),
    ["load", "import", .. var rest] => await ImportLoad.RunAsync(rest),
    ["load", "exports", .. var rest] => await ExportLoad.RunAsync(rest),
    ["soak", .. var rest] => await SoakRun.RunAsync(SoakOptions.Parse(rest)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("Ledger.Benchmarks all [--seconds N] [--sizes 10000,100000,1000000] [--ledgers DIR,DIR] [--questions N] [--replayed N] [--only growth] [--directory DIR] [--out FILE]");
    Console.Error.WriteLine("Ledger.Benchmarks load store [--seconds N] [--directory DIR] [--json FILE]");
    Console.Error.WriteLine("Ledger.Benchmarks load seal [--seconds N] [--directory DIR] [--json FILE]");
    Console.Error.WriteLine("Ledger.Benchmarks load server --server esdb://host:2113?tls=false [--seconds N] [--json FILE]");
    Console.Error.WriteLine("Ledger.Benchmarks load nodes --server esdb://host:2113?tls=false [--violations N] [--from DIR] [--questions N] [--directory DIR] [--json FILE]");
    Console.Error.WriteLine("Ledger.Benchmarks load books [--violations N]");
    Console.Error.WriteLine("Ledger.Benchmarks load replay [--events N]");
    Console.Error.WriteLine("Ledger.Benchmarks load import [--rows N] [--directory DIR]");
    Console.Error.WriteLine("Ledger.Benchmarks load exports [--violations N]");
    Console.Error.WriteLine("Ledger.Benchmarks soak [--minutes N | --seconds N] [--rate N] [--seed N] [--directory DIR] [--json FILE] [--markdown FILE]");
    return 2;
}
