using System.Text.Json.Nodes;
using Torch2Jax.Errors;

namespace Torch2Jax.Batches.Tests;

/// <summary>Bad manifests: each has its error, which names the place, and nothing is stored or run.</summary>
[Collection(BatchCollection.Name)]
public sealed class ManifestTests : IDisposable
{
    private const string Good = """
        {"function":"wave","args":[{"$input":"x"}],"inputs":{"x":{"array":"x.npy"}},"output":{"array":"y.npy"}}
        """;

    private const string GoodFiles = """
        {"function":"wave","args":[{"$input":"x"}],"inputs":{"x":{"files":"in/*.npy"}},"output":{"files":"out/{stem}.npy"}}
        """;

    private readonly BatchFixture fixture;
    private readonly Workplace place = new();

    public ManifestTests(BatchFixture fixture)
    {
        this.fixture = fixture;
        place.WriteNpy("x.npy", 12, 3).Dispose();
        place.WriteNpy("short.npy", 5, 3).Dispose();
        place.WriteNpy("scalar.npy").Dispose();
        place.WriteNpy("empty.npy", 0, 3).Dispose();
        place.WriteNpy("in/a.npy", 2).Dispose();
        place.WriteNpy("in/b.npy", 2).Dispose();
        place.WriteNpy("in/deep/a.npy", 2).Dispose();
        place.WriteNpy("other/a.npy", 2).Dispose();
        place.WriteNpy("other/c.npy", 2).Dispose();
        place.WriteNpy("there.npy", 2).Dispose();
        place.Write("text.npy", stream => stream.Write("no array"u8));
        Directory.CreateDirectory(place.PathOf("folder.npy"));
        File.CreateSymbolicLink(place.PathOf("link.npy"), place.PathOf("x.npy"));
    }

    public void Dispose() => place.Dispose();

    public static TheoryData<string, string, ErrorCode, string?, string> Bad =>
        new()
        {
            // What is wrong with the JSON itself.
            { "", "{", ErrorCode.MalformedRequest, null, "line 1" },
            { "", "[]", ErrorCode.MalformedRequest, null, "a list" },
            { "", """{"function":"wave","function":"wave"}""", ErrorCode.MalformedRequest, "function", "twice" },
            { "", """{"function":"\ud800"}""", ErrorCode.MalformedRequest, null, "Unicode" },
            // Fields.
            { Good, """{"function":null}""", ErrorCode.MalformedRequest, "function", "missing" },
            { Good, """{"function":5}""", ErrorCode.MalformedRequest, "function", "a number" },
            { Good, """{"function":"no name"}""", ErrorCode.MalformedRequest, null, "name" },
            { Good, """{"chunksize":3}""", ErrorCode.MalformedRequest, "chunksize", "chunkSize" },
            { Good, """{"chunkSize":0}""", ErrorCode.MalformedRequest, "chunkSize", "0 is not between" },
            { Good, """{"chunkSize":1.5}""", ErrorCode.MalformedRequest, "chunkSize", "integer" },
            { Good, """{"concurrency":1000}""", ErrorCode.MalformedRequest, "concurrency", "1000" },
            { Good, """{"retries":-1}""", ErrorCode.MalformedRequest, "retries", "-1" },
            { Good, """{"onBadChunk":"ignore"}""", ErrorCode.MalformedRequest, "onBadChunk", "skip" },
            { Good, """{"overwrite":"yes"}""", ErrorCode.MalformedRequest, "overwrite", "true or false" },
            { Good, """{"transforms":["gradient"]}""", ErrorCode.InvalidTransform, "transforms[0]", "valueAndGrad" },
            // Inputs.
            { Good, """{"inputs":null}""", ErrorCode.MalformedRequest, "inputs", "missing" },
            { Good, """{"inputs":{"x":{}}}""", ErrorCode.MalformedRequest, "inputs.x", "either" },
            {
                Good,
                """{"inputs":{"x":{"array":"x.npy","files":"*.npy"}}}""",
                ErrorCode.MalformedRequest,
                "inputs.x",
                "either"
            },
            { Good, """{"inputs":{"x":{"array":"x.npz"}}}""", ErrorCode.MalformedRequest, "inputs.x.array", ".npy" },
            {
                Good,
                """{"inputs":{"x":{"array":"gone.npy"}}}""",
                ErrorCode.MalformedRequest,
                "inputs.x.array",
                "gone.npy"
            },
            {
                Good,
                """{"inputs":{"x":{"array":"text.npy"}}}""",
                ErrorCode.MalformedRequest,
                "text.npy",
                "not an npy file"
            },
            {
                Good,
                """{"inputs":{"x":{"array":"x.npy","axis":2}}}""",
                ErrorCode.MalformedRequest,
                "inputs.x",
                "no axis 2"
            },
            {
                Good,
                """{"inputs":{"x":{"array":"scalar.npy"}}}""",
                ErrorCode.MalformedRequest,
                "inputs.x",
                "0 dimensions"
            },
            { Good, """{"inputs":{"x":{"array":"empty.npy"}}}""", ErrorCode.MalformedRequest, "inputs.x", "no slice" },
            {
                Good,
                """{"args":[{"$input":"x"},{"$input":"y"}],"inputs":{"x":{"array":"x.npy"},"y":{"array":"short.npy"}}}""",
                ErrorCode.MalformedRequest,
                "inputs.y",
                "5 slices"
            },
            {
                Good,
                """{"args":[{"$input":"x"},{"$input":"y"}],"inputs":{"x":{"array":"x.npy"},"y":{"files":"in/*.npy"}}}""",
                ErrorCode.MalformedRequest,
                "inputs",
                "All inputs"
            },
            {
                GoodFiles,
                """{"inputs":{"x":{"files":"in/*.txt"}}}""",
                ErrorCode.MalformedRequest,
                "inputs.x.files",
                ".safetensors"
            },
            {
                GoodFiles,
                """{"inputs":{"x":{"files":"in/z*.npy"}}}""",
                ErrorCode.MalformedRequest,
                "inputs.x.files",
                "No file"
            },
            {
                GoodFiles,
                """{"inputs":{"x":{"files":"none/*.npy"}}}""",
                ErrorCode.MalformedRequest,
                "inputs.x.files",
                "does not exist"
            },
            {
                GoodFiles,
                """{"args":[{"$input":"x"},{"$input":"y"}],"inputs":{"x":{"files":"in/*.npy"},"y":{"files":"other/*.npy"}}}""",
                ErrorCode.MalformedRequest,
                "inputs.y.files",
                "\"b\""
            },
            {
                GoodFiles,
                """{"inputs":{"x":{"files":"in/*.csv","csv":{"columns":["a"]}}}}""",
                ErrorCode.MalformedRequest,
                "inputs.x.csv.columns",
                "header"
            },
            // Arguments.
            { Good, """{"args":{}}""", ErrorCode.MalformedRequest, "args", "a list" },
            { Good, """{"args":[{"$input":"y"}]}""", ErrorCode.MalformedRequest, "args[0]", "\"y\"" },
            { Good, """{"args":[3.0]}""", ErrorCode.MalformedRequest, "inputs.x", "No argument" },
            { Good, """{"args":[{"$input":"x","key":"a"}]}""", ErrorCode.MalformedRequest, "args[0]", "by key" },
            {
                Good,
                """{"args":[{"$input":"x","file":"a"}]}""",
                ErrorCode.MalformedRequest,
                "args[0].file",
                "no such field"
            },
            {
                Good,
                """{"args":[{"$input":"x"},{"$file":"gone.npy"}]}""",
                ErrorCode.MalformedRequest,
                "args",
                "gone.npy"
            },
            {
                Good,
                """{"args":[{"$input":"x"},{"dtype":"float32","shape":[2]}]}""",
                ErrorCode.MalformedRequest,
                "args[1]",
                "without data"
            },
            {
                Good,
                """{"args":[{"$input":"x"},{"dtype":"float33","shape":[],"data":[1]}]}""",
                ErrorCode.MalformedRequest,
                "args[1].dtype",
                "float33"
            },
            { Good, """{"args":[{"$input":"x"},1.0]}""", ErrorCode.StructureMismatch, null, "" },
            { Good, """{"kwargs":{"scale":1.0}}""", ErrorCode.UnexpectedKeywordArguments, null, "scale" },
            // Outputs.
            { Good, """{"output":null}""", ErrorCode.MalformedRequest, "output", "missing" },
            { Good, """{"output":{"array":"y.csv"}}""", ErrorCode.MalformedRequest, "output.array", ".npy" },
            {
                Good,
                """{"output":{"files":"out/{stem}.npy"}}""",
                ErrorCode.MalformedRequest,
                "output.files",
                "{index}"
            },
            { Good, """{"output":{"files":"out/y.npy"}}""", ErrorCode.MalformedRequest, "output.files", "one file" },
            { Good, """{"output":{"files":"out/{index}.txt"}}""", ErrorCode.MalformedRequest, "output.files", ".npz" },
            { Good, """{"output":{"array":"x.npy"},"overwrite":true}""", ErrorCode.Conflict, "output", "input" },
            { Good, """{"output":{"array":"link.npy"},"overwrite":true}""", ErrorCode.Conflict, "output", "input" },
            { Good, """{"output":{"array":"there.npy"}}""", ErrorCode.Conflict, "output", "overwrite" },
            {
                Good,
                """{"output":{"array":"folder.npy"},"overwrite":true}""",
                ErrorCode.Conflict,
                "output",
                "folder.npy"
            },
            { GoodFiles, """{"output":{"array":"y.npy"}}""", ErrorCode.MalformedRequest, "output.array", "files" },
            {
                GoodFiles,
                """{"inputs":{"x":{"files":"in/**/*.npy"}}}""",
                ErrorCode.MalformedRequest,
                "output",
                "{index}"
            },
            // What only the engine knows.
            { Good, """{"function":"unknown"}""", ErrorCode.FunctionNotFound, null, "unknown" },
            { Good, """{"function":"wave@9"}""", ErrorCode.VersionNotFound, null, "9" },
            { Good, """{"function":"kept"}""", ErrorCode.DataDependentShape, null, "" },
            {
                Good,
                """{"function":"pair","args":[{"$input":"x"},{"dtype":"float32","shape":[3,1],"data":[1,2,3]}]}""",
                ErrorCode.OutputShapeMismatch,
                "output.array",
                "2 arrays"
            },
            { Good, """{"threads":7}""", ErrorCode.Conflict, "threads", "7 thread(s)" },
            { Good, """{"device":"cuda:3"}""", ErrorCode.InvalidDevice, null, "cuda:3" },
        };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task A_bad_manifest_has_its_error_and_nothing_is_stored(
        string good,
        string change,
        ErrorCode code,
        string? path,
        string text
    )
    {
        var before = (await fixture.Registry.Batches.ListAsync(1000, [], default)).Count;
        var files = place.Contents(".").Count;
        var manifest = good.Length == 0 ? change : Changed(good, change);

        var error = await Assert.ThrowsAsync<EngineException>(() =>
            fixture.Service().CreateAsync(ManifestReader.Read(manifest), place.Folder, default)
        );

        Assert.Equal(code, error.Code);
        if (path is not null)
        {
            Assert.Equal(path, error.Path);
        }

        Assert.Contains(text, $"{error.Path} {error.Message}", StringComparison.Ordinal);
        Assert.DoesNotContain(place.Folder, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, (await fixture.Registry.Batches.ListAsync(1000, [], default)).Count);
        Assert.Equal(files, place.Contents(".").Count);
    }

    [Theory]
    [InlineData("/etc/passwd.npy")]
    [InlineData("../outside.npy")]
    [InlineData("way-out/outside.npy")]
    [InlineData("outside-link.npy")]
    public async Task Nothing_outside_the_roots_is_reached_by_paths_and_links(string path)
    {
        using var outside = new Workplace();
        outside.WriteNpy("outside.npy", 3).Dispose();
        Directory.CreateSymbolicLink(place.PathOf("way-out"), outside.Folder);
        File.CreateSymbolicLink(place.PathOf("outside-link.npy"), outside.PathOf("outside.npy"));
        var service = fixture.Service(new BatchServiceOptions { Roots = [place.Folder] });

        foreach (
            var change in (string[])
                [$$"""{"inputs":{"x":{"array":"{{path}}"} } }""", $$"""{"output":{"array":"{{path}}"} }"""]
        )
        {
            var refused = await Assert.ThrowsAsync<EngineException>(() =>
                service.CreateAsync(ManifestReader.Read(Changed(Good, change)), place.Folder, default)
            );
            Assert.Equal(ErrorCode.Forbidden, refused.Code);
        }

        await service.CreateAsync(ManifestReader.Read(Good), place.Folder, default);
        await Assert.ThrowsAsync<EngineException>(() =>
            service.CreateAsync(ManifestReader.Read(Good), outside.Folder, default)
        );
    }

    /// <summary>A manifest with some of its fields replaced.</summary>
    private static string Changed(string good, string change)
    {
        var manifest = JsonNode.Parse(good)!.AsObject();
        foreach (var (name, value) in JsonNode.Parse(change)!.AsObject())
        {
            manifest[name] = value?.DeepClone();
        }

        return manifest.ToJsonString();
    }
}
