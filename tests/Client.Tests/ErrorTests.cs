using Torch2Jax.Client.Tests.Support;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Transforms;

namespace Torch2Jax.Client.Tests;

/// <summary>An error is the same error in this process and from a service: code, text and place.</summary>
[Collection(SessionsCollection.Name)]
public sealed class ErrorTests(SessionsFixture sessions)
{
    private static readonly Dictionary<string, (ErrorCode Code, Action<IFunctionSession> Act)> Mistakes = new()
    {
        ["an unknown function"] = (ErrorCode.FunctionNotFound, s => Invoke(s, "never_registered")),
        ["an unknown version"] = (ErrorCode.VersionNotFound, s => Invoke(s, "wrongs@99")),
        ["no version"] = (ErrorCode.MalformedRequest, s => Invoke(s, "wrongs@latest")),
        ["a name with a slash"] = (ErrorCode.MalformedRequest, s => Invoke(s, "a/b")),
        ["a name that is a way up"] = (ErrorCode.MalformedRequest, s => s.Describe("..")),
        ["no name"] = (ErrorCode.MalformedRequest, s => Invoke(s, "")),
        ["a name with a blank"] = (ErrorCode.MalformedRequest, s => Register(s, new("a name", Calls.DoubleIt))),
        ["a source that does not parse"] = (ErrorCode.InvalidSource, s => Register(s, new("wrongs", "def f(x"))),
        ["a forbidden operator"] = (
            ErrorCode.ForbiddenOperator,
            s => Register(s, new("wrongs", "def f(x: Tensor) -> Tensor:\n    torch.save(x, \"f\")\n    return x\n"))
        ),
        ["an example that raises"] = (
            ErrorCode.ExecutionFailed,
            s =>
                Register(
                    s,
                    new("wrongs", "def f(x: Tensor) -> Tensor:\n    return x.view(5)\n", ExampleArgs: [Calls.Array(1)])
                )
        ),
        ["a vmap method"] = (
            ErrorCode.InvalidTransform,
            s => Register(s, new("wrongs", Calls.DoubleIt, VmapMethod: "magic"))
        ),
        ["too many arguments"] = (
            ErrorCode.StructureMismatch,
            s => s.Invoke("wrongs", Calls.Of(Calls.Array(1), Calls.Array(2))).Dispose()
        ),
        ["a value for an array"] = (
            ErrorCode.StructureMismatch,
            s => s.Invoke("wrongs", Calls.Of(Calls.Value(1.5))).Dispose()
        ),
        ["a keyword"] = (
            ErrorCode.UnexpectedKeywordArguments,
            s =>
                s.Invoke(
                        "wrongs",
                        Calls.Of(Calls.Array(1)) with
                        {
                            Kwargs = new Dictionary<string, Trees.PyTree<Arrays.IArgumentLeaf>>
                            {
                                ["y"] = Calls.Array(1),
                            },
                        }
                    )
                    .Dispose()
        ),
        ["a gradient of an array"] = (ErrorCode.NotDifferentiable, s => Transformed(s, new Grad())),
        ["an argument that is not there"] = (
            ErrorCode.InvalidTransform,
            s => Transformed(s, new Grad(Argnums.Single(5)))
        ),
        ["a device"] = (
            ErrorCode.InvalidDevice,
            s => s.Invoke("wrongs", Calls.Of(Calls.Array(1)) with { Device = "cuda:77" }).Dispose()
        ),
        ["a version to delete"] = (ErrorCode.MalformedRequest, s => s.Delete("wrongs@1")),
        ["something unknown to delete"] = (ErrorCode.FunctionNotFound, s => s.Delete("never_registered")),
        ["shapes for data"] = (ErrorCode.MalformedRequest, s => s.Invoke("wrongs", Calls.Of(Calls.Shape(3))).Dispose()),
    };

    public static TheoryData<string> Names => [.. Mistakes.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_mistake_gets_the_same_answer_on_both_ways(string name)
    {
        var (code, act) = Mistakes[name];
        var errors = new[] { SessionKind.InProcess, SessionKind.Remote }.Select(kind =>
        {
            var session = sessions.Session(kind);
            session.Register(new RegistrationRequest("wrongs", Calls.DoubleIt));
            return Assert.ThrowsAny<EngineException>(() => act(session));
        });
        var (here, there) = (errors.First(), errors.Last());
        Assert.Equal(code, here.Code);
        Assert.Equal((here.Code, here.Message, here.Path), (there.Code, there.Message, there.Path));
    }

    [Fact]
    public void An_error_of_a_service_has_its_status_and_trace_id()
    {
        var session = sessions.Session(SessionKind.Remote);
        var error = Assert.Throws<ServiceException>(() => session.Describe("never_registered"));
        Assert.Equal(404, error.Status);
        Assert.NotEqual("", error.TraceId);
    }

    private static void Invoke(IFunctionSession session, string reference) =>
        session.Invoke(reference, Calls.Of(Calls.Array(1))).Dispose();

    private static void Register(IFunctionSession session, RegistrationRequest request) => session.Register(request);

    private static void Transformed(IFunctionSession session, Transform transform) =>
        session.Invoke("wrongs", Calls.Of(Calls.Array(1, 2)) with { Transforms = [transform] }).Dispose();
}
