using System.IO.Compression;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Torch;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Torch;

[Collection(NativeCollection.Name)]
public sealed class NativeArchiveTests
{
    private static readonly string Folder = Path.Combine(Goldens.Folder, "digits");
    private static readonly byte[] Archive = File.ReadAllBytes(Path.Combine(Folder, "digits_mlp.pt"));

    [Fact]
    public void The_digits_network_gives_the_recorded_logits()
    {
        using ICompiledFunction function = NativeFixture.Backend.LoadArchive(Archive, "forward", functional: false);
        Assert.Equal("forward(x: Tensor) -> Tensor", function.Schema.ToString());
        using ITorchProgram program = function.CreateProgram("*0;", "");
        using NDArray x = Stored("digits_test.npz", "x");
        using NDArray expected = Stored("digits_expected.npz", "logits");
        using NDArray logits = program.Run([x], default).Outputs[0];
        Closeness.Check(logits, expected, 1e-4, 1e-4);
    }

    [Fact]
    public void A_functional_archive_takes_its_parameters_as_a_dict_by_dotted_name()
    {
        using ICompiledFunction function = NativeFixture.Backend.LoadArchive(Archive, "forward", functional: true);
        Assert.Equal("forward(params: Dict[str, Tensor], x: Tensor) -> Tensor", function.Schema.ToString());
        using NDArray x = Stored("digits_test.npz", "x");
        var shapes = new Dictionary<string, long[]>
        {
            ["fc1.weight"] = [32, 64],
            ["fc1.bias"] = [32],
            ["fc2.weight"] = [10, 32],
            ["fc2.bias"] = [10],
        };
        PyTree<IArgumentLeaf> parameters = PyTree.Dict(
            shapes.Select(p => KeyValuePair.Create(p.Key, PyTree.Leaf<IArgumentLeaf>(Zeros(p.Value))))
        );
        BoundArguments bound = ArgumentBinder.Bind(function.Schema, [parameters, PyTree.Leaf<IArgumentLeaf>(x)], null);
        using ITorchProgram program = function.CreateProgram(bound.Code, "");
        using NDArray logits = program.Run([.. bound.Leaves.Cast<NDArray>()], default).Outputs[0];
        Assert.Equal("float32[500, 10]", logits.ToString());
        Assert.All(logits.AsSpan<float>().ToArray(), value => Assert.Equal(0f, value));
    }

    [Theory]
    [InlineData("backward")]
    [InlineData("__setstate__")]
    public void A_method_that_is_not_there_is_refused(string method) =>
        Assert.Equal(ErrorCode.InvalidSource, CodeOf(Archive, method));

    [Fact]
    public void What_is_no_archive_is_refused()
    {
        Assert.Equal(ErrorCode.InvalidSource, CodeOf([], "forward"));
        Assert.Equal(ErrorCode.InvalidSource, CodeOf("not an archive"u8.ToArray(), "forward"));
        Assert.Equal(ErrorCode.InvalidSource, CodeOf(Archive[..(Archive.Length / 2)], "forward"));
        Assert.Equal(ErrorCode.InvalidSource, CodeOf(Archive[(Archive.Length / 2)..], "forward"));
    }

    [Fact]
    public void Bytes_that_changed_anywhere_give_an_error_or_a_function_but_never_a_crash()
    {
        var random = new Random(20);
        for (int i = 0; i < 300; i++)
        {
            byte[] changed = [.. Archive];
            for (int n = random.Next(1, 8); n > 0; n--)
            {
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
            }
            try
            {
                NativeFixture.Backend.LoadArchive(changed, "forward", functional: i % 2 == 0).Dispose();
            }
            catch (EngineException error)
            {
                Assert.Contains(error.Code, (ErrorCode[])[ErrorCode.InvalidSource, ErrorCode.ForbiddenOperator]);
            }
        }
    }

    [Fact]
    public void Code_of_an_archive_does_not_run_while_it_is_loaded()
    {
        const string Hook =
            "  def __setstate__(self, state: Tuple[int]) -> NoneType:\n    print(\"it ran\")\n    return None\n";
        byte[] archive = Rewrite(text => text + Hook);
        NativeFixture.Backend.TakeLog();
        ErrorCode code = CodeOf(archive, "forward");
        Assert.Contains(code, (ErrorCode[])[ErrorCode.InvalidSource, ErrorCode.ForbiddenOperator]);
        Assert.DoesNotContain("it ran", NativeFixture.Backend.TakeLog(), StringComparison.Ordinal);
    }

    [Fact]
    public void Forbidden_operators_are_found_in_archives_too()
    {
        byte[] archive = Rewrite(text =>
            text.Replace(
                "    return _0\n",
                "    return torch.add(_0, torch.from_file(\"/etc/hostname\", None, 8))\n",
                StringComparison.Ordinal
            )
        );
        Assert.Contains(
            CodeOf(archive, "forward"),
            (ErrorCode[])[ErrorCode.InvalidSource, ErrorCode.ForbiddenOperator]
        );
    }

    // The same archive with other code for its module.
    private static byte[] Rewrite(Func<string, string> change)
    {
        var target = new MemoryStream();
        using (var from = new ZipArchive(new MemoryStream(Archive)))
        using (var to = new ZipArchive(target, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (ZipArchiveEntry entry in from.Entries)
            {
                using var bytes = new MemoryStream();
                using (Stream stream = entry.Open())
                {
                    stream.CopyTo(bytes);
                }
                byte[] content = bytes.ToArray();
                if (entry.FullName.EndsWith("code/__torch__.py", StringComparison.Ordinal))
                {
                    content = System.Text.Encoding.UTF8.GetBytes(change(System.Text.Encoding.UTF8.GetString(content)));
                }
                using Stream written = to.CreateEntry(entry.FullName, CompressionLevel.NoCompression).Open();
                written.Write(content);
            }
        }
        return target.ToArray();
    }

    private static ErrorCode CodeOf(byte[] archive, string method) =>
        Assert
            .Throws<EngineException>(() =>
                NativeFixture.Backend.LoadArchive(archive, method, functional: false).Dispose()
            )
            .Code;

    private static NDArray Zeros(long[] shape)
    {
        NDArray array = NDArray.Allocate(DType.Float32, shape);
        array.Bytes.Clear();
        return array;
    }

    private static NDArray Stored(string file, string name) =>
        NpyFile.ToArray(NpyFile.ReadAll(Path.Combine(Folder, file))[name], "float32");
}
