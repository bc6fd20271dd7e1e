[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
// One libtorch and two cores: tests that run side by side only wait for each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
