BeforeAll {
    . $PSScriptRoot/Common.ps1
    $a = New-Torch2JaxArray ((1.5, 2, 3), (4, 5, 6))
    $b = New-Torch2JaxArray 1, 2
}

Describe 'Export- and Import-Torch2JaxArray' {
    It 'bring an array back through <Extension>' -ForEach @('npy', 'csv', 'json' | ForEach-Object { @{ Extension = $_ } }) {
        $file = $a | Export-Torch2JaxArray "$TestDrive/a.$Extension" -PassThru
        $file | Should -BeOfType System.IO.FileInfo
        Import-Torch2JaxArray $file.FullName -DType float32 | Should -Be $a
        $file | Import-Torch2JaxArray -DType float32 | Should -Be $a
    }

    It 'bring arrays by name back through <Extension>' -ForEach @('npz', 'safetensors', 'json' | ForEach-Object { @{ Extension = $_ } }) {
        @{ weight = $a; bias = $b } | Export-Torch2JaxArray "$TestDrive/m.$Extension" -Compress
        $read = Import-Torch2JaxArray "$TestDrive/m.$Extension"
        $read.Keys | Sort-Object | Should -Be @('bias', 'weight')
        $read.weight | Should -Be $a
        $read.bias | Should -Be $b
    }

    It 'name piped arrays as numpy.savez does' {
        $a, $b | Export-Torch2JaxArray "$TestDrive/p.npz"
        (Import-Torch2JaxArray "$TestDrive/p.npz").Keys | Should -Be @('arr_0', 'arr_1')
    }

    It 'write nothing with -WhatIf, and nothing over a file with -NoClobber' {
        $a | Export-Torch2JaxArray "$TestDrive/w.npy" -WhatIf
        "$TestDrive/w.npy" | Should -Not -Exist
        $a | Export-Torch2JaxArray "$TestDrive/w.npy"
        { $b | Export-Torch2JaxArray "$TestDrive/w.npy" -NoClobber } | Should -Throw -ErrorId 'FileExists,*'
        Import-Torch2JaxArray "$TestDrive/w.npy" | Should -Be $a
    }

    It 'take paths relative to the current location, with wildcards' {
        Push-Location $TestDrive
        try {
            $a | Export-Torch2JaxArray ./r1.npy
            $a | Export-Torch2JaxArray ./r2.npy
            @(Import-Torch2JaxArray ./r?.npy).Count | Should -Be 2
        }
        finally { Pop-Location }
    }

    It 'leave a heading of a csv out' {
        Set-Content "$TestDrive/h.csv" "x,y`n1,2`n3,4"
        "$(Import-Torch2JaxArray "$TestDrive/h.csv" -DType int32)" | Should -Be '[[1, 2], [3, 4]]'
    }
}

Describe 'A file that is not what its name says' {
    It 'is an error of its own, and the next file goes on' -ForEach @('npy', 'npz', 'safetensors', 'json', 'csv' | ForEach-Object { @{ Extension = $_ } }) {
        Set-Content "$TestDrive/bad.$Extension" 'this is a text'
        $a | Export-Torch2JaxArray "$TestDrive/good.npy"
        $found = $null
        $read = "$TestDrive/bad.$Extension", "$TestDrive/good.npy" |
            Import-Torch2JaxArray -ErrorAction SilentlyContinue -ErrorVariable found
        @($read).Count | Should -Be 1
        $found[0].FullyQualifiedErrorId | Should -BeLike 'FileNotUnderstood,*'
        $found[0].CategoryInfo.Category | Should -Be 'InvalidData'
        $found[0].TargetObject | Should -Be "$TestDrive/bad.$Extension"
        $found[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'is told apart from one that is not there, and from an extension without a meaning' {
        $found = $null
        Import-Torch2JaxArray -LiteralPath "$TestDrive/none.npy" -ErrorAction SilentlyContinue -ErrorVariable found
        Import-Torch2JaxArray "$TestDrive/none.npy" -ErrorAction SilentlyContinue -ErrorVariable +found
        Set-Content "$TestDrive/a.xyz" '1'
        Import-Torch2JaxArray "$TestDrive/a.xyz" -ErrorAction SilentlyContinue -ErrorVariable +found
        $found.FullyQualifiedErrorId -replace ',.*' | Should -Be @('FileNotFound', 'PathNotFound', 'FileTypeUnknown')
    }
}
