BeforeAll {
    . $PSScriptRoot/Common.ps1
    Register-Torch2JaxFunction square -Source "def square(x: Tensor) -> Tensor:`n    return x * x`n"
    Register-Torch2JaxFunction sum_squares -Source "def f(x: Tensor) -> Tensor:`n    return (x * x).sum()`n"
    Register-Torch2JaxFunction linear -Source @'
def linear(p: Dict[str, Tensor], x: Tensor) -> Tensor:
    return x @ p['w'] + p['b']
'@
    Register-Torch2JaxFunction scale -Source @'
def scale(x: Tensor, n: int = 2, up: bool = True, name: str = 'a') -> Tensor:
    if up:
        return x * n
    return x / n
'@
    Register-Torch2JaxFunction pair -Source @'
def pair(x: List[Tensor]) -> Tuple[Tensor, Dict[str, Tensor]]:
    return x[0] + x[1], {'product': x[0] * x[1]}
'@
    Register-Torch2JaxFunction noise -Source "def noise(x: Tensor) -> Tensor:`n    return x + torch.rand_like(x)`n"
}

Describe 'Invoke-Torch2Jax' {
    It 'takes an array, a .NET array, a matrix, a number and a list' {
        "$(Invoke-Torch2Jax square (New-Torch2JaxArray 1.5, 2))" | Should -Be '[2.25, 4]'
        "$(Invoke-Torch2Jax square ([double[]] (1, 2, 3)))" | Should -Be '[1, 4, 9]'
        "$(Invoke-Torch2Jax square ([float[,]]::new(2, 2)))" | Should -Be '[[0, 0], [0, 0]]'
        Invoke-Torch2Jax square 1.5 | Should -Be 2.25
        "$(Invoke-Torch2Jax square (, (1, 2, 3)))" | Should -Be '[1, 4, 9]'
        "$(Invoke-Torch2Jax square ([System.Collections.Generic.List[double]] (1, 2)))" | Should -Be '[1, 4]'
    }

    It 'gives bare numbers float32 and int64' {
        (Invoke-Torch2Jax square 1.5).DType | Should -Be 'float32'
        (Invoke-Torch2Jax square 2).DType | Should -Be 'int64'
        (Invoke-Torch2Jax square (, (1, 2.5))).DType | Should -Be 'float32'
    }

    It 'gives bare numbers the dtype of the example' {
        Register-Torch2JaxFunction square64 -ExampleArgument 'float64[]' -Source "def f(x: Tensor) -> Tensor:`n    return x * x`n"
        (Invoke-Torch2Jax square64 3).DType | Should -Be 'float64'
        (Invoke-Torch2Jax square64 (, (1, 2)) -WarningAction SilentlyContinue).DType | Should -Be 'float64'
        (Invoke-Torch2Jax square64 ([float[]] (1, 2)) -WarningAction SilentlyContinue).DType | Should -Be 'float32' -Because 'a .NET array says its own'
    }

    It 'takes hashtables, ordered dictionaries and objects as trees' {
        $w = New-Torch2JaxArray ((1.0, 2), (3, 4))
        $x = New-Torch2JaxArray 1.0, 1
        foreach ($p in @{ w = $w; b = 0.5 }, [ordered] @{ b = 0.5; w = $w }, [pscustomobject] @{ w = $w; b = 0.5 }) {
            "$(Invoke-Torch2Jax linear $p, $x)" | Should -Be '[4.5, 6.5]'
        }
    }

    It 'takes lists of arrays, and returns tuples and dicts that can be taken apart' {
        $sum, $more = Invoke-Torch2Jax pair (, (1.5, 2.0))
        $sum | Should -Be 3.5
        $more.product | Should -Be 3
        $more | Should -BeOfType System.Collections.Specialized.OrderedDictionary
    }

    It 'takes static arguments by position and by keyword' {
        Invoke-Torch2Jax scale 1.5, 4 | Should -Be 6
        Invoke-Torch2Jax scale 1.5 -KeywordArgument @{ n = 3; up = $true } | Should -Be 4.5
        Invoke-Torch2Jax scale 3.0, 2, $false, 'b' | Should -Be 1.5
    }

    It 'reads files from Get-Item' {
        New-Torch2JaxArray 1.0, 2 | Export-Torch2JaxArray "$TestDrive/x.npy"
        @{ w = New-Torch2JaxArray ((1.0, 2), (3, 4)); b = New-Torch2JaxArray 0.5 } | Export-Torch2JaxArray "$TestDrive/p.safetensors"
        "$(Invoke-Torch2Jax linear (Get-Item "$TestDrive/p.safetensors"), (Get-Item "$TestDrive/x.npy"))" | Should -Be '[7.5, 10.5]'
        "$(Get-ChildItem $TestDrive -Filter *.npy | Invoke-Torch2Jax square)" | Should -Be '[1, 4]'
    }

    It 'maps a call over the pipeline' {
        1.0, 2.0, 3.0 | Invoke-Torch2Jax square | ForEach-Object { [double] $_ } | Should -Be @(1, 4, 9)
        1.0, 2.0 | Invoke-Torch2Jax scale -ArgumentList 10 | ForEach-Object { [double] $_ } | Should -Be @(10, 20)
    }

    It 'keeps the tuple of each piped item together' {
        $all = (1.5, 2.0), (3.0, 4.0) | Invoke-Torch2Jax pair
        $all.Count | Should -Be 2
        $all[1][0] | Should -Be 7
    }

    It 'takes transforms as names and as in REST' {
        "$(Invoke-Torch2Jax sum_squares ([float[]] (1, 2)) -Transform grad)" | Should -Be '[2, 4]'
        "$(Invoke-Torch2Jax sum_squares ([float[]] (1, 2)) -Transform 'hessian')" | Should -Be '[[2, 0], [0, 2]]'
        $value, $gradient = Invoke-Torch2Jax sum_squares ([float[]] (1, 2)) -Transform value_and_grad
        $value | Should -Be 5
        "$gradient" | Should -Be '[2, 4]'
        $g = @(Invoke-Torch2Jax sum_squares ([float[]] (1, 2)) -Transform @{ Grad = @{ argnums = @(0) } })
        "$($g[0])" | Should -Be '[2, 4]'
    }

    It 'nests transforms, the first one innermost' {
        $rows = New-Torch2JaxArray ((1.0, 2), (3, 4))
        "$(Invoke-Torch2Jax sum_squares $rows -Transform grad, vmap)" | Should -Be '[[2, 4], [6, 8]]'
        "$(Invoke-Torch2Jax sum_squares $rows -Transform grad, @{ vmap = @{ inAxes = 1; outAxes = 1 } })" | Should -Be '[[2, 4], [6, 8]]'
    }

    It 'takes primals as a list for vjp and jvp' {
        $x = New-Torch2JaxArray 1.0, 2
        $y, $back = Invoke-Torch2Jax square @($x), $x -Transform vjp
        "$y" | Should -Be '[1, 4]'
        "$($back[0])" | Should -Be '[2, 8]'
        $y, $dy = Invoke-Torch2Jax square @($x), @($x) -Transform jvp
        "$dy" | Should -Be '[2, 8]'
    }

    It 'gives the same numbers for the same seed' {
        $x = New-Torch2JaxArray -Shape 4
        Invoke-Torch2Jax noise $x -Seed 7 | Should -Be (Invoke-Torch2Jax noise $x -Seed 7)
        Invoke-Torch2Jax noise $x | Should -Not -Be (Invoke-Torch2Jax noise $x)
    }

    It 'tells all about the last call in -ResultVariable' {
        $x = New-Torch2JaxArray -Shape 3, 7
        $null = Invoke-Torch2Jax square $x -ResultVariable call
        $call.Cache | Should -Be 'Miss'
        $null = Invoke-Torch2Jax square $x -ResultVariable call
        $call.Cache | Should -Be 'Hit'
        $call.Function | Should -Be 'square@1'
        $call.ShapeKey | Should -Be 'float32[3, 7]'
        $call.TreeDef | Should -Be 'PyTreeDef(*)'
    }

    It 'warns where the shapes are not those of the example' {
        Register-Torch2JaxFunction example3 -ExampleArgument 'float32[3]' -Source "def f(x: Tensor) -> Tensor:`n    return x`n"
        $null = Invoke-Torch2Jax example3 ([float[]] (1, 2)) -WarningVariable warnings -WarningAction SilentlyContinue
        "$warnings" | Should -BeLike '*float32`[2`]*'
    }

    It 'calls an older version' {
        Register-Torch2JaxFunction versions -Source "def f(x: Tensor) -> Tensor:`n    return x * 2`n"
        Register-Torch2JaxFunction versions -Source "def f(x: Tensor) -> Tensor:`n    return x * 3`n"
        Invoke-Torch2Jax versions 1.0 | Should -Be 3
        Invoke-Torch2Jax versions@1 1.0 | Should -Be 2
    }
}

Describe 'Invoke-Torch2Jax -AsJob' {
    It 'calls in the background' {
        $job = 1.0, 2.0 | Invoke-Torch2Jax square -AsJob
        $job.PSJobTypeName | Should -Be 'Torch2JaxJob'
        Get-Job -Id $job.Id | Should -Be $job
        $job | Receive-Job -Wait | ForEach-Object { [double] $_ } | Should -Be @(1, 4)
        $job.State | Should -Be 'Completed'
        $job | Remove-Job
        Get-Job | Where-Object Id -EQ $job.Id | Should -BeNullOrEmpty
    }

    It 'keeps errors beside results' {
        $job = Invoke-Torch2Jax square 'text' -AsJob | Wait-Job
        $job.State | Should -Be 'Failed'
        { $job | Receive-Job -ErrorAction Stop } | Should -Throw '*text*'
        $job | Remove-Job
    }

    It 'is stopped' {
        Register-Torch2JaxFunction job_long -Source "def f(x: Tensor) -> Tensor:`n    i = 0`n    while i < 1000000000:`n        x = x + 1`n        i += 1`n    return x`n"
        $job = Invoke-Torch2Jax job_long 1.0 -TimeoutSec 5 -AsJob
        $job | Stop-Job
        $job.State | Should -Be 'Stopped'
        $job | Remove-Job
    }
}

Describe 'Test-Torch2JaxFunction' {
    It 'finds shapes without data' {
        $found = Test-Torch2JaxFunction square 'float32[1099511627776]'
        "$($found.Output)" | Should -Be 'float32[1099511627776]'
        $found.Output.Shape | Should -Be @(1099511627776)
        "$((Test-Torch2JaxFunction sum_squares 'float32[4]' -Transform hessian).Output)" | Should -Be 'float32[4, 4]'
        "$((Test-Torch2JaxFunction linear @{ w = 'float32[2, 3]'; b = 'float32[]' }, (New-Torch2JaxArray 1.0, 2)).Output)" | Should -Be 'float32[3]'
    }

    It 'says what does not fit' {
        { Test-Torch2JaxFunction linear 'float32[2]', 'float32[2]' -ErrorAction Stop } | Should -Throw -ErrorId 'StructureMismatch,*'
    }
}

Describe 'Measure-Torch2JaxFunction' {
    It 'counts and orders what it measured' {
        $m = Measure-Torch2JaxFunction square (New-Torch2JaxArray -Shape 2, 9) -Count 50
        $m.Count | Should -Be 50
        $m.FirstCache | Should -Be 'Miss'
        $m.MinimumMs | Should -BeGreaterThan 0
        $m.MedianMs | Should -BeLessOrEqual $m.P99Ms
        $m.P99Ms | Should -BeLessOrEqual $m.MaximumMs
        (Measure-Torch2JaxFunction square 1.0 -Count 20 -ThrottleLimit 4).CallsPerSecond | Should -BeGreaterThan 0
    }
}

Describe 'Invoke-Torch2Jax -Sharding' {
    BeforeAll {
        $mesh = @{ axisNames = @('x'); shape = @(2) }
        $json = '{"mesh":{"axisNames":["x"],"shape":[2]},"inSpecs":[["x"]],"outSpecs":["x"]}'
    }

    It 'cuts a call over a mesh, as a hashtable and as JSON, and derivatives with it' {
        $four = New-Torch2JaxArray 1.0, 2, 3, 4
        $sharding = @{ Mesh = $mesh; InSpecs = , @('x'); out_specs = @('x') }
        "$(Invoke-Torch2Jax square $four -Sharding $sharding)" | Should -Be '[1, 4, 9, 16]'
        "$(Invoke-Torch2Jax square $four -Sharding $json)" | Should -Be '[1, 4, 9, 16]'
        "$((Invoke-Torch2Jax square $four -Sharding $json -Transform jacrev)[1])" | Should -Be '[0, 4, 0, 0]'
        "$((Test-Torch2JaxFunction square 'float32[4]' -Sharding $sharding).Output)" | Should -Be 'float32[4]'
    }

    It 'says what is wrong with it: <Id>' -ForEach @(
        @{ Id = 'InvalidSharding'; Sharding = { '{"mesh":{"axisNames":["x"],"shape":[3]},"inSpecs":[["x"]],"outSpecs":["x"]}' } }
        @{ Id = 'MalformedRequest'; Sharding = { @{ mesh = $mesh } } }
        @{ Id = 'OptionNotUnderstood'; Sharding = { '{"mesh":' } }
    ) {
        $four = New-Torch2JaxArray 1.0, 2, 3, 4
        { Invoke-Torch2Jax square $four -Sharding (& $Sharding) -ErrorAction Stop } | Should -Throw -ErrorId "$Id,*"
    }
}
