using System.Runtime.Versioning;

// The private PostgreSQL is a Unix one.
[assembly: SupportedOSPlatform("linux")]
