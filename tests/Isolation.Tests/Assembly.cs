using System.Runtime.Versioning;

// Workers are processes of Linux.
[assembly: SupportedOSPlatform("linux")]
// Tests look for the worker that is busy, and kill others': one class at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
