using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Tests.Torch;

namespace Torch2Jax.Tests.Arrays;

public sealed class DTypesTests
{
    private static readonly JsonElement Golden = JsonDocument
        .Parse(File.ReadAllBytes(Path.Combine(Goldens.Folder, "dtypes.json")))
        .RootElement;

    public static TheoryData<string> TorchTypes =>
        [.. Golden.GetProperty("torch_to_jax").EnumerateArray().Select(row => row.GetProperty("torch").GetString()!)];

    public static TheoryData<string> JaxTypes =>
        [.. Golden.GetProperty("jax_to_torch").EnumerateArray().Select(row => row.GetProperty("jax").GetString()!)];

    [Theory]
    [MemberData(nameof(TorchTypes))]
    public void Every_torch_type_is_known_with_its_number_or_refused(string torch)
    {
        var row = Golden
            .GetProperty("torch_to_jax")
            .EnumerateArray()
            .Single(row => row.GetProperty("torch").GetString() == torch);
        if (row.GetProperty("jax").GetString() is not { } jax)
        {
            Assert.False(DTypes.TryParse(torch, out _));
            Assert.Equal(
                ErrorCode.MalformedRequest,
                Assert.Throws<EngineException>(() => DTypes.Parse(torch, "args[0].dtype")).Code
            );
            return;
        }

        Assert.True(DTypes.TryParse(jax, out var dtype));
        Assert.Equal(torch, dtype.Name());
        Assert.Equal(row.GetProperty("bytes").GetInt32(), dtype.ItemSize());
        var number = row.GetProperty("libtorch_1_13_scalar_type");
        Assert.Equal(number.ValueKind != JsonValueKind.Null, dtype.IsSupported());
        if (dtype.IsSupported())
        {
            Assert.Equal(number.GetInt32(), (int)dtype);
            Assert.Equal(dtype, DTypes.Parse(torch));
        }

        // The package does not differentiate complex types; here JAX is right.
        Assert.Equal(row.GetProperty("differentiable").GetBoolean() || dtype.IsComplex(), dtype.IsDifferentiable());
    }

    [Theory]
    [MemberData(nameof(JaxTypes))]
    public void Every_JAX_type_is_the_torch_type_of_that_name_or_refused(string jax)
    {
        var row = Golden
            .GetProperty("jax_to_torch")
            .EnumerateArray()
            .Single(row => row.GetProperty("jax").GetString() == jax);
        Assert.Equal(row.GetProperty("torch").GetString() is not null, DTypes.TryParse(jax, out var dtype));
        Assert.True(row.GetProperty("torch").GetString() is not { } torch || torch == dtype.Name());
    }

    [Theory]
    [InlineData("uint16", "2.3")]
    [InlineData("float8_e4m3fn", "2.1")]
    public void A_type_that_this_libtorch_lacks_is_an_error_with_the_list_and_the_version(string name, string since)
    {
        var error = Assert.Throws<EngineException>(() => DTypes.Parse(name, "args[0].dtype"));
        Assert.Equal(ErrorCode.UnsupportedDtype, error.Code);
        Assert.Equal("args[0].dtype", error.Path);
        Assert.StartsWith($"Unsupported dtype: {name}.", error.Message, StringComparison.Ordinal);
        Assert.Contains(since, error.Message, StringComparison.Ordinal);
        Assert.Contains("bfloat16, float32, float64", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_other_name_of_a_type_leads_back_to_it()
    {
        foreach (var dtype in Enum.GetValues<DType>())
        {
            Assert.True(DTypes.TryParse(dtype.Name(), out var named) && named == dtype);
            Assert.True(DTypes.TryParse(System.Text.Encoding.UTF8.GetBytes(dtype.Name()), out named) && named == dtype);
            if (dtype.IsSupported())
            {
                Assert.True(DTypes.TryParseTorchDisplayName(dtype.TorchDisplayName(), out named) && named == dtype);
                Assert.True(DTypes.TryParseNumpyDescr(dtype.NumpyDescr(), out named) && named == dtype);
            }

            Assert.True(
                dtype.SafetensorsName() is not { } tensor
                    || (DTypes.TryParseSafetensorsName(tensor, out named) && named == dtype)
            );
            Assert.True(dtype.OipName() is not { } oip || (DTypes.TryParseOipName(oip, out named) && named == dtype));
        }
    }

    [Fact]
    public void Kinds_are_those_of_JAX()
    {
        Assert.False(DType.Bool.IsInteger() || DType.Bool.IsFloating() || DType.Bool.IsDifferentiable());
        Assert.True(DType.UInt8.IsInteger() && !DType.UInt8.IsDifferentiable());
        Assert.True(DType.BFloat16.IsFloating() && DType.BFloat16.IsDifferentiable());
        Assert.True(DType.Complex64.IsComplex() && !DType.Complex64.IsFloating() && DType.Complex64.IsDifferentiable());
    }
}
