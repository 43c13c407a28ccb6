using Ledger.Auditor;

return await AuditProgram.RunAsync(args, Surroundings.OfProcess());
