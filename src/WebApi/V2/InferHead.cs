namespace Torch2Jax.WebApi.V2;

/// <summary>The JSON part of an inference request.</summary>
internal sealed class InferHead
{
    public string? Id { get; set; }

    /// <summary>Whether outputs that do not say otherwise come in the binary form.</summary>
    public bool BinaryOutputs { get; set; }

    /// <summary>Triton's timeout, as a deadline.</summary>
    public int? DeadlineMs { get; set; }

    /// <summary>The request's other parameters (string, number or bool); static arguments are taken from them.</summary>
    public Dictionary<string, object> Parameters { get; } = new(StringComparer.Ordinal);

    public List<InferInput> Inputs { get; } = [];

    /// <summary>The outputs asked for; null for all.</summary>
    public List<InferOutput>? Outputs { get; set; }
}

/// <summary>One input as its JSON describes it.</summary>
internal sealed class InferInput
{
    public string? Name { get; set; }

    public string? Datatype { get; set; }

    public List<long>? Shape { get; set; }

    /// <summary>Bytes of it behind the JSON; null where its data are in the JSON.</summary>
    public long? BinarySize { get; set; }

    /// <summary>Where its data are in the JSON.</summary>
    public Range? Data { get; set; }
}

/// <summary>One output asked for.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Binary">Whether in the binary form; null where it does not say.</param>
internal sealed record InferOutput(string Name, bool? Binary);
