using System.Globalization;
using Torch2Jax.Functions;

namespace Torch2Jax.Registry.Tests.Support;

internal static class Samples
{
    public static readonly DateTimeOffset Noon = new(2024, 5, 17, 12, 0, 0, TimeSpan.Zero);

    public static FunctionDetails Details { get; } =
        new(
            "f(x: Tensor) -> Tensor",
            "PyTreeDef((*,))",
            "float32[3]",
            """{"dtype":"float32","shape":[3]}""",
            ["w"],
            "d"
        );

    public static FunctionContent Content(string source = "def f(x: Tensor) -> Tensor:\n    return x\n") =>
        new(source, null, "f", false, """[{"dtype":"float32","shape":[3]}]""", null, null, "sequential", null);

    public static FunctionContent Archive(params byte[] bytes) =>
        new(null, bytes, "forward", true, null, null, null, "vectorized", "[1]");

    public static ShapeCacheKey Key(string name, int version, int number) =>
        new(name, version, "F(t)", string.Create(CultureInfo.InvariantCulture, $"float32[{number}]"), "cpu");

    public static ShapeCacheRecord Entry(ShapeCacheKey key, long hits = 0) =>
        new(key, "PyTreeDef((*,))", """{"dtype":"float32","shape":[3]}""", false, "0.1.0", hits, Noon, Noon);

    public static Task<SavedVersion> SaveAsync(this IFunctionRegistry registry, string name, string? source = null) =>
        registry.SaveAsync(name, source is null ? Content() : Content(source), Details, CancellationToken.None);
}
