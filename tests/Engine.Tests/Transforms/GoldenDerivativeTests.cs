using System.Numerics;
using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Tests.Torch;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Transforms;

/// <summary>Every derivative of the golden functions: values, trees, dtypes, and shapes by algebra.</summary>
[Collection(NativeCollection.Name)]
public sealed class GoldenDerivativeTests
{
    public static TheoryData<string> WithVjp => With("vjp");

    public static TheoryData<string> WithGrad => With("grad");

    public static TheoryData<string> WithJvp => With("jvp");

    public static TheoryData<string> WithHessian => With("hessian");

    public static TheoryData<string> WithJacobian => With("jacobian");

    [Theory]
    [MemberData(nameof(WithVjp))]
    public void A_vjp_gives_the_recorded_cotangents(string name)
    {
        using var golden = new GoldenCase(name);
        if (golden.HasComplexInputs)
        {
            return; // the reference gives zeros there; NumericalTests checks ours
        }

        var vjp = golden.Golden.Find("vjp")!.Value;
        var cotangents = golden.Read(vjp.GetProperty("cotangents")).Map(Conjugate);
        var inputs = golden.WithStatics(golden.ReadAll(vjp.GetProperty("inputs")));
        var call = golden.Call([PyTree.Tuple(golden.Args), cotangents], new Vjp());
        var outputs = Run(call);
        GoldenCase.Check(outputs[0], golden.Read(golden.Golden.Outputs), golden.Golden.Rtol, golden.Golden.Atol);
        GoldenCase.Check(outputs[1], PyTree.Tuple(inputs), golden.GradRtol, golden.GradAtol);
    }

    [Theory]
    [MemberData(nameof(WithGrad))]
    public void A_grad_gives_the_recorded_gradients(string name)
    {
        using var golden = new GoldenCase(name);
        var grad = golden.Golden.Find("grad")!.Value;
        var positions = golden.Positions(grad.GetProperty("argnums")).ToArray();
        var values = golden.ReadAll(grad.GetProperty("values"));
        var all = Run(golden.Call(golden.Args, new Grad(Argnums.Several(positions))));
        GoldenCase.Check(all, PyTree.Tuple(values), golden.GradRtol, golden.GradAtol);
        var negative = Run(golden.Call(golden.Args, new Grad(Argnums.Single(positions[0] - golden.Args.Count))));
        GoldenCase.Check(negative, values[0], golden.GradRtol, golden.GradAtol);
        var both = Run(golden.Call(golden.Args, new ValueAndGrad(Argnums.Single(positions[0]))));
        GoldenCase.Check(
            both,
            PyTree.Tuple(golden.Read(golden.Golden.Outputs), values[0]),
            golden.GradRtol,
            golden.GradAtol
        );
    }

    [Theory]
    [MemberData(nameof(WithJvp))]
    public void A_jvp_gives_the_recorded_tangents(string name)
    {
        using var golden = new GoldenCase(name);
        var jvp = golden.Golden.Find("jvp")!.Value;
        if (!jvp.TryGetProperty("tangents_out", out var wanted) || wanted.ValueKind == JsonValueKind.Null)
        {
            return;
        }

        var tangents = golden.WithStatics(golden.ReadAll(jvp.GetProperty("tangents")));
        var outputs = Run(golden.Call([PyTree.Tuple(golden.Args), PyTree.Tuple(tangents)], new Jvp()));
        GoldenCase.Check(outputs[1], golden.Read(wanted), golden.GradRtol, golden.GradAtol);
    }

    [Theory]
    [MemberData(nameof(WithHessian))]
    public void A_hessian_gives_the_recorded_matrix(string name)
    {
        using var golden = new GoldenCase(name);
        var hessian = golden.Golden.Find("hessian")!.Value;
        if (hessian.GetProperty("value").ValueKind == JsonValueKind.Null)
        {
            return;
        }

        var argnums = Argnums.Single(golden.TensorArgs[hessian.GetProperty("argnum").GetInt32()]);
        var want = golden.Read(hessian.GetProperty("value"));
        Transform[][] ways =
        [
            [new Hessian(argnums)],
            [new Grad(argnums), new Jacfwd(argnums)],
            [new Jacfwd(argnums), new Jacrev(argnums)],
        ];
        foreach (var way in ways)
        {
            GoldenCase.Check(Run(golden.Call(golden.Args, way)), want, 5 * golden.GradRtol, 5 * golden.GradAtol);
        }
    }

    [Theory]
    [MemberData(nameof(WithJacobian))]
    public void Jacobians_of_both_modes_give_the_recorded_matrix(string name)
    {
        using var golden = new GoldenCase(name);
        var jacobian = golden.Golden.Find("jacobian")!.Value;
        var argnums = Argnums.Single(golden.TensorArgs[jacobian.GetProperty("argnum").GetInt32()]);
        var want = golden.Read(jacobian.GetProperty("value"));
        GoldenCase.Check(Run(golden.Call(golden.Args, new Jacrev(argnums))), want, golden.GradRtol, golden.GradAtol);
        GoldenCase.Check(Run(golden.Call(golden.Args, new Jacfwd(argnums))), want, golden.GradRtol, golden.GradAtol);
    }

    // JAX's 32-bit mode is the JAX client's business.
    private static TheoryData<string> With(string field) =>
        [
            .. GoldenFunction.Names.Where(name =>
                GoldenFunction.Of(name) is { Is64Bit: true } golden && golden.Find(field) is not null
            ),
        ];

    private static PyTree<NDArray> Run(TransformedCall call)
    {
        var outputs = call.Run();
        if (call.EvalShape() is { } shapes)
        {
            Assert.Equal(TreeNotation.Write(shapes), TreeNotation.Write(outputs.Map(array => array.Aval)));
        }

        return outputs;
    }

    // Cotangents of complex outputs are recorded in torch's convention.
    private static IArgumentLeaf Conjugate(IArgumentLeaf leaf)
    {
        if (leaf is not NDArray array || !array.Dtype.IsComplex())
        {
            return leaf;
        }

        var copy = NDArray.Allocate(array.Aval);
        array.Bytes.CopyTo(copy.Bytes);
        if (array.Dtype == DType.Complex128)
        {
            foreach (ref var value in copy.AsSpan<Complex>())
            {
                value = Complex.Conjugate(value);
            }
        }
        else
        {
            foreach (ref var value in copy.AsSpan<(float Re, float Im)>())
            {
                value.Im = -value.Im;
            }
        }

        return copy;
    }
}
