using Xunit.Abstractions;

namespace Torch2Jax.PsModule.Tests.Adapter;

/// <summary>The name of one test; a type of its own, since xunit cuts long texts in the names of its rows.</summary>
public sealed class SpecName : IXunitSerializable
{
    [Obsolete("For xunit alone.")]
    public SpecName()
        : this("") { }

    public SpecName(string text) => Text = text;

    public string Text { get; private set; }

    public void Deserialize(IXunitSerializationInfo info) => Text = info.GetValue<string>(nameof(Text));

    public void Serialize(IXunitSerializationInfo info) => info.AddValue(nameof(Text), Text);

    public override string ToString() => Text;
}
