namespace Torch2Jax.Tests.Torch;

/// <summary>
/// Expressions that ended a process, or showed it another caller's data, before the native layer guarded them. The tests
/// of the service send the same ones over HTTP.
/// </summary>
public static class CrashCorpus
{
    /// <summary>Expressions of int64 x and y, where the smallest integer meets -1.</summary>
    public static TheoryData<string> Divisions { get; } =
        new()
        {
            "x // y",
            "x % y",
            "torch.floor_divide(x, y)",
            "torch.div(x, y, rounding_mode='floor')",
            "torch.div(x, y, rounding_mode='trunc')",
            "torch.remainder(x, y)",
            "torch.fmod(x, y)",
            "x.clone().floor_divide_(y)",
            "x // -1",
            "x % -1",
            "torch.tensor([int(x[0].item()) // int(y[0].item())])",
            "torch.tensor([int(x[0].item()) % int(y[0].item())])",
        };

    /// <summary>Expressions of float32 x[1, 1, 3], whose indices or sizes lead outside memory.</summary>
    public static TheoryData<string> OutsideMemory { get; } =
        new()
        {
            "torch.ctc_loss(x, torch.tensor([[99999, -5]]), torch.tensor([900000]), torch.tensor([2]))",
            "torch.searchsorted(x[0, 0], x[0, 0], sorter=torch.tensor([123456789, -7, 2]))",
            "torch.embedding(x[0], torch.tensor([1 << 40]))",
            "torch.group_norm(x, 0)",
            "torch.gather(x[0, 0], 0, torch.tensor([1 << 40]))",
            "torch.index_select(x[0, 0], 0, torch.tensor([-9999999]))",
            "torch.as_strided(x, [1 << 20], [4096])",
            "x.view(-1)[torch.tensor([1 << 40])]",
            "torch.bincount(torch.tensor([1 << 50]))",
            "torch.nll_loss(x[0], torch.tensor([77]))",
            "torch.linalg_matrix_power(x[0, 0, 0].reshape(1, 1), -9223372036854775807 - 1)",
            "torch.reflection_pad1d(x[0], [])",
            "torch.reflection_pad1d(x[0], [-9223372036854775807 - 1, 0])",
            "torch.max_unpool2d(x, torch.tensor([[[1 << 40, 0, 0]]]), [2, 2])",
            "torch._pad_packed_sequence(x[0], torch.tensor([1, 7]), True, 0.0, 1000000)[0]",
            "torch.embedding_bag(x[0], torch.tensor([0, 0]), torch.tensor([[0, 1]]))[0]",
            "x.clone().random_(9223372036854775807, None)",
            "x.to(int(x.sum().item()) + 93)",
        };

    /// <summary>Expressions of x that reach files, or memory that nobody wrote.</summary>
    public static TheoryData<string> OutsideTheComputation { get; } =
        new()
        {
            "torch._sparse_coo_tensor_unsafe(torch.tensor([[1 << 40]]), x, [2])",
            "torch.sparse_coo_tensor(torch.tensor([[0]]), x, [2]).to_dense()",
            "torch.from_file('/etc/hostname', size=8, dtype=torch.uint8)",
            "torch.save(x, '/tmp/torch2jax-must-not-exist')",
            "x.set_(x)",
            "x.resize_([1 << 30])",
            "torch.empty_strided([4], [1])",
        };

    /// <summary>Expressions of float32 x[100000], of memory that nobody wrote.</summary>
    public static TheoryData<string> Unwritten { get; } =
        new() { "torch.empty([100000])", "torch.empty_like(x)", "x.new_empty([100000])" };

    /// <summary>Expressions of float32 x[1], of more memory than a call may have.</summary>
    public static TheoryData<string> BeyondMemory { get; } =
        new() { "torch.zeros([1 << 45])", "torch.zeros([1 << 31, 1 << 31, 4])", "torch.ones([1 << 24]) + x" };

    /// <summary>Expressions of x, that would loop without end while a source is compiled.</summary>
    public static TheoryData<string> WithoutEnd { get; } =
        new() { "x + 'a'.count('')", "x + len('aaa'.replace('', 'b'))", "x + len('a'.zfill(1 << 40))" };
}
