using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Tests.Torch;
using Torch2Jax.Torch;

namespace Torch2Jax.Isolation.Tests;

/// <summary>What a caller of an isolated function sees is what a caller of this process's libtorch sees.</summary>
public sealed class CallTests(PoolFixture pool) : IClassFixture<PoolFixture>
{
    private readonly IsolatedTorchBackend backend = pool.Backend;

    [Theory]
    [InlineData("def fn(x: Tensor) -> Tensor:\n    return y\n")]
    [InlineData("def fn(x: Tensor) -> Tensor:\n    return torch.from_file('/etc/hostname')\n")]
    [InlineData("def fn(x: Tensor) -> Tensor:\n    return x.reshape(7, 7)\n")]
    public void Errors_have_the_codes_and_texts_that_they_have_in_this_process(string source)
    {
        EngineException Failure(ITorchBackend where) =>
            Assert.ThrowsAny<EngineException>(() =>
            {
                using ITorchProgram program = where.Program(source, 1);
                program.RunOnce([1, 2]);
            });

        EngineException want = Failure(NativeFixture.Backend);
        EngineException got = Failure(backend);
        Assert.Equal((want.Code, want.Message), (got.Code, got.Message));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100_000)]
    [InlineData(1_000_000)]
    public void Arrays_of_every_size_come_and_go_whether_they_are_copied_or_shared(int size)
    {
        float[] values = [.. Enumerable.Range(0, size).Select(i => (float)i)];
        using ITorchProgram program = backend.Expression("x * 2.0 + 1.0", "x");
        for (int i = 0; i < 4; i++)
        {
            float[] got = program.RunOnce(values);
            Assert.Equal(values.Select(value => (value * 2) + 1), got);
        }
    }

    [Fact]
    public void Derivatives_and_batches_run_in_workers()
    {
        using ITorchProgram gradient = backend.Program(
            "def fn(x: Tensor) -> Tensor:\n    return (x * x).sum()\n",
            1,
            "G value=0 aux=0 leaves=0\n"
        );
        Assert.Equal([2f, 4, 6], gradient.RunOnce([1, 2, 3]));
        using ITorchProgram batch = backend.Program(
            "def fn(x: Tensor) -> Tensor:\n    return x + 1.0\n",
            1,
            "B method=vectorized size=3 in=0 out=0\n"
        );
        Assert.Equal([2f, 3, 4], batch.RunOnce([1, 2, 3]));
    }

    [Fact]
    public void A_seed_gives_the_numbers_that_it_gives_in_this_process()
    {
        const string Expression = "x + torch.rand(3)";
        var options = new RunOptions(Seed: 42);
        using ITorchProgram there = backend.Expression(Expression, "x");
        using ITorchProgram here = NativeFixture.Backend.Expression(Expression, "x");
        Assert.Equal(here.RunOnce([1, 2, 3], options), there.RunOnce([1, 2, 3], options));
        Assert.NotEqual(there.RunOnce([1, 2, 3]), there.RunOnce([1, 2, 3]));
    }

    [Fact]
    public void What_a_function_prints_comes_to_the_log()
    {
        backend.TakeLog();
        using ITorchProgram program = backend.Program(
            "def fn(x: Tensor) -> Tensor:\n    print('from a worker')\n    return x\n",
            1
        );
        program.RunOnce([1]);
        Assert.Contains("from a worker", backend.TakeLog(), StringComparison.Ordinal);
        Assert.Empty(backend.TakeLog());
    }

    [Fact]
    public void An_archive_is_loaded_by_every_worker_that_runs_it()
    {
        byte[] archive = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "goldens", "digits_mlp.pt"));
        float[] values = [.. Enumerable.Range(0, 64).Select(i => i / 64f)];
        float[] Run(ITorchBackend where)
        {
            using ICompiledFunction function = where.LoadArchive(archive, "forward", functional: false);
            using ITorchProgram program = function.CreateProgram("*0;", "");
            using NDArray x = NDArray.FromArray(values, 1, 64);
            ProgramResult result = program.Run([x], default);
            float[] read = result.Outputs[0].AsSpan<float>().ToArray();
            result.Dispose();
            return read;
        }

        float[] want = Run(NativeFixture.Backend);
        Parallel.For(0, 8, _ => Assert.Equal(want, Run(backend)));
    }

    [Fact]
    public void Many_callers_at_once_each_get_their_own_answer()
    {
        using ITorchProgram program = backend.Expression("x * 3.0", "x");
        Parallel.For(
            0,
            400,
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            i => Assert.Equal([i * 3f], program.RunOnce([i]))
        );
    }

    [Fact]
    public void What_is_disposed_of_is_freed_in_the_workers()
    {
        using IsolatedTorchBackend own = Workers.Start();
        for (int i = 0; i < 20; i++)
        {
            using ITorchProgram program = own.Expression($"x + {i}.0", "x");
            using NDArray x = NDArray.FromArray(new float[50_000], 50_000);
            program.Run([x], default).Dispose();
        }
        own.Trim();
        own.Trim();
        TorchCounters left = own.Counters;
        Assert.Equal((0, 0, 0, 0, 0), (left.Functions, left.Programs, left.Results, left.Tensors, left.AllocatedBytes));
    }

    [Fact]
    public void An_array_lives_on_when_its_worker_its_program_and_its_pool_are_gone()
    {
        ProgramResult result;
        using (IsolatedTorchBackend own = Workers.Start())
        using (ITorchProgram program = own.Expression("x + 1.0", "x"))
        using (NDArray x = NDArray.FromArray(new float[100_000], 100_000))
        {
            result = program.Run([x], default);
            foreach (int pid in own.WorkerPids)
            {
                WorkerProcesses.Signal(pid, "KILL");
            }
        }
        Assert.All(result.Outputs[0].AsSpan<float>().ToArray(), value => Assert.Equal(1f, value));
        result.Dispose();
        Assert.Throws<ObjectDisposedException>(() => result.Outputs[0].Bytes.Length);
    }
}
