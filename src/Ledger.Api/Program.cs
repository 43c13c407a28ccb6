using Ledger.Api.Hosting;

return await LedgerServer.RunAsync(args);
