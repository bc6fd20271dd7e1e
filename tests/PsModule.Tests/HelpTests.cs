using System.Management.Automation;
using System.Reflection;
using System.Xml.Linq;
using Torch2Jax.PsModule.Tests.Support;

namespace Torch2Jax.PsModule.Tests;

/// <summary>The help file against the cmdlets: whole, and true.</summary>
public sealed class HelpTests
{
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    private static readonly Dictionary<string, XElement> Help = XDocument
        .Parse(Layout.Read("src/PsModule/en-US/Torch2Jax.PsModule.dll-Help.xml"))
        .Root!.Elements(Command + "command")
        .ToDictionary(command => command.Descendants(Command + "name").First().Value);

    public static TheoryData<string> Names() => [.. CmdletTypes.All.Keys];

    [Fact]
    public void Every_cmdlet_has_help_and_nothing_else_has() =>
        Assert.Equal(CmdletTypes.All.Keys.Order(StringComparer.Ordinal), Help.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Names))]
    public void Help_has_a_synopsis_a_description_and_an_example_that_names_the_cmdlet(string name)
    {
        var help = Help[name];
        Assert.NotEmpty(help.Element(Command + "details")!.Element(Maml + "description")!.Value.Trim());
        Assert.NotEmpty(help.Element(Maml + "description")!.Value.Trim());
        var examples = help.Descendants(Dev + "code").Select(code => code.Value).ToList();
        Assert.NotEmpty(examples);
        Assert.All(examples, example => Assert.Contains(name, example));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Help_describes_every_parameter_as_it_is(string name)
    {
        var type = CmdletTypes.All[name];
        var described = Help[name]
            .Element(Command + "parameters")!
            .Elements(Command + "parameter")
            .ToDictionary(parameter => parameter.Element(Maml + "name")!.Value);
        var own = CmdletTypes.Parameters(type).ToDictionary(parameter => parameter.Name);
        var common = CmdletTypes.Attribute(type).SupportsShouldProcess ? new[] { "Confirm", "WhatIf" } : [];
        Assert.Equal(
            own.Keys.Concat(common).Order(StringComparer.Ordinal),
            described.Keys.Order(StringComparer.Ordinal)
        );
        foreach (var (parameter, property) in own)
        {
            var help = described[parameter];
            Assert.NotEmpty(help.Element(Maml + "description")!.Value.Trim());
            var attributes = property.GetCustomAttributes<ParameterAttribute>().ToList();
            Assert.Contains(attributes, a => help.Attribute("required")!.Value == (a.Mandatory ? "true" : "false"));
            Assert.Contains(
                attributes,
                a => help.Attribute("position")!.Value == (a.Position < 0 ? "named" : $"{a.Position}")
            );
            Assert.Contains(
                attributes,
                a =>
                    help.Attribute("pipelineInput")!.Value.StartsWith("true", StringComparison.Ordinal)
                    == (a.ValueFromPipeline || a.ValueFromPipelineByPropertyName)
            );
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Help_shows_each_way_to_call_the_cmdlet(string name)
    {
        var sets = CmdletTypes
            .Parameters(CmdletTypes.All[name])
            .SelectMany(parameter => parameter.GetCustomAttributes<ParameterAttribute>())
            .Select(attribute => attribute.ParameterSetName)
            .Where(set => set != ParameterAttribute.AllParameterSets)
            .Distinct()
            .Count();
        Assert.Equal(Math.Max(sets, 1), Help[name].Descendants(Command + "syntaxItem").Count());
    }

    [Fact]
    public void There_is_an_about_topic_that_names_every_transform()
    {
        var topic = Layout.Read("src/PsModule/en-US/about_Torch2Jax.help.txt");
        Assert.All(PsModule.Values.TransformValues.Names, name => Assert.Contains(name, topic));
        Assert.All(topic.Split('\n'), line => Assert.True(line.Length <= 80, line));
    }
}
