using System.Management.Automation;
using System.Reflection;
using Torch2Jax.PsModule.Tests.Support;

namespace Torch2Jax.PsModule.Tests;

/// <summary>The cmdlets' metadata: what a script's author relies on.</summary>
public sealed class CmdletTests
{
    [Fact]
    public void Each_cmdlet_is_a_sealed_class_in_a_file_of_its_own()
    {
        foreach (var (name, type) in CmdletTypes.All)
        {
            Assert.True(type.IsSealed, name);
            Assert.Equal(name.Replace("-", "", StringComparison.Ordinal), type.Name);
            Assert.Contains($"class {type.Name}", Layout.Read($"src/PsModule/Cmdlets/{type.Name}.cs"));
        }
    }

    [Theory]
    [InlineData("Register-Torch2JaxFunction")]
    [InlineData("Unregister-Torch2JaxFunction")]
    [InlineData("Clear-Torch2JaxShapeCache")]
    [InlineData("Export-Torch2JaxArray")]
    public void What_changes_something_asks_ShouldProcess(string name) =>
        Assert.True(CmdletTypes.Attribute(CmdletTypes.All[name]).SupportsShouldProcess);

    [Theory]
    [InlineData(
        "Register-Torch2JaxFunction",
        "Name Path Source EntryPoint ExampleArgument OutputShape VmapMethod NondifferentiableArgument Description PassThru"
    )]
    [InlineData("Get-Torch2JaxFunction", "Name Version")]
    [InlineData("Unregister-Torch2JaxFunction", "Name")]
    [InlineData(
        "Invoke-Torch2Jax",
        "Name ArgumentList KeywordArgument Transform OutputShape Device Seed TimeoutSec AsJob InputObject"
    )]
    [InlineData("Connect-Torch2Jax", "Uri ApiKey ConnectionString DataDirectory")]
    public void Promised_parameters_are_there(string name, string parameters) =>
        Assert.Empty(parameters.Split(' ').Except(CmdletTypes.Parameters(CmdletTypes.All[name]).Select(p => p.Name)));

    [Fact]
    public void Names_and_arguments_come_by_position()
    {
        var invoke = CmdletTypes
            .Parameters(CmdletTypes.All["Invoke-Torch2Jax"])
            .ToDictionary(parameter => parameter.Name);
        Assert.Equal(0, Position(invoke["Name"]));
        Assert.Equal(1, Position(invoke["ArgumentList"]));
        Assert.True(invoke["InputObject"].GetCustomAttributes<ParameterAttribute>().Single().ValueFromPipeline);
    }

    [Fact]
    public void Every_name_device_dtype_and_transform_can_be_completed()
    {
        var without =
            from cmdlet in CmdletTypes.All
            from parameter in CmdletTypes.Parameters(cmdlet.Value)
            where parameter.Name is "Name" or "Version" or "Device" or "DType" or "Transform"
            where parameter.GetCustomAttribute<ArgumentCompleterAttribute>() is null
            select $"{cmdlet.Key} -{parameter.Name}";
        Assert.Empty(without);
    }

    [Fact]
    public void Every_cmdlet_that_writes_something_says_what()
    {
        string[] silent =
        [
            "Clear-Torch2JaxShapeCache",
            "Disconnect-Torch2Jax",
            "Remove-Torch2JaxBatch",
            "Unpublish-Torch2JaxArray",
            "Unregister-Torch2JaxFunction",
            "Unregister-Torch2JaxSchedule",
        ];
        var without = CmdletTypes.All.Where(cmdlet => !cmdlet.Value.GetCustomAttributes<OutputTypeAttribute>().Any());
        Assert.Equal(silent, without.Select(cmdlet => cmdlet.Key).Order(StringComparer.Ordinal));
    }

    private static int Position(PropertyInfo parameter) =>
        parameter.GetCustomAttributes<ParameterAttribute>().Single().Position;
}
