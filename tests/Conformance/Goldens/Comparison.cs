using System.Numerics;

namespace Torch2Jax.Conformance.Goldens;

/// <summary>Says how a tree differs from the recorded one; null where it does not.</summary>
internal static class Comparison
{
    public static string? Difference(GoldenTree? got, GoldenTree want, double rtol, double atol, string path = "out")
    {
        if (got is null)
        {
            return $"{path}: nothing came";
        }

        if (want.Kind == NodeKind.Static)
        {
            return null;
        }

        if (got.Kind != want.Kind)
        {
            return $"{path}: {got.Kind} came, {want.Kind} expected";
        }

        if (want.Kind == NodeKind.Leaf)
        {
            return LeafDifference(got, want, rtol, atol, path);
        }

        if (got.Children.Count != want.Children.Count || !got.Keys.SequenceEqual(want.Keys))
        {
            return $"{path}: {got.Children.Count} children [{string.Join(", ", got.Keys)}] came, "
                + $"{want.Children.Count} [{string.Join(", ", want.Keys)}] expected";
        }

        return want
            .Children.Select(
                (child, i) =>
                    Difference(
                        got.Children[i],
                        child,
                        rtol,
                        atol,
                        $"{path}{(want.Keys.Count > 0 ? "." + want.Keys[i] : $"[{i}]")}"
                    )
            )
            .FirstOrDefault(difference => difference is not null);
    }

    private static string? LeafDifference(GoldenTree got, GoldenTree want, double rtol, double atol, string path)
    {
        if (got.Dtype != want.Dtype || !got.Shape.SequenceEqual(want.Shape))
        {
            return $"{path}: {Text(got)} came, {Text(want)} expected";
        }

        if (want.Data is null)
        {
            return got.Data is null ? null : $"{path}: a shape alone expected, data came";
        }

        if (got.Data is null || got.Data.Length != want.Data.Length)
        {
            return $"{path}: {got.Data?.Length ?? 0} bytes came, {want.Data.Length} expected";
        }

        if (!Elements.IsInexact(want.Dtype))
        {
            return got.Data.AsSpan().SequenceEqual(want.Data) ? null : $"{path}: integers differ";
        }

        var size = Elements.Size(want.Dtype);
        for (var at = 0; at < want.Data.Length; at += size)
        {
            var a = Elements.ToComplex(want.Dtype, got.Data.AsSpan(at));
            var b = Elements.ToComplex(want.Dtype, want.Data.AsSpan(at));
            if (!Close(a, b, rtol, atol))
            {
                return $"{path}: element {at / size} is {a}, {b} expected";
            }
        }

        return null;
    }

    private static bool Close(Complex a, Complex b, double rtol, double atol) =>
        a == b
        || (IsNaN(a) && IsNaN(b))
        || (Complex.IsFinite(a) && Complex.IsFinite(b) && (a - b).Magnitude <= atol + (rtol * b.Magnitude));

    private static bool IsNaN(Complex value) => double.IsNaN(value.Real) || double.IsNaN(value.Imaginary);

    private static string Text(GoldenTree leaf) => $"{leaf.Dtype}[{string.Join(", ", leaf.Shape)}]";
}
