BeforeAll {
    . $PSScriptRoot/Common.ps1
    Register-Torch2JaxFunction stored_linear -Source @'
def linear(p: Dict[str, Tensor], x: Tensor) -> Tensor:
    return x @ p['w'] + p['b']
'@
    $p = @{ w = New-Torch2JaxArray 1.0, 2; b = New-Torch2JaxArray 3.0 }
    $x = New-Torch2JaxArray 10.0, 20
}

Describe 'A stored array' {
    It 'is published, listed, named in calls and unpublished' {
        $stored = Publish-Torch2JaxArray stored.p $p -PassThru
        $stored.Tree | Should -Be "PyTreeDef({'b': *, 'w': *})"
        $stored.Bytes | Should -Be 12
        (Get-Torch2JaxStoredArray 'stored.*').Name | Should -Be 'stored.p'
        Get-Torch2JaxStoredArray stored.p | Out-String -Width 200 | Should -Match "stored\.p +2 +12 +\['b'\] float32\[\], \['w'\] float32\[2\]"
        $reference = @{ '$ref' = 'stored.p' }
        Invoke-Torch2Jax stored_linear $reference, $x | Should -Be 53
        Invoke-Torch2Jax stored_linear $stored, $x | Should -Be 53
        Invoke-Torch2Jax stored_linear (Get-Torch2JaxStoredArray stored.p), $x | Should -Be 53
        Invoke-Torch2Jax stored_linear @{ '$ref' = $stored.Pinned }, $x | Should -Be 53
        "$((Invoke-Torch2Jax stored_linear $reference, $x -Transform grad).w)" | Should -Be '[10, 20]'
        (Test-Torch2JaxFunction stored_linear $reference, 'float32[7, 2]').Output.ToString() | Should -Be 'float32[7]'
        Unpublish-Torch2JaxArray 'stored.*' -WhatIf
        Unpublish-Torch2JaxArray 'stored.*'
        Get-Torch2JaxStoredArray 'stored.*' | Should -BeNullOrEmpty
    }

    It 'gives its content back: arrays, dictionaries and lists' {
        Publish-Torch2JaxArray stored.one (New-Torch2JaxArray ((1.0, 2), (3, 4)))
        "$(Get-Torch2JaxStoredArray stored.one -Content)" | Should -Be '[[1, 2], [3, 4]]'
        Publish-Torch2JaxArray stored.tree @{ a = 1.5; list = @($p.w, @{ deep = $p.b }) }
        $tree = Get-Torch2JaxStoredArray stored.tree -Content
        $tree.a | Should -Be 1.5
        $tree.list[1].deep | Should -Be 3
        'stored.one', 'stored.tree' | Unpublish-Torch2JaxArray
    }

    It 'comes from a file, and from the pipeline' {
        $p | Export-Torch2JaxArray "$TestDrive/p.safetensors"
        Publish-Torch2JaxArray stored.file -Path "$TestDrive/p.safetensors"
        Import-Torch2JaxArray "$TestDrive/p.safetensors" | Publish-Torch2JaxArray stored.piped
        (Get-Torch2JaxStoredArray stored.piped).Sha256 | Should -Be (Get-Torch2JaxStoredArray stored.file).Sha256
        Unpublish-Torch2JaxArray stored.file, stored.piped
    }

    It 'is not replaced with -NoClobber, and not touched with -WhatIf' {
        Publish-Torch2JaxArray stored.once 1.0 -WhatIf
        Get-Torch2JaxStoredArray 'stored.once*' | Should -BeNullOrEmpty
        Publish-Torch2JaxArray stored.once 1.0 -NoClobber
        { Publish-Torch2JaxArray stored.once 2.0 -NoClobber -ErrorAction Stop } | Should -Throw -ErrorId 'PreconditionFailed,*'
        Get-Torch2JaxStoredArray stored.once -Content | Should -Be 1
        Unpublish-Torch2JaxArray stored.once
    }

    It 'completes its name' {
        Publish-Torch2JaxArray stored.tab 1.0
        $line = 'Unpublish-Torch2JaxArray stored.t'
        ([System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null)).CompletionMatches.CompletionText |
            Should -Contain 'stored.tab'
        Unpublish-Torch2JaxArray stored.tab
    }

    It 'that is not there is an error with id, category and advice' {
        foreach ($call in { Get-Torch2JaxStoredArray stored.none -ErrorAction Stop }, { Get-Torch2JaxStoredArray stored.none -Content -ErrorAction Stop },
            { Unpublish-Torch2JaxArray stored.none -ErrorAction Stop }, { Invoke-Torch2Jax stored_linear @{ '$ref' = 'stored.none' }, $x -ErrorAction Stop }) {
            $found = $call | Should -Throw -ErrorId 'ArrayNotFound,*' -PassThru
            $found.CategoryInfo.Category | Should -Be 'ObjectNotFound'
            $found.ErrorDetails.RecommendedAction | Should -BeLike '*Publish-Torch2JaxArray*'
        }
        { Publish-Torch2JaxArray '1 wrong' 1.0 -ErrorAction Stop } | Should -Throw -ErrorId 'MalformedRequest,*'
        { Publish-Torch2JaxArray stored.text 'a text' -ErrorAction Stop } | Should -Throw -ErrorId 'ValueNotSupported,*'
    }
}
