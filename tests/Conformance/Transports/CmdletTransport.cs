using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Torch2Jax.Conformance.Goldens;
using Torch2Jax.Errors;
using Torch2Jax.PsModule;
using Torch2Jax.PsModule.Cmdlets;

namespace Torch2Jax.Conformance.Transports;

/// <summary>The cmdlets, in a runspace of this process.</summary>
internal sealed class CmdletTransport : ITransport, IDisposable
{
    private readonly Lock gate = new();
    private readonly Runspace runspace;

    public CmdletTransport(string dataDirectory, string schema)
    {
        var state = InitialSessionState.CreateDefault2();
        foreach (var type in typeof(SessionCmdlet).Assembly.GetExportedTypes())
        {
            if (Attribute.GetCustomAttribute(type, typeof(CmdletAttribute)) is CmdletAttribute cmdlet)
            {
                state.Commands.Add(new SessionStateCmdletEntry($"{cmdlet.VerbName}-{cmdlet.NounName}", type, null));
            }
        }

        runspace = RunspaceFactory.CreateRunspace(state);
        runspace.Open();
        var connect = new Hashtable { ["DataDirectory"] = dataDirectory, ["Schema"] = schema };
        Run("param($p) Connect-Torch2Jax @p", connect, out _);
    }

    public IReadOnlyList<string> Encodings { get; } = ["cmdlets"];

    public Task<Failure?> RegisterAsync(RegistrationSpec registration)
    {
        var given = new Hashtable { ["Name"] = registration.Name, ["Source"] = registration.Source };
        Add(given, "EntryPoint", registration.Entry);
        Add(given, "ExampleArgument", registration.ExampleArgs?.Select(ShellTree.Write).ToArray());
        Add(given, "ExampleKeywordArgument", ShellTree.Write(registration.ExampleKwargs));
        Add(given, "OutputShape", registration.OutputShapes is { } shapes ? ShellTree.Write(shapes) : null);
        Add(
            given,
            "NondifferentiableArgument",
            ShellTree.Write(registration.NondiffArgnums ?? registration.NondiffMask)
        );
        Run("param($p) Register-Torch2JaxFunction @p -WarningAction SilentlyContinue", given, out var failure);
        return Task.FromResult(failure);
    }

    public Task<CallAnswer> InvokeAsync(string function, CallSpec call) =>
        Task.FromResult(
            Answer(
                "param($p) $r = $null; Invoke-Torch2Jax @p -WarningAction SilentlyContinue -ResultVariable r | Out-Null; $r",
                Parameters(function, call)
            )
        );

    public Task<CallAnswer> EvalShapeAsync(string function, CallSpec call) =>
        Task.FromResult(
            Answer("param($p) Test-Torch2JaxFunction @p -WarningAction SilentlyContinue", Parameters(function, call))
        );

    public void Dispose()
    {
        Run("Disconnect-Torch2Jax", [], out _);
        runspace.Dispose();
    }

    private static Hashtable Parameters(string function, CallSpec call)
    {
        var given = new Hashtable
        {
            ["Name"] = function,
            ["ArgumentList"] = call.Args.Select(ShellTree.Write).ToArray(),
        };
        Add(given, "KeywordArgument", ShellTree.Write(call.Kwargs));
        Add(given, "Transform", ShellTree.Write(call.Transforms));
        Add(given, "OutputShape", call.OutputShapes is { } shapes ? ShellTree.Write(shapes) : null);
        return given;
    }

    private static void Add(Hashtable given, string name, object? value)
    {
        if (value is not null)
        {
            given[name] = value;
        }
    }

    private CallAnswer Answer(string script, Hashtable given)
    {
        var result = Run(script, given, out var failure)?.BaseObject as Torch2JaxResult;
        return result is null
            ? new CallAnswer(failure ?? new Failure("nothing", "the cmdlet wrote neither a result nor an error"))
            : new CallAnswer(null as Failure)
            {
                Outputs = ShellTree.Read(result.Structure, result.Output),
                TreeDef = result.TreeDef,
                ShapeKey = result.ShapeKey,
                Cache = result.Cache.ToLowerInvariant(),
                Warnings = result.Warnings,
            };
    }

    private PSObject? Run(string script, Hashtable given, out Failure? failure)
    {
        lock (gate)
        {
            using var shell = PowerShell.Create(runspace);
            try
            {
                var output = shell.AddScript(script).AddArgument(given).Invoke();
                failure = shell.Streams.Error.Count > 0 ? Failed(shell.Streams.Error[0]) : null;
                return output.Count > 0 ? output[^1] : null;
            }
            catch (RuntimeException ended)
            {
                failure = Failed(ended.ErrorRecord);
                return null;
            }
        }
    }

    private static Failure Failed(ErrorRecord record) =>
        record.Exception is EngineException error
            ? EngineCall.Failed(error)
            : new Failure(record.FullyQualifiedErrorId, $"{record}");
}
