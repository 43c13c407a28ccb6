using Ledger.Benchmarks.Load;

// A mode a line; each is a file of its own in Load/.
return args switch
{
    ["load", "store", .. var rest] => await StoreLoad.RunAsync(LoadOptions.Parse(rest)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("Ledger.Benchmarks load store [--seconds N] [--directory DIR] [--json FILE]");
    return 2;
}
