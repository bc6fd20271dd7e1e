using System.Runtime.Versioning;

[assembly: SupportedOSPlatform("linux")]

// Builds take both cores; side by side they only wait for each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
