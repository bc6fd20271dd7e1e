using Torch2Jax.Torch;

namespace Torch2Jax.Tests.Torch;

/// <summary>Functions of torch.nn.functional with PyTorch's own argument names, each beside what it means.</summary>
[Collection(NativeCollection.Name)]
public sealed class PreludeTests
{
    [Theory]
    [InlineData("F.cross_entropy(m, i, reduction='sum')", "torch.cross_entropy_loss(m, i, None, 2)")]
    [InlineData("F.cross_entropy(m, i, label_smoothing=0.1)", "torch.cross_entropy_loss(m, i, None, 1, -100, 0.1)")]
    [InlineData("F.cross_entropy(m, i, size_average=False)", "torch.cross_entropy_loss(m, i, None, 2)")]
    [InlineData("F.nll_loss(m, i, reduction='none')", "torch.nll_loss(m, i, None, 0)")]
    [InlineData("F.mse_loss(x, x * 2, reduction='none')", "x * x")]
    [InlineData("F.l1_loss(x, 2 * x, reduction='sum')", "x.abs().sum()")]
    [InlineData("F.smooth_l1_loss(x, 3 * x, beta=1)", "torch.smooth_l1_loss(x, 3 * x, 1, 1.0)")]
    [InlineData("F.huber_loss(x, 3 * x, delta=2.0)", "torch.huber_loss(x, 3 * x, 1, 2.0)")]
    [InlineData("F.kl_div(x, p, reduction='batchmean')", "torch.kl_div(x, p, 2) / 4")]
    [InlineData("F.softmax(x, dim=0)", "torch.exp(x) / torch.exp(x).sum()")]
    [InlineData("F.softmax(m, -1, dtype=torch.float64).float()", "torch.softmax(m, 1)")]
    [InlineData("F.log_softmax(m, dim=1)", "m - torch.logsumexp(m, 1, True)")]
    [InlineData("F.relu(x, inplace=True)", "x * (x > 0)")]
    [InlineData("F.gelu(x, approximate='tanh')", "torch.gelu(x, approximate='tanh')")]
    [InlineData("F.leaky_relu(x, 0.2)", "torch.where(x > 0, x, 0.2 * x)")]
    [InlineData("F.elu(x, alpha=2)", "torch.where(x > 0, x, 2 * (torch.exp(x) - 1))")]
    [InlineData("F.softplus(x, beta=2)", "torch.log(1 + torch.exp(2 * x)) / 2")]
    [InlineData("F.hardtanh(x, -1, 1)", "x.clamp(-1, 1)")]
    [InlineData("F.normalize(m, dim=1)", "m / (m * m).sum(1, True).sqrt()")]
    [InlineData("F.dropout(x, 0.5, training=False)", "x")]
    [InlineData("F.linear(m, m)", "m @ m.t()")]
    [InlineData("F.embedding(i, m.t())", "m.t()[i]")]
    [InlineData("F.one_hot(i, num_classes=3).float()", "torch.eye(3)[i]")]
    [InlineData("F.layer_norm(m, (3,))", "(m - m.mean(1, True)) / (m.var(1, False, True) + 1e-5).sqrt()")]
    [InlineData("F.pad(x, (1, 2), value=7.0)", "torch.constant_pad_nd(x, [1, 2], 7.0)")]
    [InlineData("F.pad(c[0], (1, 1), mode='reflect')", "torch.reflection_pad1d(c[0], [1, 1])")]
    [InlineData("F.max_pool2d(c, 2)", "c.amax([2, 3], True)")]
    [InlineData("F.avg_pool2d(c, kernel_size=(2, 2), stride=1)", "c.mean([2, 3], True)")]
    [InlineData("F.adaptive_avg_pool2d(c, (None, 1))", "c.mean([3], True)")]
    [InlineData("F.conv2d(c, c, padding=1)", "torch.conv2d(c, c, None, [1, 1], [1, 1])")]
    [InlineData("F.conv2d(c, c, padding='same')", "torch.conv2d(c, c, None, [1, 1], 'same')")]
    [InlineData("F.conv_transpose2d(c, c, stride=2)", "torch.conv_transpose2d(c, c, None, [2, 2])")]
    [InlineData("F.interpolate(c, scale_factor=2)", "torch.upsample_nearest2d(c, [4, 4], None)")]
    [InlineData("F.interpolate(c, size=(4, 4), mode='bilinear')", "torch.upsample_bilinear2d(c, [4, 4], False, None)")]
    [InlineData("F.unfold(c, 2)", "c.reshape(1, 4, 1)")]
    [InlineData("F.cosine_similarity(x, 2 * x, dim=0)", "torch.ones([])")]
    [InlineData("F.scaled_dot_product_attention(m, m, m)", "torch.softmax(m @ m.t() / math.sqrt(3.0), -1) @ m")]
    [InlineData(
        "F.scaled_dot_product_attention(m, m, m, is_causal=True)",
        "torch.softmax((m @ m.t() / math.sqrt(3.0)).masked_fill(torch.ones(2, 2).tril() == 0, -math.inf), -1) @ m"
    )]
    [InlineData("torch.norm(m, dim=1)", "(m * m).sum(1).sqrt()")]
    [InlineData("torch.norm(m, p='fro')", "(m * m).sum().sqrt()")]
    [InlineData("torch.tensordot(m, m, dims=([1], [1]))", "m @ m.t()")]
    [InlineData("torch.fft.ifft(torch.fft.fft(x)).real", "x")]
    [InlineData("torch.special.expit(x)", "torch.sigmoid(x)")]
    [InlineData("x * torch.finfo(torch.float32).eps", "x * 2.0 ** -23")]
    public void A_function_of_torch_nn_functional_means_what_it_means_in_PyTorch(string expression, string meaning)
    {
        string source = $"""
            import torch.nn.functional as F
            def fn(x: Tensor) -> Tensor:
                p = torch.sigmoid(x)
                m = torch.stack([x[0:3], x[1:4]])
                c = x.reshape(1, 1, 2, 2)
                i = torch.tensor([0, 2])
                got = {expression}
                want = {meaning}
                assert got.shape == want.shape, "shapes differ"
                return (got - want).abs().max().reshape(1)

            """;
        using ITorchProgram program = NativeFixture.Program(source, 1);
        Assert.InRange(program.Run([0.3f, -0.7f, 1.2f, 0.5f])[0], 0f, 1e-5f);
    }
}
