BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'New-Torch2JaxArray' {
    It 'makes float32 of bare numbers with a fraction' {
        $a = New-Torch2JaxArray 1.5, 2, 3
        $a.DType | Should -Be 'float32'
        $a.Shape | Should -Be @(3)
        "$a" | Should -Be '[1.5, 2, 3]'
    }

    It 'takes what the shell makes of negative numbers' {
        "$(New-Torch2JaxArray 0.5, -1, -2e3)" | Should -Be '[0.5, -1, -2000]'
    }

    It 'makes int64 of bare whole numbers and bool of booleans' {
        (New-Torch2JaxArray 1, 2).DType | Should -Be 'int64'
        (New-Torch2JaxArray $true, $false).DType | Should -Be 'bool'
        (New-Torch2JaxArray 7).Rank | Should -Be 0
    }

    It 'keeps the dtype of a .NET array' -ForEach @(
        @{ Value = [float[]] (1, 2); DType = 'float32' }
        @{ Value = [double[]] (1, 2); DType = 'float64' }
        @{ Value = [int[]] (1, 2); DType = 'int32' }
        @{ Value = [byte[]] (1, 2); DType = 'uint8' }
        @{ Value = [System.Numerics.Complex[]] (1, 2); DType = 'complex128' }
    ) {
        $a = New-Torch2JaxArray $Value
        $a.DType | Should -Be $DType
        $a.Shape | Should -Be @(2)
        [double] $a[1].ToString().Trim('<').Split(';')[0] | Should -Be 2
    }

    It 'takes rectangular arrays of any rank' {
        $cube = [float[, , ]]::new(2, 3, 4)
        $cube[1, 2, 3] = 5
        $a = New-Torch2JaxArray $cube
        $a.Shape | Should -Be @(2, 3, 4)
        $a[1, 2, 3] | Should -Be 5
    }

    It 'takes jagged arrays that are rectangular' {
        $a = New-Torch2JaxArray ((1, 2, 3), (4, 5, 6)) -DType float64
        $a.Shape | Should -Be @(2, 3)
        [float[][]] $rows = @([float[]] (1, 2), [float[]] (3, 4))
        (New-Torch2JaxArray $rows).DType | Should -Be 'float32'
    }

    It 'makes every dtype of the list' -ForEach @(
        'bool', 'int8', 'int16', 'int32', 'int64', 'uint8', 'float16', 'bfloat16', 'float32', 'float64', 'complex64',
        'complex128' | ForEach-Object { @{ DType = $_ } }
    ) {
        $a = New-Torch2JaxArray 0, 1, 1 -DType $DType
        $a.DType | Should -Be $DType
        $b = New-Torch2JaxArray $a -DType complex128
        "$b" | Should -Be '[0+0j, 1+0j, 1+0j]' -Because 'the numbers survive'
    }

    It 'fills a shape' {
        $a = New-Torch2JaxArray -Shape 2, 3 -Fill 7 -DType int32
        "$a" | Should -Be '[[7, 7, 7], [7, 7, 7]]'
        (New-Torch2JaxArray -Shape 0, 3).Size | Should -Be 0
    }

    It 'gives numbers another shape' {
        "$(New-Torch2JaxArray (1..6) -Shape 2, 3)" | Should -Be '[[1, 2, 3], [4, 5, 6]]'
    }

    It 'refuses ragged rows and says where' {
        $found = $null
        New-Torch2JaxArray ((1, 2), (3, 4, 5)) -ErrorAction SilentlyContinue -ErrorVariable found
        $found[0].FullyQualifiedErrorId | Should -BeLike 'RaggedArray,*'
        $found[0].CategoryInfo.Category | Should -Be 'InvalidData'
        "$($found[0])" | Should -BeLike '*Value`[1`] has 3 elements*2 like the first*'
        $found[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'refuses what a dtype cannot hold' -ForEach @(
        @{ Value = 300; DType = 'uint8' }
        @{ Value = 1.5; DType = 'int64' }
        @{ Value = 2; DType = 'bool' }
        @{ Value = [System.Numerics.Complex]::new(1, 2); DType = 'float32' }
    ) {
        $found = $null
        New-Torch2JaxArray $Value -DType $DType -ErrorAction SilentlyContinue -ErrorVariable found
        $found[0].FullyQualifiedErrorId | Should -BeLike 'ValueOutOfRange,*'
    }

    It 'refuses a text, a hashtable and an unknown dtype' {
        $found = $null
        New-Torch2JaxArray 'abc' -ErrorAction SilentlyContinue -ErrorVariable found
        New-Torch2JaxArray @{ a = 1 } -ErrorAction SilentlyContinue -ErrorVariable +found
        New-Torch2JaxArray 1 -DType float33 -ErrorAction SilentlyContinue -ErrorVariable +found
        $found.FullyQualifiedErrorId -replace ',.*' | Should -Be @('ValueNotNumeric', 'ValueNotNumeric', 'MalformedRequest')
        "$($found[2])" | Should -BeLike '*bfloat16*' -Because 'the dtypes that there are belong into the message'
    }
}

Describe 'An array' {
    BeforeAll { $a = New-Torch2JaxArray ((1.5, 2, 3), (4, 5, 6)) }

    It 'is indexed like a .NET array, from the end too' {
        $a[0, 0] | Should -Be 1.5
        $a[-1, -1] | Should -Be 6
        "$($a[1])" | Should -Be '[4, 5, 6]'
    }

    It 'says in strict mode which position is outside, and is $null without, as arrays are' {
        Set-StrictMode -Version 3.0
        { $a[2, 0] } | Should -Throw '*Position 2 of dimension 0*'
        { $a[0, 0, 0] } | Should -Throw '*3 positions*2 dimensions*'
    }

    It 'is one object in a pipeline' {
        @($a | ForEach-Object { $_ }).Count | Should -Be 1
    }

    It 'is shown with dtype, shape and rows' {
        ($a | Out-String).Trim() -replace "`r" | Should -Be "float32[2, 3]`n[1.5, 2, 3]`n[4, 5, 6]"
    }

    It 'cuts long texts short' {
        "$(New-Torch2JaxArray -Shape 5000 -Fill 1)" | Should -Be '[1, 1, 1, ..., 1, 1, 1]'
    }

    It 'equals an array of the same dtype, shape and values' {
        $a -eq (New-Torch2JaxArray ((1.5, 2, 3), (4, 5, 6))) | Should -BeTrue
        $a -eq (New-Torch2JaxArray ((1.5, 2, 3), (4, 5, 7))) | Should -BeFalse
        $a -eq (New-Torch2JaxArray ((1.5, 2, 3), (4, 5, 6)) -DType float64) | Should -BeFalse
        $a -ne $null | Should -BeTrue
    }

    It 'compares as a number where it holds one' {
        $loss = New-Torch2JaxArray 0.25
        $loss -lt 0.5 | Should -BeTrue
        $loss -ge 0.5 | Should -BeFalse
        $loss -eq 0.25 | Should -BeTrue
        [double] $loss | Should -Be 0.25
        { [int] $loss } | Should -Throw '*no whole number*'
        { [double] $a } | Should -Throw '*only an array of one*'
    }

    It 'becomes .NET values' {
        $nested = $a | ConvertFrom-Torch2JaxArray
        $nested.GetType() | Should -Be ([float[][]])
        $nested[1][2] | Should -Be 6
        $same = ConvertFrom-Torch2JaxArray $a -As SameRank
        $same.GetType() | Should -Be ([float[, ]])
        $same[1, 2] | Should -Be 6
        $flat = ConvertFrom-Torch2JaxArray $a -As Flat
        $flat.GetType() | Should -Be ([float[]])
        $flat | Should -Be @(1.5, 2, 3, 4, 5, 6)
        New-Torch2JaxArray 3 | ConvertFrom-Torch2JaxArray | Should -BeOfType long
    }
}

Describe 'ConvertTo-Torch2JaxArray' {
    It 'makes a vector of piped numbers' {
        $a = 1..4 | ConvertTo-Torch2JaxArray -DType float32
        "$a" | Should -Be '[1, 2, 3, 4]'
        $a.DType | Should -Be 'float32'
    }

    It 'makes a matrix of piped rows, and stacks arrays' {
        "$((1, 2), (3, 4) | ConvertTo-Torch2JaxArray)" | Should -Be '[[1, 2], [3, 4]]'
        $row = New-Torch2JaxArray 1.5, 2
        $stack = $row, $row | ConvertTo-Torch2JaxArray
        $stack.Shape | Should -Be @(2, 2)
        $stack.DType | Should -Be 'float32'
    }

    It 'goes on after $null in the pipeline' {
        $found = $null
        $a = 1, $null, 3 | ConvertTo-Torch2JaxArray -ErrorAction SilentlyContinue -ErrorVariable found
        "$a" | Should -Be '[1, 3]'
        $found[0].FullyQualifiedErrorId | Should -BeLike 'NullItem,*'
    }
}
