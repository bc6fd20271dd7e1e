namespace Torch2Jax.Encoding;

/// <summary>How a file holds arrays; its ending says so.</summary>
public enum ArrayFileFormat
{
    /// <summary>One array, as NumPy saves it.</summary>
    Npy,

    /// <summary>Arrays by name, as NumPy saves them.</summary>
    Npz,

    /// <summary>Arrays by name.</summary>
    Safetensors,

    /// <summary>A tree of arrays, as the REST API writes it.</summary>
    Json,

    /// <summary>One array of at most two dimensions: numbers between commas, a row a line.</summary>
    Csv,
}
