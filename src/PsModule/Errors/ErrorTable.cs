using System.Management.Automation;
using Torch2Jax.Client;
using Torch2Jax.Errors;

namespace Torch2Jax.PsModule.Errors;

/// <summary>The one table of what an error's code means to a script: its category, and what to do.</summary>
internal static class ErrorTable
{
    public static ErrorCategory Category(ErrorCode code) =>
        code switch
        {
            ErrorCode.MalformedRequest
            or ErrorCode.InvalidTransform
            or ErrorCode.InvalidSharding
            or ErrorCode.InvalidDevice => ErrorCategory.InvalidArgument,
            ErrorCode.Unauthenticated => ErrorCategory.AuthenticationError,
            ErrorCode.Forbidden or ErrorCode.ForbiddenOperator => ErrorCategory.PermissionDenied,
            ErrorCode.FunctionNotFound or ErrorCode.VersionNotFound or ErrorCode.ArrayNotFound =>
                ErrorCategory.ObjectNotFound,
            ErrorCode.Conflict or ErrorCode.PreconditionFailed => ErrorCategory.ResourceExists,
            ErrorCode.PayloadTooLarge => ErrorCategory.LimitsExceeded,
            ErrorCode.InvalidSource => ErrorCategory.SyntaxError,
            ErrorCode.StructureMismatch
            or ErrorCode.UnexpectedKeywordArguments
            or ErrorCode.OutputShapeMismatch
            or ErrorCode.DataDependentShape => ErrorCategory.InvalidData,
            ErrorCode.UnsupportedDtype or ErrorCode.UnsupportedMediaType => ErrorCategory.InvalidType,
            ErrorCode.NotDifferentiable or ErrorCode.ExecutionFailed => ErrorCategory.InvalidOperation,
            ErrorCode.Overloaded => ErrorCategory.ResourceBusy,
            ErrorCode.NotReady or ErrorCode.RegistryUnavailable => ErrorCategory.ResourceUnavailable,
            ErrorCode.DeadlineExceeded => ErrorCategory.OperationTimeout,
            _ => ErrorCategory.NotSpecified,
        };

    public static string Action(ErrorCode code) =>
        code switch
        {
            ErrorCode.MalformedRequest => "Correct the value at the place named.",
            ErrorCode.Unauthenticated =>
                "Connect with a key that the service knows: Connect-Torch2Jax -Uri ... -ApiKey ....",
            ErrorCode.Forbidden => "Ask whoever runs the service for a key with the role that this needs.",
            ErrorCode.FunctionNotFound =>
                "See what there is: Get-Torch2JaxFunction; add it: Register-Torch2JaxFunction.",
            ErrorCode.VersionNotFound => "See the versions: Get-Torch2JaxFunction NAME -Version '*'.",
            ErrorCode.ArrayNotFound =>
                "See what is stored: Get-Torch2JaxStoredArray; store it: Publish-Torch2JaxArray.",
            ErrorCode.PreconditionFailed => "Somebody else changed it first: look at it again.",
            ErrorCode.Conflict => "Try again when what holds the function has ended.",
            ErrorCode.PayloadTooLarge => "Split the call, or give smaller arrays.",
            ErrorCode.UnsupportedMediaType => "Update the module or the service: they do not fit together.",
            ErrorCode.InvalidSource =>
                "Correct the source at the line named; it is TorchScript, with torch and torch.nn.functional.",
            ErrorCode.ForbiddenOperator => "Write the function without that operator: functions only compute.",
            ErrorCode.StructureMismatch =>
                "Compare with (Get-Torch2JaxFunction NAME).Signature; one array of numbers as the only argument is written ,(1, 2, 3).",
            ErrorCode.UnexpectedKeywordArguments =>
                "Pass the argument by position, or register the function with -ExampleKeywordArgument.",
            ErrorCode.OutputShapeMismatch => "Leave -OutputShape out, or give the shapes that the function returns.",
            ErrorCode.UnsupportedDtype => "Convert to another dtype: New-Torch2JaxArray -DType.",
            ErrorCode.NotDifferentiable => "Differentiate float arguments of functions that return one real number.",
            ErrorCode.InvalidTransform => "See the transforms and their options: Get-Help about_Torch2Jax.",
            ErrorCode.InvalidSharding => "Correct mesh and specs.",
            ErrorCode.DataDependentShape => "Call the function on data, or give -OutputShape.",
            ErrorCode.ExecutionFailed =>
                "The function itself raised: check the values it was given and the line named.",
            ErrorCode.Overloaded => "Try again in a while, with fewer calls at once.",
            ErrorCode.NotReady => "Try again in a while.",
            ErrorCode.RegistryUnavailable => "Start the database again; functions that were used before still answer.",
            ErrorCode.DeadlineExceeded => "Give it more time: -TimeoutSec.",
            ErrorCode.InvalidDevice => "See the devices: Get-Torch2JaxDevice.",
            _ => "This is a fault of the software: please report it.",
        };

    public static ErrorCategory Category(SessionFailure failure) =>
        failure switch
        {
            SessionFailure.ServiceUnreachable => ErrorCategory.ConnectionError,
            SessionFailure.CertificateRejected => ErrorCategory.SecurityError,
            SessionFailure.Redirected or SessionFailure.UnexpectedAnswer => ErrorCategory.ProtocolError,
            SessionFailure.NativeLibraryUnusable => ErrorCategory.NotInstalled,
            _ => ErrorCategory.ResourceUnavailable,
        };

    public static string Action(SessionFailure failure) =>
        failure switch
        {
            SessionFailure.ServiceUnreachable => "Check the address and that the service runs, then connect again.",
            SessionFailure.CertificateRejected => "Use the name that is in the certificate, and trust its issuer.",
            SessionFailure.Redirected => "Connect to the address that the service is really at.",
            SessionFailure.UnexpectedAnswer => "Check that the address is a Torch2Jax service's.",
            SessionFailure.NativeLibraryUnusable =>
                "Install libtorch (Debian: libtorch-dev libopenblas0-pthread), or build the module on this machine.",
            _ =>
                "Follow the message, or connect to another database: Connect-Torch2Jax -DataDirectory or -ConnectionString.",
        };
}
