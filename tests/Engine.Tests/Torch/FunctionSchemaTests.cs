using Torch2Jax.Torch;

namespace Torch2Jax.Tests.Torch;

public sealed class FunctionSchemaTests
{
    private const string Json = """
        {"entry":"f","arguments":[
          {"name":"x","type":"Tensor","default":null,"keywordOnly":false},
          {"name":"n","type":"int","default":"3","keywordOnly":false},
          {"name":"w","type":"Optional[Tensor]","default":"None","keywordOnly":true}],
         "returns":"Tuple[Tensor, Tensor]","random":true,"prints":false,"mutates":true}
        """;

    [Fact]
    public void A_schema_is_read_from_the_native_JSON_and_printed_as_Python_would_write_it()
    {
        FunctionSchema schema = FunctionSchema.Parse(System.Text.Encoding.UTF8.GetBytes(Json));
        Assert.Equal(
            "f(x: Tensor, n: int = 3, *, w: Optional[Tensor] = None) -> Tuple[Tensor, Tensor]",
            schema.ToString()
        );
        Assert.True(schema.IsRandom);
        Assert.False(schema.Prints);
        Assert.True(schema.Mutates);
        Assert.Equal(2, schema.PositionalCount);
        Assert.Equal(2, schema.IndexOf("w"));
        Assert.Equal(-1, schema.IndexOf("y"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("""{"entry":"f"}""")]
    [InlineData("""{"entry":"f","arguments":[{"name":"x","type":"List["}],"returns":"Tensor"}""")]
    public void What_is_no_schema_is_refused(string json) =>
        Assert.Throws<FormatException>(() => FunctionSchema.Parse(System.Text.Encoding.UTF8.GetBytes(json)));
}
