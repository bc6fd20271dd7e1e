using System.Management.Automation;
using Torch2Jax.Client;
using Torch2Jax.Errors;
using Torch2Jax.PsModule.Errors;

namespace Torch2Jax.PsModule.Tests;

/// <summary>Every error of the engine and of a session as a script sees it.</summary>
public sealed class ErrorRecordTests
{
    public static TheoryData<ErrorCode> Codes() => [.. Enum.GetValues<ErrorCode>()];

    public static TheoryData<SessionFailure> Failures() => [.. Enum.GetValues<SessionFailure>()];

    [Theory]
    [MemberData(nameof(Codes))]
    public void Every_code_has_an_id_a_category_and_advice(ErrorCode code)
    {
        var record = ErrorRecords.Of(new EngineException(code, "what came"), "target");
        Assert.Equal($"{code}", record.FullyQualifiedErrorId);
        Assert.Equal("target", record.TargetObject);
        Assert.NotEmpty(record.ErrorDetails.RecommendedAction);
        Assert.Equal(code == ErrorCode.Internal, record.CategoryInfo.Category == ErrorCategory.NotSpecified);
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public void Every_failure_of_a_session_has_a_category_and_advice(SessionFailure failure)
    {
        var record = ErrorRecords.Of(new SessionException(failure, "what happened"), null);
        Assert.Equal($"{failure}", record.FullyQualifiedErrorId);
        Assert.NotEqual(ErrorCategory.NotSpecified, record.CategoryInfo.Category);
        Assert.NotEmpty(record.ErrorDetails.RecommendedAction);
    }

    [Theory]
    [InlineData(401, ErrorCode.Unauthenticated, ErrorCategory.AuthenticationError, "-ApiKey")]
    [InlineData(403, ErrorCode.Forbidden, ErrorCategory.PermissionDenied, "role")]
    [InlineData(429, ErrorCode.Overloaded, ErrorCategory.ResourceBusy, "wait 7 s")]
    [InlineData(504, ErrorCode.DeadlineExceeded, ErrorCategory.OperationTimeout, "-TimeoutSec")]
    [InlineData(503, ErrorCode.RegistryUnavailable, ErrorCategory.ResourceUnavailable, "database")]
    public void What_a_service_answers_says_what_to_do(
        int status,
        ErrorCode code,
        ErrorCategory category,
        string advice
    )
    {
        var error = new ServiceException(code, "refused", null, status, TimeSpan.FromSeconds(6.5), "trace-1");
        var record = ErrorRecords.Of(error, "f");
        Assert.Equal(category, record.CategoryInfo.Category);
        Assert.Contains(advice, record.ErrorDetails.RecommendedAction);
        Assert.Contains("trace-1", record.ErrorDetails.RecommendedAction);
    }

    [Theory]
    [InlineData("args[0].w", "ArgumentList[0].w")]
    [InlineData("kwargs.n", "KeywordArgument.n")]
    public void Places_have_the_names_of_the_parameters(string path, string place) =>
        Assert.Contains(
            $"({place})",
            ErrorRecords.Of(new EngineException(ErrorCode.StructureMismatch, "wrong", path), null).ErrorDetails.Message
        );
}
