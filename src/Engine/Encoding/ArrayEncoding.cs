namespace Torch2Jax.Encoding;

/// <summary>How arrays are written in JSON.</summary>
public enum ArrayEncoding
{
    /// <summary><c>data</c> as one flat list, row-major.</summary>
    Json,

    /// <summary><c>data</c> as lists within lists, by the shape.</summary>
    Nested,

    /// <summary><c>base64</c> of the little-endian bytes, row-major.</summary>
    Base64,
}
