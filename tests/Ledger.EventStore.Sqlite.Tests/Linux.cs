// File modes, SIGKILL and flock are tried as they are on Linux, where ledgers run.
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
