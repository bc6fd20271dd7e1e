using System.Management.Automation;
using Torch2Jax.Arrays;

namespace Torch2Jax.PsModule.Tests.Shell;

/// <summary>Cmdlets together in a real runspace over the real engine; Specs/ has them one by one.</summary>
[Collection("shell")]
public sealed class HostedShellTests(HostedShell shell)
{
    private const string Square = "def f(x: Tensor) -> Tensor:\n    return x * x\n";

    [Fact]
    public void A_function_is_registered_called_derived_and_deleted()
    {
        shell.Run(
            "param($s) Register-Torch2JaxFunction host_f -Source $s",
            "def f(x: Tensor) -> Tensor:\n    return (x * x).sum()\n"
        );
        Assert.Equal("5", Text("Invoke-Torch2Jax host_f ([float[]] (1, 2))"));
        Assert.Equal("[2, 4]", Text("Invoke-Torch2Jax host_f ([float[]] (1, 2)) -Transform grad"));
        Assert.Equal(
            "5 [2, 4]",
            Text("$v, $g = Invoke-Torch2Jax host_f ([float[]] (1, 2)) -Transform valueAndGrad; \"$v $g\"")
        );
        shell.Run("Unregister-Torch2JaxFunction host_f");
        Assert.Empty(shell.Run("Get-Torch2JaxFunction 'host_f*'"));
    }

    [Fact]
    public void A_wrong_item_is_an_error_and_the_next_goes_on()
    {
        shell.Run("param($s) Register-Torch2JaxFunction host_items -Source $s", Square);
        var (output, errors) = shell.TryRun("2.0, $null, 'text', 3.0 | Invoke-Torch2Jax host_items");
        Assert.Equal(["4", "9"], output.Select(item => $"{item}"));
        Assert.Equal(
            [
                "NullItem,Torch2Jax.PsModule.Cmdlets.InvokeTorch2Jax",
                "ValueNotSupported,Torch2Jax.PsModule.Cmdlets.InvokeTorch2Jax",
            ],
            errors.Select(error => error.FullyQualifiedErrorId)
        );
    }

    [Fact]
    public void Nothing_happens_with_WhatIf()
    {
        shell.Run("param($s) Register-Torch2JaxFunction host_whatif -Source $s -WhatIf", Square);
        Assert.Empty(shell.Run("Get-Torch2JaxFunction 'host_whatif*'"));
    }

    [Fact]
    public void A_job_has_the_results_of_all_items()
    {
        shell.Run("param($s) Register-Torch2JaxFunction host_job -Source $s", Square);
        var results = shell.Run("1.0, 2.0, 3.0 | Invoke-Torch2Jax host_job -AsJob | Receive-Job -Wait");
        Assert.Equal(["1", "4", "9"], results.Select(item => $"{item}"));
    }

    [Fact]
    public void Parallel_runspaces_share_the_engine_and_leak_nothing()
    {
        shell.Run("param($s) Register-Torch2JaxFunction host_parallel -Source $s", Square);
        shell.Run("Invoke-Torch2Jax host_parallel 1.0");
        var before = ArrayMemory.RentedBlocks;
        var sums = shell.Run(
            """
            param($module)
            1..8 | ForEach-Object -ThrottleLimit 8 -Parallel {
                Import-Module $using:module
                $sum = 0.0
                foreach ($i in 1..1000) { $sum += [double] (Invoke-Torch2Jax host_parallel ([double] $i)) }
                $sum
            }
            """,
            Path.Combine(Support.Layout.Module, "Torch2Jax.psd1")
        );
        // 1^2 + ... + 1000^2; every term is exact in float32.
        Assert.Equal(Enumerable.Repeat(333_833_500.0, 8), sums.Select(sum => (double)sum.BaseObject));
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.True(ArrayMemory.RentedBlocks <= before, $"{ArrayMemory.RentedBlocks} blocks are out, {before} before");
    }

    [Fact]
    public void A_call_is_stopped_and_the_runspace_goes_on()
    {
        shell.Run(
            "param($s) Register-Torch2JaxFunction host_loop -Source $s",
            "def f(x: Tensor) -> Tensor:\n    i = 0\n    while i < 1000000000:\n        x = x + 1\n        i += 1\n    return x\n"
        );
        using var endless = PowerShell.Create(shell.Runspace);
        var running = endless.AddScript("Invoke-Torch2Jax host_loop 1.0 -TimeoutSec 5").BeginInvoke();
        Assert.False(running.AsyncWaitHandle.WaitOne(TimeSpan.FromMilliseconds(300)));
        endless.Stop();
        Assert.Equal(PSInvocationState.Stopped, endless.InvocationStateInfo.State);
        Assert.Single(shell.Run("Get-Torch2JaxFunction host_loop"));
    }

    private string Text(string script) => string.Join(" ", shell.Run(script).Select(item => $"{item}"));
}
