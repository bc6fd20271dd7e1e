using System.Globalization;
using Torch2Jax.Errors;

namespace Torch2Jax.TorchSharp.Programs;

/// <summary>One line of a program's transforms: a letter and fields <c>name=value</c> (src/Native/include/t2j.h).</summary>
internal sealed class TransformLine(string text)
{
    private readonly Dictionary<string, string> fields = text.Split(' ')
        .Skip(1)
        .Select(field => field.Split('=', 2))
        .ToDictionary(parts => parts[0], parts => parts[1]);

    public char Letter => text[0];

    public string this[string name] =>
        fields.GetValueOrDefault(name)
        ?? throw new EngineException(ErrorCode.Internal, $"transform '{text}' lacks {name}");

    public bool Has(string name) => fields.ContainsKey(name);

    public long Number(string name) => long.Parse(this[name], CultureInfo.InvariantCulture);

    /// <summary>Numbers joined by commas; <c>-</c> stands for <see cref="Node.NotMapped"/>.</summary>
    public IReadOnlyList<long> Numbers(string name) =>
        [
            .. this[name]
                .Split(',', StringSplitOptions.RemoveEmptyEntries)
                .Select(part => part == "-" ? Node.NotMapped : long.Parse(part, CultureInfo.InvariantCulture)),
        ];

    public IReadOnlyList<int> Leaves() => [.. Numbers("leaves").Select(leaf => (int)leaf)];
}
