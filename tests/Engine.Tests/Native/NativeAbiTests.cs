using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Native;

namespace Torch2Jax.Tests.Native;

/// <summary>The C# side of the contract against t2j.h itself: the compiler that builds the library is the judge.</summary>
public sealed partial class NativeAbiTests
{
    private static readonly string Headers = Path.Combine(
        Path.GetDirectoryName(Path.GetDirectoryName(Torch.Goldens.Folder))!,
        "src/Native/include"
    );
    private static readonly string Header = Path.Combine(Headers, "t2j.h");
    private static readonly string IsolationHeader = Path.Combine(Headers, "t2j_isolation.h");

    [Fact]
    public void Structs_have_the_sizes_and_offsets_that_the_C_compiler_gives_them()
    {
        var source = new StringBuilder("#include \"t2j_isolation.h\"\n");
        AppendLayout(source, typeof(BufferRecord), "t2j_buffer");
        AppendLayout(source, typeof(CallOptionsRecord), "t2j_call_options");
        AppendLayout(source, typeof(DeviceRecord), "t2j_device");
        AppendLayout(source, typeof(CountersRecord), "t2j_counters");
        AppendLayout(source, typeof(TemplateOptionsRecord), "t2j_template_options");
        AppendLayout(source, typeof(EventRecord), "t2j_event");
        Compile(source.ToString());
    }

    [Fact]
    public void Numbers_of_dtypes_and_the_version_are_those_of_the_header()
    {
        var source = new StringBuilder("#include \"t2j.h\"\n");
        source.Append(
            Invariant($"_Static_assert(T2J_ABI_VERSION == {NativeLibraryLoader.AbiVersion}, \"version\");\n")
        );
        foreach (DType dtype in DTypes.Supported)
        {
            string name = dtype.Name().ToUpperInvariant();
            source.Append(Invariant($"_Static_assert(T2J_{name} == {(int)dtype}, \"{name}\");\n"));
        }
        Compile(source.ToString());
    }

    [Fact]
    public void Every_function_of_the_header_is_imported_once_and_nothing_else_is()
    {
        string[] declared =
        [
            .. new[] { Header, IsolationHeader }.SelectMany(file =>
                Declarations().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value)
            ),
        ];
        string[] imported =
        [
            .. typeof(NativeMethods)
                .GetMethods(BindingFlags.Static | BindingFlags.NonPublic)
                .Select(method => method.GetCustomAttribute<LibraryImportAttribute>()?.EntryPoint)
                .OfType<string>(),
        ];
        Assert.NotEmpty(declared);
        Assert.Equal(declared.Order(StringComparer.Ordinal), imported.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_status_of_the_header_has_a_code_of_its_own_kind()
    {
        var expected = new Dictionary<string, ErrorCode>
        {
            ["INVALID_ARGUMENT"] = ErrorCode.Internal,
            ["OUTPUT_MISMATCH"] = ErrorCode.OutputShapeMismatch,
            ["OUT_OF_MEMORY"] = ErrorCode.ExecutionFailed,
        };
        string block = File.ReadAllText(Header).Split("typedef int32_t t2j_status;")[1].Split("};")[0];
        MatchCollection statuses = Statuses().Matches(block);
        Assert.Equal(15, statuses.Count);
        foreach (Match match in statuses)
        {
            string name = match.Groups[1].Value;
            ErrorCode code = expected.TryGetValue(name, out ErrorCode special)
                ? special
                : Enum.Parse<ErrorCode>(name.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);
            int status = int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture);
            Assert.Equal((name, code), (name, NativeStatus.CodeOf(status)));
        }
    }

    private static void AppendLayout(StringBuilder source, Type type, string name)
    {
        source.Append(Invariant($"_Static_assert(sizeof({name}) == {Marshal.SizeOf(type)}, \"{name}\");\n"));
        foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public))
        {
            string native = Capitals().Replace(field.Name, "_$0").TrimStart('_').ToLowerInvariant();
            nint offset = Marshal.OffsetOf(type, field.Name);
            source.Append(Invariant($"_Static_assert(offsetof({name}, {native}) == {offset}, \"{name}.{native}\");\n"));
        }
    }

    private static void Compile(string source)
    {
        var start = new ProcessStartInfo(
            "cc",
            ["-std=c11", "-fsyntax-only", "-I", Path.GetDirectoryName(Header)!, "-x", "c", "-"]
        )
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
        };
        using Process compiler = Process.Start(start)!;
        compiler.StandardInput.Write(source);
        compiler.StandardInput.Close();
        string errors = compiler.StandardError.ReadToEnd();
        compiler.WaitForExit();
        Assert.True(compiler.ExitCode == 0, errors);
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    [GeneratedRegex(@"^T2J_API [\w\s\*]*?\*?(t2j_\w+)\(", RegexOptions.Multiline)]
    private static partial Regex Declarations();

    [GeneratedRegex(@"T2J_((?!OK)\w+) = (\d+)")]
    private static partial Regex Statuses();

    [GeneratedRegex("[A-Z]")]
    private static partial Regex Capitals();
}
