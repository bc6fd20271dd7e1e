using System.Runtime.Versioning;

// The private PostgreSQL is a Unix one.
[assembly: SupportedOSPlatform("linux")]

// Connections are the process's, and so is a shell hosted in it.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
