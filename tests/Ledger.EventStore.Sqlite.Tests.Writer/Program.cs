using Ledger.EventStore.Sqlite.Tests.Writer;

// Started by tests, which read its lines and kill it.
return args switch
{
    ["load", var file] => await Load.RunAsync(file),
    ["fill", var directory, "until-the-file-limit"] => await Fill.RunAsync(directory, new FileSizeLimit()),
    ["fill", var directory, "until-the-disk-is-full"] => await Fill.RunAsync(directory, new Ballast(directory)),
    ["hold", var directory] => Hold.Run(directory),
    _ => 2,
};
