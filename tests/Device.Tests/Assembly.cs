using System.Runtime.Versioning;

// The private PostgreSQL is a Unix one.
[assembly: SupportedOSPlatform("linux")]

// The device's counters are the process's.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
