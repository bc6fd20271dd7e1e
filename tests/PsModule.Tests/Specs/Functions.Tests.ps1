BeforeAll {
    . $PSScriptRoot/Common.ps1
    $double = "def double_it(x: Tensor) -> Tensor:`n    return x * 2`n"
}

Describe 'Register-Torch2JaxFunction' {
    It 'registers a source, and the same again is the same version' {
        $first = Register-Torch2JaxFunction reg_source -Source $double -Description 'twice' -PassThru
        $first.Version | Should -Be 1
        $first.Signature | Should -Be 'double_it(x: Tensor) -> Tensor'
        $first.Description | Should -Be 'twice'
        (Register-Torch2JaxFunction reg_source -Source $double -PassThru).Version | Should -Be 1
        (Register-Torch2JaxFunction reg_source -Source ($double -replace '2', '3') -PassThru).Version | Should -Be 2
    }

    It 'writes nothing without -PassThru, and registers nothing with -WhatIf' {
        Register-Torch2JaxFunction reg_whatif -Source $double -WhatIf | Should -BeNullOrEmpty
        Get-Torch2JaxFunction 'reg_whatif*' | Should -BeNullOrEmpty
    }

    It 'takes files from the pipeline and names functions after them' {
        Set-Content "$TestDrive/reg_one.py" $double
        Set-Content "$TestDrive/reg_two.py" $double
        Set-Content "$TestDrive/reg_bad.py" 'def broken('
        $found = $null
        $all = Get-ChildItem $TestDrive -Filter 'reg_*.py' |
            Register-Torch2JaxFunction -PassThru -ErrorAction SilentlyContinue -ErrorVariable found
        $all.Name | Should -Be @('reg_one', 'reg_two')
        $found[0].FullyQualifiedErrorId | Should -BeLike 'InvalidSource,*'
        $found[0].CategoryInfo.Category | Should -Be 'SyntaxError'
    }

    It 'takes paths with wildcards, and says which is not there' {
        Set-Content "$TestDrive/wild_one.py" $double
        (Register-Torch2JaxFunction -Path "$TestDrive/wild_*.py" -PassThru).Name | Should -Be 'wild_one'
        $found = $null
        Register-Torch2JaxFunction -Path "$TestDrive/none.py" -ErrorAction SilentlyContinue -ErrorVariable found
        $found[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
    }

    It 'registers an archive, whose parameters can be differentiated' {
        $digits = Join-Path $env:T2J_TEST_ROOT 'tests/goldens/digits'
        $f = Register-Torch2JaxFunction reg_digits -Path "$digits/digits_mlp.pt" -Functional -PassThru
        $f.IsArchive | Should -BeTrue
        $f.Signature | Should -BeLike '*Dict`[str, Tensor`]*'
    }

    It 'takes shapes and values as examples, and finds the outputs' {
        $f = Register-Torch2JaxFunction reg_example -Source $double -ExampleArgument 'float32[10, 5]' -PassThru
        $f.ShapeKey | Should -Be 'float32[10, 5]'
        "$($f.OutputShapes.Leaves)" | Should -Be 'float32[10, 5]'
        $g = Register-Torch2JaxFunction reg_static -PassThru -ExampleArgument ([float[]] (1, 2)), 3 -Source @'
def scale(x: Tensor, n: int) -> Tensor:
    return x * n
'@
        $g.ShapeKey | Should -Be 'float32[2]'
    }

    It 'keeps outputs, method and arguments without gradient' {
        $f = Register-Torch2JaxFunction reg_options -Source $double -ExampleArgument 'float32[3]' -OutputShape 'float32[3]' `
            -VmapMethod vectorized -NondifferentiableArgument 0 -EntryPoint double_it -PassThru
        $f.VmapMethod | Should -Be 'vectorized'
        $f.Nondiff.Argnums | Should -Be @(0)
        $g = Invoke-Torch2Jax reg_options ([float[]] (1, 2, 3)) -Transform @{ jacrev = @{ argnums = 0 } }
        [double] ($g[0, 0]) | Should -Be 0
    }

    It 'takes where the function runs, which is part of a version' {
        (Register-Torch2JaxFunction reg_isolated -Source $double -PassThru).Isolation | Should -Be 'None'
        $f = Register-Torch2JaxFunction reg_isolated -Source $double -Isolation Process -PassThru
        $f.Version | Should -Be 2
        (Get-Torch2JaxFunction reg_isolated).Isolation | Should -Be 'Process'
        Invoke-Torch2Jax reg_isolated 1.5 | Should -Be 3
        { Register-Torch2JaxFunction reg_isolated -Source $double -Isolation container } | Should -Throw '*None,Process*'
    }

    It 'refuses a wrong name with what to do' {
        $found = $null
        Register-Torch2JaxFunction '1 wrong' -Source $double -ErrorAction SilentlyContinue -ErrorVariable found
        $found[0].FullyQualifiedErrorId | Should -BeLike 'MalformedRequest,*'
        $found[0].TargetObject | Should -Be '1 wrong'
    }
}

Describe 'Get-Torch2JaxFunction' {
    BeforeAll {
        Register-Torch2JaxFunction get_a -Source $double
        Register-Torch2JaxFunction get_a -Source ($double -replace '2', '5')
        Register-Torch2JaxFunction get_b -Source $double
    }

    It 'finds names by wildcards and versions' {
        (Get-Torch2JaxFunction 'get_*').Name | Should -Be @('get_a', 'get_b')
        (Get-Torch2JaxFunction 'GET_A*').Version | Should -Be 2
        (Get-Torch2JaxFunction get_a -Version 1).Version | Should -Be 1
        (Get-Torch2JaxFunction get_a@1).Version | Should -Be 1
        @(Get-Torch2JaxFunction 'get_*' -Version '*').Count | Should -Be 3
        @(Get-Torch2JaxFunction 'get_*' -Version 2).Reference | Should -Be 'get_a@2'
    }

    It 'says what is not there only where it was named' {
        Get-Torch2JaxFunction 'get_none*' | Should -BeNullOrEmpty
        $found = $null
        Get-Torch2JaxFunction get_none, get_a -ErrorAction SilentlyContinue -ErrorVariable found | Should -Not -BeNullOrEmpty
        $found[0].FullyQualifiedErrorId | Should -BeLike 'FunctionNotFound,*'
        $found[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
    }

    It 'is shown as a table' {
        (Get-Torch2JaxFunction get_a | Out-String) | Should -BeLike '*Name*Version*Signature*get_a*2*double_it(x: Tensor)*'
    }
}

Describe 'Unregister-Torch2JaxFunction' {
    It 'deletes what is named or piped, and nothing with -WhatIf' {
        'un_a', 'un_b', 'un_c' | ForEach-Object { Register-Torch2JaxFunction $_ -Source $double }
        Unregister-Torch2JaxFunction un_a -WhatIf
        (Get-Torch2JaxFunction 'un_*').Name | Should -Be @('un_a', 'un_b', 'un_c')
        Unregister-Torch2JaxFunction un_a
        Get-Torch2JaxFunction un_b | Unregister-Torch2JaxFunction
        (Get-Torch2JaxFunction 'un_*').Name | Should -Be 'un_c'
        Unregister-Torch2JaxFunction 'un_*'
        Get-Torch2JaxFunction 'un_*' | Should -BeNullOrEmpty
        { Unregister-Torch2JaxFunction un_a -ErrorAction Stop } | Should -Throw -ErrorId 'FunctionNotFound,*'
    }
}

Describe 'The shape cache' {
    It 'is shown and cleared' {
        Register-Torch2JaxFunction cached -Source $double
        $null = Invoke-Torch2Jax cached ([float[]] (1, 2, 3))
        $deadline = [DateTime]::UtcNow.AddSeconds(10)
        while (-not (Get-Torch2JaxShapeCache cached) -and [DateTime]::UtcNow -lt $deadline) { Start-Sleep -Milliseconds 50 }
        $entry = Get-Torch2JaxShapeCache cached
        $entry.ShapeKey | Should -Be 'float32[3]'
        ($entry | Out-String) | Should -BeLike '*cached@1*float32`[3`]*'
        Clear-Torch2JaxShapeCache cached -WhatIf
        Get-Torch2JaxShapeCache cached | Should -Not -BeNullOrEmpty
        Clear-Torch2JaxShapeCache cached
        Get-Torch2JaxShapeCache cached | Should -BeNullOrEmpty
    }
}

Describe 'Get-Torch2JaxDevice' {
    It 'lists the processor' {
        $device = Get-Torch2JaxDevice | Where-Object Name -EQ 'cpu'
        $device.TotalBytes | Should -BeGreaterThan 0
        $device.InFlight | Should -Be 0
        ($device | Out-String -Width 200) | Should -Match "UsedGiB +LimitGiB +FreeGiB +TotalGiB +Calls\s+[- ]+\s+cpu .*\d\.\d\d +(\d+\.\d|-) +\d+\.\d +\d+\.\d +0"
    }
}
