namespace Torch2Jax.Registry.Embedded;

/// <summary>What a server's lock file (postmaster.pid) says, once it is known whether its process lives.</summary>
internal enum ServerState
{
    /// <summary>Stopped in order, or never started.</summary>
    Stopped,

    /// <summary>Ended without cleaning up: killed, or the machine was switched off.</summary>
    Crashed,

    /// <summary>Starting or stopping.</summary>
    Changing,

    /// <summary>Answering.</summary>
    Ready,
}
